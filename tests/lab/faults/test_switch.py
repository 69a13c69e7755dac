"""Faults are switched on and off in one file, and processes are stopped and started."""

import json
from pathlib import Path

import pytest

from chassis.faults import read_faults
from lab.errors import LabError
from lab.faults.catalog import FAULTS, Fault
from lab.faults.switch import Switch
from lab.paths import ROOT
from lab.processes.supervisor import State


class Supervisor:
    """A supervisor of three processes that do as they are told."""

    def __init__(self) -> None:
        self.running = {"port-0": True, "port-1": False, "otel-collector": True}

    def states(self) -> dict[str, State]:
        return {name: self._state(name, on) for name, on in self.running.items()}

    def start(self, name: str) -> None:
        self.running[name] = True

    def stop(self, name: str) -> None:
        self.running[name] = False

    def _state(self, name: str, running: bool) -> State:
        status = "Running" if running else "Completed"
        return State(name=name, status=status, ready=running, restarts=0, exit_code=0, pid=1)


@pytest.fixture
def supervisor() -> Supervisor:
    return Supervisor()


@pytest.fixture
def switch(tmp_path: Path, supervisor: Supervisor) -> Switch:
    return Switch(tmp_path / "faults.json", supervisor)


def written(switch: Switch) -> dict[str, object]:
    content: dict[str, object] = json.loads(switch.file.read_text())
    return content


def test_nothing_is_broken_at_first(switch: Switch) -> None:
    assert switch.on() == []
    assert switch.fix() == []


def test_a_fault_of_a_service_is_written_for_that_service(switch: Switch) -> None:
    switch.break_("slow-supplier")

    assert written(switch) == {"faults": ["slow-supplier"], "laptops": {"supplier_seconds": 0.8}}


def test_faults_add_up_and_are_mended_one_by_one(switch: Switch) -> None:
    switch.break_("slow-supplier")
    switch.break_("error-burst")
    switch.break_("error-burst")

    assert switch.on() == ["slow-supplier", "error-burst"]
    assert switch.fix("slow-supplier") == ["slow-supplier"]
    assert written(switch) == {"faults": ["error-burst"], "laptops": {"error_share": 0.3}}


def test_a_process_that_a_fault_stopped_is_started_again(
    switch: Switch, supervisor: Supervisor
) -> None:
    switch.break_("collector-down")
    assert not supervisor.running["otel-collector"]

    switch.fix()

    assert supervisor.running["otel-collector"]
    assert switch.on() == []


def test_running_replicas_of_a_broken_release_are_stopped_once(
    switch: Switch, supervisor: Supervisor
) -> None:
    switch.break_("port-down")

    assert written(switch) == {"faults": ["port-down"], "port": {"down": True}}
    assert supervisor.running == {"port-0": False, "port-1": False, "otel-collector": True}


def test_an_unknown_fault_is_named_and_the_known_ones_are_listed(switch: Switch) -> None:
    with pytest.raises(LabError, match=r"no fault flood\. There are: port-down, slow-supplier"):
        switch.break_("flood")


@pytest.mark.parametrize("fault", FAULTS)
def test_a_service_knows_what_a_fault_tells_it(fault: str) -> None:
    read_faults(FAULTS[fault].knobs)


def test_a_fault_that_no_service_knows_is_refused_and_nothing_is_written(
    switch: Switch, monkeypatch: pytest.MonkeyPatch
) -> None:
    odd = Fault(name="odd", simulates="A slip.", service="port", knobs={"eror_share": 0.1})
    monkeypatch.setitem(FAULTS, "odd", odd)
    with pytest.raises(LabError, match="The fault odd cannot be switched on: eror_share"):
        switch.break_("odd")
    assert switch.on() == []


def test_every_fault_is_documented_with_what_it_simulates() -> None:
    text = (ROOT / "docs" / "faults.md").read_text()

    for fault in FAULTS.values():
        assert f"## {fault.name}\n\n*{fault.simulates}*" in text
