"""A log of what the clients saw: one JSON object a line, for whoever judges the experiment.

Four kinds of line share the key `time` (seconds since the epoch):

- `request`: `time` is when it was sent and `due` when it should have been (null: on no timetable);
  user, service, method, name, status (0: no answer), latency_ms from sending, trace_id, error (null
  when it succeeded)
- `missed`: a request that was `due` and never sent, because the user was busy until `time`; user,
  service
- `users`: users, an object of user class to count; late_ms, the most by which Locust itself was
  late since the last; twice a second
- `phase`: phase, the one that begins now (`end` after the last)

Whatever was due is there once, as `request` or as `missed`.
"""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import gevent

from shapes import Plan, SpikeShape, phase_at
from users import slot_missed

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import TextIO

    from locust.env import Environment

BEATS, BEAT_SECONDS = 5, 0.1


def request_line(event: Mapping[str, Any]) -> dict[str, Any]:
    """Turn the arguments of Locust's request event into a `request` line."""
    response, error = event.get("response"), event.get("exception")
    context = event.get("context") or {}
    return {
        "kind": "request",
        "time": round(float(event["start_time"]), 6),
        "due": _rounded(context.get("due")),
        "user": context.get("user", ""),
        "service": context.get("service", ""),
        "method": event["request_type"],
        "name": event["name"],
        "status": getattr(response, "status_code", 0) or 0,
        "latency_ms": round(float(event["response_time"]), 3),
        "trace_id": context.get("trace_id", ""),
        "error": None if error is None else str(error) or type(error).__name__,
    }


def missed_line(slot: Mapping[str, Any]) -> dict[str, Any]:
    """Turn the arguments of a user's `slot_missed` event into a `missed` line."""
    return {
        "kind": "missed",
        "time": _rounded(slot["now"]),
        "due": _rounded(slot["due"]),
        "user": slot["user"],
        "service": slot["service"],
    }


def _rounded(seconds: float | None) -> float | None:
    return None if seconds is None else round(seconds, 6)


def lateness_ms() -> float:
    """Sleep for half a second in small steps; return the most by which one took too long.

    A Locust that is stopped, starved or busy wakes late, and sends late.
    """
    worst = 0.0
    for _ in range(BEATS):
        due = time.perf_counter() + BEAT_SECONDS
        gevent.sleep(BEAT_SECONDS)
        worst = max(worst, time.perf_counter() - due)
    return round(1000 * worst, 3)


class Recorder:
    """Writes the log while a test runs."""

    def __init__(self, environment: Environment, file: TextIO) -> None:
        self._environment = environment
        self._file = file
        self._phase: str | None = None

    def attach(self) -> None:
        """Listen to requests, and sample users and phase until the test stops."""
        events = self._environment.events
        events.request.add_listener(self.on_request)
        slot_missed.add_listener(self.on_slot_missed)
        events.test_start.add_listener(lambda **_: gevent.spawn(self._sample_forever))
        events.quitting.add_listener(lambda **_: self._close())

    def on_request(self, **event: object) -> None:
        """Write one request. Locust calls this once for each."""
        self._write(request_line(event))

    def on_slot_missed(self, **slot: object) -> None:
        """Write one request that was due and not sent."""
        self._write(missed_line(slot))

    def sample(self, late_ms: float = 0.0) -> None:
        """Write how many users there are, and the phase when it is a new one."""
        now = time.time()
        phase = self._current_phase()
        if phase is not None and phase != self._phase:
            self._phase = phase
            self._write({"kind": "phase", "time": now, "phase": phase})
        runner = self._environment.runner
        users = dict(runner.user_classes_count) if runner else {}
        self._write({"kind": "users", "time": now, "users": users, "late_ms": late_ms})

    def _sample_forever(self) -> None:
        self.sample()
        while True:
            self.sample(lateness_ms())

    def _current_phase(self) -> str | None:
        shape, options = self._environment.shape_class, self._environment.parsed_options
        if not isinstance(shape, SpikeShape) or options is None:
            return None
        return phase_at(Plan.from_options(options), shape.get_run_time()) or "end"

    def _write(self, line: dict[str, Any]) -> None:
        if not self._file.closed:
            self._file.write(json.dumps(line, separators=(",", ":")) + "\n")

    def _close(self) -> None:
        self.sample()
        self._file.close()


def start(environment: Environment, path: str) -> None:
    """Begin a log at `path`; an empty path means that none is wanted."""
    if path:
        # Line buffering: the lab reads the log while it grows.
        file = Path(path).open("w", encoding="utf-8", buffering=1)  # noqa: SIM115
        Recorder(environment, file).attach()
