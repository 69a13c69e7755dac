import jsonschema
import yaml

from events import asyncapi
from events.schemas import CATALOGUE
from lab.paths import ROOT

COMMITTED = ROOT / "docs" / "asyncapi.yaml"


def test_the_committed_document_is_what_the_models_say() -> None:
    assert COMMITTED.read_text() == asyncapi.render(), (
        "stale: .venv/bin/python -m events.asyncapi > docs/asyncapi.yaml"
    )


def test_every_reference_leads_somewhere() -> None:
    document = yaml.safe_load(COMMITTED.read_text())

    def references(node: object) -> list[str]:
        if isinstance(node, dict):
            own = [node["$ref"]] if "$ref" in node else []
            return own + [r for value in node.values() for r in references(value)]
        return [r for item in node for r in references(item)] if isinstance(node, list) else []

    for reference in references(document):
        target = document
        for part in reference.removeprefix("#/").split("/"):
            target = target[part]


def test_every_payload_schema_is_valid_json_schema() -> None:
    schemas = asyncapi.document()["components"]["schemas"]
    for model in CATALOGUE.values():
        jsonschema.Draft202012Validator.check_schema(schemas[model.__name__])


def test_every_event_has_a_producer_and_a_consumer() -> None:
    for side in (asyncapi.PRODUCERS, asyncapi.CONSUMERS):
        handled = {kind for kinds in side.values() for kind in kinds}
        assert handled == {model.type for model in CATALOGUE.values()}
