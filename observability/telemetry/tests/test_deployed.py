"""The package in applications that were not written for it: what they have stays, and is joined."""

import json
import logging
import logging.config
import subprocess
import sys
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest
import sqlalchemy
from fastapi import FastAPI, Response
from fastapi.responses import HTMLResponse
from flask import Flask
from prometheus_client import CollectorRegistry, Counter, make_wsgi_app
from prometheus_client.exposition import generate_latest
from starlette.testclient import TestClient
from werkzeug.middleware.dispatcher import DispatcherMiddleware

from threesignals import SettingsError, Telemetry, fastapi, flask
from threesignals.httpx import init_client
from threesignals.sqlalchemy import init_engine
from threesignals.testing import Recorder

both = pytest.mark.parametrize("implementation", ["contrib", "lean"])
frameworks = pytest.mark.parametrize("framework", ["flask", "fastapi"])
Get = Callable[[str], tuple[int, str]]


@pytest.fixture
def recorder(implementation: str) -> Iterator[Recorder]:
    recorder = Recorder(implementation=implementation)
    yield recorder
    recorder.close()


def their_registry() -> CollectorRegistry:
    registry = CollectorRegistry()
    Counter("their_orders", "Theirs.", registry=registry).inc(3)
    return registry


def serve(
    framework: str, recorder: Recorder, page: str | None = None, status: int = 200, kind: str = ""
) -> Get:
    """Return how to ask an application that has this page at /metrics, and two routes more."""
    if framework == "flask":
        return _flask(recorder, page, status, kind)
    return _fastapi(recorder, page, status, kind)


def _flask(recorder: Recorder, page: str | None, status: int, kind: str) -> Get:
    app = Flask("shop")
    app.add_url_rule("/", view_func=lambda: "hello", endpoint="hello")
    if page is not None:
        answer = (page, status, {"Content-Type": kind})
        app.add_url_rule("/metrics", view_func=lambda: answer, endpoint="metrics")
    flask.init_app(app, recorder.telemetry)
    client = app.test_client()

    def get(path: str) -> tuple[int, str]:
        response = client.get(path)
        return response.status_code, response.text

    return get


def _fastapi(recorder: Recorder, page: str | None, status: int, kind: str) -> Get:
    app = FastAPI()
    app.get("/", response_class=HTMLResponse)(lambda: "hello")
    if page is not None:
        app.get("/metrics")(lambda: Response(page, status, {"content-type": kind}))
    fastapi.init_app(app, recorder.telemetry)
    client = TestClient(app)

    def get(path: str) -> tuple[int, str]:
        response = client.get(path)
        return response.status_code, response.text

    return get


OURS, THEIRS = "http_server_request_duration_seconds_bucket", "their_orders_total 3.0"
PLAIN = "text/plain; version=0.0.4; charset=utf-8"


@frameworks
@both
def test_a_page_that_the_application_has_is_joined_and_is_no_request(
    framework: str, recorder: Recorder
) -> None:
    get = serve(framework, recorder, generate_latest(their_registry()).decode(), kind=PLAIN)
    get("/")
    status, page = get("/metrics")
    assert status == 200
    assert OURS in page
    assert page.count(THEIRS) == 1
    assert [span.attributes["url.path"] for span in recorder.spans] == ["/"]


@frameworks
@both
@pytest.mark.parametrize("status", [401, 403])
def test_a_page_that_the_application_guards_stays_guarded(
    framework: str, status: int, recorder: Recorder
) -> None:
    get = serve(framework, recorder, "who are you?", status, "text/plain")
    assert get("/metrics") == (status, "who are you?")


@frameworks
@both
@pytest.mark.parametrize(
    ("page", "status", "kind"),
    [
        ("<html>", 200, "text/html"),
        ("broken", 500, "text/plain"),
        ("gone", 404, "text/plain"),
        ("not { a sample", 200, "text/plain"),
    ],
)
def test_what_is_no_page_of_samples_hides_nothing(
    framework: str, page: str, status: int, kind: str, recorder: Recorder
) -> None:
    get = serve(framework, recorder, page, status, kind)
    get("/")
    answered, text = get("/metrics")
    assert answered == 200
    assert OURS in text


@both
def test_a_page_that_is_mounted_beside_a_flask_application_is_joined(recorder: Recorder) -> None:
    app = Flask("shop")
    pages = {"/metrics": make_wsgi_app(their_registry())}
    app.wsgi_app = DispatcherMiddleware(app.wsgi_app, pages)  # type: ignore[method-assign]
    flask.init_app(app, recorder.telemetry)
    page = app.test_client().get("/metrics").text
    assert THEIRS in page
    assert "target_info" in page


@pytest.mark.parametrize("implementation", ["lean"])
def test_metrics_in_the_registry_of_prometheus_client_are_shown(recorder: Recorder) -> None:
    counter = Counter("their_visits", "Theirs, in the registry that all have.")
    counter.inc(2)
    body, _ = recorder.telemetry.metrics_page("")
    assert b"their_visits_total 2.0" in body
    assert body.count(b"# TYPE process_cpu_seconds_total ") == 1


@pytest.mark.parametrize("implementation", ["lean"])
def test_an_existing_registry_is_used(recorder: Recorder) -> None:
    telemetry = Telemetry(recorder.telemetry.settings, registry=their_registry())
    body, _ = telemetry.metrics_page("")
    telemetry.shutdown(0.1)
    assert THEIRS.encode() in body
    assert b"http_server_active_requests" in body


class Broken:
    def collect(self) -> Iterator[Any]:
        raise RuntimeError("the database is away")
        yield


@pytest.mark.parametrize("implementation", ["lean"])
def test_a_collector_that_raises_hides_nothing_else(recorder: Recorder) -> None:
    recorder.telemetry.registry.register(Broken())
    for _ in range(2):
        body, _ = recorder.telemetry.metrics_page("")
        assert b"http_server_active_requests" in body
    told = [line for line in recorder.log_lines if line.event == "telemetry.metrics.incomplete"]
    assert len(told) == 1


@frameworks
@both
def test_init_app_twice_is_one_of_each_signal(framework: str, recorder: Recorder) -> None:
    app: Any = Flask("shop") if framework == "flask" else FastAPI()
    init_app: Any = flask.init_app if framework == "flask" else fastapi.init_app
    assert init_app(app, recorder.telemetry) is recorder.telemetry
    assert init_app(app, recorder.telemetry) is recorder.telemetry
    assert init_app(app) is recorder.telemetry
    response: Any = (app.test_client() if framework == "flask" else TestClient(app)).get("/nothing")
    assert len(recorder.spans) == 1
    assert len([line for line in recorder.log_lines if line.event == "http.request"]) == 1
    values = [value for key, value in response.headers.items() if key.lower() == "traceresponse"]
    assert len(values) == 1


@frameworks
@both
def test_init_app_with_another_telemetry_says_so(framework: str, recorder: Recorder) -> None:
    app: Any = Flask("shop") if framework == "flask" else FastAPI()
    init_app: Any = flask.init_app if framework == "flask" else fastapi.init_app
    init_app(app, recorder.telemetry)
    other = Recorder()
    with pytest.raises(RuntimeError, match="instrumented already"):
        init_app(app, other.telemetry)
    other.close()


@both
def test_init_client_and_init_engine_twice_are_one_span(recorder: Recorder) -> None:
    client = httpx.Client(transport=httpx.MockTransport(lambda _: httpx.Response(200)))
    engine = sqlalchemy.create_engine("sqlite://")
    for _ in range(2):
        init_client(client, recorder.telemetry)
        init_engine(engine, recorder.telemetry)
    client.get("http://shop.test/")
    with engine.connect() as connection:
        connection.execute(sqlalchemy.text("select 1"))
    assert [span.name.split()[0] for span in recorder.spans] == ["GET", "SELECT"]


@pytest.fixture
def root_logger() -> Iterator[logging.Logger]:
    root = logging.getLogger()
    handlers, level = root.handlers, root.level
    root.handlers, root.level = [], logging.WARNING
    yield root
    root.handlers, root.level = handlers, level
    logging.getLogger("lib").disabled = False


CONFIGURE: dict[str, Callable[[], None]] = {
    "basicConfig": lambda: logging.basicConfig(level="INFO"),
    "basicConfig, forced": lambda: logging.basicConfig(level="INFO", force=True),
    "dictConfig": lambda: logging.config.dictConfig(
        {
            "version": 1,
            "disable_existing_loggers": False,
            "handlers": {"theirs": {"class": "logging.StreamHandler"}},
            "root": {"level": "INFO", "handlers": ["theirs"]},
        }
    ),
}


@pytest.mark.parametrize("implementation", ["lean"])
@pytest.mark.parametrize("configure", CONFIGURE.values(), ids=CONFIGURE)
def test_logging_is_configured_after_init_app_and_captured_all_the_same(
    configure: Callable[[], None],
    recorder: Recorder,
    root_logger: logging.Logger,
    capfd: pytest.CaptureFixture[str],
) -> None:
    root_logger.handlers = []  # those of the test runner too
    recorder.telemetry.capture_standard_logging()
    configure()
    assert [type(handler) for handler in root_logger.handlers[:]] == [logging.StreamHandler]
    logging.getLogger("lib").warning("careful")
    assert "careful" in capfd.readouterr().err
    assert [line.event for line in recorder.log_lines] == ["careful"]


@pytest.mark.parametrize("implementation", ["lean"])
def test_levels_below_warning_can_be_captured(
    recorder: Recorder, root_logger: logging.Logger
) -> None:
    recorder.telemetry.capture_standard_logging("info")
    logging.getLogger("lib").info("one")
    logging.getLogger("lib").debug("two")
    assert [line.event for line in recorder.log_lines] == ["one"]
    assert root_logger.level == logging.INFO


def test_without_the_extra_contrib_a_sentence_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "opentelemetry.sdk.trace", None)
    for name in [name for name in sys.modules if name.startswith("threesignals._contrib")]:
        monkeypatch.delitem(sys.modules, name)
    with pytest.raises(SettingsError, match=r"install threesignals\[contrib\]"):
        Recorder(implementation="contrib")


FORK = """
import json, os, sys
from prometheus_client import Counter
from threesignals import Settings, Telemetry
telemetry = Telemetry(Settings.from_env("shop", {}))
orders = Counter("orders", "Orders.", ["kind"])
orders.labels("big").inc(3)
telemetry.durations.observe(telemetry.durations.series(("GET", "/", "200", "")), 0.1, 1, None)
read, write = os.pipe()
if not os.fork():
    orders.labels("big").inc()
    os.write(write, telemetry.metrics_page("")[0])
    os._exit(0)
os.wait()
print(json.dumps([telemetry.metrics_page("")[0].decode(), os.read(read, 1 << 20).decode()]))
"""


def test_a_forked_child_counts_from_zero() -> None:
    done = subprocess.run([sys.executable, "-c", FORK], capture_output=True, text=True, check=True)
    parent, child = json.loads(done.stdout)
    assert 'orders_total{kind="big"} 3.0' in parent
    assert 'orders_total{kind="big"} 1.0' in child
    count = "http_server_request_duration_seconds_count{"
    assert [line[-3:] for line in parent.splitlines() if line.startswith(count)] == ["1.0"]
    assert [line[-3:] for line in child.splitlines() if line.startswith(count)] == ["0.0"]
