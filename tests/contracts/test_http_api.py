"""The rules that both services keep, whichever framework they stand on."""

import json
import signal
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.support.services import laptops_client, port_client

from chassis.lifecycle import Lifecycle

PROBLEM = "application/problem+json"
JSON = {"Content-Type": "application/json"}


@dataclass(frozen=True)
class Service:
    client: httpx.Client
    path: str
    valid: dict[str, str]


SERVICES = {
    "laptops": (laptops_client, "/laptops", {"title": "Framework", "model": "13"}),
    "port": (port_client, "/port", {"name": "Thunderbolt"}),
}


@pytest.fixture(scope="module", params=SERVICES)
def service(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Service]:
    make, path, valid = SERVICES[request.param]
    with make(tmp_path_factory.mktemp(request.param), max_body_bytes=10_000) as client:
        yield Service(client, path, valid)


def assert_problem(response: httpx.Response, status: int) -> dict[str, Any]:
    body = response.json()
    assert (response.status_code, response.headers["Content-Type"]) == (status, PROBLEM)
    assert body["status"] == status
    assert {"type", "title", "detail"} <= body.keys()
    return body


def test_the_collection_is_an_array(service: Service) -> None:
    assert [item["id"] for item in service.client.get(service.path).json()][:2] == [1, 2]


def test_an_item_is_added_read_and_removed(service: Service) -> None:
    added = service.client.post(service.path, json=service.valid)
    location = added.headers["Location"]

    assert added.status_code == 201
    assert service.valid.items() <= added.json().items()
    assert location == f"{service.path}/{added.json()['id']}"
    assert service.client.get(location).json() == added.json()
    removed = service.client.delete(location)
    assert (removed.status_code, removed.content) == (204, b"")
    assert_problem(service.client.get(location), 404)
    assert_problem(service.client.delete(location), 404)


def test_a_chosen_id_is_kept_and_refused_when_taken(service: Service) -> None:
    chosen = {"id": 4711, **service.valid}

    assert service.client.post(service.path, json=chosen).json()["id"] == 4711
    assert "4711" in assert_problem(service.client.post(service.path, json=chosen), 409)["detail"]


def test_a_whole_number_is_an_id_however_it_is_written(service: Service) -> None:
    body = json.dumps(service.valid | {"id": 815.0})

    assert service.client.post(service.path, content=body, headers=JSON).json()["id"] == 815


def test_pages_lead_to_every_item_once(service: Service) -> None:
    everything = [item["id"] for item in service.client.get(service.path).json()]
    seen, url = [], f"{service.path}?limit=1"

    while url:
        page = service.client.get(url)
        seen += [item["id"] for item in page.json()]
        url = page.links.get("next", {}).get("url", "")

    assert seen == everything
    assert len(seen) >= 2


def test_head_answers_as_get_without_a_body(service: Service) -> None:
    for path in (service.path, f"{service.path}/1"):
        head = service.client.head(path)
        assert (head.status_code, head.content) == (200, b"")
        assert head.headers["Content-Type"] == "application/json"


@pytest.mark.parametrize(
    ("body", "headers", "status"),
    [
        ("{", JSON, 400),
        ("", JSON, 400),
        (b"\xff\xfe{", JSON, 400),
        ("[" * 5_000, JSON, 400),
        ('{"a":' * 1_500 + "1" + "}" * 1_500, JSON, 400),
        ('{"id": ' + "9" * 6_000 + "}", JSON, 400),
        ("[]", JSON, 422),
        ('"{}"', JSON, 422),
        ("null", JSON, 422),
        ("1", JSON, 422),
        ("{}", {"Content-Type": "text/plain"}, 415),
        ("{}", {"Content-Type": "application/x-www-form-urlencoded"}, 415),
        ("{}", {"Content-Type": ""}, 415),
        ("{}", {"Content-Type": "application/json; charset=latin-1"}, 422),
        ("[" + " " * 10_000 + "]", JSON, 413),
    ],
)
def test_a_body_that_is_no_object_in_json_is_refused(
    service: Service, body: str | bytes, headers: dict[str, Any], status: int
) -> None:
    refused = service.client.post(service.path, content=body, headers=headers)

    assert_problem(refused, status)


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"id": 0}, "#/id"),
        ({"id": -1}, "#/id"),
        ({"id": 2**31}, "#/id"),
        ({"id": 10**30}, "#/id"),
        ({"id": "7"}, "#/id"),
        ({"id": 7.5}, "#/id"),
        ({"id": True}, "#/id"),
        ({"colour": "red"}, "#/colour"),
        *[
            ({"*": value}, "#/*")
            for value in (None, 1, [], {}, "", "  ", "x" * 101, "a\0b", "a\nb", "\ud800")
        ],
    ],
)
def test_a_field_that_breaks_a_rule_is_pointed_at(
    service: Service, change: dict[str, object], pointer: str
) -> None:
    field = next(iter(service.valid))
    changed = {field if name == "*" else name: value for name, value in change.items()}
    body = json.dumps(service.valid | changed)

    refused = assert_problem(service.client.post(service.path, content=body, headers=JSON), 422)

    assert [e["pointer"] for e in refused["errors"]] == [pointer.replace("*", field)]


@pytest.mark.parametrize("text", ["Ü", "笔记本", "👩‍💻", "' OR 1=1 --", "<script>", "%s{}"])
def test_any_printable_text_is_kept_as_it_is(service: Service, text: str) -> None:
    field = next(iter(service.valid))

    added = service.client.post(service.path, json=service.valid | {field: f"  {text} "})

    assert service.client.get(added.headers["Location"]).json()[field] == text


@pytest.mark.parametrize(
    ("query", "parameter"),
    [
        ("limit=-1", "limit"),
        ("limit=0", "limit"),
        ("limit=201", "limit"),
        ("limit=many", "limit"),
        ("limit=", "limit"),
        ("after=-1", "after"),
        ("after=99999999999999999999", "after"),
        ("after=%00", "after"),
    ],
)
def test_a_parameter_that_breaks_a_rule_is_named(
    service: Service, query: str, parameter: str
) -> None:
    refused = assert_problem(service.client.get(f"{service.path}?{query}"), 422)

    assert [e["parameter"] for e in refused["errors"]] == [parameter]


@pytest.mark.parametrize("item", ["0", "-1", "one", "1.5", str(2**63), "9" * 5_000, "%00"])
def test_an_id_that_cannot_be_is_refused(service: Service, item: str) -> None:
    assert_problem(service.client.get(f"{service.path}/{item}"), 422)


def test_the_largest_id_that_can_be_is_merely_not_there(service: Service) -> None:
    assert_problem(service.client.get(f"{service.path}/{2**63 - 1}"), 404)


@pytest.mark.parametrize("path", ["/", "/nope", "{path}/", "{path}/1/2", "/docs/nope.js"])
def test_there_is_nothing_elsewhere(service: Service, path: str) -> None:
    assert_problem(service.client.get(path.format(path=service.path)), 404)


@pytest.mark.parametrize(
    ("path", "method", "allowed"),
    [
        ("{path}", "PUT", {"GET", "HEAD", "POST"}),
        ("{path}", "OPTIONS", {"GET", "HEAD", "POST"}),
        ("{path}/1", "PATCH", {"GET", "HEAD", "DELETE"}),
        ("/healthz", "POST", {"GET", "HEAD"}),
    ],
)
def test_another_method_is_told_which_are_allowed(
    service: Service, path: str, method: str, allowed: set[str]
) -> None:
    refused = service.client.request(method, path.format(path=service.path))

    assert_problem(refused, 405)
    assert set(refused.headers["Allow"].split(", ")) == allowed


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
fields = st.dictionaries(st.sampled_from(["id", "title", "model", "name", "ports"]), json_values)


@settings(max_examples=150, deadline=None)
@given(body=json_values | fields)
def test_whatever_is_sent_the_answer_is_an_item_or_a_problem(
    service: Service, body: object
) -> None:
    answer = service.client.post(service.path, content=json.dumps(body), headers=JSON)

    if answer.status_code != 201:
        assert_problem(answer, answer.status_code)
        assert answer.status_code in {409, 413, 422}


@settings(max_examples=100, deadline=None)
@given(body=st.binary(max_size=200))
def test_whatever_bytes_are_sent_the_service_does_not_fail(service: Service, body: bytes) -> None:
    assert service.client.post(service.path, content=body, headers=JSON).status_code < 500


def test_probes_answer(service: Service) -> None:
    assert service.client.get("/healthz").json() == {"status": "alive"}
    assert service.client.get("/readyz").json() == {"status": "ready"}


@pytest.mark.parametrize("name", SERVICES)
def test_a_draining_replica_is_alive_and_not_ready_and_still_serves(
    name: str, tmp_path: Path
) -> None:
    make, path, _ = SERVICES[name]
    lifecycle = Lifecycle(drain_seconds=60)
    with make(tmp_path, lifecycle=lifecycle) as client:
        lifecycle.on_signal(signal.SIGTERM)

        assert client.get("/readyz").status_code == 503
        assert client.get("/healthz").status_code == 200
        assert client.get(path).status_code == 200


def test_the_page_of_documentation_is_whole_without_a_network(service: Service) -> None:
    page = service.client.get("/docs")

    assert page.headers["Content-Type"].startswith("text/html")
    assert "https://" not in page.text
    script = service.client.get("/docs/swagger-ui-bundle.js")
    assert "javascript" in script.headers["Content-Type"]
    assert len(script.content) > 100_000


def test_the_document_describes_each_operation_and_what_can_go_wrong(service: Service) -> None:
    document = service.client.get("/openapi.json").json()
    item = f"{service.path}/{{id}}"

    operations = {
        (path, method): set(operation["responses"])
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    }
    assert operations == {
        (service.path, "get"): {"200", "422", "503"},
        (service.path, "post"): {"201", "400", "409", "413", "415", "422", "503"},
        (item, "get"): {"200", "404", "422", "503"},
        (item, "delete"): {"204", "404", "422", "503"},
    }


def test_every_reference_in_the_document_leads_somewhere(service: Service) -> None:
    document = service.client.get("/openapi.json").json()

    for reference in references(document):
        found = document
        for part in reference.removeprefix("#/").split("/"):
            found = found[part]


def references(node: object) -> Iterator[str]:
    if isinstance(node, dict):
        yield from ([node["$ref"]] if isinstance(node.get("$ref"), str) else [])
        for value in node.values():
            yield from references(value)
    elif isinstance(node, list):
        for value in node:
            yield from references(value)
