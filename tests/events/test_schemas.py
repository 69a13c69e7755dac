import json

import pytest
from pydantic import ValidationError

from events.errors import InvalidEventError
from events.schemas import CATALOGUE, LaptopAdded, PortRetired, parse


def test_an_event_that_was_written_reads_the_same() -> None:
    event = LaptopAdded(laptop_id=3, port_ids=(1, 2))
    assert parse("laptop.added", 1, event.model_dump_json()) == event


def test_a_producer_cannot_state_an_invalid_event() -> None:
    with pytest.raises(ValidationError):
        PortRetired(port_id=0, name="USB-C")


@pytest.mark.parametrize(
    "body",
    ["", "[]", "{}", '{"port_id": "x", "name": "USB-C"}', '{"port_id": 1, "name": ""}', b"\xff"],
)
def test_a_consumer_refuses_a_body_that_does_not_validate(body: str | bytes) -> None:
    with pytest.raises(InvalidEventError):
        parse("port.retired", 1, body)


@pytest.mark.parametrize(("kind", "version"), [("port.retired", 2), ("port.sold", 1), ("", 0)])
def test_a_consumer_refuses_a_type_or_version_that_it_does_not_know(
    kind: str, version: int
) -> None:
    with pytest.raises(InvalidEventError, match="no such event"):
        parse(kind, version, "{}")


def test_a_refusal_names_the_field_and_never_its_value() -> None:
    with pytest.raises(InvalidEventError) as refused:
        parse("port.retired", 1, json.dumps({"port_id": "secret", "name": "USB-C"}))
    assert "port_id" in str(refused.value)
    assert "secret" not in str(refused.value)


def test_a_reader_ignores_a_field_that_a_later_producer_adds() -> None:
    body = json.dumps({"port_id": 1, "name": "USB-C", "colour": "blue"})
    assert parse("port.retired", 1, body) == PortRetired(port_id=1, name="USB-C")


def test_a_routing_key_tells_type_and_version() -> None:
    assert {model.routing_key() for model in CATALOGUE.values()} == {
        "port.retired.v1",
        "laptop.added.v1",
        "laptop.removed.v1",
    }
