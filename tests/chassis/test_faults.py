"""The demonstration's faults: off by default, read from a file, exempt for probes."""

import json
import time
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from chassis.faults import NONE, Faults, FaultSwitch, read_faults, slow_database


class Clock:
    """A clock that stands still until it is moved."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def write(path: Path, **services: object) -> None:
    path.write_text(json.dumps(services))


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "faults.json"


def test_without_a_file_there_is_no_fault() -> None:
    switch = FaultSwitch(None, "laptops")

    assert not switch.possible
    assert switch.now() == NONE


def test_a_service_has_its_own_faults_and_not_the_others(file: Path) -> None:
    write(file, laptops={"supplier_seconds": 0.8})

    assert FaultSwitch(file, "laptops").now() == Faults(supplier_seconds=0.8)
    assert FaultSwitch(file, "port").now() == NONE


def test_a_change_is_seen_after_half_a_second_and_the_file_is_not_read_before(file: Path) -> None:
    clock = Clock()
    switch = FaultSwitch(file, "port", clock)
    assert switch.now() == NONE
    write(file, port={"error_share": 1.0})

    assert switch.now() == NONE
    clock.now = 0.5
    assert switch.now() == Faults(error_share=1.0)


@pytest.mark.parametrize(
    "content",
    [
        "",
        "[]",
        "{",
        '{"port": []}',
        '{"port": {"unknown": 1}}',
        '{"port": {"error_share": 2}}',
        '{"port": {"error_share": 0.5, "database_secnods": 1}}',
    ],
)
def test_a_file_that_cannot_be_followed_is_no_fault_and_is_told_once(
    file: Path, content: str, caplog: pytest.LogCaptureFixture
) -> None:
    file.write_text(content)
    clock = Clock()
    switch = FaultSwitch(file, "port", clock)
    for moment in (0.0, 1.0, 2.0):
        clock.now = moment
        assert switch.now() == NONE
    (line,) = caplog.records
    assert line.levelname == "WARNING"
    assert str(file) in line.getMessage()


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({"eror_share": 0.1}, "eror_share is refused"),
        ({"error_share": 1.5}, "error_share is refused"),
        ({"supplier_seconds": "long"}, "supplier_seconds is refused"),
        ([], "Faults is refused"),
    ],
)
def test_what_is_no_fault_is_refused_with_its_name(settings: object, sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        read_faults(settings)


def test_a_defect_hits_requests_and_never_probes() -> None:
    faults = Faults(error_share=1.0)

    assert faults.fails("/laptops")
    assert not faults.fails("/readyz")
    assert not NONE.fails("/laptops")


def test_a_replica_waits_to_start_until_the_service_may_be_up(file: Path) -> None:
    clock = Clock()
    write(file, port={"down": True})
    waits: list[float] = []

    def sleep(seconds: float) -> None:
        waits.append(seconds)
        clock.now += seconds
        if len(waits) == 3:
            write(file)

    FaultSwitch(file, "port", clock).wait_to_start(sleep)

    assert len(waits) == 3


def test_a_slow_database_makes_each_statement_wait(file: Path) -> None:
    engine = create_engine("sqlite://")
    slow_database(engine, FaultSwitch(file, "port"))
    write(file, port={"database_seconds": 0.05})
    start = time.perf_counter()

    with engine.connect() as connection:
        connection.execute(text("SELECT 1"))

    assert time.perf_counter() - start >= 0.05
