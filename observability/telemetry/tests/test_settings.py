"""Settings come from the environment once, and a wrong one ends the start with a plain sentence."""

import pytest

from threesignals import Settings, SettingsError
from threesignals._endpoint import Endpoint

COLLECTOR = "http://collector:4318"


def settings(**environ: str) -> Settings:
    return Settings.from_env("laptops", environ)


def test_nothing_is_exported_by_default() -> None:
    default = settings()
    assert (default.traces_endpoint, default.logs_endpoint, default.logs) == (None, None, "stdout")
    assert default.implementation == "lean"


def test_a_collector_gets_traces_and_logs() -> None:
    chosen = settings(OTEL_EXPORTER_OTLP_ENDPOINT=f"{COLLECTOR}/")
    assert chosen.traces_endpoint == Endpoint(url=f"{COLLECTOR}/v1/traces")
    assert chosen.logs_endpoint == Endpoint(url=f"{COLLECTOR}/v1/logs")
    assert chosen.logs == "otlp"


def test_the_url_of_one_signal_is_taken_as_it_is() -> None:
    chosen = settings(OTEL_EXPORTER_OTLP_TRACES_ENDPOINT="http://jaeger:4318/v1/traces")
    assert chosen.traces_endpoint == Endpoint(url="http://jaeger:4318/v1/traces")
    assert chosen.logs_endpoint is None


def test_a_signal_can_be_switched_off() -> None:
    chosen = settings(OTEL_EXPORTER_OTLP_ENDPOINT=COLLECTOR, OTEL_LOGS_EXPORTER="none")
    assert (chosen.logs_endpoint, chosen.logs) == (None, "stdout")


def test_a_signal_s_own_variables_win_over_those_of_all() -> None:
    chosen = settings(
        OTEL_EXPORTER_OTLP_ENDPOINT=COLLECTOR,
        OTEL_EXPORTER_OTLP_HEADERS="tenant=all",
        OTEL_EXPORTER_OTLP_LOGS_HEADERS="tenant=logs",
        OTEL_EXPORTER_OTLP_COMPRESSION="gzip",
        OTEL_EXPORTER_OTLP_LOGS_COMPRESSION="none",
        OTEL_EXPORTER_OTLP_TIMEOUT="3000",
        OTEL_EXPORTER_OTLP_LOGS_TIMEOUT="7000",
    )
    assert chosen.traces_endpoint == Endpoint(
        url=f"{COLLECTOR}/v1/traces", headers={"tenant": "all"}, compress=True, timeout_seconds=3.0
    )
    assert chosen.logs_endpoint == Endpoint(
        url=f"{COLLECTOR}/v1/logs", headers={"tenant": "logs"}, timeout_seconds=7.0
    )


def test_a_timeout_that_can_only_be_in_seconds_is() -> None:
    chosen = settings(OTEL_EXPORTER_OTLP_ENDPOINT=COLLECTOR, OTEL_EXPORTER_OTLP_TIMEOUT="10")
    assert chosen.traces_endpoint is not None
    assert chosen.traces_endpoint.timeout_seconds == 10.0


@pytest.mark.parametrize(
    ("exporter", "collector", "target"),
    [
        ("console", COLLECTOR, "stdout"),
        ("otlp,console", COLLECTOR, "both"),
        ("otlp", "", "stdout"),
        ("otlp,console", "", "stdout"),
    ],
)
def test_the_console_is_standard_output(exporter: str, collector: str, target: str) -> None:
    given = {"OTEL_LOGS_EXPORTER": exporter, "OTEL_EXPORTER_OTLP_ENDPOINT": collector}
    assert settings(**given).logs == target


def test_what_is_set_and_changes_nothing_is_named() -> None:
    chosen = settings(
        OTEL_METRICS_EXPORTER="otlp",
        OTEL_BSP_SCHEDULE_DELAY="100",
        OTEL_EXPORTER_OTLP_ENDPIONT=COLLECTOR,
        OTEL_PROPAGATORS="tracecontext,baggage",
        OTEL_TRACES_EXPORTER="otlp",
        OTEL_LOG_LEVEL="",
    )
    assert chosen.unused == (
        "OTEL_METRICS_EXPORTER",
        "OTEL_BSP_SCHEDULE_DELAY",
        "OTEL_EXPORTER_OTLP_ENDPIONT",
    )


def test_all_can_be_switched_off() -> None:
    chosen = settings(OTEL_EXPORTER_OTLP_ENDPOINT=COLLECTOR, OTEL_SDK_DISABLED="true")
    assert (chosen.traces_endpoint, chosen.logs_endpoint) == (None, None)


def test_the_environment_names_the_service() -> None:
    assert settings(OTEL_SERVICE_NAME="shop").service_name == "shop"
    assert settings(OTEL_SERVICE_NAME="").service_name == "laptops"


def test_a_service_name_among_the_resource_attributes_counts() -> None:
    given = {"OTEL_RESOURCE_ATTRIBUTES": "service.name=shop"}
    assert settings(**given).service_name == "shop"
    assert settings(**given, OTEL_SERVICE_NAME="till").service_name == "till"


def test_pairs_are_percent_decoded() -> None:
    chosen = settings(OTEL_RESOURCE_ATTRIBUTES="team=lab, motto=a%2Cb%3Dc")
    assert chosen.resource_attributes == {"team": "lab", "motto": "a,b=c"}


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("TELEMETRY_IMPLEMENTATION", "fast"),
        ("TELEMETRY_LOGS", "file"),
        ("TELEMETRY_LOGS", "otlp"),
        ("TELEMETRY_QUEUE_BYTES", "many"),
        ("TELEMETRY_EXPORT_INTERVAL_SECONDS", "-1"),
        ("OTEL_TRACES_SAMPLER", "sometimes"),
        ("OTEL_TRACES_SAMPLER", "jaeger_remote"),
        ("OTEL_TRACES_EXPORTER", "console"),
        ("OTEL_TRACES_EXPORTER", "otlp,zipkin"),
        ("OTEL_LOGS_EXPORTER", "file"),
        ("OTEL_EXPORTER_OTLP_PROTOCOL", "thrift"),
        ("OTEL_EXPORTER_OTLP_LOGS_PROTOCOL", "thrift"),
        ("OTEL_EXPORTER_OTLP_TIMEOUT", "soon"),
        ("OTEL_EXPORTER_OTLP_CERTIFICATE", "/nowhere/ca.pem"),
        ("OTEL_EXPORTER_OTLP_TRACES_CLIENT_KEY", "/nowhere/key.pem"),
        ("OTEL_RESOURCE_ATTRIBUTES", "=value"),
        ("TELEMETRY_LOGGING_LEVEL", "chatty"),
        ("OTEL_TRACES_SAMPLER_ARG", "1.5"),
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "collector:4317"),
        ("OTEL_EXPORTER_OTLP_COMPRESSION", "brotli"),
        ("OTEL_EXPORTER_OTLP_HEADERS", "no-equals"),
        ("LOG_LEVEL", "chatty"),
    ],
)
def test_a_value_that_cannot_be_used_is_named(variable: str, value: str) -> None:
    name = "OTLP" if "ENDPOINT" in variable else variable
    with pytest.raises(SettingsError, match=name):
        settings(**{variable: value})
