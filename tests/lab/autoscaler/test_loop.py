"""The loop among stand-ins: in which order it acts, and what it does when one of them is away."""

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import httpx
import pytest
import structlog
from prometheus_client import CollectorRegistry

from lab.autoscaler import loop as loop_module
from lab.autoscaler.loop import Loop
from lab.autoscaler.prometheus import QueryError
from lab.autoscaler.publish import Publisher
from lab.autoscaler.scaledobject import load
from lab.autoscaler.workload import Workload, on_loopback
from lab.paths import ROOT
from lab.processes.supervisor import State

BASE_PORTS = {"laptops": 15000, "port": 15100}


@dataclass
class FakeSupervisor:
    """Processes that start unready, and drain until the test lets them end."""

    processes: dict[str, State]
    away: bool = False
    started: list[str] = field(default_factory=list)
    stopped: list[str] = field(default_factory=list)

    def states(self) -> Mapping[str, State]:
        self._reach()
        return dict(self.processes)

    def start(self, name: str) -> None:
        self._reach()
        self.started.append(name)
        self.become(name, "Running", ready=False)

    def stop(self, name: str) -> None:
        self._reach()
        self.stopped.append(name)
        self.become(name, "Terminating", ready=False)

    def become(self, name: str, status: str, *, ready: bool) -> None:
        self.processes[name] = replace(self.processes[name], status=status, ready=ready)

    def turn(self, before: str, after: str, *, ready: bool) -> None:
        for name, process in list(self.processes.items()):
            if process.status == before:
                self.become(name, after, ready=ready)

    def _reach(self) -> None:
        if self.away:
            raise httpx.ConnectError("the supervisor is away")


@dataclass
class FakeGateway:
    """Takes up what was asked of it when the test says so."""

    asked: dict[str, Sequence[str]] = field(default_factory=dict)
    used: dict[str, Sequence[str]] = field(default_factory=dict)
    away: bool = False

    def write(self, servers: Mapping[str, Sequence[str]]) -> bool:
        changed, self.asked = dict(servers) != self.asked, dict(servers)
        return changed

    def servers(self, service: str) -> set[str]:
        if self.away:
            raise httpx.ConnectError("the gateway is away")
        return set(self.used.get(service, ()))

    def reload(self) -> None:
        self.used = self.asked


@dataclass
class FakePrometheus:
    """One rate a service."""

    rates: dict[str, float]
    away: bool = False

    def __call__(self, query: str) -> Any:  # noqa: ANN401
        if self.away:
            raise QueryError("Prometheus is away")
        (rate,) = (rate for service, rate in self.rates.items() if f'"{service}"' in query)
        return {"data": {"result": [{"metric": {}, "value": [0, str(rate)]}]}}


class Bench:
    """A loop with everything around it."""

    def __init__(self, *, hold: bool = False) -> None:
        self.supervisor = FakeSupervisor(
            {
                f"{service}-{i}": State(
                    name=f"{service}-{i}",
                    status="Disabled" if i else "Running",
                    ready=i == 0,
                    restarts=0,
                    exit_code=0,
                    pid=1,
                )
                for service in BASE_PORTS
                for i in range(8)
            }
        )
        self.gateway = FakeGateway()
        self.prometheus = FakePrometheus({"laptops": 5.0, "port": 5.0})
        self.targets: dict[str, list[str]] = {}
        self.registry = CollectorRegistry()
        self.lines: list[Mapping[str, Any]] = []
        self.now = 0.0
        self.loop = Loop(
            [
                Workload(
                    load(ROOT / "k8s" / "components" / "keda" / f"{service}-scaledobject.yaml"),
                    address=on_loopback(base),
                    hold=hold,
                )
                for service, base in BASE_PORTS.items()
            ],
            supervisor=self.supervisor,
            ask=self.prometheus,
            gateway=self.gateway,
            scrape=self._scrape,
            publisher=Publisher(self.registry, namespace="laptop-lab"),
            log=structlog.wrap_logger(None, processors=[self._note]),
            sync_seconds=5.0,
        )

    def tick(self, seconds: float = 0.5) -> None:
        self.loop.tick(self.now)
        self.now += seconds

    def spike(self) -> None:
        """Bring laptops to five ready replicas that take requests."""
        self.prometheus.rates["laptops"] = 100.0
        self.tick()
        self.supervisor.turn("Running", "Running", ready=True)
        self.tick()
        self.gateway.reload()

    def end_spike(self) -> None:
        """Let the load go, and time pass until the window is over."""
        self.prometheus.rates["laptops"] = 5.0
        while self.wanted() > 1:
            self.tick(5.0)

    def wanted(self) -> float:
        return self.sample("kube_deployment_spec_replicas", deployment="laptops-service")

    def sample(self, name: str, **labels: str) -> float:
        value = self.registry.get_sample_value(name, {"namespace": "laptop-lab"} | labels)
        assert value is not None, name
        return value

    def events(self, event: str) -> list[Mapping[str, Any]]:
        return [line for line in self.lines if line["event"] == event]

    def _scrape(self, service: str, addresses: Sequence[str]) -> bool:
        self.targets[service] = list(addresses)
        return True

    def _note(self, _: object, level: str, event: Mapping[str, Any]) -> str:
        self.lines.append({**event, "level": level})
        raise structlog.DropEvent


@pytest.fixture(autouse=True)
def stop_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a stop end before the next step of the test."""

    class Immediate:
        def __init__(self, *, target: Callable[..., None], args: tuple[str], daemon: bool) -> None:
            assert daemon
            self.start = lambda: target(*args)

    monkeypatch.setattr(loop_module.threading, "Thread", Immediate)


def urls(*indices: int) -> list[str]:
    return [f"http://127.0.0.1:{15000 + i}" for i in indices]


def addresses(*indices: int) -> list[str]:
    return [f"127.0.0.1:{15000 + i}" for i in indices]


def test_at_rest_one_replica_of_each_is_served_and_scraped() -> None:
    bench = Bench()
    bench.tick()
    assert bench.gateway.asked == {
        "laptops": ["http://127.0.0.1:15000"],
        "port": ["http://127.0.0.1:15100"],
    }
    assert bench.targets == {"laptops": ["127.0.0.1:15000"], "port": ["127.0.0.1:15100"]}
    assert bench.supervisor.started == []


def test_a_spike_starts_replicas_of_the_service_under_load_only() -> None:
    bench = Bench()
    bench.prometheus.rates["laptops"] = 100.0
    bench.tick()
    assert bench.supervisor.started == [f"laptops-{i}" for i in (1, 2, 3, 4)]


def test_a_new_replica_is_scraped_at_once_and_served_when_ready() -> None:
    bench = Bench()
    bench.prometheus.rates["laptops"] = 100.0
    bench.tick()
    bench.tick()
    assert bench.targets["laptops"] == addresses(0, 1, 2, 3, 4)
    assert bench.gateway.asked["laptops"] == urls(0)
    bench.supervisor.become("laptops-2", "Running", ready=True)
    bench.tick()
    assert bench.gateway.asked["laptops"] == urls(0, 2)


def test_a_replica_leaves_the_gateway_before_it_is_stopped() -> None:
    bench = Bench()
    bench.spike()
    bench.end_spike()
    assert bench.gateway.asked["laptops"] == urls(0)
    assert bench.supervisor.stopped == []
    bench.gateway.reload()
    bench.tick()
    assert bench.supervisor.stopped == [f"laptops-{i}" for i in (4, 3, 2, 1)]


def test_a_draining_replica_is_scraped_until_it_is_gone() -> None:
    bench = Bench()
    bench.spike()
    bench.end_spike()
    bench.gateway.reload()
    bench.tick()
    bench.tick()
    assert bench.targets["laptops"] == addresses(0, 1, 2, 3, 4)
    bench.supervisor.become("laptops-4", "Completed", ready=False)
    bench.tick()
    assert bench.targets["laptops"] == addresses(0, 1, 2, 3)


def test_a_second_spike_does_not_touch_replicas_that_still_drain() -> None:
    bench = Bench()
    bench.spike()
    bench.end_spike()
    bench.gateway.reload()
    bench.tick()
    bench.supervisor.become("laptops-2", "Completed", ready=False)
    bench.supervisor.started.clear()
    bench.prometheus.rates["laptops"] = 100.0
    bench.tick(5.0)
    bench.tick()
    assert bench.supervisor.started == [f"laptops-{i}" for i in (2, 5, 6, 7)]


def test_a_replica_that_waits_to_be_stopped_comes_back_when_it_is_wanted_again() -> None:
    bench = Bench()
    bench.spike()
    bench.end_spike()
    bench.prometheus.rates["laptops"] = 100.0
    bench.tick(5.0)
    bench.tick()
    assert bench.gateway.asked["laptops"] == urls(0, 1, 2, 3, 4)
    assert bench.supervisor.stopped == []


def test_a_late_probe_under_load_does_not_empty_the_gateway() -> None:
    bench = Bench()
    bench.tick()
    bench.supervisor.become("laptops-0", "Running", ready=False)
    bench.tick()
    assert bench.gateway.asked["laptops"] == urls(0)


def test_a_replica_that_dies_leaves_the_gateway_until_it_is_ready_again() -> None:
    bench = Bench()
    bench.tick()
    bench.supervisor.become("laptops-0", "Restarting", ready=False)
    bench.tick()
    assert bench.gateway.asked["laptops"] == []
    bench.supervisor.become("laptops-0", "Running", ready=False)
    bench.tick()
    assert bench.gateway.asked["laptops"] == []
    bench.supervisor.become("laptops-0", "Running", ready=True)
    bench.tick()
    assert bench.gateway.asked["laptops"] == urls(0)


def test_a_replica_that_ends_for_good_is_replaced() -> None:
    bench = Bench()
    bench.spike()
    bench.supervisor.started.clear()
    bench.supervisor.become("laptops-3", "Completed", ready=False)
    bench.tick()
    assert bench.supervisor.started == ["laptops-3"]


def test_on_hold_decisions_are_published_and_nothing_moves() -> None:
    bench = Bench(hold=True)
    bench.prometheus.rates["laptops"] = 100.0
    for _ in range(30):
        bench.tick()
    hpa = {"horizontalpodautoscaler": "laptops"}
    assert bench.sample("kube_horizontalpodautoscaler_status_desired_replicas", **hpa) == 5
    assert bench.sample("kube_horizontalpodautoscaler_status_current_replicas", **hpa) == 1
    assert bench.supervisor.started == []


def test_it_decides_once_a_period() -> None:
    bench = Bench()
    for _ in range(21):
        bench.tick()
    assert [line["service"] for line in bench.events("scale.decision")] == ["laptops", "port"] * 3


def test_a_decision_is_logged_with_its_reason() -> None:
    bench = Bench()
    bench.prometheus.rates["laptops"] = 1000.0
    bench.tick()
    assert bench.events("scale.decision")[0] == {
        "event": "scale.decision",
        "level": "info",
        "service": "laptops",
        "metric": "s0-prometheus",
        "usage": 1000.0,
        "current": 1,
        "recommendation": 50,
        "desired": 5,
        "limited_by": "ScaleUpLimit",
        "reason": "external metric s0-prometheus above target",
        "error": "",
    }


def test_without_prometheus_the_scale_stays_and_both_log_and_metric_say_so() -> None:
    bench = Bench()
    bench.spike()
    bench.prometheus.away = True
    for _ in range(100):
        bench.tick()
    assert bench.wanted() == 5
    assert [line["backend"] for line in bench.events("backend.away")] == ["prometheus"]
    assert bench.registry.get_sample_value("lab_autoscaler_reached", {"backend": "prometheus"}) == 0
    bench.prometheus.away = False
    bench.tick(5.0)
    bench.tick()
    assert [line["backend"] for line in bench.events("backend.back")] == ["prometheus"]


def test_without_the_gateway_nothing_is_stopped_until_it_is_back() -> None:
    bench = Bench()
    bench.spike()
    bench.gateway.away = True
    bench.end_spike()
    bench.tick()
    assert bench.supervisor.stopped == []
    bench.gateway.away = False
    bench.gateway.reload()
    bench.tick()
    assert len(bench.supervisor.stopped) == 4


def test_without_the_supervisor_decisions_wait_and_nothing_is_forgotten() -> None:
    bench = Bench()
    bench.spike()
    bench.supervisor.away = True
    for _ in range(20):
        bench.tick()
    condition = {"horizontalpodautoscaler": "laptops", "condition": "AbleToScale"}
    assert (
        bench.sample("kube_horizontalpodautoscaler_status_condition", **condition, status="false")
        == 1
    )
    assert bench.events("scale.decision")[-1]["error"] == "the supervisor is away"
    bench.supervisor.away = False
    bench.tick(5.0)
    assert bench.wanted() == 5


def test_a_supervisor_that_is_away_at_the_start_is_awaited() -> None:
    bench = Bench()
    bench.supervisor.away = True
    bench.tick(5.0)
    bench.supervisor.away = False
    bench.tick(5.0)
    assert bench.wanted() == 1
    assert bench.gateway.asked["laptops"] == urls(0)


def test_a_restarted_loop_adopts_what_runs() -> None:
    bench, restarted = Bench(), Bench()
    bench.spike()
    restarted.supervisor.processes = bench.supervisor.processes
    restarted.tick()
    assert restarted.wanted() == 5
    assert restarted.gateway.asked["laptops"] == urls(0, 1, 2, 3, 4)


class Stop(threading.Event):
    """Notes how long it is waited for, lets that time pass on the bench, and is set in the end."""

    def __init__(self, bench: Bench, *, ticks: int) -> None:
        super().__init__()
        self.bench, self.ticks, self.waits = bench, ticks, list[float]()

    def wait(self, timeout: float | None = None) -> bool:
        assert timeout is not None
        self.waits.append(timeout)
        self.bench.now += timeout
        if len(self.waits) == self.ticks:
            self.set()
        return self.is_set()


def waits(bench: Bench, ticks: int) -> list[float]:
    stop = Stop(bench, ticks=ticks)
    bench.loop.run(stop, clock=lambda: bench.now, tick=0.5, rest=3.0)
    return stop.waits


def test_at_rest_it_looks_seldom_but_decides_in_time() -> None:
    assert waits(Bench(), 4) == [3.0, 2.0, 3.0, 2.0]


def test_while_replicas_start_it_looks_often() -> None:
    bench = Bench()
    bench.prometheus.rates["laptops"] = 100.0
    assert waits(bench, 4) == [0.5] * 4


def test_while_a_backend_is_away_it_looks_often() -> None:
    bench = Bench()
    bench.supervisor.away = True
    assert waits(bench, 4) == [0.5] * 4
