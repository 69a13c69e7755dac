"""Pipeline: can the other dashboards be believed? What comes in, waits, goes out and is lost."""

from __future__ import annotations

from dashboards.board import Board, Row
from dashboards.panels import BYTES, COUNT, SECONDS, SHARE, Panel, Words, lines, number
from dashboards.promql import BOTH, REQUESTS, SPAN_CALLS, rate
from dashboards.queries import Metric

QUIET = "The collector has nothing to report"
TO_JAEGER = 'exporter="otlp_grpc/jaeger"'
SIGNALS = {"spans": "traces", "log_records": "logs", "metric_points": "span metrics"}


def board() -> Board:
    """Describe the dashboard."""
    return Board(
        uid="lab-pipeline",
        title="Laptop Lab: pipeline",
        description="Telemetry of the telemetry: is anything lost, waiting or uncounted?",
        rows=(
            health(),
            senders(),
            incoming(),
            waiting(),
            outgoing(),
            sampling(),
            backends(),
        ),
    )


def health() -> Row:
    """One look: who answers, what is lost, and whether the counts agree."""
    up = number(
        Words(
            "Who answers",
            "1: its metrics could be read just now; 0: it did not answer.",
            "Prometheus scrapes nothing",
            runbook="BackendDown",
        ),
        Metric('min by (job) (up{job!="locust"})', "{{job}}"),
        unit=COUNT,
        base="red",
        limits=((1, "green"),),
        width=14,
    )
    lost = number(
        Words(
            "Lost in the last hour",
            "Spans, log records and points that the collector gave up. Anything but 0 is an incident.",
            QUIET,
            runbook="TelemetryExportFails",
        ),
        Metric(_lost("increase", "1h")),
        unit=COUNT,
        limits=((1, "red"),),
        width=5,
    )
    agree = number(
        Words(
            "Spans per request",
            "Requests counted from spans, over requests counted by the services, in five minutes. About 100 %: "
            "every span was counted. The two are read seconds apart, so it sways while the load changes.",
            "No request in five minutes",
        ),
        Metric(_agreement("5m")),
        unit=SHARE,
        base="red",
        limits=((0.9, "green"), (1.1, "red")),
        width=5,
    )
    return Row("Can it be believed?", (up, lost, agree))


def senders() -> Row:
    """The services' own ends of the pipeline."""
    sent = lines(
        Words(
            "Sent by the services",
            "Spans and log lines that the collector took from the services, each second.",
            "No service sends anything",
        ),
        Metric(
            rate("telemetry_export_sent_items_total", BOTH, "job", "signal"), "{{job}} {{signal}}"
        ),
        unit=COUNT,
    )
    queue = lines(
        Words(
            "Waiting in the services",
            "Memory that spans and log lines hold until the collector takes them. It grows while the collector is away.",
            "No service sends anything",
            runbook="CollectorDown",
        ),
        Metric(
            f"sum by (job, signal) (telemetry_export_queue_bytes{{{BOTH}}})", "{{job}} {{signal}}"
        ),
        unit=BYTES,
    )
    dropped = lines(
        Words(
            "Given up by the services",
            "Spans and log lines that a service dropped, each second. Anything above 0 is lost.",
            "No service sends anything",
            runbook="TelemetryDropped",
        ),
        Metric(
            rate("telemetry_export_dropped_items_total", BOTH, "job", "signal"),
            "{{job}} {{signal}}",
        ),
        unit=COUNT,
        limits=((0.001, "red"),),
    )
    return Row("Do the services deliver?", (sent, queue, dropped))


def incoming() -> Row:
    """What the collector takes and what it turns away."""
    accepted = lines(
        Words("Accepted", "Items that the collector took each second, by signal.", QUIET),
        *(
            Metric(rate(f"otelcol_receiver_accepted_{item}"), name)
            for item, name in SIGNALS.items()
            if item != "metric_points"
        ),
        unit=COUNT,
        width=12,
    )
    refused = lines(
        Words(
            "Refused",
            "Items that were turned away each second; the services keep them and try again.",
            QUIET,
            runbook="CollectorRefusesData",
        ),
        *(
            Metric(rate(f"otelcol_receiver_refused_{item}"), name)
            for item, name in SIGNALS.items()
            if item != "metric_points"
        ),
        unit=COUNT,
        limits=((0.001, "red"),),
        width=12,
    )
    return Row("What comes in?", (accepted, refused))


def waiting() -> Row:
    """The queues on disk between the collector and each backend."""
    fill = lines(
        Words(
            "Queue, share in use",
            "How full each queue is. It grows while a backend is down and empties when it is back.",
            QUIET,
            runbook="ExporterQueueFills",
        ),
        Metric(
            "max by (exporter) (otelcol_exporter_queue_size) / max by (exporter) (otelcol_exporter_queue_capacity)",
            "{{exporter}}",
        ),
        unit=SHARE,
        limits=((0.5, "red"),),
    )
    size = lines(
        Words(
            "Queue, items",
            "Spans, log records or requests that wait for a backend.",
            QUIET,
            runbook="ExporterQueueFills",
        ),
        Metric("max by (exporter) (otelcol_exporter_queue_size)", "{{exporter}}"),
        unit=COUNT,
    )
    memory = lines(
        Words(
            "The collector's memory",
            "Resident memory. At its limit the collector refuses data rather than die.",
            "The collector does not answer",
            runbook="CollectorRefusesData",
        ),
        Metric("otelcol_process_memory_rss", "resident"),
        unit=BYTES,
        limits=((512 * 1024 * 1024, "red"),),
    )
    return Row("What waits?", (fill, size, memory))


def outgoing() -> Row:
    """What reaches the backends and what is given up."""
    sent = lines(
        Words(
            "Delivered",
            "Items that a backend took each second. A flat line under load is a stalled exporter.",
            QUIET,
        ),
        *(
            Metric(rate(f"otelcol_exporter_sent_{item}", "", "exporter"), "{{exporter}}")
            for item in SIGNALS
        ),
        unit=COUNT,
        width=12,
    )
    failed = lines(
        Words(
            "Given up",
            "Items lost each second. The line exists only after the first loss.",
            "Nothing was ever lost",
            runbook="TelemetryExportFails",
        ),
        *(
            Metric(rate(f"otelcol_exporter_send_failed_{item}", "", "exporter"), "{{exporter}}")
            for item in SIGNALS
        ),
        unit=COUNT,
        limits=((0.001, "red"),),
        width=12,
    )
    return Row("What goes out?", (sent, failed))


def sampling() -> Row:
    """How much of the traces is kept, and why."""
    kept = lines(
        Words(
            "Share of spans that is kept",
            "Spans that reach Jaeger, of those that came in. 100 % in the lab; in production the sampled share, and "
            "all that failed, were slow or asked to be kept.",
            "No trace in this time",
        ),
        Metric(
            f"{rate('otelcol_exporter_sent_spans', TO_JAEGER)} / {rate('otelcol_receiver_accepted_spans')}",
            "kept",
        ),
        unit=SHARE,
        width=12,
    )
    why = lines(
        Words(
            "Kept spans by reason",
            "Line filter/sure: in the share, failed, slow or asked for, so kept at once. Line filter/company: the other "
            "spans of such a trace, which the tail sampler finds.",
            "No trace in this time",
        ),
        Metric(
            rate(
                "otelcol_processor_outgoing_items",
                'processor=~"filter/(sure|company)"',
                "processor",
            ),
            "{{processor}}",
        ),
        unit=COUNT,
        width=12,
    )
    return Row("Which traces are kept?", (kept, why))


def backends() -> Row:
    """The stores, and Prometheus' own work."""
    lag = lines(
        Words(
            "Scrape duration",
            "How long a scrape takes, the slowest target of each job. Above the interval samples are missing.",
            "Prometheus scrapes nothing",
            runbook="ReplicaNotScraped",
        ),
        Metric("max by (job) (scrape_duration_seconds)", "{{job}}"),
        unit=SECONDS,
        limits=((0.9, "red"),),
    )
    return Row("Are the stores well?", (lag, _stored(), _prometheus()))


def _stored() -> Panel:
    return lines(
        Words(
            "Stored",
            "Log lines that VictoriaLogs took and spans that Jaeger took, each second.",
            "The stores do not answer",
            runbook="BackendDown",
        ),
        Metric(rate("vl_rows_ingested_total"), "log lines"),
        Metric(rate("otelcol_receiver_accepted_spans_total", 'job="jaeger"'), "spans"),
        unit=COUNT,
    )


def _prometheus() -> Panel:
    return lines(
        Words(
            "Prometheus: series and rules",
            "Series in memory, and rule evaluations that failed in the last five minutes. The second stays at 0.",
            "Prometheus does not answer",
        ),
        Metric("prometheus_tsdb_head_series", "series"),
        Metric(
            "sum(increase(prometheus_rule_evaluation_failures_total[5m]))", "failed evaluations"
        ),
        unit=COUNT,
    )


def _lost(function: str, window: str) -> str:
    parts = [
        f"(sum({function}(otelcol_exporter_{verb}_failed_{item}[{window}])) or vector(0))"
        for verb in ("send", "enqueue")
        for item in SIGNALS
    ]
    return " + ".join(parts)


def _agreement(window: str) -> str:
    spans = f'sum(increase({SPAN_CALLS}{{service_name=~"laptops|port", span_kind="SPAN_KIND_SERVER"}}[{window}]))'
    return f"{spans} / sum(increase({REQUESTS}{{{BOTH}}}[{window}]))"
