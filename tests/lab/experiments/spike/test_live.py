import io

from rich.console import Console
from rich.text import Text
from tests.lab.experiments.spike.a_run import BEGAN, SPIKE_AT, client_log

from lab.experiments.spike.clientlog import ClientLog
from lab.experiments.spike.glimpse import Glimpse, ScalerState, glimpse
from lab.experiments.spike.live import PlainView, TerminalView, line, view

SCALE = ScalerState(replicas={"laptops": 2.0, "port": 1.0}, desired={"laptops": 4.0, "port": 1.0})


def in_the_spike() -> Glimpse:
    log, now = ClientLog(), BEGAN + SPIKE_AT + 10
    whole = client_log()
    log.requests = [request for request in whole.requests if request.ended <= now]
    log.users = [users for users in whole.users if users.time <= now]
    log.phases = {phase: at for phase, at in whole.phases.items() if at <= now}
    return glimpse(log, SCALE, now=now, total=180)


def test_a_glimpse_sums_up_the_last_seconds_of_both_services() -> None:
    seen = in_the_spike()
    laptops, port = seen.services
    assert (seen.phase, seen.seconds) == ("spike", SPIKE_AT + 10)
    assert (laptops.users, laptops.replicas, laptops.desired) == (100, 2, 4)
    assert (port.users, port.per_second, port.replicas) == (10, 10, 1)


def test_before_anything_is_written_everything_is_unknown() -> None:
    seen = glimpse(ClientLog(), ScalerState(replicas={}, desired={}), now=5.0, total=180)
    unknown = "0 users, 0 req/s, p95 -, 0 errors, ? replicas"
    assert line(seen).strip() == f"0 s  starting  laptops: {unknown}; port: {unknown}"


def test_without_a_terminal_there_is_a_line_every_few_seconds() -> None:
    console = Console(file=io.StringIO(), force_terminal=False)
    with view(console) as shown:
        assert isinstance(shown, PlainView)
        shown.show(in_the_spike())
        shown.show(in_the_spike())
    written = console.file.getvalue()  # type: ignore[attr-defined]
    assert written.count("\n") == 1
    assert "laptops: 100 users" in written


def test_a_terminal_gets_a_table() -> None:
    console = Console(file=io.StringIO(), force_terminal=True, width=100)
    with view(console) as shown:
        assert isinstance(shown, TerminalView)
        shown.show(in_the_spike())
    written = console.file.getvalue()  # type: ignore[attr-defined]
    assert "100" in written
    assert "→ 4" in written
    words = Text.from_ansi(written).plain.split()
    assert {"service", "users", "req/s", "p95", "errors", "replicas"} <= set(words)
