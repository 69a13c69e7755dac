from collections.abc import Sequence
from typing import cast

import httpx
import pytest

from lab.errors import LabError
from lab.processes.layout import Layout
from lab.processes.supervisor import State, Supervisor
from lab.stack import readiness


def state(name: str, status: str = "Running", *, ready: bool = False, restarts: int = 0) -> State:
    return State(name=name, status=status, ready=ready, restarts=restarts, exit_code=3, pid=1)


class FakeSupervisor:
    """Answers with one list of states after the other, then with the last for ever."""

    def __init__(self, *answers: Sequence[State] | httpx.HTTPError) -> None:
        self.answers = list(answers)

    def states(self) -> dict[str, State]:
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, httpx.HTTPError):
            raise answer
        return {item.name: item for item in answer}


def always(_: str) -> bool:
    return True


def wait(
    fake: FakeSupervisor, layout: Layout, *, routed: readiness.Routed = always, seconds: float = 5
) -> list[str]:
    told: list[str] = []
    supervisor = cast(Supervisor, fake)
    readiness.wait(supervisor, layout, told.append, routed=routed, seconds=seconds)
    return told


def test_it_tells_what_it_waits_for_until_all_are_ready(layout: Layout) -> None:
    fake = FakeSupervisor(
        [state("jaeger"), state("port-0")],
        [state("jaeger", ready=True), state("port-0")],
        [state("jaeger", ready=True), state("port-0", ready=True)],
    )
    assert wait(fake, layout) == ["waiting for jaeger, port-0", "waiting for port-0"]


def test_it_waits_until_the_gateway_reaches_every_service(layout: Layout) -> None:
    answers = iter([True, False, True, True])  # laptops, port, and both again
    fake = FakeSupervisor([state("jaeger", ready=True)])
    assert wait(fake, layout, routed=lambda _: next(answers)) == ["waiting for gateway"]


def test_a_replica_that_waits_to_be_needed_is_not_waited_for(layout: Layout) -> None:
    assert wait(FakeSupervisor([state("laptops-1", "Disabled")]), layout) == []


@pytest.mark.parametrize(
    "dead", [state("jaeger", "Completed"), state("jaeger", "Error"), state("jaeger", restarts=1)]
)
def test_a_process_that_ends_is_named_with_the_end_of_its_log(layout: Layout, dead: State) -> None:
    layout.logs.mkdir()
    layout.log("jaeger").write_text("one\nbind: address already in use\n")
    with pytest.raises(LabError, match=r"(?s)jaeger ended .* exit code 3.*address already in use"):
        wait(FakeSupervisor([dead]), layout)


def test_a_process_that_never_gets_ready_is_named_too(layout: Layout) -> None:
    with pytest.raises(LabError, match=r"Not ready after 0 s: port-0\."):
        wait(FakeSupervisor([state("port-0")]), layout, seconds=0)


def test_a_supervisor_that_dies_is_told(layout: Layout) -> None:
    with pytest.raises(LabError, match="The supervisor died"):
        wait(FakeSupervisor(httpx.ConnectError("gone")), layout)
