"""What the package's README shows works in an environment that has nothing else."""

import os
import re
import subprocess
import sys
import venv
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
PACKAGE = ROOT / "observability" / "telemetry"

ASK = {
    "flask": "response = app.test_client().get('/nothing')\nheaders = response.headers",
    "fastapi": (
        "import asyncio, httpx\n"
        "async def ask():\n"
        "    transport = httpx.ASGITransport(app)\n"
        "    async with httpx.AsyncClient(transport=transport, base_url='http://shop') as client:\n"
        "        return await client.get('/nothing')\n"
        "headers = asyncio.run(ask()).headers"
    ),
}


def snippet(framework: str) -> str:
    """The README's two lines for a framework, with the application they instrument."""
    blocks: list[str] = re.findall(
        r"```python\n(.*?)```", (PACKAGE / "README.md").read_text(), re.S
    )
    (found,) = [block for block in blocks if f"from threesignals.{framework} import" in block]
    return found


@pytest.mark.e2e
@pytest.mark.timeout(300)
@pytest.mark.parametrize("framework", ["flask", "fastapi"])
def test_two_lines_instrument_an_application_in_a_fresh_environment(
    framework: str, tmp_path: Path
) -> None:
    venv.create(tmp_path / "venv", with_pip=True)
    python = tmp_path / "venv" / "bin" / "python"
    extras = f"{framework},httpx" if framework == "fastapi" else framework
    subprocess.run(
        [python, "-m", "pip", "install", "--quiet", f"{PACKAGE}[{extras}]"], check=True, timeout=240
    )
    program = f"{snippet(framework)}\n{ASK[framework]}\nprint(headers['traceresponse'])"
    clean = {key: value for key, value in os.environ.items() if not key.startswith("PYTHON")}
    done = subprocess.run(
        [python, "-c", program], cwd=tmp_path, env=clean, check=True, capture_output=True, text=True
    )
    assert re.search(r"^00-[0-9a-f]{32}-[0-9a-f]{16}-03$", done.stdout, re.M)
    assert '"event":"http.request"' in done.stdout
    assert '"service.name":"shop"' in done.stdout


def test_importing_the_package_imports_no_framework_and_starts_nothing() -> None:
    program = (
        "import sys, threading, threesignals; "
        "loaded = {'flask', 'fastapi', 'starlette', 'sqlalchemy', 'httpx'} & set(sys.modules); "
        "assert not loaded, loaded; assert threading.active_count() == 1"
    )
    subprocess.run([sys.executable, "-c", program], check=True)
