from pathlib import Path

import pytest

from lab.errors import LabError
from lab.stack import doctor
from lab.toolchain.components import BUILT, Component


@pytest.fixture(autouse=True)
def quiet_machine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A machine with free ports, on which nothing runs."""
    monkeypatch.setenv("LAB_STATE_DIR", str(tmp_path))
    monkeypatch.setattr(doctor.clashes, "require_free", lambda _: None)


def without_go(component: Component) -> None:
    raise LabError(f"{component.name} needs Go.")


def test_go_is_not_asked_for_when_everything_is_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor.toolchain, "find", lambda component: Path("/opt") / component.name)
    monkeypatch.setattr(doctor, "require_go", without_go)
    checks = {check.name: check for check in doctor.examine()}
    assert "Go" not in checks
    assert checks["jaeger"].found == "/opt/jaeger"
    assert all(check.good for check in checks.values())


def test_a_missing_go_is_told_once_with_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor.toolchain, "find", lambda _: None)
    monkeypatch.setattr(doctor, "require_go", without_go)
    bad = [check for check in doctor.examine() if not check.good]
    assert [(check.name, check.remedy) for check in bad] == [("Go", f"{BUILT[0].name} needs Go.")]


def test_what_will_be_built_is_told_with_the_time_it_takes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor.toolchain, "find", lambda _: None)
    monkeypatch.setattr(doctor, "require_go", lambda _: None)
    checks = {check.name: check for check in doctor.examine()}
    assert checks["Go"].good
    assert "275 s" in checks["jaeger"].found
