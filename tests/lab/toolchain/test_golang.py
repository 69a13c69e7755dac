from pathlib import Path

import pytest

from lab.errors import LabError
from lab.toolchain import golang
from lab.toolchain.components import Component

from .conftest import Recorder, Script

GO = """
case "$1" in
env) echo go1.26.8 ;;
list)
  echo "go: downloading example.org/part v1.0.0" >&2
  echo example.org/part; echo example.org/gadget ;;
build)
  echo "$@" > "$(dirname "$0")/arguments"
  echo "cgo=$CGO_ENABLED in $PWD" >> "$(dirname "$0")/arguments"
  echo example.org/part >&2; echo example.org/gadget >&2
  while [ "$1" != -o ]; do shift; done
  echo binary > "$2" ;;
esac
"""


def test_a_build_makes_the_binary_and_counts_its_packages(
    component: Component, script: Script, progress: Recorder, tmp_path: Path
) -> None:
    script("go", GO)
    golang.build(component, tmp_path / "gadget", progress)
    assert (tmp_path / "gadget").read_text() == "binary\n"
    assert (progress.count, progress.done) == (2, 2)
    assert "downloading example.org/part v1.0.0" in progress.notes


def test_a_build_is_pinned_stripped_and_free_of_c(
    component: Component, script: Script, progress: Recorder, tmp_path: Path
) -> None:
    go = script("go", GO)
    golang.build(component, tmp_path / "gadget", progress)
    arguments = (go.parent / "arguments").read_text()
    assert "-mod=readonly -trimpath -ldflags -s -w -tags small" in arguments
    assert f"cgo=0 in {component.module}" in arguments


def test_a_missing_go_is_one_sentence_with_what_to_do(
    component: Component, bin_folder: Path, progress: Recorder, tmp_path: Path
) -> None:
    with pytest.raises(LabError, match=r"Go, which builds it, is missing. Install Go 1.26"):
        golang.build(component, tmp_path / "gadget", progress)


def test_an_old_go_is_told_in_gos_own_words(
    component: Component, script: Script, progress: Recorder, tmp_path: Path
) -> None:
    script("go", 'echo "go: go.mod requires go >= 1.26.7 (running go 1.22.0)" >&2; exit 1')
    with pytest.raises(LabError, match=r"can't build gadget: go.mod requires go >= 1.26.7"):
        golang.build(component, tmp_path / "gadget", progress)


def test_a_failed_build_shows_the_end_of_what_go_said(
    component: Component, script: Script, progress: Recorder, tmp_path: Path
) -> None:
    script(
        "go", GO.replace("build)", 'build) echo "main.go:3: undefined: x" >&2; exit 1;;\nnever)')
    )
    with pytest.raises(LabError, match="undefined: x"):
        golang.build(component, tmp_path / "gadget", progress)
