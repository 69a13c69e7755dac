"""Time that no application can spoil.

What lasts is counted in ticks, nanoseconds of a clock that never goes back; the time of day is that
clock and an offset. The functions are held by an object, because tools that freeze or shift time
replace the names of modules; an application that steps back in time leaves durations as they are.
"""

import time

# Adjustments below this are left to the next one, so that a child never starts before its parent.
_STEP_NS = 1_000_000
# OTLP's times are unsigned and of 64 bits.
_END_OF_TIME = 2**63


class Clock:
    """`ticks` and `seconds` measure; `now` and `offset` tell the time of day."""

    def __init__(self) -> None:
        self.ticks = time.perf_counter_ns
        self.seconds = time.monotonic
        self._time_of_day = time.time_ns
        self._offset = self._time_of_day() - self.ticks()

    def offset(self) -> int:
        """Return what makes ticks nanoseconds since 1970, after the last step of the system's."""
        found = self._time_of_day() - self.ticks()
        if abs(found - self._offset) > _STEP_NS:
            self._offset = found
        return self._offset

    def now(self) -> int:
        """Return nanoseconds since 1970."""
        return self.ticks() + self.offset()

    def ticks_at(self, time_ns: object) -> int:
        """Return the ticks at a time that a caller gives, or now when it is no such time."""
        if isinstance(time_ns, int) and 0 < time_ns < _END_OF_TIME:
            return time_ns - self.offset()
        return self.ticks()


CLOCK = Clock()
