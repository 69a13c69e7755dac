import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from lab.engines.endpoints import Endpoints
from lab.experiments.spike import load
from lab.experiments.spike.plan import Plan, quick
from lab.paths import ROOT


def test_the_command_names_a_file_that_is_there_and_gives_the_whole_plan(tmp_path: Path) -> None:
    command = load.command(quick(Plan(target="port")), Endpoints(), tmp_path / "requests.jsonl")
    assert f"--locustfile={ROOT / 'loadtests' / 'spike_port.py'}" in command
    assert (ROOT / "loadtests" / "spike_port.py").exists()
    assert {"--spike-seconds=40", "--spike-users=100", "--control-users=10"} < set(command)


PARSE = """
import sys
import spike_laptops  # what it imports adds our options
from locust.argument_parser import get_parser
get_parser().parse_args(sys.argv[1:])
"""
"""Not in this process: Locust replaces its threads."""


def test_locust_knows_every_option_of_the_command(tmp_path: Path) -> None:
    python, _, _, *given = load.command(Plan(), Endpoints(), tmp_path / "requests.jsonl")
    parsed = subprocess.run(
        [python, "-c", PARSE, *given],
        cwd=ROOT / "loadtests",
        capture_output=True,
        text=True,
        check=False,
    )
    assert parsed.returncode == 0, parsed.stderr


def test_a_quick_plan_offers_the_same_load_for_less_time() -> None:
    plan = quick(Plan(target="port", autoscale=False))
    assert (plan.target, plan.autoscale, plan.spike_users) == ("port", False, 100)
    assert plan.seconds <= 100 < Plan().seconds


def test_leaving_early_leaves_nothing_running(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sleeper = [sys.executable, "-c", "import time; time.sleep(60)"]
    monkeypatch.setattr(load, "command", lambda *_: sleeper)
    with load.running(Plan(), Endpoints(), tmp_path) as process:
        assert psutil.pid_exists(process.pid)
    assert not psutil.pid_exists(process.pid)
