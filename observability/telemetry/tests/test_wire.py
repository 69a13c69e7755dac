"""Our encoder and protobuf's own parser agree."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue

from threesignals._export import wire

scalars = st.one_of(
    st.text(),
    st.booleans(),
    st.integers(min_value=-(2**63), max_value=2**63 - 1),
    st.floats(allow_nan=False),
    st.binary(),
)
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=8,
)


def decoded(value: AnyValue) -> Any:  # noqa: ANN401 (any value)
    kind = value.WhichOneof("value")
    if kind == "array_value":
        return [decoded(item) for item in value.array_value.values]
    if kind == "kvlist_value":
        return {pair.key: decoded(pair.value) for pair in value.kvlist_value.values}
    return getattr(value, kind) if kind else None


@given(values)
def test_any_value_survives_the_wire(value: Any) -> None:  # noqa: ANN401
    assert decoded(AnyValue.FromString(wire.any_value(value))) == value


@given(st.text(), scalars)
def test_a_pair_survives_the_wire(key: str, value: Any) -> None:  # noqa: ANN401
    encoded = wire.pairs(b"\x0a", [(key, value)])
    body = KeyValue.FromString(payload(encoded))
    assert (body.key, decoded(body.value)) == (key, value)


def payload(field: bytes) -> bytes:
    """Drop a field's tag and length."""
    index = 1
    while field[index] & 0x80:
        index += 1
    return field[index + 1 :]


@given(st.integers(min_value=0, max_value=2**32))
def test_the_head_of_an_entry_tells_its_length(size: int) -> None:
    assert wire.entry(size) == b"\x12" + wire.varint(size)


def test_values_that_are_equal_but_of_another_type_are_not_mixed_up_by_the_cache() -> None:
    encoded = [wire.pairs(b"\x0a", [("key", value)]) for value in (1, True, 1.0)]
    assert len(set(encoded)) == 3


def test_text_that_is_no_unicode_is_replaced() -> None:
    assert decoded(AnyValue.FromString(wire.any_value("\udcff"))) == "?"


def test_a_value_that_otlp_has_no_type_for_is_sent_as_its_text() -> None:
    assert decoded(AnyValue.FromString(wire.any_value(2**70))) == str(2**70)
    assert decoded(AnyValue.FromString(wire.any_value(1 + 2j))) == "(1+2j)"
