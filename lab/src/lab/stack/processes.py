"""The supervisor's configuration: every process, how it is probed, restarted and stopped.

A process depends on what it sends to, so an ordered shutdown goes with the flow of a request:
autoscaler, gateway, replicas, collector, then the stores. Nothing that was measured is lost.
"""

import sys
from collections.abc import Mapping, Sequence
from dataclasses import astuple
from pathlib import Path
from typing import Any

from lab.facts import HOST, SERVICES, WORKERS
from lab.paths import OBSERVABILITY, ROOT
from lab.processes.layout import USER, Layout
from lab.processes.ports import MAX_REPLICAS
from lab.stack import environment, extras
from lab.stack.options import Options

STORES = ("prometheus", "jaeger", "victorialogs")
COLLECTOR, GATEWAY, AUTOSCALER = "otel-collector", "gateway", "autoscaler"

NO_ORIGIN = "null-and-void"
"""An expression that no web page's origin matches; empty would match each."""

Process = dict[str, Any]


def project(options: Options, layout: Layout, programs: Mapping[str, Path]) -> dict[str, Any]:
    """Return the whole process-compose project; `programs` maps component names to binaries."""
    processes = {
        "prometheus": _prometheus(options, layout, programs["prometheus"]),
        "jaeger": _jaeger(options, layout, programs["jaeger"]),
        "victorialogs": _victorialogs(options, layout, programs["victoria-logs"]),
        COLLECTOR: _collector(options, layout, programs["otelcol-lab"]),
        GATEWAY: _gateway(options, layout, programs["traefik"]),
        AUTOSCALER: _autoscaler(options, layout),
    }
    for service in SERVICES:
        for index in range(MAX_REPLICAS):
            processes[f"{service}-{index}"] = _replica(service, index, options, layout)
    if "rabbitmq" in options.extras:
        processes |= _messaging(options, layout)
    if "consul" in options.extras:
        processes["consul"] = _consul(options, layout)
    return {
        "version": "0.5",
        "is_strict": True,
        "is_tui_disabled": True,
        "disable_env_expansion": True,
        "log_level": "info",
        "processes": processes,
    }


def _prometheus(options: Options, layout: Layout, program: Path) -> Process:
    port = options.ports.prometheus
    command = [
        str(program),
        f"--config.file={layout.prometheus / 'prometheus.yaml'}",
        f"--storage.tsdb.path={layout.data / 'prometheus'}",
        "--storage.tsdb.retention.time=3d",
        f"--web.listen-address={HOST}:{port}",
        "--web.enable-otlp-receiver",
        # Any page that is open in a browser could read it otherwise, and drive the scaler.
        f"--web.cors.origin={NO_ORIGIN}",
        # A counter that is first seen at 5 counts from 0, so increase() misses nothing.
        "--enable-feature=exemplar-storage,created-timestamp-zero-ingestion",
    ]
    return _process("prometheus", command, layout, probe=(port, "/-/ready"))


def _jaeger(options: Options, layout: Layout, program: Path) -> Process:
    folder = OBSERVABILITY / "jaeger"
    command = [str(program), "--config", str(folder / "jaeger.yaml")]
    if options.keep:
        command += ["--config", str(folder / "badger.yaml")]
    return _process(
        "jaeger",
        command,
        layout,
        probe=(options.ports.jaeger_health, "/status"),
        env=environment.jaeger(options, layout),
    )


def _victorialogs(options: Options, layout: Layout, program: Path) -> Process:
    port = options.ports.victorialogs
    command = [
        str(program),
        f"-storageDataPath={layout.data / 'victorialogs'}",
        "-retentionPeriod=3d",
        f"-httpListenAddr={HOST}:{port}",
        "-http.disableCORS",
        # A page can post a line without asking first; it cannot know the password.
        f"-httpAuth.username={USER}",
        f"-httpAuth.password=file://{layout.password}",
        f"-metricsAuthKey=file://{layout.password}",
    ]
    return _process("victorialogs", command, layout, probe=(port, "/health"))


def _collector(options: Options, layout: Layout, program: Path) -> Process:
    config = OBSERVABILITY / "otel-collector" / "collector.yaml"
    env = environment.collector(options, layout)
    checked = [sys.executable, "-m", "lab.programs.collector", env["COLLECTOR_QUEUE_DIRECTORY"]]
    return _process(
        COLLECTOR,
        [*checked, str(program), "--config", str(config)],
        layout,
        probe=(options.ports.collector_health, "/"),
        env=env,
        after=STORES,
    )


def _gateway(options: Options, layout: Layout, program: Path) -> Process:
    return _process(
        GATEWAY,
        [str(program), f"--configFile={layout.gateway}"],
        layout,
        probe=(options.ports.gateway_internal, "/ping"),
        after=[f"{service}-0" for service in SERVICES],
    )


def _autoscaler(options: Options, layout: Layout) -> Process:
    hold = [] if options.autoscale else ["--hold"]
    return _process(
        AUTOSCALER,
        [sys.executable, "-m", "lab", "autoscaler", "--sync", f"{options.sync_seconds:g}", *hold],
        layout,
        probe=(options.ports.autoscaler, "/metrics"),
        after=[GATEWAY],
    )


def _replica(service: str, index: int, options: Options, layout: Layout) -> Process:
    """One replica. Those beyond the first wait, disabled, until the autoscaler starts them."""
    env = environment.replica(service, index, options, layout)
    process = _process(
        f"{service}-{index}",
        [sys.executable, "-m", service],
        layout,
        probe=(int(env["HTTP_PORT"]), "/readyz"),
        env=env,
        after=[COLLECTOR],
        stop_seconds=20,  # longer than a drain
    )
    waits = {"disabled": index > 0, "namespace": service}
    return process | waits | {"working_dir": str(layout.data)}


def _messaging(options: Options, layout: Layout) -> dict[str, Process]:
    """RabbitMQ, and the services' workers. The services themselves never connect to it."""
    ports = [str(port) for port in astuple(extras.rabbitmq(options.ports))]
    command = [sys.executable, "-m", "lab.programs", str(layout.data / "rabbitmq"), *ports]
    rabbitmq = _process(
        "rabbitmq",
        command,
        layout,
        probe=(options.ports.rabbitmq_metrics, "/metrics"),
        stop_seconds=30,
    )
    workers = {
        f"{worker}-{index}": _worker(worker, index, options, layout)
        for worker in WORKERS
        for index in range(MAX_REPLICAS)
    }
    return {"rabbitmq": rabbitmq, **workers}


def _worker(name: str, index: int, options: Options, layout: Layout) -> Process:
    env = environment.worker(name, index, options)
    process = _process(
        f"{name}-{index}",
        [sys.executable, "-m", f"{name.removesuffix('-worker')}.worker"],
        layout,
        probe=(int(env["METRICS_PORT"]), "/readyz"),
        env=env,
        after=[COLLECTOR, "rabbitmq"],
        stop_seconds=20,
    )
    waits = {"disabled": index > 0, "namespace": name}
    return process | waits | {"working_dir": str(layout.data)}


def _consul(options: Options, layout: Layout) -> Process:
    server = extras.consul(options.ports)
    return _process(
        "consul", server.command(), layout, probe=(options.ports.consul, "/v1/status/leader")
    )


def _process(  # noqa: PLR0913
    name: str,
    command: Sequence[str],
    layout: Layout,
    *,
    probe: tuple[int, str],
    env: Mapping[str, str] | None = None,
    after: Sequence[str] = (),
    stop_seconds: int = 10,
) -> Process:
    port, path = probe
    return {
        # Into a file of its own and as it is: the supervisor would decorate every line.
        "entrypoint": ["/bin/sh", "-c", 'exec "$@" >>"$0" 2>&1', str(layout.log(name)), *command],
        "working_dir": str(ROOT),
        "environment": [f"{key}={value}" for key, value in (env or {}).items()],
        "depends_on": {other: {"condition": "process_started"} for other in after},
        "availability": {"restart": "on_failure", "backoff_seconds": 1},
        "readiness_probe": {
            "http_get": {"host": HOST, "scheme": "http", "port": str(port), "path": path},
            "period_seconds": 1,
            "timeout_seconds": 1,
            "failure_threshold": 60,
        },
        "shutdown": {"signal": 15, "timeout_seconds": stop_seconds},
    }
