import re

import pytest

from lab.paths import OBSERVABILITY
from lab.processes.layout import Layout
from lab.stack import environment
from lab.stack.options import Options


def read_by(*files: str) -> set[str]:
    """The environment variables that configuration files read."""
    text = "".join((OBSERVABILITY / file).read_text() for file in files)
    return set(re.findall(r"\$\{env:(\w+)", text))


@pytest.mark.parametrize(
    ("build", "files"),
    [
        (environment.collector, ["otel-collector/collector.yaml"]),
        (environment.jaeger, ["jaeger/jaeger.yaml", "jaeger/badger.yaml"]),
    ],
)
def test_every_variable_that_the_lab_sets_is_read(
    build: object, files: list[str], options: Options, layout: Layout
) -> None:
    assert callable(build)
    assert set(build(options, layout)) <= read_by(*files)


@pytest.mark.parametrize("file", ["otel-collector/collector.yaml", "jaeger/jaeger.yaml"])
def test_every_variable_has_a_default_that_keeps_to_loopback(file: str) -> None:
    text = (OBSERVABILITY / file).read_text()
    assert not re.findall(r"\$\{env:\w+\}", text)
    endpoints = re.findall(r"\$\{env:\w+(?:ENDPOINT|HOST|URL):-([^}]+)\}", text)
    assert endpoints
    assert all("127.0.0.1" in endpoint for endpoint in endpoints)


def test_laptops_reaches_port_through_the_gateway(options: Options, layout: Layout) -> None:
    assert environment.replica("laptops", 3, options, layout)["PORT_URL"] == "http://127.0.0.1:5001"
