"""Other makers' packages are measured beside the same versions as everything else."""

import re

from lab.paths import ROOT


def pins(lock: str) -> dict[str, str]:
    return dict(re.findall(r"^([\w.-]+)==([^\s;]+)", (ROOT / lock).read_text(), re.MULTILINE))


def test_what_a_rival_shares_with_the_project_has_the_project_s_version() -> None:
    rivals, project = pins("bench/rivals.txt"), pins("requirements/dev.txt")
    shared = rivals.keys() & project.keys()
    assert {"opentelemetry-sdk", "opentelemetry-instrumentation-fastapi"} <= shared
    assert {name: rivals[name] for name in shared} == {name: project[name] for name in shared}


def test_each_rival_is_locked() -> None:
    assert {"logfire", "ddtrace"} <= pins("bench/rivals.txt").keys()
