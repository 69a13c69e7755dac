"""One service: its policy, what the autoscaler knows of its replicas, and what it wants of them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from lab.autoscaler.hpa import Autoscaler
from lab.autoscaler.model import Decision, Observation
from lab.autoscaler.prometheus import Ask, TriggerReader
from lab.autoscaler.replicas import Phase, Replica, live, replicas_of, to_stop
from lab.autoscaler.scaledobject import ScaledObject
from lab.facts import HOST
from lab.processes.supervisor import State

Address = Callable[[int], str]
"""Index of a replica → the `host:port` on which the gateway and Prometheus reach it."""


def on_loopback(base_port: int) -> Address:
    """Place replica i on this machine, on `base_port` plus i."""
    return lambda index: f"{HOST}:{base_port + index}"


@dataclass(frozen=True, slots=True)
class Evaluation:
    """A decision, and how many replicas there were when it was made."""

    decision: Decision
    replicas: int


class Workload:
    """The state of one service's scaling between two ticks."""

    def __init__(
        self, policy: ScaledObject, *, address: Address, hold: bool, routed: bool = True
    ) -> None:
        self.policy, self.routed = policy, routed
        self.replicas: Sequence[Replica] = ()
        self.wanted = 0
        """How many replicas should run; 0 until they were seen for the first time."""
        self._address, self._hold = address, hold
        self._spec = policy.autoscaler()
        self._autoscaler = Autoscaler(self._spec, hold=hold)
        self._readers = [TriggerReader(t, policy.spec.fallback) for t in policy.spec.triggers]

    @property
    def service(self) -> str:
        """The service's name."""
        return self.policy.service

    def observe(self, states: Mapping[str, State]) -> None:
        """Take note of the processes that exist. The first time, what runs is what is wanted."""
        before = {replica.index for replica in self.replicas if replica.ready}
        self.replicas = [_stay_ready(r, before) for r in replicas_of(self.service, states)]
        if not self.wanted:
            self.wanted = max(len(live(self.replicas)), self._spec.min_replicas)

    def decide(self, now: float, ask: Ask, *, scale_error: str = "") -> Evaluation:
        """Read the triggers and decide; unless on hold, what is desired is wanted from now on."""
        counted = live(self.replicas)
        ready = sum(replica.ready for replica in counted)
        readings = [
            reader.read(ask, spec_replicas=self.wanted, ready_replicas=ready)
            for reader in self._readers
        ]
        seen = Observation(
            spec_replicas=self.wanted,
            status_replicas=len(counted),
            ready_replicas=ready,
            readings=readings,
            scale_error=scale_error,
        )
        decision = self._autoscaler.step(now, seen)
        if not self._hold:
            self.wanted = decision.desired
        return Evaluation(decision, len(counted))

    def at_rest(self) -> bool:
        """Return whether there is what is wanted: so many replicas, all ready, and none leaving."""
        used = [replica for replica in self.replicas if replica.phase is not Phase.FREE]
        return len(used) == self.wanted and all(replica.ready for replica in used)

    def surplus(self) -> list[int]:
        """Return the slots to empty."""
        return to_stop(self.replicas, self.wanted)

    def servers(self) -> list[str]:
        """Return the base URLs that should take requests: those that are ready and stay."""
        surplus = self.surplus()
        return [self.url(r.index) for r in self.replicas if r.ready and r.index not in surplus]

    def targets(self) -> list[str]:
        """Return the addresses to scrape: every process that exists, stopping ones included.

        What a replica counts while it drains is read as long as it is there to tell.
        """
        return [self._address(replica.index) for replica in self.replicas if replica.running]

    def process(self, index: int) -> str:
        """Return the name of a slot's process."""
        return f"{self.service}-{index}"

    def url(self, index: int) -> str:
        """Return the base URL of a slot."""
        return f"http://{self._address(index)}"


def _stay_ready(replica: Replica, before: set[int]) -> Replica:
    """Keep a replica ready that was so, until it is stopped or dies.

    A full replica answers its probe late. That is no reason to take it from the gateway, which
    would leave its load to the others, or to nobody.
    """
    stays = replica.running and replica.phase is Phase.LIVE and replica.index in before
    return replace(replica, ready=replica.ready or stays)
