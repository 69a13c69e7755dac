from pathlib import Path

import pytest
from tests.lab.experiments.spike.a_run import BEGAN, moment

from lab.experiments.spike import machine
from lab.experiments.spike.machine import Watcher

PRESSURE = "some avg10=1.00 avg60=2.00 avg300=3.00 total={total}\nfull avg10=0.00 total=0\n"


def write(proc: Path, *, waited: dict[str, int], pressure: int) -> None:
    """Write what the kernel would: nanoseconds by thread, and microseconds of pressure."""
    for thread, nanoseconds in waited.items():
        folder = proc / "7" / "task" / thread
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "schedstat").write_text(f"123 {nanoseconds} 9\n")
    (proc / "pressure").mkdir(exist_ok=True)
    (proc / "pressure" / "cpu").write_text(PRESSURE.format(total=pressure))


def test_waiting_for_a_core_is_added_up_over_threads_those_that_are_gone_included(
    tmp_path: Path,
) -> None:
    watcher = Watcher(lambda: {"port-0": 7}, tmp_path)
    write(tmp_path, waited={"7": 1_000_000, "8": 2_000_000}, pressure=5_000_000)
    first = watcher.look()
    assert (first.run_queue_seconds, first.pressure_seconds) == ({"port-0": 0.003}, 5.0)
    (tmp_path / "7" / "task" / "8" / "schedstat").unlink()
    write(tmp_path, waited={"7": 4_000_000}, pressure=6_000_000)
    assert watcher.look().run_queue_seconds == {"port-0": pytest.approx(0.006)}


def test_a_kernel_that_does_not_tell_is_not_guessed(tmp_path: Path) -> None:
    seen = Watcher(lambda: {"port-0": 7}, tmp_path).look()
    assert (seen.pressure_seconds, seen.run_queue_seconds) == (None, {})
    assert machine.pressure_percent([seen, seen], seen.time, seen.time) is None


def test_a_time_with_fewer_than_two_samples_is_not_known() -> None:
    moments = [moment(1)]
    assert machine.busy_percent(moments, BEGAN, BEGAN + 9) is None
    assert machine.run_queue_seconds(moments, "port-", BEGAN, BEGAN + 9) is None


def test_only_what_passed_in_the_time_counts() -> None:
    moments = [moment(second) for second in range(100)]
    assert machine.busy_percent(moments, BEGAN + 10, BEGAN + 20) == 50
    assert machine.pressure_percent(moments, BEGAN + 10, BEGAN + 20) == 10
    waited = machine.run_queue_seconds(moments, "port-", BEGAN + 10, BEGAN + 20)
    assert waited == pytest.approx(0.1)
