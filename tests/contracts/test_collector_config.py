"""The collector's configuration, read as data: what it promises can be seen in it."""

import re
from itertools import chain
from typing import Any

import pytest
import yaml

from lab.paths import OBSERVABILITY
from threesignals import names
from threesignals._red import MAX_SERIES
from threesignals._redaction import SUSPECT
from threesignals._rules import SECRET_NAMES, SECRET_TEXTS
from threesignals._values import SAFE_NAMES
from threesignals.names import TRACES_SAMPLED_PERCENT

FOLDER = OBSERVABILITY / "otel-collector"
CONFIG_TEXT = (FOLDER / "collector.yaml").read_text()
CONFIG: dict[str, Any] = yaml.safe_load(CONFIG_TEXT)
BUILDER: dict[str, Any] = yaml.safe_load((FOLDER / "builder.yaml").read_text())
PIPELINES: dict[str, dict[str, list[str]]] = CONFIG["service"]["pipelines"]
FILTERS = ("sure", "outside-share", "company")
SAID = f'resource.attributes["{TRACES_SAMPLED_PERCENT}"]'
KINDS = ("receivers", "processors", "exporters")


def defined(kind: str) -> set[str]:
    return set(CONFIG.get(kind, {}))


def used(kind: str) -> set[str]:
    return set(chain.from_iterable(pipeline.get(kind, []) for pipeline in PIPELINES.values()))


def test_each_defined_component_is_used_and_each_used_one_is_defined() -> None:
    connectors = defined("connectors")
    assert used("receivers") == defined("receivers") | connectors
    assert used("processors") == defined("processors")
    assert used("exporters") == defined("exporters") | connectors
    assert set(CONFIG["service"]["extensions"]) == defined("extensions")


def test_what_is_built_in_is_what_is_used_and_debug_for_looking_by_hand() -> None:
    """Type names lost their underscores on the way into module names, and `grpc` with them."""
    parts = (*KINDS, "connectors", "extensions")
    types = {name.split("/")[0] for part in parts for name in CONFIG[part]}
    modules = {item["gomod"].split()[0].split("/")[-1] for part in parts for item in BUILDER[part]}
    built = {re.sub(r"(receiver|processor|exporter|connector|extension)$", "", m) for m in modules}
    named = {name.replace("otlp_grpc", "otlp").replace("_", "") for name in types}
    assert built - named == {"debug"}
    assert named <= built


@pytest.mark.parametrize("name", [n for n, p in PIPELINES.items() if "otlp" in p["receivers"]])
def test_what_comes_in_meets_the_memory_limiter_first_and_then_redaction(name: str) -> None:
    first = ["memory_limiter", "transform/shown", "redaction", "transform/redaction"]
    assert PIPELINES[name]["processors"][:4] == first


def test_spans_are_counted_after_redaction_and_before_sampling() -> None:
    assert PIPELINES["traces"]["exporters"] == ["span_metrics", "forward/sure", "forward/perhaps"]
    assert PIPELINES["traces"]["processors"] == [
        "memory_limiter",
        "transform/shown",
        "redaction",
        "transform/redaction",
        "transform/methods",
        "transform/share",
    ]


def test_the_collector_knows_the_methods_that_a_process_knows() -> None:
    [group] = CONFIG["processors"]["transform/methods"]["trace_statements"]
    [listed] = re.findall(r"\^\(([A-Z_|]+)\)\$", group["conditions"][0])
    assert set(listed.split("|")) == names.KNOWN_METHODS | {names.OTHER_METHOD}


def test_one_process_has_as_many_span_metrics_as_samples_of_its_own() -> None:
    connector = CONFIG["connectors"]["span_metrics"]
    assert connector["aggregation_cardinality_limit"] == MAX_SERIES


def test_what_is_sure_to_be_kept_is_on_disk_before_it_is_acknowledged() -> None:
    """Neither `batch` nor `tail_sampling`, which answer before they are done, is in its way."""
    assert PIPELINES["traces/sure"]["processors"] == ["filter/sure"]
    before = [
        "memory_limiter",
        "transform/shown",
        "redaction",
        "transform/redaction",
        "transform/sentence",
    ]
    assert PIPELINES["logs"]["processors"] == before


def test_what_is_sent_at_once_is_not_sent_again_by_the_sampler() -> None:
    filters = {name: CONFIG["processors"][f"filter/{name}"]["trace_conditions"] for name in FILTERS}
    [sure] = filters["sure"]
    collectors_share, _ = filters["outside-share"]
    reasons = [*filters["company"], collectors_share]
    assert all(reason in sure for reason in reasons)
    assert sure.count(" or ") + 1 == len(reasons)
    sampler = PIPELINES["traces/perhaps"]["processors"]
    assert sampler == ["filter/outside-share", "tail_sampling", "filter/company"]


def test_one_span_a_request_goes_on_as_a_reason_where_processes_say_their_share() -> None:
    filters = {name: CONFIG["processors"][f"filter/{name}"]["trace_conditions"] for name in FILTERS}
    said = filters["company"][-1]
    assert filters["outside-share"][-1] == f"span.kind != SPAN_KIND_SERVER and {said}"
    policies = {each["name"]: each for each in CONFIG["processors"]["tail_sampling"]["policies"]}
    assert policies["share"]["ottl_condition"]["span"] == [said]
    assert SAID in said


@pytest.mark.parametrize("name", sorted(CONFIG["exporters"]))
def test_every_exporter_queues_on_disk_and_never_gives_up(name: str) -> None:
    exporter = CONFIG["exporters"][name]
    assert exporter["sending_queue"]["storage"] == "file_storage"
    assert exporter["sending_queue"]["block_on_overflow"] is True
    assert exporter["retry_on_failure"]["max_elapsed_time"] == "0s"


def test_a_queue_holds_five_minutes_of_300_requests_a_second() -> None:
    spans_a_request = 6  # gateway, server, client, server, two queries
    queue = CONFIG["exporters"]["otlp_grpc/jaeger"]["sending_queue"]
    assert queue["sizer"] == "items"
    assert queue["queue_size"] >= 300 * 300 * spans_a_request


def test_span_metrics_keep_processes_apart() -> None:
    connector = CONFIG["connectors"]["span_metrics"]
    assert connector["resource_metrics_key_attributes"] == ["service.name", "service.instance.id"]
    assert {"name": "service.instance.id"} in connector["dimensions"]


def test_secrets_are_the_same_for_the_process_and_for_the_collector() -> None:
    """Run `python observability/otel-collector/redaction.py` when this fails."""
    redaction = CONFIG["processors"]["redaction"]
    assert redaction["blocked_key_patterns"] == [rule.pattern for rule in SECRET_NAMES]
    assert redaction["blocked_values"] == [rule.pattern for rule in SECRET_TEXTS]
    assert redaction["ignored_keys"] == sorted(SAFE_NAMES)
    for context in ("trace_statements", "log_statements"):
        copied = CONFIG["processors"]["transform/shown"][context][-1]
        (pattern,) = re.findall(r'IsMatch\(\S+, "(.*)"\)', copied)
        assert re.sub(r"\\(.)", r"\1", pattern) == SUSPECT


def test_every_pattern_begins_with_a_literal_save_that_of_addresses() -> None:
    """A pattern that may begin with anything costs a hundred times as much."""
    patterns = CONFIG["processors"]["redaction"]["blocked_values"]
    assert sum(bool(re.match(r"[\[(]|\\[bdsw]|.[*+?{]", pattern)) for pattern in patterns) == 1


def test_identifiers_are_never_redacted() -> None:
    assert {"trace_id", "span_id"} <= set(CONFIG["processors"]["redaction"]["ignored_keys"])


def test_every_setting_is_explained() -> None:
    """One comment for at least every fourth line that says something."""
    written = re.sub(r"# generated\n.*?end here\n", "", CONFIG_TEXT, flags=re.S)
    lines = [line.strip() for line in written.splitlines()]
    comments = sum(line.startswith("#") for line in lines)
    assert comments * 4 >= sum(bool(line) and not line.startswith("#") for line in lines)


def test_the_cluster_reads_the_same_file() -> None:
    kustomization = yaml.safe_load((FOLDER / "kustomization.yaml").read_text())
    [generator] = kustomization["configMapGenerator"]
    assert generator == {"name": "otel-collector", "files": ["collector.yaml"]}


def test_every_setting_is_documented_with_its_default() -> None:
    text = (FOLDER / "collector.yaml").read_text()
    read = set(re.findall(r"\$\{env:(\w+):-([^}]+)\}", text))
    rows = re.findall(r"^\| `(\w+)` \| `([^`]+)` \|", (FOLDER / "README.md").read_text(), re.M)
    assert set(rows) == read
