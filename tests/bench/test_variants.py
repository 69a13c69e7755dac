"""Each way to see an application that is compared answers both handlers, on each framework."""

import subprocess
import sys

import pytest
from bench.servers import environment
from bench.variants import FASTAPI, FLASK, VARIANTS, baseline

from lab.paths import ROOT

ASK = {
    FLASK: """
from werkzeug.test import Client
from bench.apps import flask_app
client = Client(flask_app())
print(*(client.get(path).status_code for path in ("/small", "/real")), flush=True)
""",
    FASTAPI: """
import asyncio, httpx
from bench.apps import fastapi_app
client = httpx.AsyncClient(transport=httpx.ASGITransport(fastapi_app()), base_url="http://bench")
async def ask():
    print(*[(await client.get(path)).status_code for path in ("/small", "/real")], flush=True)
asyncio.run(ask())
""",
}
# Without the exit handlers: nothing listens where some of them would try to send for long.
END = "import os; os._exit(0)"

CASES = [
    pytest.param(name, framework, id=f"{name}-{framework}")
    for name, variant in VARIANTS.items()
    if variant.package is None
    for framework in variant.instrument
]


@pytest.mark.parametrize(("name", "framework"), CASES)
def test_a_variant_answers_both_handlers(
    name: str, framework: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BENCH_METRICS_PORT", "0")  # any that is free
    done = subprocess.run(
        [sys.executable, "-c", ASK[framework] + END],
        cwd=ROOT, env=environment(name, "http://127.0.0.1:9"),
        check=True, capture_output=True, text=True,
    )  # fmt: skip
    assert "200 200" in done.stdout.splitlines()


@pytest.mark.parametrize("framework", [FLASK, FASTAPI])
def test_the_stricter_baseline_sends_nothing_and_makes_sense_on_its_framework(
    framework: str,
) -> None:
    variant = VARIANTS[baseline(framework)]
    assert framework in variant.instrument
    assert not variant.spans
