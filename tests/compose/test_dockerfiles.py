"""The images' recipes, read."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
DOCKERFILES = [
    *sorted((ROOT / "services").glob("*/Dockerfile")),
    ROOT / "loadtests/Dockerfile",
]

each = pytest.mark.parametrize("path", DOCKERFILES, ids=lambda path: path.parent.name)


def instructions(path: Path) -> list[tuple[str, str]]:
    """Return a file's instructions; lines that end with a backslash go on."""
    text = re.sub(r"^\s*#.*\n", "", path.read_text(), flags=re.MULTILINE)
    lines = re.sub(r"\\\n\s*", " ", text).splitlines()
    return [(line.partition(" ")[0], line.partition(" ")[2]) for line in lines if line]


def result(path: Path) -> dict[str, str]:
    """Return the last value of each instruction in the stage that becomes the image."""
    found = instructions(path)
    last = max(i for i, (word, _) in enumerate(found) if word == "FROM")
    return dict(found[last:])


@each
def test_hadolint_finds_nothing(path: Path) -> None:
    hadolint = Path(sys.executable).parent / "hadolint"
    ran = subprocess.run([hadolint, path], capture_output=True, text=True, check=False)
    assert ran.stdout == ""
    assert ran.returncode == 0


@each
def test_every_stage_begins_with_a_base_of_a_version(path: Path) -> None:
    bases = [value for word, value in instructions(path) if word == "FROM"]
    assert len(bases) == 2
    for base in bases:
        assert base.startswith("python:${PYTHON_VERSION}-slim-")


@each
def test_the_image_runs_as_a_numbered_user_in_exec_form(path: Path) -> None:
    image = result(path)
    assert re.fullmatch(r"[1-9]\d*:[1-9]\d*", image["USER"])
    for word in ("ENTRYPOINT", "CMD"):
        assert image.get(word, "[").startswith("[")


@each
def test_the_image_installs_nothing_itself(path: Path) -> None:
    run = result(path).get("RUN", "")
    assert not re.search(r"\b(apt|apt-get|pip|curl|wget)\b", run)


@each
def test_what_is_installed_is_locked_with_hashes(path: Path) -> None:
    installs = re.findall(r"install [^&]*--requirement[^&]*", path.read_text())
    assert installs
    for install in installs:
        assert "--require-hashes" in install
        assert "--only-binary :all:" in install


@pytest.mark.parametrize("service", ["laptops", "port"])
def test_a_service_is_checked_without_a_shell_or_curl(service: str) -> None:
    check = result(ROOT / f"services/{service}/Dockerfile")["HEALTHCHECK"]
    assert 'CMD ["python", "-I", "-S", "-c"' in check
    assert "/readyz" in check


@each
def test_labels_say_what_the_image_is(path: Path) -> None:
    labels = result(path)["LABEL"]
    for name in ("title", "description", "licenses", "version", "revision"):
        assert f"org.opencontainers.image.{name}=" in labels


def test_the_builder_receives_what_is_copied_and_nothing_else() -> None:
    allowed = (ROOT / ".dockerignore").read_text().splitlines()
    assert allowed[1] == "*"
    folders = tuple(line.removeprefix("!") for line in allowed if line.startswith("!"))
    for path in DOCKERFILES:
        for word, value in instructions(path):
            if word == "COPY" and not value.startswith("--from"):
                for source in value.split()[:-1]:
                    assert source.startswith(folders), (path, source)
