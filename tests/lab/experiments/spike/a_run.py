"""A whole run that never happened: a client log and what the backends hold, made by a small model.

`evidence` is a healthy run; what disturbs it is made from it, entry by entry, as a real disturbance
would leave it in the log and in the backends.
"""

import random
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

from lab.experiments.measure.counting import Counted, Served, of_clients, without_routes
from lab.experiments.measure.increase import Series
from lab.experiments.spike.agreement import agreement
from lab.experiments.spike.clientlog import ClientLog
from lab.experiments.spike.durations import Histogram, Timings
from lab.experiments.spike.evidence import Evidence
from lab.experiments.spike.machine import Moment
from lab.experiments.spike.plan import Plan
from lab.experiments.spike.replicas import Seen
from lab.facts import SERVICES, Service

BEGAN = 1_764_000_000.0
PLAN = Plan()
SPIKE_AT = PLAN.warmup + PLAN.baseline
SPIKE_END = SPIKE_AT + PLAN.spike
GROWN = [(0.0, 1), (SPIKE_AT + 6, 2), (SPIKE_AT + 12, 4), (SPIKE_AT + 17, 5), (SPIKE_END + 34, 1)]
SUPPLIER_MS, OWN_MS = 180.0, 5.0
"""Of a mean request: one in ten writes, and does not ask the supplier."""


def lines(*, scales: bool = True, failures: int = 0) -> list[dict[str, Any]]:
    """Return what clients would have logged; whoever changes a line makes another of it."""
    return list(_written(scales, failures))


@cache
def _written(scales: bool, failures: int) -> list[dict[str, Any]]:
    """Write what clients would have logged; the latency falls once the replicas have grown."""
    noise = random.Random(7)  # noqa: S311
    written: list[dict[str, Any]] = [
        {"kind": "phase", "time": BEGAN + seconds, "phase": phase}
        for phase, seconds in PLAN.starts.items()
    ]
    for second in range(int(PLAN.seconds)):
        spiking = SPIKE_AT <= second < SPIKE_END
        counts = {"LaptopsUser": 100 if spiking else 10, "PortUser": 10}
        written.append({"kind": "users", "time": BEGAN + second, "users": counts, "late_ms": 20.0})
        slow = spiking and (not scales or second < SPIKE_AT + 20)
        written += _laptops(second, noise, users=counts["LaptopsUser"], slow=slow)
        written += [
            entry(second + i / 10, "port", 203 + noise.expovariate(0.25)) for i in range(10)
        ]
    return written + [
        entry(SPIKE_AT + request, "laptops", 5000.0) | {"status": 0, "error": "timed out"}
        for request in range(failures)
    ]


def _laptops(
    second: int, noise: random.Random, *, users: int, slow: bool
) -> Iterator[dict[str, Any]]:
    """Yield what is due in a second; one replica serves forty a second, and the rest is missed."""
    for index in range(users):
        due = second + index / users
        if not slow:
            yield entry(due, "laptops", 203 + noise.expovariate(0.25))
        elif index % 5 < 2:
            waited = min(2500.0, 400 + 500 * (second - SPIKE_AT)) + noise.gauss(0, 60)
            yield entry(due, "laptops", waited)
        else:
            yield missed(due, "laptops", until=due + 1.5)


def entry(due: float, service: str, latency_ms: float) -> dict[str, Any]:
    """Write a request that was sent when it was due; times are seconds after the begin."""
    return {
        "kind": "request",
        "time": BEGAN + due,
        "due": BEGAN + due,
        "service": service,
        "method": "GET",
        "name": f"/{service}",
        "status": 200,
        "latency_ms": round(latency_ms, 3),
        "trace_id": f"{int(due * 1000):032x}",
        "error": None,
    }


def missed(due: float, service: str, *, until: float) -> dict[str, Any]:
    """Write a request that was due and never sent, because its user waited."""
    return {"kind": "missed", "time": BEGAN + until, "due": BEGAN + due, "service": service}


def client_log(*, scales: bool = True, failures: int = 0) -> ClientLog:
    """Read these lines."""
    return read(lines(scales=scales, failures=failures))


def read(written: list[dict[str, Any]]) -> ClientLog:
    """Read lines into a log."""
    log = ClientLog()
    for line in written:
        log.add(line)
    return log


def evidence(*, scales: bool = True, failures: int = 0) -> Evidence:
    """Return everything that a verdict rests on, with signals that agree."""
    return rests_on(client_log(scales=scales, failures=failures), scales=scales)


def rests_on(log: ClientLog, *, scales: bool = True) -> Evidence:
    """Surround a log with backends that saw all of it."""
    steps: dict[Service, list[tuple[float, int]]] = {
        "laptops": GROWN if scales else [(0.0, 1)],
        "port": [(0.0, 1)],
    }
    return Evidence(
        plan=PLAN,
        log=log,
        replicas={service: seen(steps[service]) for service in SERVICES},
        agreement=agreement(log, served(log)),
        timings={service: timings() for service in SERVICES},
        moments=[moment(second) for second in range(int(PLAN.seconds) + 1)],
    )


def served(log: ClientLog) -> dict[Service, Served]:
    """Return what the platform counts when it has every request that was sent."""
    return {service: _all_alike(of_clients(log.of(service))) for service in SERVICES}


def _all_alike(counted: Counted) -> Served:
    return Served(
        gateway=without_routes(counted), metrics=counted, logs=dict(counted), spans=dict(counted)
    )


def seen(steps: list[tuple[float, int]]) -> Seen:
    """Sample a step function of replicas once a second, in all three sources."""
    counts = {
        BEGAN + second: [count for at, count in steps if at <= second][-1]
        for second in range(int(PLAN.seconds) + 1)
    }
    there = [
        [time for time, count in counts.items() if count > index]
        for index in range(max(counts.values()))
    ]
    return Seen(
        scaler=[(time, float(count)) for time, count in counts.items()],
        up=[_instance(i, dict.fromkeys(times, 1.0)) for i, times in enumerate(there)],
        requests=[
            _instance(i, {time: 10 * (time - BEGAN) for time in times})
            for i, times in enumerate(there)
        ],
    )


def _instance(index: int, samples: Mapping[float, float]) -> Series:
    return Series({"instance": f"127.0.0.1:1500{index}"}, list(samples.items()))


def timings(*, own_ms: float = OWN_MS, spans_own_ms: float | None = None) -> Timings:
    """Return histograms of ten requests a second, each of the same duration."""
    spans_ms = SUPPLIER_MS + (own_ms if spans_own_ms is None else spans_own_ms)
    return Timings(
        gateway=histogram(SUPPLIER_MS + own_ms + 2),
        service=histogram(SUPPLIER_MS + own_ms),
        spans=histogram(spans_ms),
        supplier=histogram(SUPPLIER_MS),
    )


def histogram(mean_ms: float) -> Histogram:
    """Sample the sum and the count once a second."""
    seconds = range(-10, int(PLAN.seconds) + 10)
    counts = [(BEGAN + s, 10.0 * max(s, 0)) for s in seconds]
    sums = [(time, count * mean_ms / 1000) for time, count in counts]
    return Histogram([Series({}, sums)], [Series({}, counts)])


def moment(second: int) -> Moment:
    """Sample a machine of two cores that was half busy, and whose threads waited a little."""
    return Moment(
        time=BEGAN + second,
        busy_seconds=float(second),
        idle_seconds=float(second),
        pressure_seconds=0.1 * second,
        run_queue_seconds=dict.fromkeys(("locust", "gateway", "port-0"), 0.01 * second),
    )
