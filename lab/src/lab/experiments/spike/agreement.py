"""Hold the counts of five signals against each other. Pure functions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lab.experiments.measure.counting import Counted, Served, of_clients, without_routes
from lab.experiments.spike.verdict import Counts, Mismatch
from lab.facts import SERVICES, Service

if TYPE_CHECKING:
    from collections.abc import Mapping

    from lab.experiments.spike.clientlog import ClientLog

SHOWN = 10


def agreement(log: ClientLog, served: Mapping[Service, Served]) -> list[Counts]:
    """Put the clients' counts beside the platform's, for each service."""
    return [compare(service, of_clients(log.of(service)), served[service]) for service in SERVICES]


def compare(service: Service, client: Counted, served: Served) -> Counts:
    """Compare by method, route and status; with the gateway by method and status."""
    signals = {
        "client": client, "metrics": served.metrics, "logs": served.logs, "spans": served.spans
    }  # fmt: skip
    unknown = _without_route(served)
    routed = {name: _fold(counted, unknown) for name, counted in signals.items()}
    apart = mismatches(routed) + mismatches(
        {"client": without_routes(client), "gateway": served.gateway}
    )
    return Counts(
        service=service,
        client=sum(client.values()),
        **{signal: sum(counted.values()) for signal, counted in served._asdict().items()},
        apart=sum(_spread(each) for each in apart),
        mismatches=apart[:SHOWN],
    )


def _without_route(served: Served) -> set[tuple[str, str]]:
    """Return method and status of what the service gives no route in any of its signals.

    It turns a request away before it looks at the path.
    """
    metrics, logs, spans = (
        {(kind.method, kind.status) for kind in counted if not kind.route}
        for counted in (served.metrics, served.logs, served.spans)
    )
    return metrics & logs & spans


def _fold(counted: Counted, unknown: set[tuple[str, str]]) -> Counted:
    """Leave the route out where nobody can compare it."""
    known = {kind: n for kind, n in counted.items() if (kind.method, kind.status) not in unknown}
    return known | without_routes({kind: n for kind, n in counted.items() if kind not in known})


def mismatches(counted: Mapping[str, Counted]) -> list[Mismatch]:
    """Return the kinds of requests that not all signals counted alike."""
    kinds = sorted({kind for each in counted.values() for kind in each})
    found = [
        Mismatch(
            **kind._asdict(), counts={name: each.get(kind, 0) for name, each in counted.items()}
        )
        for kind in kinds
    ]
    return [mismatch for mismatch in found if _spread(mismatch)]


def _spread(mismatch: Mismatch) -> int:
    return max(mismatch.counts.values()) - min(mismatch.counts.values())
