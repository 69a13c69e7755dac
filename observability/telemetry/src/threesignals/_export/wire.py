"""The protobuf wire format, as far as OTLP needs it.

Field numbers come from opentelemetry-proto. Every function returns bytes ready to be joined.
"""

from collections.abc import Hashable, Iterable, Mapping
from functools import lru_cache
from struct import Struct
from typing import Any

_DOUBLE = Struct("<d").pack
FIXED64 = Struct("<Q").pack

VARINT, LENGTH = 0, 2


def varint(value: int) -> bytes:
    """Encode an unsigned integer in groups of seven bits, least significant first."""
    if value < 0x80:
        return _ONE_BYTE[value]
    encoded = bytearray()
    while value >= 0x80:
        encoded.append(value & 0x7F | 0x80)
        value >>= 7
    encoded.append(value)
    return bytes(encoded)


_ONE_BYTE = [bytes([value]) for value in range(0x80)]
_ENTRIES = [b"\x12" + varint(value) for value in range(2048)]


def entry(size: int) -> bytes:
    """Encode what precedes a span in ScopeSpans, or a record in ScopeLogs, of `size` bytes."""
    return _ENTRIES[size] if size < 2048 else b"\x12" + varint(size)


def chunk(tag: bytes, payload: bytes) -> bytes:
    """Encode a length-delimited field; `tag` is (field number << 3) | 2."""
    return tag + varint(len(payload)) + payload


def text(value: str) -> bytes:
    """Encode as UTF-8; what UTF-8 cannot hold (lone surrogates) becomes a question mark."""
    return value.encode("utf-8", "replace")


def any_value(value: Any) -> bytes:  # noqa: ANN401, PLR0911 (OTLP's AnyValue)
    """Encode a value as AnyValue; what OTLP has no type for is sent as its text."""
    if isinstance(value, str):
        return chunk(b"\x0a", text(value))
    if isinstance(value, bool):
        return b"\x10\x01" if value else b"\x10\x00"
    if isinstance(value, int) and -(2**63) <= value < 2**63:
        return b"\x18" + varint(value & 0xFFFF_FFFF_FFFF_FFFF)
    if isinstance(value, float):
        return b"\x21" + _DOUBLE(value)
    if isinstance(value, bytes):
        return chunk(b"\x3a", value)
    if isinstance(value, Mapping):
        pairs = (pair(b"\x0a", str(key), item) for key, item in value.items())
        return chunk(b"\x32", b"".join(pairs))
    if isinstance(value, (list, tuple)):
        return chunk(b"\x2a", b"".join(chunk(b"\x0a", any_value(item)) for item in value))
    return b"" if value is None else chunk(b"\x0a", text(str(value)))


def pair(tag: bytes, key: str, value: Any) -> bytes:  # noqa: ANN401
    """Encode one KeyValue under the field `tag`."""
    return chunk(tag, chunk(b"\x0a", text(key)) + chunk(b"\x12", any_value(value)))


@lru_cache(maxsize=4096)
def cached_pair(tag: bytes, key: str, kind: Hashable, value: Any) -> bytes:  # noqa: ANN401
    """Encode a KeyValue once; `kind` keeps 1, 1.0 and True apart."""
    return pair(tag, key, value)


def pairs(tag: bytes, attributes: Iterable[tuple[str, Any]]) -> bytes:
    """Encode attributes; short scalars come from a cache, since most repeat on every request."""
    return b"".join(
        cached_pair(tag, key, value.__class__, value) if _repeats(value) else pair(tag, key, value)
        for key, value in attributes
    )


def _repeats(value: Any) -> bool:  # noqa: ANN401
    return isinstance(value, int) or (isinstance(value, str) and len(value) < 128)
