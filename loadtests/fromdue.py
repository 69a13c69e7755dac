"""Show on Locust's own page how long requests took from when they were due.

Locust times a request from when it was sent, so a service that stands still looks fast: users that
wait for it send little. Beside each of Locust's rows stands one whose latency counts from the slot,
and one for the slots that passed without a request. Neither is in Locust's totals.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from timetable import clock
from users import slot_missed

if TYPE_CHECKING:
    from locust.env import Environment

FROM_DUE = "{method} from due"
NEVER_SENT = "due, never sent"


def show(environment: Environment) -> None:
    """Add these rows from now on."""
    stats = environment.stats

    def answered(**event: object) -> None:
        due = (event.get("context") or {}).get("due")  # type: ignore[attr-defined]
        if due is not None:
            method = FROM_DUE.format(method=event["request_type"])
            stats.get(str(event["name"]), method).log(round(1000 * (clock() - due)), 0)

    def missed(*, service: str, due: float, now: float, **_: object) -> None:
        stats.get(service, NEVER_SENT).log(round(1000 * (now - due)), 0)

    environment.events.request.add_listener(answered)
    slot_missed.add_listener(missed)
