"""What a run lacks is brought, or named at once before anything starts."""

import subprocess
import sys

import pytest
from tests.support.needs import Need, missing, refuse

from lab.errors import LabError
from lab.paths import ROOT


def test_what_can_be_brought_is_brought_and_not_named() -> None:
    here: set[str] = {"one"}
    needs = [
        Need("one", lambda: "one" in here, lambda: here.add("needless")),
        Need("two", lambda: "two" in here, lambda: here.add("two")),
        Need("three", lambda: "three" in here),
    ]
    assert missing(needs) == ["three"]
    assert here == {"one", "two"}


def test_everything_that_is_missing_is_one_sentence() -> None:
    refuse([])
    with pytest.raises(LabError, match=r"^This machine lacks an engine; a plug-in\.$"):
        refuse(["an engine", "a plug-in"])


def test_the_tests_on_a_cluster_name_everything_before_they_start() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tests.k8s.standins", ""],
        cwd=ROOT,
        env={"PATH": "/nowhere"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (1, "")
    (sentence,) = done.stderr.splitlines()
    for need in ("kubectl", "a cluster that answers", "metrics-server", "KEDA"):
        assert need in sentence
