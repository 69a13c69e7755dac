"""The template of a route is whole, however Flask came to it."""

import flask
import pytest
from flask.views import MethodView
from werkzeug.middleware.dispatcher import DispatcherMiddleware

from threesignals import names
from threesignals.flask import init_app
from threesignals.testing import Recorder

from .conformance.drivers import Request, call_wsgi

IMPLEMENTATIONS = ("contrib", "lean")


class View(MethodView):
    def get(self, item: int) -> str:
        return str(item)


def read(item: int = 0, tenant: str = "") -> str:
    return f"{item}{tenant}"


def mounted() -> flask.Flask:
    app = flask.Flask("mounted")
    app.add_url_rule("/items/<int:item>", view_func=read)
    return app


def application() -> flask.Flask:
    inner = flask.Blueprint("inner", "inner", url_prefix="/inner")
    inner.add_url_rule("/items/<int:item>", view_func=read)
    outer = flask.Blueprint("outer", "outer", url_prefix="/outer")
    outer.register_blueprint(inner)
    tenants = flask.Blueprint("tenants", "tenants", subdomain="<tenant>")
    tenants.add_url_rule("/mine", view_func=read)
    app = flask.Flask("test", subdomain_matching=True, static_folder=None)
    app.config["SERVER_NAME"] = "shop.test:8080"
    app.add_url_rule("/items/<int:item>", view_func=read)
    app.add_url_rule("/one/<int:item>", "one", read)
    app.add_url_rule("/two/<int:item>", "two", read)
    app.add_url_rule("/view/<int:item>", view_func=View.as_view("view"))
    app.add_url_rule("/slash/", "slash", read)
    for blueprint in (outer, inner, tenants):
        app.register_blueprint(blueprint)
    app.wsgi_app = DispatcherMiddleware(app.wsgi_app, {"/mounted": mounted()})  # type: ignore[method-assign]
    return app


ROUTES = [
    ("GET", "/items/7", "/items/<int:item>"),
    ("GET", "/one/7", "/one/<int:item>"),
    ("GET", "/two/7", "/two/<int:item>"),
    ("GET", "/view/7", "/view/<int:item>"),
    ("GET", "/slash/", "/slash/"),
    ("GET", "/slash", None),
    ("GET", "/inner/items/7", "/inner/items/<int:item>"),
    ("GET", "/outer/inner/items/7", "/outer/inner/items/<int:item>"),
    ("GET", "/mounted/items/7", "/mounted/items/<int:item>"),
    ("GET", "/mounted/nothing", None),
    ("GET", "/nothing", None),
    ("DELETE", "/items/7", None),
    ("BREW", "/items/7", None),
]


@pytest.mark.parametrize("implementation", IMPLEMENTATIONS)
@pytest.mark.parametrize("prefix", ["", "/shop"])
@pytest.mark.parametrize(("method", "path", "route"), ROUTES)
def test_the_span_has_the_whole_template(
    implementation: str, prefix: str, method: str, path: str, route: str | None
) -> None:
    recorder = Recorder(implementation=implementation)
    app = application()
    init_app(app, recorder.telemetry)
    call_wsgi(app, Request(method, path, prefix=prefix))
    (span,) = recorder.spans
    recorder.close()
    assert span.attributes.get(names.HTTP_ROUTE) == (route and prefix + route)
    assert span.attributes[names.URL_PATH] == prefix + path


@pytest.mark.parametrize("implementation", IMPLEMENTATIONS)
def test_a_route_of_a_subdomain_is_the_route(implementation: str) -> None:
    recorder = Recorder(implementation=implementation)
    app = application()
    init_app(app, recorder.telemetry)
    call_wsgi(app, Request("GET", "/mine", headers=(("host", "acme.shop.test:8080"),)))
    (span,) = recorder.spans
    recorder.close()
    assert span.attributes[names.HTTP_ROUTE] == "/mine"
    assert span.attributes[names.SERVER_ADDRESS] == "acme.shop.test"
