"""A whole run that never happened: a client log and replicas, made by a small queueing model."""

import random
from collections.abc import Iterator

from lab.experiments.spike.clientlog import ClientLog
from lab.experiments.spike.judge import Evidence
from lab.experiments.spike.plan import Plan
from lab.experiments.spike.verdict import Counts
from lab.facts import SERVICES, Service

BEGAN = 1_764_000_000.0
PLAN = Plan()
SPIKE_AT = PLAN.warmup + PLAN.baseline
SPIKE_END = SPIKE_AT + PLAN.spike
GROWN = [(0.0, 1), (SPIKE_AT + 6, 2), (SPIKE_AT + 12, 4), (SPIKE_AT + 17, 5), (SPIKE_END + 34, 1)]


def client_log(*, scales: bool = True, failures: int = 0) -> ClientLog:
    """Write what clients would have seen; the latency falls once the replicas have grown."""
    log = ClientLog()
    for phase, seconds in _starts().items():
        log.add({"kind": "phase", "time": BEGAN + seconds, "phase": phase})
    noise = random.Random(7)  # noqa: S311
    for second in range(int(PLAN.seconds)):
        spiking = SPIKE_AT <= second < SPIKE_END
        users = {"LaptopsUser": 100 if spiking else 10, "PortUser": 10}
        log.add({"kind": "users", "time": BEGAN + second, "users": users})
        slow = spiking and (not scales or second < SPIKE_AT + 20)
        for line in _requests(
            second, noise, laptops=40 if slow else users["LaptopsUser"], slow=slow
        ):
            log.add(line)
    for request in range(failures):
        log.add(
            _line(SPIKE_AT + request, "laptops", 30_000.0) | {"status": 0, "error": "timed out"}
        )
    return log


def evidence(*, scales: bool = True, failures: int = 0) -> Evidence:
    """Return everything that a verdict rests on, with signals that agree."""
    log = client_log(scales=scales, failures=failures)
    steps: dict[Service, list[tuple[float, int]]] = {"laptops": GROWN, "port": [(0.0, 1)]}
    counts = {service: len(log.of(service)) for service in SERVICES}
    return Evidence(
        busy=[(BEGAN + second, 60.0 if second > SPIKE_AT else 20.0) for second in range(180)],
        plan=PLAN,
        log=log,
        replicas={
            service: list(_sampled(steps[service] if scales else [(0.0, 1)]))
            for service in SERVICES
        },
        agreement=[
            Counts(service=s, client=n, gateway=n, metrics=n, logs=n, spans=n)
            for s, n in counts.items()
        ],
    )


def _starts() -> dict[str, float]:
    return {
        "warmup": 0.0,
        "baseline": PLAN.warmup,
        "spike": SPIKE_AT,
        "recovery": SPIKE_END,
        "end": PLAN.seconds,
    }


def _requests(
    second: int, noise: random.Random, *, laptops: int, slow: bool
) -> Iterator[dict[str, object]]:
    for service, count in (("laptops", laptops), ("port", 10)):
        for index in range(count):
            latency = 103 + noise.expovariate(1 / 4)
            if slow and service == "laptops":
                latency = min(2500.0, 400 + 500 * (second - SPIKE_AT)) + noise.gauss(0, 60)
            yield _line(second + index / count, service, latency)


def _line(seconds: float, service: str, latency_ms: float) -> dict[str, object]:
    return {
        "kind": "request",
        "time": BEGAN + seconds,
        "service": service,
        "method": "GET",
        "name": f"/{service}",
        "status": 200,
        "latency_ms": round(latency_ms, 3),
        "trace_id": f"{int(seconds * 1000):032x}",
        "error": None,
    }


def _sampled(steps: list[tuple[float, int]]) -> Iterator[tuple[float, float]]:
    for second in range(int(PLAN.seconds) + 1):
        replicas = [count for at, count in steps if at <= second][-1]
        yield BEGAN + second, float(replicas)
