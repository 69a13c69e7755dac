"""Both APIs' documents are valid OpenAPI, and true: a fuzzer that reads them finds no lie."""

from collections.abc import Iterator

import pytest
import schemathesis
from hypothesis import HealthCheck, given, seed, settings
from openapi_spec_validator import OpenAPIV31SpecValidator
from schemathesis.generation import GenerationMode
from schemathesis.schemas import BaseSchema
from tests.support.services import laptops_app, port_app

MAKERS = {
    "laptops": (laptops_app, schemathesis.openapi.from_wsgi),
    "port": (port_app, schemathesis.openapi.from_asgi),
}
OPERATIONS = [
    (name, method, path)
    for name in MAKERS
    for method, path in [
        ("GET", f"/{name}"),
        ("POST", f"/{name}"),
        ("GET", f"/{name}/{{id}}"),
        ("DELETE", f"/{name}/{{id}}"),
    ]
]


@pytest.fixture(scope="module")
def schemas(tmp_path_factory: pytest.TempPathFactory) -> dict[str, BaseSchema]:
    """The document of each service, with the service to try it on."""
    return {
        name: load("/openapi.json", make(tmp_path_factory.mktemp(name)))
        for name, (make, load) in MAKERS.items()
    }


@pytest.mark.parametrize("name", MAKERS)
def test_the_document_is_valid_openapi(name: str, schemas: dict[str, BaseSchema]) -> None:
    errors: Iterator[Exception] = OpenAPIV31SpecValidator(schemas[name].raw_schema).iter_errors()

    assert [str(error) for error in errors] == []


@pytest.mark.parametrize("mode", GenerationMode)
@pytest.mark.parametrize(("name", "method", "path"), OPERATIONS)
def test_the_service_does_as_its_document_says(
    name: str, method: str, path: str, mode: GenerationMode, schemas: dict[str, BaseSchema]
) -> None:
    operation = schemas[name][path][method]

    @seed(20)
    @settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
    @given(case=operation.as_strategy(generation_mode=mode))
    def holds(case: schemathesis.Case) -> None:
        case.call_and_validate()

    holds()
