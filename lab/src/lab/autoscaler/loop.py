"""The loop: observe the replicas, decide when it is time, act on what is wanted.

It compares what is wanted with what is there and takes the next step, again and again; no step
waits for another. So a call that fails is made again at the next tick, and nothing has to be
remembered about what was under way.
"""

import threading
from collections.abc import Callable, Sequence
from typing import Protocol

import httpx
from structlog.typing import FilteringBoundLogger

from lab.autoscaler.gateway import Servers
from lab.autoscaler.prometheus import Ask, QueryError
from lab.autoscaler.publish import Publisher
from lab.autoscaler.replicas import to_start
from lab.autoscaler.workload import Evaluation, Workload
from lab.processes.supervisor import Supervisor


class Routes(Protocol):
    """What the loop asks of the gateway. `servers` may raise httpx.HTTPError."""

    def write(self, servers: Servers) -> bool:
        """Ask for these routes; tell whether that is a change."""

    def servers(self, service: str) -> set[str]:
        """Return the base URLs to which requests go now."""


Scrape = Callable[[str, Sequence[str]], bool]
"""Takes a service and its addresses to scrape; tells whether that is a change."""


class Loop:
    """One autoscaler at work on several services."""

    def __init__(  # noqa: PLR0913
        self,
        workloads: Sequence[Workload],
        *,
        supervisor: Supervisor,
        ask: Ask,
        gateway: Routes,
        scrape: Scrape,
        publisher: Publisher,
        log: FilteringBoundLogger,
        sync_seconds: float,
    ) -> None:
        self._workloads, self._supervisor, self._ask = workloads, supervisor, ask
        self._gateway, self._scrape = gateway, scrape
        self._publisher, self._log = publisher, log
        self._sync_seconds, self._next_sync = sync_seconds, 0.0
        self._away: set[str] = set()

    def run(
        self, stop: threading.Event, *, clock: Callable[[], float], tick: float, rest: float
    ) -> None:
        """Tick until `stop` is set: every `tick` seconds, or `rest` when nothing is to do."""
        while not stop.is_set():
            began = clock()
            self.tick(began)
            pause = rest if self._at_rest() else tick
            stop.wait(max(min(began + pause, self._next_sync) - clock(), 0.0))

    def _at_rest(self) -> bool:
        return not self._away and all(workload.at_rest() for workload in self._workloads)

    def tick(self, now: float) -> None:
        """Take every step that can be taken now."""
        error = self._observe()
        if now >= self._next_sync:
            self._next_sync = now + self._sync_seconds
            for workload in self._workloads:
                self._decide(workload, now, error)
        if not error:
            self._act()

    def _observe(self) -> str:
        try:
            states = self._supervisor.states()
        except httpx.HTTPError as error:
            return self._missed("supervisor", error)
        self._met("supervisor")
        for workload in self._workloads:
            workload.observe(states)
        return ""

    def _decide(self, workload: Workload, now: float, scale_error: str) -> None:
        evaluation = workload.decide(now, self._watched_ask, scale_error=scale_error)
        self._publisher.decision(workload.policy, evaluation.decision, replicas=evaluation.replicas)
        log_decision(self._log, workload, evaluation)

    def _watched_ask(self, query: str) -> object:
        try:
            answer: object = self._ask(query)
        except QueryError as error:
            self._missed("prometheus", error)
            raise
        self._met("prometheus")
        return answer

    def _act(self) -> None:
        for workload in self._workloads:
            self._start(workload)
            self._scrape(workload.service, workload.targets())
            self._publisher.deployment(workload.policy, workload.wanted, workload.replicas)
        self._gateway.write({w.service: w.servers() for w in self._workloads if w.routed})
        for workload in self._workloads:
            self._stop(workload)

    def _start(self, workload: Workload) -> None:
        for index in to_start(workload.replicas, workload.wanted):
            process = workload.process(index)
            try:
                self._supervisor.start(process)
            except httpx.HTTPError as error:
                self._missed("supervisor", error)
            else:
                self._log.info("replica.start", service=workload.service, replica=process)

    def _stop(self, workload: Workload) -> None:
        """Stop what is surplus, once the gateway sends it nothing any more."""
        if not (surplus := workload.surplus()):
            return
        try:
            routed = self._gateway.servers(workload.service) if workload.routed else set()
        except httpx.HTTPError as error:
            self._missed("gateway", error)
            return
        self._met("gateway")
        for index in surplus:
            if workload.url(index) not in routed:
                self._leave(workload.process(index))

    def _leave(self, process: str) -> None:
        """Ask a replica to drain and end. The call lasts as long as that, so it gets a thread."""
        self._log.info("replica.stop", replica=process)
        threading.Thread(target=self._stop_process, args=(process,), daemon=True).start()

    def _stop_process(self, process: str) -> None:
        try:
            self._supervisor.stop(process)
        except httpx.HTTPError as error:
            self._log.warning("replica.stop_failed", replica=process, error=str(error))

    def _missed(self, backend: str, error: Exception) -> str:
        text = str(error) or type(error).__name__
        self._publisher.reached(backend, False)
        if backend not in self._away:
            self._away.add(backend)
            self._log.warning("backend.away", backend=backend, error=text)
        return text

    def _met(self, backend: str) -> None:
        self._publisher.reached(backend, True)
        if backend in self._away:
            self._away.discard(backend)
            self._log.info("backend.back", backend=backend)


def log_decision(log: FilteringBoundLogger, workload: Workload, evaluation: Evaluation) -> None:
    """Write one line for a decision. Usage and target are in the query's own unit."""
    decision = evaluation.decision
    log.info(
        "scale.decision",
        service=workload.service,
        metric=decision.metric,
        usage=None if decision.usage is None else decision.usage / 1000,
        current=decision.current,
        recommendation=decision.recommendation,
        desired=decision.desired,
        limited_by=decision.limited_by,
        reason=decision.reason,
        error=decision.error,
    )
