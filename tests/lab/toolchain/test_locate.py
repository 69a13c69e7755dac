import pytest

from lab.errors import LabError
from lab.toolchain import locate
from lab.toolchain.components import Component

from .conftest import Script


def test_a_program_on_path_in_a_good_version_is_used(component: Component, script: Script) -> None:
    path = script("gadget", "echo gadget version v1.3.7 linux/amd64")
    assert locate.on_path(component) == path


@pytest.mark.parametrize("version", ["1.2.9", "2.0.0", "unknown"])
def test_a_program_in_another_version_is_not(
    component: Component, script: Script, version: str
) -> None:
    script("gadget", f"echo {version}")
    assert locate.on_path(component) is None


def test_a_second_name_is_tried_when_the_first_does_not_suit(
    component: Component, script: Script
) -> None:
    script("gadget", "echo 0.1.0")
    path = script("gadget-next", "echo 1.9.9 >&2")
    assert locate.on_path(component) == path


def test_nothing_on_path_is_nothing(component: Component, script: Script) -> None:
    script("other", "echo 1.4.0")
    assert locate.on_path(component) is None


def test_a_date_in_the_version_is_not_taken_for_the_version(script: Script) -> None:
    path = script("logs", "echo victoria-logs-20261125-080000-tags-v1.52.1-0-g123")
    assert locate.version_of(str(path), ()) == (1, 52, 1)


def test_the_wheel_gives_traefik() -> None:
    assert locate.traefik().name == "traefik"


def test_a_missing_traefik_says_how_to_get_it(
    script: Script, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.executable", "/nowhere/python")
    script("traefik", "echo 2.11.0")
    with pytest.raises(LabError, match="make setup"):
        locate.traefik()
