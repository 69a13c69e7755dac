"""What the README shows works, and the folder stands alone: nothing outside of it is needed."""

import os
import re
import shlex
import shutil
import subprocess
import sys
import venv
import zipfile
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1]
README = (PACKAGE / "README.md").read_text()
PYTHON = re.findall(r"```python\n(.*?)```", README, re.S)
SHELL = re.findall(r"```sh\n(.*?)```", README, re.S)

# A request that the application has no route for: it leaves all signals too.
ASK = {
    "flask": "headers = app.test_client().get('/nothing').headers\n",
    "fastapi": (
        "import asyncio, httpx\n"
        "async def ask():\n"
        "    transport = httpx.ASGITransport(app)\n"
        "    async with httpx.AsyncClient(transport=transport, base_url='http://shop') as client:\n"
        "        return await client.get('/nothing')\n"
        "headers = asyncio.run(ask()).headers\n"
    ),
}


def block(text: str) -> str:
    """The one block of Python that contains this."""
    (found,) = [block for block in PYTHON if text in block]
    return found


FLASK, FASTAPI = 'app = Flask("shop")\ntelemetry', "FastAPI("
CLIENTS, OWN, WORKER, TEST = "init_engine(engine", "shop_orders", "shop-worker", "def test_"


def test_every_block_of_the_readme_is_run_below() -> None:
    assert sorted(map(block, (FLASK, FASTAPI, CLIENTS, OWN, WORKER, TEST))) == sorted(PYTHON)


def test_links_stay_inside_the_folder() -> None:
    for page in (PACKAGE / "README.md", *(PACKAGE / "docs").glob("*.md")):
        for link in re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", page.read_text()):
            if not link.startswith("https://"):
                target = (page.parent / link).resolve()
                assert target.exists(), f"{page.name}: {link}"
                assert target.is_relative_to(PACKAGE), f"{page.name}: {link}"


OUTSIDE = re.compile(r"^\s*(?:from|import) (?:tests|lab|chassis|laptops|port)\b", re.M)


def test_no_test_needs_what_is_outside_of_the_folder() -> None:
    files = (PACKAGE / "tests").rglob("*.py")
    assert [file.name for file in files if OUTSIDE.search(file.read_text())] == []


@pytest.fixture(scope="module")
def alone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with a copy of this one, a user's `telemetry.py`, and an environment."""
    place = tmp_path_factory.mktemp("alone")
    hidden = shutil.ignore_patterns("__pycache__", ".*")
    shutil.copytree(PACKAGE, place / "package", ignore=hidden)
    (place / "telemetry.py").write_text("raise RuntimeError('a module of the user')\n")
    venv.create(place / "venv", with_pip=True)
    follow(place, SHELL[0])
    return place


def follow(place: Path, shell: str) -> str:
    """Do what a block of shell says, in the copy; return what the last command prints."""
    printed = ""
    for line in shell.splitlines():
        printed = run(place, "-m", *shlex.split(line), cwd=place / "package")
    return printed


def run(place: Path, *arguments: str, cwd: Path | None = None) -> str:
    """Run Python of the environment; return what it prints."""
    clean = {key: value for key, value in os.environ.items() if not key.startswith("PYTHON")}
    done = subprocess.run(
        [place / "venv" / "bin" / "python", *arguments],
        cwd=cwd or place, env=clean, capture_output=True, text=True, timeout=840, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    return done.stdout


@pytest.mark.e2e
@pytest.mark.timeout(300)
@pytest.mark.parametrize("framework", ["flask", "fastapi"])
def test_the_blocks_of_an_application_run_one_after_the_other(framework: str, alone: Path) -> None:
    first = block(FLASK if framework == "flask" else FASTAPI)
    program = "\n".join((first, block(CLIENTS), block(OWN), ASK[framework]))
    printed = run(
        alone,
        "-c",
        f"{program}\nprint(headers['traceresponse'])\nprint(telemetry.metrics_page('')[0].decode())",
    )
    assert re.search(r"^00-[0-9a-f]{32}-[0-9a-f]{16}-03$", printed, re.M)
    for expected in ('"event":"http.request"', '"event":"order.placed"', '"service.name":"shop"'):
        assert expected in printed
    assert re.search(r"^shop_orders_total 1.0$", printed, re.M)


@pytest.mark.e2e
@pytest.mark.timeout(300)
def test_a_worker_needs_no_framework(alone: Path) -> None:
    assert '"event":"image.resized"' in run(alone, "-c", block(WORKER))


@pytest.mark.e2e
@pytest.mark.timeout(300)
def test_lean_brings_no_sdk(alone: Path) -> None:
    installed = run(alone, "-m", "pip", "list", "--format", "freeze")
    assert "opentelemetry-api==" in installed
    assert "opentelemetry-sdk" not in installed
    assert "opentelemetry-instrumentation" not in installed


@pytest.mark.e2e
@pytest.mark.timeout(900)
def test_the_test_of_the_readme_and_the_package_s_own_run_from_the_copy(alone: Path) -> None:
    run(alone, "-m", "pip", "install", "-q", "--upgrade", "pip")  # for dependency groups
    assert " passed" in follow(alone, SHELL[-1])
    mine = alone / "mine"
    mine.mkdir()
    (mine / "conftest.py").write_text('pytest_plugins = ["threesignals.testing"]\n')
    (mine / "test_shop.py").write_text(block(TEST))
    assert "1 passed" in run(alone, "-m", "pytest", cwd=mine)


@pytest.mark.e2e
@pytest.mark.timeout(300)
def test_the_wheel_and_the_sdist_are_fit_to_be_published(tmp_path: Path) -> None:
    built = [sys.executable, "-m", "build", "--no-isolation", "--outdir", str(tmp_path)]
    subprocess.run([*built, str(PACKAGE)], check=True, capture_output=True)
    files = [str(path) for path in tmp_path.iterdir()]
    assert sorted(Path(file).suffix for file in files) == [".gz", ".whl"]
    checked = subprocess.run(
        [sys.executable, "-m", "twine", "check", "--strict", *files],
        check=True, capture_output=True, text=True,
    )  # fmt: skip
    assert checked.stdout.count("PASSED") == 2
    (wheel,) = tmp_path.glob("*.whl")
    names = zipfile.ZipFile(wheel).namelist()
    assert "threesignals/py.typed" in names
    assert any(name.endswith("licenses/LICENSE") for name in names)
    assert not [name for name in names if name.startswith("tests")]


EXAMPLES = {
    "worker.py": ["worker.py"],
    "several_processes.py": ["several_processes.py"],
    "flask_app.py": [
        "-c",
        "from flask_app import create_app; client = create_app().test_client();"
        " print(client.get('/items/1').text, client.get('/items/9').status_code)",
    ],
    "fastapi_app.py": [
        "-c",
        "from fastapi_app import create_app; from starlette.testclient import TestClient;"
        " client = TestClient(create_app());"
        " print(client.get('/items/1').text, client.get('/items/9').status_code)",
    ],
}
PRINTED = {
    "worker.py": 'jobs_total{outcome="failed"} 1.0',
    "several_processes.py": "{20.0}",
    "flask_app.py": '{"name":"lamp"}\n 404',
    "fastapi_app.py": '{"name":"lamp"} 404',
}


def test_every_example_is_run_below() -> None:
    assert {path.name for path in (PACKAGE / "examples").glob("*.py")} == EXAMPLES.keys()


@pytest.mark.e2e
@pytest.mark.parametrize("name", EXAMPLES)
def test_an_example_runs(name: str) -> None:
    done = subprocess.run(
        [sys.executable, *EXAMPLES[name]],
        cwd=PACKAGE / "examples", capture_output=True, text=True, timeout=60, check=True,
    )  # fmt: skip
    assert PRINTED[name] in done.stdout


def test_importing_the_package_imports_no_framework_and_starts_nothing() -> None:
    program = (
        "import sys, threading, threesignals; "
        "loaded = {'flask', 'fastapi', 'starlette', 'sqlalchemy', 'httpx', 'opentelemetry.sdk'}"
        " & set(sys.modules); "
        "assert not loaded, loaded; assert threading.active_count() == 1"
    )
    subprocess.run([sys.executable, "-c", program], check=True)


def test_the_source_has_no_name_of_the_project_around_it() -> None:
    for file in (PACKAGE / "src").rglob("*.py"):
        assert "laptop" not in file.read_text(), file.name
