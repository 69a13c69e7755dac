"""Disturbances happen at their moment, and leave nothing behind."""

import json
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import psutil
import pytest
from tests.verdict import disturbances as do
from tests.verdict.stage import Stage

from lab.autoscaler import targets
from lab.experiments.spike import load
from lab.experiments.spike.plan import Plan
from lab.processes.ports import Ports
from lab.stack.running import RunningStack
from lab.waiting import wait_until


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    running = RunningStack(tmp_path, Ports.shifted(100), True, 1)
    for folder in (running.layout.run, running.layout.data, running.layout.targets):
        folder.mkdir(parents=True)
    made = Stage(running, Plan(), tmp_path)
    yield made
    made.over.set()


def begin(stage: Stage, phase: str) -> None:
    """Let a phase begin, as Locust's log tells it."""
    with (stage.folder / load.REQUESTS).open("a") as log:
        log.write(json.dumps({"kind": "phase", "time": time.time(), "phase": phase}) + "\n")


def test_an_action_waits_for_its_phase_and_its_moment(stage: Stage) -> None:
    done: list[float] = []
    stage.at("spike", 0.3, lambda: done.append(time.time()))
    begin(stage, "warmup")
    began = time.time()
    begin(stage, "spike")
    assert wait_until(lambda: done, seconds=5)
    assert done[0] >= began + 0.3


def test_an_action_whose_phase_never_comes_is_left_out(stage: Stage) -> None:
    done: list[int] = []
    stage.at("recovery", 0, lambda: done.append(1))
    begin(stage, "warmup")
    stage.close()
    assert done == []


def test_what_goes_wrong_in_an_action_is_told(stage: Stage) -> None:
    def fail() -> None:
        raise LookupError("no such process")

    stage.at("warmup", 0, fail)
    begin(stage, "warmup")
    assert wait_until(lambda: stage.errors, seconds=5)
    with pytest.raises(LookupError, match="no such process"):
        stage.close()


@pytest.fixture
def sleeper(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> Iterator[psutil.Process]:
    """A process that the stage knows by any name."""
    child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    monkeypatch.setattr(stage, "pid", lambda _: child.pid)
    yield psutil.Process(child.pid)
    child.send_signal(signal.SIGCONT)
    child.kill()
    child.wait()


def test_a_frozen_process_goes_on_afterwards(stage: Stage, sleeper: psutil.Process) -> None:
    with do.frozen("port-0", "spike", 0, 0.5)(stage):
        begin(stage, "spike")
        assert wait_until(lambda: sleeper.status() == psutil.STATUS_STOPPED, seconds=5)
        assert wait_until(lambda: sleeper.status() != psutil.STATUS_STOPPED, seconds=5)


def test_a_process_that_is_frozen_for_good_goes_on_when_the_run_is_over(
    stage: Stage, sleeper: psutil.Process
) -> None:
    with do.frozen("locust", "spike", 0, 1e6)(stage):
        begin(stage, "spike")
        assert wait_until(lambda: sleeper.status() == psutil.STATUS_STOPPED, seconds=5)
        stage.close()
    assert sleeper.status() != psutil.STATUS_STOPPED


def test_a_starved_process_stops_more_than_once(stage: Stage, sleeper: psutil.Process) -> None:
    with do.starved("locust", "spike", 0, 1.6)(stage):
        begin(stage, "spike")
        for _ in range(2):
            assert wait_until(lambda: sleeper.status() == psutil.STATUS_STOPPED, seconds=5)
            assert wait_until(lambda: sleeper.status() != psutil.STATUS_STOPPED, seconds=5)


def test_a_fault_ends_with_its_time(stage: Stage) -> None:
    file = stage.running.layout.faults
    with do.faulty("port", "spike", 0, 0.3, supplier_seconds=2.0)(stage):
        begin(stage, "spike")
        assert wait_until(file.exists, seconds=5)
        assert json.loads(file.read_text())["port"] == {"supplier_seconds": 2.0}
        assert wait_until(lambda: not file.exists(), seconds=5)


@pytest.mark.parametrize(
    ("disturbance", "job", "addresses"),
    [
        (do.scraped_elsewhere("autoscaler", after=0), "autoscaler", 1),
        (do.one_more_scraped("port"), "port", 2),
    ],
)
def test_scrape_targets_are_put_back(
    stage: Stage, disturbance: do.Disturbance, job: str, addresses: int
) -> None:
    file = stage.running.layout.targets / f"{job}.json"
    targets.write(stage.running.layout.targets, job, ["127.0.0.1:7"])
    before = file.read_text()
    with disturbance(stage):
        begin(stage, "warmup")
        begin(stage, "baseline")
        assert wait_until(lambda: file.read_text() != before, seconds=5)
        assert len(json.loads(file.read_text())[0]["targets"]) == addresses
        stage.close()
    assert file.read_text() == before


def test_one_item_vanishes_and_no_more(stage: Stage) -> None:
    with sqlite3.connect(stage.running.layout.data / "port.db") as store:
        store.execute("CREATE TABLE ports (id INTEGER PRIMARY KEY, name TEXT)")
        store.executemany("INSERT INTO ports VALUES (?, 'x')", [(1,), (2,), (3,), (4,)])

    def left() -> list[int]:
        with sqlite3.connect(stage.running.layout.data / "port.db") as store:
            return [row[0] for row in store.execute("SELECT id FROM ports ORDER BY id")]

    acted = SimpleNamespace(over=stage.over, running=stage.running)
    do.vanish("port", acted)  # type: ignore[arg-type]
    assert left() == [1, 2, 3]
