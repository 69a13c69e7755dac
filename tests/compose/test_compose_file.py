"""compose.yaml, read: what holds for every service of the stack on Docker."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
SERVICES: dict[str, dict[str, Any]] = yaml.safe_load((ROOT / "compose.yaml").read_text())[
    "services"
]
WITHOUT_A_CHECK = {
    "otel-collector": "its image has no program that could ask",
    "locust": "nothing waits for it",
}
OPTION = re.compile(r"\$\{\w+:\+[^}]*\}")
"""What compose.yaml says with an option only."""
CHECKED_IN_THE_IMAGE = {"laptops", "port"}
LAPTOP_MEBIBYTES = 4096

each = pytest.mark.parametrize("name", SERVICES)


@each
def test_a_container_can_gain_nothing_and_write_nothing(name: str) -> None:
    service = SERVICES[name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert "privileged" not in service


@each
def test_a_container_has_limits(name: str) -> None:
    limits = SERVICES[name]["deploy"]["resources"]["limits"]
    assert set(limits) == {"cpus", "memory"}


def test_the_limits_of_what_starts_by_itself_fit_a_laptop() -> None:
    started = [service for service in SERVICES.values() if "profiles" not in service]
    memory = [service["deploy"]["resources"]["limits"]["memory"] for service in started]
    assert sum(int(each.removesuffix("M")) for each in memory) <= LAPTOP_MEBIBYTES


@each
def test_a_container_is_checked(name: str) -> None:
    if name in WITHOUT_A_CHECK:
        assert "healthcheck" not in SERVICES[name]
    elif name not in CHECKED_IN_THE_IMAGE:
        assert SERVICES[name]["healthcheck"]["test"][0] == "CMD"


@each
def test_what_it_waits_for_is_checked_where_it_can_be(name: str) -> None:
    for other, wait in SERVICES[name].get("depends_on", {}).items():
        expected = "service_started" if other in WITHOUT_A_CHECK else "service_healthy"
        assert wait["condition"] == expected, other


@each
def test_configuration_is_mounted_read_only_from_the_checkout(name: str) -> None:
    for volume in SERVICES[name].get("volumes", []):
        source, _, rest = OPTION.sub("", volume).partition(":")
        if source.startswith("./"):
            assert rest.endswith(":ro"), volume
            assert (ROOT / source).exists(), volume
