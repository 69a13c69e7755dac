"""Which metrics the parts of this project expose, from where each of them has its names."""

import ast
import re

import yaml
from prometheus_client import CollectorRegistry

from lab.autoscaler.publish import Publisher
from lab.paths import OBSERVABILITY, ROOT

EMITTING = (
    "observability/telemetry/src/threesignals/names.py",
    "services/events/src/events/names.py",
    "services/consulkit/src/consulkit/signals.py",
    "loadtests/exporter.py",
)
"""Where this project's metrics get their names."""
STANDARD = {"process_start_time_seconds"}
"""Of prometheus_client, on every one of our targets."""
OURS = re.compile(
    r"\b(?:http_server|http_client|db_client|kube|lab|locust|messaging|process|rabbitmq|otelcol"
    r"|telemetry_export|traces_span|traefik|events|config|discovery)_[a-z0-9_]+\b(?!\.)"
)
PARTS = re.compile(r"_(?:total|bucket|count|sum)$")


def named(text: str) -> set[str]:
    """Return the names of metrics in a text, without what Prometheus puts behind them."""
    return {PARTS.sub("", name) for name in OURS.findall(text)}


def exposed() -> set[str]:
    """Return the names of all metrics, without what Prometheus puts behind them."""
    others = yaml.safe_load((OBSERVABILITY / "prometheus" / "exposed-by-others.yaml").read_text())
    literals = {
        node.value
        for path in EMITTING
        for node in ast.walk(ast.parse((ROOT / path).read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    listed = {name for part in others["parts"].values() for name in part["metrics"]}
    registry = CollectorRegistry()
    Publisher(registry, namespace="lab")
    scaler = {metric.name for metric in registry.collect()}
    return {PARTS.sub("", name) for name in literals | listed | scaler | STANDARD}
