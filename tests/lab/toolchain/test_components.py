import dataclasses
import re
from pathlib import Path

import pytest
import yaml

from lab.paths import OBSERVABILITY
from lab.toolchain.components import BUILT, COLLECTOR, Component

COLLECTOR_SOURCE = OBSERVABILITY / "otel-collector"


def required(component: Component) -> dict[str, str]:
    """Module path → version, as pinned in the component's go.mod."""
    text = (component.module / "go.mod").read_text()
    return dict(re.findall(r"^\s*(?:require )?(\S+\.\S+/\S+) (v\S+)", text, re.MULTILINE))


@pytest.mark.parametrize("component", BUILT, ids=lambda component: component.name)
def test_every_component_is_pinned_by_a_module_and_its_checksums(component: Component) -> None:
    assert (component.module / "go.sum").stat().st_size > 1000
    assert required(component)


@pytest.mark.parametrize("component", BUILT, ids=lambda component: component.name)
def test_the_version_that_is_built_would_do_if_it_were_found_on_path(component: Component) -> None:
    version = tuple(int(part) for part in component.version.split("."))
    assert component.minimum <= version < component.below


def test_the_collectors_module_is_what_its_builder_file_asks_for() -> None:
    builder = yaml.safe_load((COLLECTOR_SOURCE / "builder.yaml").read_text())
    asked = [
        item["gomod"].split()
        for part in builder.values()
        if isinstance(part, list)
        for item in part
    ]
    pinned = required(COLLECTOR)
    assert {module: pinned.get(module) for module, _ in asked} == dict(asked)

    generated = (COLLECTOR.module / "components.go").read_text() + (
        COLLECTOR.module / "main.go"
    ).read_text()
    imported = set(re.findall(r'^\s*\w+ "(\S+\.\S+/\S+)"$', generated, re.MULTILINE))
    assert imported - {"go.opentelemetry.io/collector/service/telemetry/otelconftelemetry"} == {
        module for module, _ in asked
    }
    assert builder["dist"]["version"] == COLLECTOR.version


def test_a_changed_pin_is_a_different_build(tmp_path: Path) -> None:
    (tmp_path / "go.mod").write_text("module one\n")
    component = dataclasses.replace(COLLECTOR, module=tmp_path)
    before = component.key
    (tmp_path / "go.sum").write_text("changed\n")
    assert component.key != before
    assert component.key.startswith(f"{COLLECTOR.version}-")


def test_changed_build_tags_are_a_different_build() -> None:
    assert dataclasses.replace(COLLECTOR, tags=("other",)).key != COLLECTOR.key
