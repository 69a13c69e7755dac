"""The proof itself: it holds with the scaler, and fails without."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from tests.e2e.conftest import free_ports

from lab.experiments.spike.verdict import SCHEMA_FILE
from lab.processes.ports import OFFSET_VARIABLE, Ports

pytestmark = [pytest.mark.e2e, pytest.mark.quiet, pytest.mark.timeout(420)]


both_ways = pytest.mark.parametrize(
    ("target", "control"), [("laptops", "port"), ("port", "laptops")]
)


def spike(folder: Path, *arguments: str) -> tuple[int, dict[str, Any], str]:
    """Run `lab spike ... --quick`; return exit status, verdict and what it printed."""
    environment = os.environ | {
        "LAB_STATE_DIR": str(folder / "state"),
        "LAB_REPORTS_DIR": str(folder / "reports"),
        OFFSET_VARIABLE: str(free_ports().laptops - Ports().laptops),
    }
    command = [sys.executable, "-m", "lab", "spike", "--quick", *arguments]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    written = folder / "reports" / "latest" / "verdict.json"
    assert written.exists(), done.stdout + done.stderr
    return done.returncode, json.loads(written.read_text()), done.stdout


def failing(verdict: dict[str, Any]) -> list[dict[str, Any]]:
    return [check for check in verdict["checks"] if not check["passed"]]


@both_ways
def test_the_target_scales_while_the_control_stays_as_it_is(
    target: str, control: str, tmp_path: Path
) -> None:
    status, verdict, printed = spike(tmp_path, target)
    assert failing(verdict) == []
    assert (status, verdict["passed"]) == (0, True), printed
    jsonschema.validate(verdict, json.loads(SCHEMA_FILE.read_text()))
    assert (verdict["target"]["service"], verdict["control"]["service"]) == (target, control)
    assert [step["replicas"] for step in verdict["control"]["replicas"]] == [1]
    assert verdict["target"]["phases"]["spike"]["due"] > 0.95 * 3500

    report = tmp_path / "reports" / "latest"
    assert f"{target} went from 1 to" in (report / "index.html").read_text()
    story = json.loads((report / "evidence.json").read_text())
    slowest = story["slowest"][0]
    assert {span["service"] for span in slowest["spans"]} >= {"gateway", target}
    [line] = slowest["logs"]
    assert re.fullmatch(rf"GET /{target}\S* 200 \d+ ms", line["message"])


@both_ways
def test_without_the_scaler_the_proof_fails(target: str, control: str, tmp_path: Path) -> None:
    status, verdict, printed = spike(tmp_path, target, "--no-autoscale")
    assert (status, verdict["passed"], verdict["autoscale"]) == (1, False, False), printed
    names = {check["name"] for check in failing(verdict)}
    assert {"target-scaled-out", "target-recovered"} <= names
    agree = {f"signals-agree-{service}" for service in (target, control)}
    assert not names & {*agree, "control-replicas"}
