import asyncio

from sqlalchemy.exc import OperationalError
from tests.support.signals import RecordedSignals

from events.connection import first, keep


def test_a_lost_session_is_started_again_and_told(signals: RecordedSignals) -> None:
    async def scenario() -> int:
        stop, runs = asyncio.Event(), 0

        async def session() -> None:
            nonlocal runs
            runs += 1
            if runs == 1:
                raise ConnectionError
            if runs == 2:
                raise OperationalError("SELECT", None, Exception())
            stop.set()

        await keep(session, stop, role="relay", log=signals.logger("tests"))
        return runs

    assert asyncio.run(scenario()) == 3
    assert [(line["event"], line["error.type"]) for line in signals.lines] == [
        ("events.session_lost", "ConnectionError"),
        ("events.session_lost", "OperationalError"),
    ]


def test_first_tells_which_event_it_was() -> None:
    async def scenario() -> int:
        happened, never = asyncio.Event(), asyncio.Event()
        happened.set()
        return await first(never.wait(), happened.wait())

    assert asyncio.run(scenario()) == 1
