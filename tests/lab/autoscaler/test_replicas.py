"""Which slots to fill and which to empty."""

import pytest

from lab.autoscaler.replicas import Phase, Replica, live, replicas_of, to_start, to_stop
from lab.processes.supervisor import State


def state(name: str, status: str, *, ready: bool = False) -> State:
    return State(name=name, status=status, ready=ready, restarts=0, exit_code=0, pid=1)


def slots(phases: str) -> list[Replica]:
    """One slot a letter: R ready, S starting, L leaving, F free."""
    kinds = {"R": Phase.LIVE, "S": Phase.LIVE, "L": Phase.LEAVING, "F": Phase.FREE}
    return [
        Replica(i, kinds[letter], running=letter != "F", ready=letter == "R")
        for i, letter in enumerate(phases)
    ]


@pytest.mark.parametrize(
    ("status", "ready", "expected"),
    [
        ("Running", True, Replica(0, Phase.LIVE, running=True, ready=True)),
        ("Running", False, Replica(0, Phase.LIVE, running=True, ready=False)),
        ("Pending", False, Replica(0, Phase.LIVE, running=False, ready=False)),
        ("Restarting", False, Replica(0, Phase.LIVE, running=False, ready=False)),
        ("Terminating", True, Replica(0, Phase.LEAVING, running=True, ready=False)),
        ("Completed", True, Replica(0, Phase.FREE, running=False, ready=False)),
        ("Disabled", False, Replica(0, Phase.FREE, running=False, ready=False)),
        ("Error", False, Replica(0, Phase.FREE, running=False, ready=False)),
    ],
)
def test_a_process_is_a_slot(status: str, ready: bool, expected: Replica) -> None:
    assert replicas_of("port", {"port-0": state("port-0", status, ready=ready)}) == [expected]


def test_only_a_services_own_processes_are_its_slots() -> None:
    names = ["port-1", "port-0", "laptops-0", "port", "port-x", "export-2", "prometheus", "port-10"]
    states = {name: state(name, "Running") for name in names}
    assert [replica.index for replica in replicas_of("port", states)] == [0, 1, 10]


def test_a_leaving_replica_does_not_count() -> None:
    assert [replica.index for replica in live(slots("RSLF"))] == [0, 1]


@pytest.mark.parametrize(
    ("phases", "wanted", "start"),
    [
        ("RFFF", 3, [1, 2]),
        ("RLLF", 3, [3]),  # no port is taken over from a replica that still drains
        ("FRFF", 2, [0]),
        ("RSFF", 2, []),
        ("RRRR", 6, []),
        ("RRFF", 1, []),
    ],
)
def test_the_lowest_free_slots_are_filled(phases: str, wanted: int, start: list[int]) -> None:
    assert to_start(slots(phases), wanted) == start


@pytest.mark.parametrize(
    ("phases", "wanted", "stop"),
    [
        ("RRRF", 1, [2, 1]),
        ("RRSR", 3, [2]),
        ("SRRR", 3, [0]),
        ("SRSR", 1, [2, 0, 3]),
        ("RRLL", 1, [1]),
        ("RRFF", 2, []),
        ("RFFF", 4, []),
    ],
)
def test_starting_replicas_go_first_then_the_highest(
    phases: str, wanted: int, stop: list[int]
) -> None:
    assert to_stop(slots(phases), wanted) == stop
