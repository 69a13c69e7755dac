"""docs/contract.md and names.py hold the same names."""

import re
from pathlib import Path

from opentelemetry import environment_variables
from opentelemetry.sdk import environment_variables as sdk_environment_variables

from threesignals import _limits, names
from threesignals._redaction import is_secret
from threesignals._settings import Settings

DOCS = Path(__file__).parents[1] / "docs"
DOCUMENT = (DOCS / "contract.md").read_text()
SETTINGS = (DOCS / "settings.md").read_text()

# Constants that are values or headers, not names of a span's, sample's or line's parts.
VALUES = {
    "EXCEPTION_EVENT",
    "REQUEST_EVENT",
    "AFTER_ANSWER_EVENT",
    "TRACERESPONSE",
    "SLOW_EVENT",
    "HELD_EVENT",
    "UNMATCHED_ROUTE",
    "OVERFLOW_ROUTE",
    "OTHER_METHOD",
    "OTHER_ERROR",
    "REDACTED",
}
SECTIONS = ("Resource", "SERVER span", "CLIENT spans", "Metrics", "Log lines")


def constants() -> dict[str, str]:
    return {
        key: value for key, value in vars(names).items() if key.isupper() and isinstance(value, str)
    }


def documented() -> set[str]:
    """The first cell of each row of the tables that list names."""
    parts = re.split(r"^## ", DOCUMENT, flags=re.M)
    tables = "".join(part for part in parts if part.startswith(SECTIONS))
    return set(re.findall(r"^\| `([^`]+)` \|", tables, flags=re.M))


def test_every_name_in_the_code_is_in_the_document() -> None:
    in_code = {value for key, value in constants().items() if key not in VALUES}
    assert in_code - documented() == set()


def test_every_name_in_the_document_is_in_the_code() -> None:
    assert documented() - set(constants().values()) == set()


def test_every_constant_value_is_mentioned_in_the_document() -> None:
    unmentioned = {key for key in VALUES - {"REDACTED"} if constants()[key] not in DOCUMENT}
    assert unmentioned == set()


def test_the_document_lists_the_buckets() -> None:
    (listed,) = re.findall(r"Buckets, in seconds: ([\d., ]+)\.", DOCUMENT)
    assert tuple(float(bound) for bound in listed.split(", ")) == names.DURATION_BUCKETS


def test_the_document_lists_the_secret_words() -> None:
    (listed,) = re.findall(r"a key that ends with (.*?) has its value replaced", DOCUMENT, re.S)
    words = re.findall(r"`([^`]+)`", listed)
    assert len(words) > 20
    assert [word for word in words if not is_secret(f"lab_{word}")] == []


def test_the_document_lists_the_limits() -> None:
    limits = {key: value for key, value in vars(_limits).items() if key.isupper()}
    listed = re.findall(r"^\| ([\d ]+) \| `([A-Z_]+)` \|", DOCUMENT, flags=re.M)
    assert {name: int(number.replace(" ", "")) for number, name in listed} == limits


def test_the_document_gives_the_settings_their_defaults() -> None:
    rows = dict(re.findall(r"^\| `(\w+)` \| `?([^`|]+?)`? \|", SETTINGS, flags=re.M))
    defaults = Settings(service_name="", resource_attributes={})
    assert rows["TELEMETRY_IMPLEMENTATION"] == defaults.implementation
    assert set(rows["TELEMETRY_EXCLUDED_PATHS"].split(",")) == defaults.excluded_paths
    assert int(rows["TELEMETRY_QUEUE_BYTES"]) == defaults.queue_bytes
    assert float(rows["TELEMETRY_EXPORT_INTERVAL_SECONDS"]) == defaults.export_interval_seconds
    assert rows["LOG_LEVEL"] == defaults.log_level


def test_every_variable_that_is_read_is_in_the_document() -> None:
    source = Path(names.__file__).with_name("_settings.py").read_text()
    read = set(re.findall(r'"((?:OTEL|TELEMETRY)_[A-Z_]*[A-Z]|LOG_LEVEL)"', source))
    assert {name for name in read if f"`{name}`" not in SETTINGS} == set()


def test_every_variable_of_opentelemetry_has_a_line_in_the_document() -> None:
    modules = (environment_variables, sdk_environment_variables)
    known = {
        value
        for module in modules
        for key, value in vars(module).items()
        if key.lstrip("_").startswith("OTEL_") and isinstance(value, str)
    }
    specified = {name for name in known if not name.startswith("OTEL_PYTHON_")}
    assert len(specified) > 70
    assert {name for name in specified if f"`{name}`" not in SETTINGS} == set()


def test_what_the_document_calls_unused_is_told_at_the_start_and_nothing_else() -> None:
    rows = re.findall(r"^\| (`OTEL_[^|]+) \| ([^|]+) \|", SETTINGS, flags=re.M)
    for cell, here in rows:
        for name in re.findall(r"`(OTEL_\w+)`", cell):
            unused = name in Settings.from_env("shop", {name: USABLE.get(name, "1")}).unused
            assert unused is (here in ("not used", "by `contrib`")), name


# Values that variables take which are checked.
USABLE = {
    "OTEL_RESOURCE_ATTRIBUTES": "a=b",
    "OTEL_EXPORTER_OTLP_ENDPOINT": "http://collector",
    "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "http://collector",
    "OTEL_EXPORTER_OTLP_LOGS_ENDPOINT": "http://collector",
    "OTEL_TRACES_EXPORTER": "otlp",
    "OTEL_LOGS_EXPORTER": "otlp",
    "OTEL_TRACES_SAMPLER": "always_on",
    **{
        f"OTEL_EXPORTER_OTLP_{signal}{what}": value
        for signal in ("", "TRACES_", "LOGS_")
        for what, value in {
            "HEADERS": "a=b",
            "COMPRESSION": "gzip",
            "CERTIFICATE": __file__,
            "CLIENT_CERTIFICATE": __file__,
            "CLIENT_KEY": __file__,
            "PROTOCOL": "grpc",
        }.items()
    },
}
