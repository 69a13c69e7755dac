"""The repository's own policy on the lab's own load: how soon it rises, how soon it falls."""

from dataclasses import dataclass, field

import pytest

from lab.autoscaler.hpa import Autoscaler
from lab.autoscaler.model import Observation, Reading
from lab.autoscaler.scaledobject import load
from lab.paths import ROOT

KEDA = ROOT / "k8s" / "components" / "keda"
CAPACITY = 40.0
RATE_WINDOW = 10
START_SECONDS = 3
SYNC_SECONDS = 5
SPIKE = range(60, 120)


@dataclass
class Service:
    """Replicas that serve at most CAPACITY requests a second each, and the rate that is seen."""

    replicas: int = 1
    starting: list[int] = field(default_factory=list)
    served: list[float] = field(default_factory=list)

    def second(self, now: int, offered: float) -> None:
        self.replicas += sum(1 for ready in self.starting if ready == now)
        self.starting = [ready for ready in self.starting if ready > now]
        self.served.append(min(offered, CAPACITY * self.replicas))

    def scale(self, now: int, desired: int) -> None:
        have = self.replicas + len(self.starting)
        if desired > have:
            self.starting += [now + START_SECONDS] * (desired - have)
        else:
            self.replicas, self.starting = desired, []

    def rate(self) -> float:
        window = self.served[-RATE_WINDOW - 1 : -1]  # the newest second is not scraped yet
        return sum(window) / RATE_WINDOW


def ready_each_second(name: str, phase: int, *, quiet: float, spike: float) -> list[int]:
    service, autoscaler = (
        Service(),
        Autoscaler(load(KEDA / f"{name}-scaledobject.yaml").autoscaler()),
    )
    desired, ready = 1, []
    for now in range(SPIKE.stop + 60):
        service.second(now, spike if now in SPIKE else quiet)
        if now % SYNC_SECONDS == phase:
            seen = Observation(
                spec_replicas=desired,
                status_replicas=desired,
                ready_replicas=service.replicas,
                readings=(Reading(int(service.rate() * 1000)),),
            )
            desired = autoscaler.step(now, seen).desired
            service.scale(now, desired)
        ready.append(service.replicas)
    return ready


@pytest.mark.parametrize("phase", range(SYNC_SECONDS))
def test_a_spike_of_100_a_second_brings_four_replicas_in_25_seconds_and_one_45_after(
    phase: int,
) -> None:
    ready = ready_each_second("laptops", phase, quiet=5, spike=100)
    assert set(ready[: SPIKE.start]) == {1}
    assert ready[SPIKE.start + 28] >= 4
    assert max(ready) <= 6
    assert ready[SPIKE.stop + 45] == 1


@pytest.mark.parametrize("phase", range(SYNC_SECONDS))
def test_ten_a_second_never_leaves_one_replica(phase: int) -> None:
    assert set(ready_each_second("port", phase, quiet=10, spike=10)) == {1}
