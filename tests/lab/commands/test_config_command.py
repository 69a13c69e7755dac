"""`lab config` on a real Consul, as a person types it."""

from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest
from tests.lab.commands.conftest import Lab
from tests.support.consul import running_consul

from chassis.knobs import Knobs
from lab import stack
from lab.processes.ports import Ports
from lab.stack.running import RunningStack

pytestmark = pytest.mark.e2e


@pytest.fixture
def lab(typed: Lab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Lab]:
    """Run `lab config …` on a Consul of the test's own."""
    with running_consul(tmp_path) as consul:
        ports = replace(Ports(), consul=consul.server.ports.http)
        running = RunningStack(
            tmp_path, ports, autoscale=True, supervisor_pid=1, extras=("consul",)
        )
        monkeypatch.setattr(stack, "find_running", lambda: running)
        monkeypatch.delenv("CONSUL_HTTP_ADDR", raising=False)
        yield partial(typed, "config")


def test_a_setting_is_set_shown_and_taken_back_and_history_tells(lab: Lab) -> None:
    said = (0, "port supplier_latency_seconds: its own → 0.7")
    assert lab("set", "port", "supplier_latency_seconds", "0.7") == said
    assert "supplier_latency_seconds 0.7" in lab("get", "port")[1]
    said = (0, "port supplier_latency_seconds: 0.7 → its own")
    assert lab("set", "port", "supplier_latency_seconds") == said
    assert "supplier_latency_seconds -" in lab("get", "port")[1]
    status, told = lab("history", "--limit", "1")
    assert status == 0
    assert "port supplier_latency_seconds 0.7 its own" in told


def test_all_services_are_set_at_once(lab: Lab) -> None:
    status, told = lab("set", "all", "traces_sampled_percent", "10")
    assert status == 0
    for service in ("laptops", "port"):
        assert f"{service} traces_sampled_percent: its own → 10" in told
        assert "traces_sampled_percent 10" in lab("get", service)[1]


@pytest.mark.parametrize(
    ("key", "value"),
    [("traces_sampled_percent", "101"), ("log_level", "loud"), ("colour", "blue")],
)
def test_a_bad_value_is_refused_in_one_sentence_and_nothing_is_set(
    lab: Lab, key: str, value: str
) -> None:
    status, told = lab("set", "all", key, value)
    assert status == 1
    assert told.startswith(f"error: {key} cannot be {value!r}: ")
    assert lab("history") == (0, "when service setting from to by")


def test_every_setting_can_be_shown(lab: Lab) -> None:
    told = lab("get", "laptops")[1]
    assert [key for key in Knobs.model_fields if key not in told] == []


def test_the_environment_may_name_another_consul(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CONSUL_HTTP_ADDR", "http://127.0.0.1:1")
    assert lab("get", "port") == (1, "error: Consul does not answer: ConnectError.")
