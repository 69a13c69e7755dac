"""What Flask needs from the chassis. `chassis.fastapi` says the same in the same words."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from http import HTTPStatus
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from flask import Flask, Response, json, jsonify, request
from flask.json.provider import DefaultJSONProvider
from flask.typing import ResponseReturnValue
from opentelemetry.trace import Tracer
from pydantic import ValidationError
from werkzeug.exceptions import (
    HTTPException,
    InternalServerError,
    NotFound,
    RequestEntityTooLarge,
    UnsupportedMediaType,
)

from chassis import docs, problems
from chassis.capacity import BODY, OVERLOADED, Line, OverloadedError, Places
from chassis.faults import FaultSwitch, SimulatedFailureError
from chassis.health import LIVE, READY, Readiness
from chassis.problems import Kind, http_problem, invalid_problem, known_problem
from chassis.simulation import EXEMPT_PATHS, SUPPLIER_SPAN, Supplier

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment


def add_probes(app: Flask, readiness: Readiness) -> None:
    """Serve `/healthz` and `/readyz`."""

    def healthz() -> ResponseReturnValue:
        return {"status": "alive"}

    def readyz() -> ResponseReturnValue:
        status, body = readiness.check()
        return body, status

    app.add_url_rule(LIVE, view_func=healthz)
    app.add_url_rule(READY, view_func=readyz)


def add_docs(app: Flask, title: str) -> None:
    """Serve `/openapi.json`, as flask-openapi3 writes it, and `/docs`."""
    folder = files("flask_openapi3_swagger") / "templates" / "swagger"
    assets = docs.Assets(folder, style=f"css/{docs.STYLE}", script=f"js/{docs.SCRIPT}")

    def openapi() -> ResponseReturnValue:
        document = app.api_doc  # type: ignore[attr-defined]
        # flask-openapi3 writes null for what there is none of, which OpenAPI does not allow.
        document["components"] = {k: v for k, v in document["components"].items() if v is not None}
        return jsonify(document)

    def docs_page() -> ResponseReturnValue:
        return docs.page(title)

    def docs_asset(name: str) -> ResponseReturnValue:
        found = assets.read(name)
        if found is None:
            raise NotFound
        return Response(found[0], mimetype=found[1])

    app.add_url_rule("/openapi.json", view_func=openapi)
    app.add_url_rule("/docs", view_func=docs_page)
    app.add_url_rule("/docs/<name>", view_func=docs_asset)


def add_error_handlers(app: Flask, kinds: Mapping[type[Exception], Kind]) -> None:
    """Answer every error with problem details. `kinds` is the service's own table."""

    def known(error: Exception) -> ResponseReturnValue:
        kind = kinds[type(error)]
        return _respond(known_problem(kind, error), headers=kind.headers)

    def from_http(error: HTTPException) -> ResponseReturnValue:
        if error.response is not None:
            return error.response
        status = error.code or HTTPStatus.INTERNAL_SERVER_ERROR
        headers = {k: v for k, v in error.get_headers() if k == "Allow"}
        return _respond(http_problem(status), headers=headers)

    def unknown(_error: InternalServerError) -> ResponseReturnValue:
        return _respond(http_problem(500))

    for error_type in kinds:
        app.register_error_handler(error_type, known)
    app.register_error_handler(HTTPException, from_http)
    app.register_error_handler(InternalServerError, unknown)


def refuse(error: ValidationError) -> Response:
    """Answer a request that pydantic refused: flask-openapi3's callback."""
    place = "body" if request.method == "POST" else "query"
    return _respond(invalid_problem([(place, e["loc"], e["msg"]) for e in error.errors()]))


def _respond(body: dict[str, Any], headers: Mapping[str, str] | None = None) -> Response:
    response = Response(json.dumps(body), status=body["status"], mimetype=problems.MEDIA_TYPE)
    response.headers.update(headers or {})
    return response


class SafeJSON(DefaultJSONProvider):
    """JSON in the order it was written, whose depth a client can't use against us."""

    sort_keys = False

    def loads(self, s: str | bytes, **options: Any) -> Any:  # noqa: ANN401
        """Parse; text nested too deep is as malformed as any other."""
        try:
            return super().loads(s, **options)
        except RecursionError:
            raise ValueError("nested too deep") from None


def require_json(app: Flask, *, max_body_bytes: int) -> None:
    """Refuse a body that is too large (413), not JSON (415), malformed (400) or no object (422).

    flask-openapi3 takes all of these for a missing body.
    """
    app.config["MAX_CONTENT_LENGTH"] = max_body_bytes
    app.json = SafeJSON(app)

    def check_size() -> None:
        body = request.get_data()
        if request.content_length is None and len(body) >= max_body_bytes:
            raise RequestEntityTooLarge  # werkzeug has cut a chunked body off there

    def check_body() -> ResponseReturnValue | None:
        if request.method != "POST" or request.url_rule is None:
            return None
        check_size()
        if not request.is_json:
            raise UnsupportedMediaType
        if isinstance(request.get_json(), dict):  # raises 400
            return None
        return _respond(invalid_problem([("body", (), "The body has to be a JSON object")]))

    app.before_request(check_body)


def simulate_supplier(app: Flask, supplier: Supplier, tracer: Tracer) -> None:
    """Make reads wait for the simulated supplier, in a span that says so."""

    def wait() -> None:
        if seconds := supplier.seconds_for(request.method, request.path):
            with tracer.start_as_current_span(SUPPLIER_SPAN):
                time.sleep(seconds)

    app.before_request(wait)


def simulate_defect(app: Flask, switch: FaultSwitch) -> None:
    """Let requests run into a defect when told to."""

    def fail() -> None:
        if switch.now().fails(request.path):
            raise SimulatedFailureError

    if switch.possible:
        app.before_request(fail)


def limit_capacity(app: Flask, concurrency: int, line: Line) -> None:
    """Handle at most so many requests at once; others wait in line. Probes don't."""
    places = Places(concurrency)
    handle = app.wsgi_app

    def take_place() -> None:
        if places.take():
            return
        with line.joined():
            if not places.take(line.seconds):
                raise OverloadedError("waited_too_long")

    def in_turn(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        if environ["PATH_INFO"] in EXEMPT_PATHS:
            return handle(environ, start_response)
        try:
            take_place()
        except OverloadedError as error:
            line.turned_away(error)
            return _respond(BODY, OVERLOADED.headers)(environ, start_response)
        try:
            return handle(environ, start_response)
        finally:
            places.give_back()

    app.wsgi_app = in_turn  # type: ignore[method-assign]
