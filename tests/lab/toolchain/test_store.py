import threading
import time
from pathlib import Path

import pytest

from lab.errors import LabError
from lab.toolchain import store
from lab.toolchain.components import Component
from lab.toolchain.golang import Progress

from .conftest import Recorder


class FakeBuild:
    """Takes a moment, writes a binary, and counts its calls."""

    def __init__(self, *, fails: BaseException | None = None) -> None:
        self.calls = 0
        self.fails = fails

    def __call__(self, component: Component, binary: Path, progress: Progress) -> None:
        self.calls += 1
        binary.write_text(component.name)
        time.sleep(0.05)
        if self.fails:
            raise self.fails
        binary.chmod(0o755)


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache" / "laptop-lab"


def test_a_build_goes_into_a_folder_of_its_version_and_is_found_again(
    component: Component, progress: Recorder, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    build = FakeBuild()
    monkeypatch.setattr(store, "build", build)
    assert store.cached(component) is None
    binary = store.build_into_cache(component, progress)
    assert binary == cache / "gadget" / component.key / "gadget"
    assert store.cached(component) == binary
    assert store.build_into_cache(component, progress) == binary
    assert build.calls == 1


@pytest.mark.parametrize("failure", [LabError("no"), KeyboardInterrupt()])
def test_a_build_that_fails_or_is_interrupted_leaves_nothing(
    component: Component,
    progress: Recorder,
    cache: Path,
    monkeypatch: pytest.MonkeyPatch,
    failure: BaseException,
) -> None:
    monkeypatch.setattr(store, "build", FakeBuild(fails=failure))
    with pytest.raises(type(failure)):
        store.build_into_cache(component, progress)
    assert store.cached(component) is None
    assert [path.name for path in (cache / "gadget" / component.key).iterdir()] == [".lock"]


def test_of_two_builders_one_builds_and_the_other_waits(
    component: Component, progress: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    build = FakeBuild()
    monkeypatch.setattr(store, "build", build)
    found: list[Path] = []
    builders = [
        threading.Thread(target=lambda: found.append(store.build_into_cache(component, progress)))
        for _ in range(2)
    ]
    for builder in builders:
        builder.start()
    for builder in builders:
        builder.join()
    assert build.calls == 1
    assert found[0] == found[1]
    assert progress.notes == ["waiting for another build of it"]
