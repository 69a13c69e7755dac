"""The environment of each process: how one set of configuration files serves any set of ports."""

from lab.facts import HOST, service_of
from lab.processes.layout import Layout
from lab.stack import extras
from lab.stack.options import Options

Environment = dict[str, str]

RESOURCE = "service.namespace=laptop-lab,deployment.environment.name=lab"


def collector(options: Options, layout: Layout) -> Environment:
    """Return what observability/otel-collector/collector.yaml reads."""
    ports = options.ports
    otlp = f"http://{HOST}:{ports.prometheus}/api/v1/otlp/v1/metrics"
    logs = f"http://{layout.sign_in}{HOST}:{ports.victorialogs}/insert/opentelemetry/v1/logs"
    return {
        "OTLP_GRPC_ENDPOINT": f"{HOST}:{ports.otlp_grpc}",
        "OTLP_HTTP_ENDPOINT": f"{HOST}:{ports.otlp_http}",
        "COLLECTOR_HEALTH_ENDPOINT": f"{HOST}:{ports.collector_health}",
        "COLLECTOR_METRICS_PORT": str(ports.collector_metrics),
        "COLLECTOR_QUEUE_DIRECTORY": str(layout.data / "collector"),
        "JAEGER_OTLP_ENDPOINT": f"{HOST}:{ports.jaeger_otlp_grpc}",
        "VICTORIALOGS_OTLP_ENDPOINT": logs,
        "PROMETHEUS_OTLP_ENDPOINT": otlp,
        "TRACES_SAMPLED_PERCENT": f"{options.sampled_percent:g}",
        "SPAN_METRICS_FLUSH_INTERVAL": "2s",
    }


def jaeger(options: Options, layout: Layout) -> Environment:
    """Return what observability/jaeger/*.yaml read."""
    ports = options.ports
    return {
        "JAEGER_HTTP_ENDPOINT": f"{HOST}:{ports.jaeger}",
        "JAEGER_GRPC_ENDPOINT": f"{HOST}:{ports.jaeger_grpc}",
        "JAEGER_OTLP_GRPC_ENDPOINT": f"{HOST}:{ports.jaeger_otlp_grpc}",
        "JAEGER_OTLP_HTTP_ENDPOINT": f"{HOST}:{ports.jaeger_otlp_http}",
        "JAEGER_HEALTH_ENDPOINT": f"{HOST}:{ports.jaeger_health}",
        "JAEGER_METRICS_PORT": str(ports.jaeger_metrics),
        "JAEGER_DATA_DIRECTORY": str(layout.data / "jaeger"),
        "PROMETHEUS_URL": f"http://{HOST}:{ports.prometheus}",
    }


def replica(service: str, index: int, options: Options, layout: Layout) -> Environment:
    """Return what replica `index` of laptops or port reads."""
    ports = options.ports
    return _extras(options) | {
        "HTTP_HOST": HOST,
        "HTTP_PORT": str(ports.replicas(service)[index]),
        "DATABASE_URL": f"sqlite:///{service}.db",  # in its working directory, `data`
        "PORT_URL": f"http://{HOST}:{ports.port}",
        "CAPACITY_CONCURRENCY": str(options.capacity),
        "SUPPLIER_LATENCY_SECONDS": f"{options.supplier_latency_seconds:g}",
        "QUEUE_SECONDS": f"{options.queue_seconds:g}",
        "FAULTS_FILE": str(layout.faults),
        "OTEL_EXPORTER_OTLP_ENDPOINT": f"http://{HOST}:{ports.otlp_http}",
        "OTEL_RESOURCE_ATTRIBUTES": RESOURCE,
    }


def worker(name: str, index: int, options: Options) -> Environment:
    """Return what replica `index` of a service's worker reads."""
    ports, service = options.ports, service_of(name)
    return _extras(options) | {
        "DATABASE_URL": f"sqlite:///{service}.db",
        "METRICS_HOST": HOST,
        "METRICS_PORT": str(ports.replicas(name)[index]),
        "WORKER_CONCURRENCY": str(options.worker_concurrency),
        "WORKER_PREFETCH": str(
            2 * options.worker_concurrency
        ),  # few, so that a new worker gets its share
        "WORKER_LINGER_SECONDS": "2.5",  # two scrapes
        "WORKER_LATENCY_SECONDS": f"{options.worker_latency_seconds:g}",
        "OTEL_EXPORTER_OTLP_ENDPOINT": f"http://{HOST}:{ports.otlp_http}",
        "OTEL_RESOURCE_ATTRIBUTES": RESOURCE,
    }


def _extras(options: Options) -> Environment:
    """Return where what `--with` added is; without these a process does without."""
    ports = options.ports
    known = {
        "rabbitmq": {"AMQP_URL": extras.rabbitmq_url(ports)},
        "consul": {
            "CONSUL_HTTP_ADDR": f"http://{HOST}:{ports.consul}",
            "TRACES_SAMPLED_PERCENT": f"{options.sampled_percent:g}",
        },
    }
    return {key: value for extra in options.extras for key, value in known[extra].items()}
