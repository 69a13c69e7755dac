"""Any value whatever, in a form that JSON and OTLP can carry: without secrets, and of bounded size.

An application may log anything: what cannot say what it is, what contains itself, what no encoding
has a place for. All of it becomes text, numbers, lists and mappings here, and nothing raises.
"""

from collections import deque
from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime, time
from enum import Enum
from functools import lru_cache
from itertools import islice
from math import isfinite
from typing import Any

from threesignals._limits import (
    DEEPEST,
    LARGEST_ITEM,
    LONGEST_NAME,
    LONGEST_STACK,
    LONGEST_TEXT,
    MOST_ATTRIBUTES,
    MOST_VALUES,
)
from threesignals._redaction import is_secret, redact_text
from threesignals.names import EXCEPTION_STACKTRACE, REDACTED

# Attributes whose values cannot hold a secret; the collector does not look at them either.
SAFE_NAMES = frozenset(
    {
        "client.address", "db.operation.name", "db.system.name", "duration_s",
        "http.request.method", "http.response.status_code", "http.route",
        "network.protocol.version", "parent_span_id", "server.port", "service.instance.id",
        "service.name", "service.namespace", "service.version", "span_id",
        "telemetry.sdk.language", "telemetry.sdk.name", "telemetry.sdk.version", "trace_id",
        "url.scheme",
    }
)  # fmt: skip

# Read beyond the cut, so that a secret across it is found by its beginning.
_BEYOND = 4096
_CUT = "…"


def clean(attributes: Mapping[Any, Any] | None) -> dict[str, Any]:
    """Return attributes that any encoder takes: text, numbers, truth values, lists and mappings."""
    return Cleaner().attributes(attributes) if attributes is not None else {}


def clean_pair(key: object, value: object) -> dict[str, Any]:
    """Return one attribute, whatever its key is."""
    return Cleaner()._pairs([(key, value)], 1, ())


def clean_value(value: object) -> Any:  # noqa: ANN401 (text, a number, a truth value, a list, a mapping)
    """Return one such value."""
    return Cleaner().value(value)


def items_of(attributes: object) -> list[tuple[Any, Any]]:
    """Return the pairs of attributes; none when they are no mapping, whatever they claim to be."""
    try:
        return list(islice(attributes.items(), MOST_ATTRIBUTES))  # type: ignore[attr-defined]
    except KeyboardInterrupt:
        raise
    except BaseException:
        return []


def clean_text(value: object, longest: int = LONGEST_TEXT) -> str:
    """Return the text of anything, without secrets, cut."""
    return _bounded(value if type(value) is str else text_of(value), longest)


def clean_stack(stack: str) -> str:
    """Return the beginning and the end of a stack that is too long."""
    if len(stack) <= LONGEST_STACK:
        return _bounded(stack, LONGEST_STACK)
    half = LONGEST_STACK // 2 - 32
    head, tail = stack[: half + _BEYOND], stack[-half - _BEYOND :]
    cut = f"\n{_CUT} {len(stack) - 2 * half} characters {_CUT}\n"
    return _encodable(redact_text(head))[:half] + cut + _encodable(redact_text(tail))[-half:]


def _bounded(text: str, longest: int) -> str:
    if len(text) <= longest:
        return _encodable(redact_text(text))[:longest]
    shown = _encodable(redact_text(text[: longest + _BEYOND]))
    return shown[: longest - 1] + _CUT


def _encodable(text: str) -> str:
    """Spell out what UTF-8 has no place for: halves of pairs, as undecodable file names have."""
    if text.isascii():
        return text
    return text.encode("utf-8", "backslashreplace").decode()


def text_of(value: object) -> str:
    """Return `str(value)`, or what can be said about a value that does not let itself be shown."""
    try:
        text = str(value)
    except KeyboardInterrupt:
        raise
    except BaseException as failure:
        return f"[{type_name(value)} that cannot be shown: {type_name(failure)}]"
    return text if type(text) is str else str.__str__(text)


def type_name(value: object) -> str:
    """Name the type of a value, whatever its metaclass says."""
    return str(type.__dict__["__name__"].__get__(type(value)))[:LONGEST_NAME]


class Cleaner:
    """Cleans what belongs together, within one bound on the size of it all."""

    def __init__(self) -> None:
        self._left = LARGEST_ITEM

    def attributes(self, attributes: Mapping[Any, Any]) -> dict[str, Any]:
        """Return attributes cleaned, as many as there may be."""
        return self._pairs(items_of(attributes), MOST_ATTRIBUTES, ())

    def text(self, value: object, longest: int = LONGEST_TEXT) -> str:
        """Return a text cleaned."""
        shown = clean_text(value, min(longest, max(self._left, 1)))
        self._left -= len(shown)
        return shown

    def value(self, value: Any, inside: tuple[int, ...] = ()) -> Any:  # noqa: ANN401
        """Return any value cleaned; `inside` are the containers around it."""
        kind = type(value)
        self._left -= 8
        if kind is str:
            return self.text(value)
        if kind is bool or value is None:
            return value
        if kind is int and -(2**63) <= value < 2**63:
            return value
        if kind is float and isfinite(value):
            return value
        try:
            return self._unusual(value, kind, inside)
        except KeyboardInterrupt:
            raise
        except BaseException as failure:
            return f"[{type_name(value)} that cannot be shown: {type_name(failure)}]"

    def _unusual(self, value: Any, kind: type, inside: tuple[int, ...]) -> Any:  # noqa: ANN401, PLR0911
        if issubclass(kind, (str, int, float, bytes, bytearray, memoryview)):
            return self._scalar(value, kind, inside)
        if issubclass(kind, Enum):
            return self.value(value.value, inside)
        if issubclass(kind, (datetime, date, time)):
            return self.text(value.isoformat())
        members = _members(value, kind)
        if members is None:
            return self.text(value)
        if id(value) in inside or len(inside) >= DEEPEST:
            return "[recursive]" if id(value) in inside else "[too deep]"
        inside = (*inside, id(value))
        if isinstance(members, _Pairs):
            return self._pairs(members, MOST_VALUES, inside)
        return self._items(members, inside)

    def _scalar(self, value: Any, kind: type, inside: tuple[int, ...]) -> Any:  # noqa: ANN401
        """Reduce a text or number of an unusual size or class to the usual."""
        if issubclass(kind, str):
            return self.text(str.__str__(value))
        if issubclass(kind, int):
            number = int.__int__(value)
            return number if abs(number) < 2**63 else self.text(_integer(number))
        if issubclass(kind, float):
            real = float.__float__(value)
            return real if isfinite(real) else _NOT_FINITE.get(real, "NaN")
        return self.text(_decoded(memoryview(value)))

    def _items(self, members: list[Any], inside: tuple[int, ...]) -> list[Any]:
        if len(members) == 2 and _names_secret(members[0]):
            return [self.value(members[0], inside), REDACTED]
        cleaned = []
        for member in members[:MOST_VALUES]:
            if self._left <= 0:
                break
            cleaned.append(self.value(member, inside))
        return cleaned if len(cleaned) == len(members) else [*cleaned, _CUT]

    def _pairs(
        self, pairs: Iterable[tuple[Any, Any]], most: int, inside: tuple[int, ...]
    ) -> dict[str, Any]:
        cleaned: dict[str, Any] = {}
        for key, value in islice(pairs, most):
            name = self._name(key)
            if self._left <= 0:
                cleaned[name] = _CUT
                break
            cleaned[name] = self._named(name, value, inside)
        return cleaned

    def _name(self, key: object) -> str:
        if type(key) is str and len(key) <= LONGEST_NAME:
            return _shown_name(key)
        return self.text(_decoded(memoryview(key)) if type(key) is bytes else key, LONGEST_NAME)

    def _named(self, name: str, value: Any, inside: tuple[int, ...]) -> Any:  # noqa: ANN401
        if name in SAFE_NAMES and type(value) is str and value.isascii():
            return value[:LONGEST_TEXT]
        if is_secret(name) and not (value is None or type(value) is bool):
            return REDACTED
        if name == EXCEPTION_STACKTRACE and type(value) is str:
            stack = clean_stack(value)
            self._left -= len(stack)
            return stack
        return self.value(value, inside)


# Names repeat; a text of any length does not get here.
_shown_name = lru_cache(maxsize=2048)(clean_text)

_NOT_FINITE = {float("inf"): "Infinity", float("-inf"): "-Infinity"}


def _integer(number: int) -> str:
    return str(number) if number.bit_length() < 4096 else f"[integer of {number.bit_length()} bits]"


def _decoded(data: memoryview) -> str:
    return bytes(data[: LONGEST_TEXT + _BEYOND]).decode("utf-8", "backslashreplace")


def _names_secret(value: object) -> bool:
    if type(value) is bytes:
        value = value[:LONGEST_NAME].decode("latin-1")
    return type(value) is str and len(value) <= LONGEST_NAME and is_secret(value)


class _Pairs(list[tuple[Any, Any]]):
    """The items of a mapping: no mapping, because keys may refuse to be hashed once more."""


_LISTS: tuple[type, ...] = (list, tuple, set, frozenset, deque)


def _members(value: Any, kind: type) -> list[Any] | None:  # noqa: ANN401
    """Copy what a container holds, a little more than is shown; None when it is none.

    The methods are those of the built-in types, which nobody overrides and nothing interrupts.
    """
    if issubclass(kind, dict):
        return _Pairs(islice(dict.items(value), MOST_VALUES))
    if fields := _fields(kind):
        return _Pairs((name, getattr(value, name, None)) for name in fields)
    for listed in _LISTS:
        if issubclass(kind, listed):
            iterate: Callable[[Any], Iterable[Any]] = listed.__iter__  # type: ignore[attr-defined]
            return list(islice(iterate(value), MOST_VALUES + 1))
    if issubclass(kind, Mapping):
        return _Pairs(islice(value.items(), MOST_VALUES))
    return None


def _fields(kind: type) -> tuple[str, ...]:
    """Name the fields of a dataclass, named tuple, attrs class or model that it shows of itself."""
    described = getattr(kind, "__dataclass_fields__", None)
    if described is not None:
        return tuple(str(name) for name, field in described.items() if field.repr)
    for attribute in ("_fields", "__attrs_attrs__", "model_fields", "__struct_fields__"):
        found = getattr(kind, attribute, None)
        if isinstance(found, (tuple, dict)) and (attribute != "_fields" or issubclass(kind, tuple)):
            return tuple(str(getattr(field, "name", field)) for field in found)
    return ()
