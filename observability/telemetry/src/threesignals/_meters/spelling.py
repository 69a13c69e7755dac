"""How OpenTelemetry's names and attributes are spelled for Prometheus.

The rules are those of OpenTelemetry's "Prometheus and OpenMetrics Compatibility".
"""

import json
import re
from collections import defaultdict
from collections.abc import Mapping
from typing import Any, Literal

from threesignals._limits import LONGEST_VALUE
from threesignals._values import clean

Labels = tuple[tuple[str, str], ...]
Kind = Literal["counter", "gauge", "histogram"]

_UNITS = {
    "d": "days", "h": "hours", "min": "minutes", "s": "seconds",
    "ms": "milliseconds", "us": "microseconds", "ns": "nanoseconds",
    "By": "bytes", "KBy": "kilobytes", "MBy": "megabytes", "GBy": "gigabytes", "TBy": "terabytes",
    "KiBy": "kibibytes", "MiBy": "mebibytes", "GiBy": "gibibytes", "TiBy": "tebibytes",
    "m": "meters", "V": "volts", "A": "amperes", "J": "joules", "W": "watts", "g": "grams",
    "Cel": "celsius", "Hz": "hertz", "%": "percent",
}  # fmt: skip
_PER = {
    "s": "second", "min": "minute", "h": "hour", "d": "day", "w": "week", "mo": "month",
    "y": "year",
}  # fmt: skip


def family_name(name: str, unit: str, kind: Kind) -> str:
    """Spell an instrument's name: with its unit at the end, and `_total` behind a counter's."""
    spelled = _identifier(name, more=":").removesuffix("_total")
    suffix = _unit(unit, kind)
    if suffix and not spelled.endswith(f"_{suffix}"):
        spelled = f"{spelled}_{suffix}"
    return f"{spelled}_total" if kind == "counter" else spelled


def _unit(unit: str, kind: Kind) -> str:
    if unit == "1":
        return "ratio" if kind == "gauge" else ""
    amount, slash, per = re.sub(r"\{[^}]*\}", "", unit).partition("/")
    words = _UNITS.get(amount, amount), _PER.get(per, per)
    spelled = f"{words[0]}_per_{words[1]}" if slash and per else words[0]
    return _identifier(spelled).strip("_") if spelled else ""


def _identifier(text: str, more: str = "") -> str:
    # Underscores next to what is replaced go with it: two at the start are reserved.
    spelled = re.sub(rf"[^a-zA-Z0-9{more}]+", "_", text)
    return spelled if re.match(r"[a-zA-Z_:]", spelled) else f"_{spelled}"


def labels(attributes: Mapping[str, Any]) -> Labels:
    """Spell attributes as sorted labels, cut and without secrets.

    Keys that become equal share a label, their values joined by semicolons.
    """
    spelled = defaultdict[str, list[str]](list)
    shown = clean(attributes)
    for key in sorted(shown):
        spelled[_identifier(key)].append(_value(shown[key]))
    return tuple((key, ";".join(values)[:LONGEST_VALUE]) for key, values in sorted(spelled.items()))


def _value(value: Any) -> str:  # noqa: ANN401 (whatever a caller measures by)
    try:
        text = value if isinstance(value, str) else json.dumps(value, default=str)
    except Exception:  # what has no text must not cost the page
        text = f"<{type(value).__name__}>"
    return text.encode("utf-8", "replace").decode()
