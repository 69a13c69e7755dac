from pathlib import Path

from lab.processes.layout import Layout
from lab.processes.ports import Ports
from lab.stack import running
from lab.stack.running import RunningStack


def stack(state: Path) -> RunningStack:
    return RunningStack(state, Ports.shifted(100), autoscale=True, supervisor_pid=1)


def test_its_addresses_follow_its_ports(tmp_path: Path) -> None:
    urls = stack(tmp_path).urls
    assert urls.laptops == "http://127.0.0.1:5100"
    assert urls.jaeger == "http://127.0.0.1:16786"


def test_without_a_record_nothing_runs(tmp_path: Path) -> None:
    assert running.find(tmp_path) is None


def test_a_record_whose_supervisor_is_gone_means_that_nothing_runs(tmp_path: Path) -> None:
    Layout(tmp_path).run.mkdir()
    running.save(stack(tmp_path))
    assert running.find(tmp_path) is None


def test_taking_down_nothing_is_nothing_and_clears_the_run_files(tmp_path: Path) -> None:
    Layout(tmp_path).run.mkdir()
    running.save(stack(tmp_path))
    assert running.take_down(tmp_path) == 0
    assert not Layout(tmp_path).run.exists()
