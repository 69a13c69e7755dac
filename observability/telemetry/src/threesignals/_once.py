"""What is instrumented once is not instrumented again: a second time would double every signal."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from threesignals._core import Telemetry

_MARK = "_threesignals_telemetry"


def instrumented(target: object, telemetry: "Telemetry | None") -> "Telemetry | None":
    """Return the telemetry that `target` has; None when it has none yet.

    Raises RuntimeError when that is another than `telemetry`.
    """
    found: Telemetry | None = getattr(target, _MARK, None)
    if found is not None and telemetry not in (None, found):
        raise RuntimeError(
            f"this {type(target).__name__} is instrumented already, with another Telemetry:"
            " one for each process is enough, and init_app returns it"
        )
    return found


def mark(target: object, telemetry: "Telemetry") -> None:
    """Remember what `target` is instrumented with."""
    setattr(target, _MARK, telemetry)
