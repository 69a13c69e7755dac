"""Every metric and every span that a document names is one that somebody emits."""

import re

import pytest
from tests.support.documents import DOCUMENTS, ticked
from tests.support.exposed import exposed, named

import laptops.app
import laptops.settings
import port.app
import port.settings
from chassis.lifecycle import Lifecycle
from events.schemas import CATALOGUE
from threesignals import Telemetry


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_metric_that_a_document_names_is_exposed(document: str) -> None:
    assert {name for text in ticked(document) for name in named(text)} - exposed() == set()


@pytest.fixture(scope="module")
def spans(tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    """Return the names of all spans that the services' routes and events make."""
    folder = tmp_path_factory.mktemp("spans")
    flask = laptops.app.create_app(
        laptops.settings.Settings(
            database_url=f"sqlite:///{folder}/laptops.db", port_url="http://127.0.0.1:9"
        ),
        telemetry=Telemetry.from_env(service_name="x"),
        lifecycle=Lifecycle(drain_seconds=0),
    )
    fastapi = port.app.create_app(
        port.settings.Settings(database_url=f"sqlite:///{folder}/port.db"),
        telemetry=Telemetry.from_env(service_name="x"),
        lifecycle=Lifecycle(drain_seconds=0),
    )
    routes = {(m, str(rule)) for rule in flask.url_map.iter_rules() for m in rule.methods or ()}
    routes |= {
        (method.upper(), path)
        for path, each in fastapi.openapi()["paths"].items()
        for method in each
    }
    keys = {model.routing_key() for model in CATALOGUE.values()}
    queues = {"laptops.events", "port.events"}
    return (
        {f"{method} {route}" for method, route in routes}
        | {f"create events:{key}" for key in keys}
        | {f"process events:{key}:{queue}" for key in keys for queue in queues}
        | {"send events"}
    )


OPERATION = re.compile(r"(?:GET|POST|DELETE) /|(?:create|process|send) events")
DESCRIBES_SPANS = ("docs/searches.md", "docs/telemetry.md", "docs/messaging.md")


@pytest.mark.parametrize("document", DESCRIBES_SPANS)
def test_every_span_that_a_document_names_is_one_that_is_emitted(
    document: str, spans: set[str]
) -> None:
    operations = [
        text
        for text in ticked(document)
        if re.match(
            r"(GET|POST|DELETE) /(?!healthz|readyz|metrics)|(create|process|send) events", text
        )
    ]
    assert set(operations) - spans == set()
