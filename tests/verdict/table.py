"""The table of disturbances: what is done to the lab, and by which checks its verdict must fail."""

from __future__ import annotations

from dataclasses import dataclass, replace

from tests.verdict import disturbances as do
from tests.verdict.disturbances import Disturbance

from lab.experiments.spike.plan import Plan

SHORT = Plan(warmup=2, baseline=12, spike=28, recovery=16)
"""As short as growing, recovering and shrinking takes when the scaler is quick."""


@dataclass(frozen=True, kw_only=True)
class Row:
    """One disturbance. A row without `must` is a healthy run and has to pass."""

    name: str
    what: str
    must: frozenset[str] = frozenset()
    disturb: Disturbance = do.nothing
    plan: Plan = SHORT
    judged: Plan | None = None
    """What was promised, where the load generator was told something else."""
    autoscale: bool = True
    first: bool = False
    """Among the rows of a pass that is not told to run all."""


def row(name: str, what: str, must: str, disturb: Disturbance, **options: object) -> Row:
    """Write a row in one line; `must` is separated by spaces."""
    return Row(name=name, what=what, must=frozenset(must.split()), disturb=disturb, **options)  # type: ignore[arg-type]


def _few(users: int) -> Plan:
    return replace(SHORT, spike_users=users)


ROWS = (
    Row(name="healthy", what="nothing", first=True),
    Row(
        name="healthy-port",
        what="nothing; the spike is at port",
        plan=replace(SHORT, target="port"),
    ),
    row(
        "control-frozen-4", "the control's process is stopped (SIGSTOP) for 4 s of the spike",
        "control-served control-worst", do.frozen("port-0", "spike", 12, 4),
    ),
    row(
        "control-frozen-12", "the control's process is stopped for 12 s of the spike",
        "control-served control-worst", do.frozen("port-0", "spike", 12, 12), first=True,
    ),
    row(
        "target-frozen", "the target's first process is stopped for 8 s before the spike",
        "target-served", do.frozen("laptops-0", "baseline", 3, 8),
    ),
    row(
        "target-one-slow", "one request to the target is held back for 8 s as the spike begins",
        "target-worst", do.slow_clients("laptops", 8, every=400, at_most=1),
    ),
    row(
        "never-sent", "two of three requests of the spike are never sent",
        "load-offered", do.nothing, plan=_few(33), judged=SHORT, first=True,
    ),
    row(
        "sent-less", "three of ten requests of the spike are never sent",
        "load-offered", do.nothing, plan=_few(70), judged=SHORT,
    ),
    row(
        "control-3-percent-10-s", "every 33rd request to the control is held back for 10 s",
        "control-p99 control-worst", do.slow_clients("port", 10, every=33), first=True,
    ),
    row(
        "control-40-ms", "every request to the control is held back for 40 ms",
        "control-latency", do.slow_clients("port", 0.04), first=True,
    ),
    row(
        "control-p95", "every 14th request to the control is held back for 200 ms",
        "control-p95", do.slow_clients("port", 0.2, every=14),
    ),
    row(
        "control-p99", "every 40th request to the control is held back for 400 ms",
        "control-p99", do.slow_clients("port", 0.4, every=40),
    ),
    row(
        "control-one-slow", "one request to the control is held back for 1.5 s",
        "control-worst", do.slow_clients("port", 1.5, every=250, at_most=1),
    ),
    row(
        "control-ten-times", "the control is ten times slower throughout (its supplier takes 2 s)",
        "control-latency control-p95", do.faulty("port", supplier_seconds=2.0), first=True,
    ),
    row(
        "control-own-work", "the control's own work takes 50 ms more, its supplier 50 ms less",
        "control-own-work", do.faulty("port", supplier_seconds=0.15, database_seconds=0.05),
        first=True,
    ),
    row(
        "control-one-error", "one request to the control fails",
        "control-errors", do.one_item_vanishes("port"), first=True,
    ),
    row(
        "control-killed", "the control's process is killed, and its port closed until it is back",
        "control-errors", do.killed("port-0", "spike", 12),
    ),
    row(
        "control-replica", "a replica of the control is started that nobody asked for",
        "control-replicas", do.one_more_replica("port"),
    ),
    row(
        "target-errors", "one in five requests to the target fails for 3 s",
        "target-errors", do.faulty("laptops", "spike", 2, 3, error_share=0.2),
    ),
    row(
        "target-slow", "the target's supplier takes 0.7 s from the middle of the spike on",
        "target-recovered", do.faulty("laptops", "spike", 15, 13, supplier_seconds=0.7),
    ),
    row("no-scaler", "the scaler decides and does not act", "target-scaled-out target-recovered",
        do.nothing, autoscale=False),
    row(
        "replicas-stay", "the load ends while the target's replicas are still up",
        "target-came-back", do.nothing, plan=replace(SHORT, recovery=3), first=True,
    ),
    row(
        "one-sample", "the scaler's replica counts are scraped once, and then no more",
        "replicas-sampled", do.scraped_elsewhere("autoscaler"), first=True,
    ),
    row(
        "prometheus-away", "Prometheus is stopped for 10 s of the spike",
        "replicas-sampled", do.frozen("prometheus", "spike", 16, 10), first=True,
    ),
    row(
        "stranger", "something answers as a replica of the control that the scaler does not know",
        "replicas-agree-port", do.one_more_scraped("port"),
    ),
    row(
        "no-baseline", "the spike begins at once",
        "control-baseline", do.nothing, plan=replace(SHORT, baseline=0), first=True,
    ),
    row(
        "lost-lines", "one in a hundred batches of log lines is lost on its way",
        "signals-agree-laptops", do.lossy_logs, first=True,
    ),
    row(
        "doubled-lines", "three log lines of the control arrive twice",
        "signals-agree-port", do.lines_sent_twice("port", 3),
    ),
    row(
        "lost-spans", "the collector is killed, and with it the spans counted since its last flush",
        "signals-agree-laptops", do.killed("otel-collector", "spike", 18.6),
    ),
    row(
        "gateway-starved", "the gateway runs in short pieces for 20 s",
        "durations-agree-port", do.starved("gateway", "spike", 5, 20),
    ),
    row(
        "locust-ends", "Locust is killed in the spike",
        "load-complete", do.killed("locust", "spike", 15), first=True,
    ),
    row(
        "locust-hangs", "Locust is stopped in the spike and never goes on",
        "load-complete", do.frozen("locust", "spike", 15, 1e6), first=True,
    ),
    row(
        "locust-starves", "Locust runs in short pieces for 5 s",
        "load-on-time", do.starved("locust", "spike", 15, 5), first=True,
    ),
)  # fmt: skip
