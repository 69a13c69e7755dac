"""No secret leaves the process, and nothing else is taken for one."""

import time
from collections import namedtuple
from dataclasses import dataclass, field
from types import MappingProxyType

import attrs
import flask
import pydantic
import pytest
from hypothesis import given
from hypothesis import strategies as st
from opentelemetry import trace
from sqlalchemy import create_engine, text

from threesignals import _redaction
from threesignals._limits import LONGEST_TEXT
from threesignals._redaction import is_secret, redact_text
from threesignals._values import SAFE_NAMES, clean, clean_text
from threesignals.flask import init_app
from threesignals.testing import Recorder

from .secret_cases import HARMLESS, HARMLESS_NAMES, SECRET_NAMES, SECRETS

SECRET = "hunter2hunter2"
both = pytest.mark.parametrize("implementation", ["lean", "contrib"])


def test_the_table_has_its_hundred_cases() -> None:
    assert len(SECRETS) >= 100
    assert len(HARMLESS) + len(HARMLESS_NAMES) >= 100


@pytest.mark.parametrize(("told", "secret"), SECRETS)
def test_a_secret_in_a_text_is_replaced(told: str, secret: str) -> None:
    shown = redact_text(told)
    assert secret not in shown
    assert "[redacted]" in shown


@pytest.mark.parametrize(("told", "secret"), SECRETS)
def test_redacting_twice_changes_nothing_more(told: str, secret: str) -> None:
    once = redact_text(told)
    assert redact_text(once) == once


@pytest.mark.parametrize("told", HARMLESS)
def test_a_harmless_text_stays_as_it_is(told: str) -> None:
    assert redact_text(told) == told


@pytest.mark.parametrize("name", SECRET_NAMES)
def test_the_name_of_a_secret_is_known(name: str) -> None:
    assert is_secret(name)


@pytest.mark.parametrize("name", HARMLESS_NAMES)
def test_the_name_of_anything_else_is_not(name: str) -> None:
    assert not is_secret(name)


def test_no_name_is_both_safe_and_secret() -> None:
    assert [name for name in SAFE_NAMES if is_secret(name)] == []


def test_the_rest_of_the_text_stays() -> None:
    shown = redact_text(f"could not reach postgresql://lab:{SECRET}@db/lab in 3 s")
    assert shown == "could not reach postgresql://[redacted]@db/lab in 3 s"


def test_a_query_keeps_its_order_and_its_harmless_values() -> None:
    query = f"colour=red&token={SECRET}&size=15&flag"
    assert redact_text(query) == "colour=red&token=[redacted]&size=15&flag"


@dataclass
class Login:
    name: str
    password: str
    note: str = field(default="", repr=False)


@attrs.define
class Client:
    client_secret: str


class Model(pydantic.BaseModel):
    api_key: str
    inner: dict[str, str] = {}


Pair = namedtuple("Pair", ["user", "token"])


class Shown:
    def __repr__(self) -> str:
        return f"<Shown url=amqp://guest:{SECRET}@mq password={SECRET!r}>"


@pytest.mark.parametrize(
    "value",
    [
        {"password": SECRET},
        {"outer": [{"cookie": SECRET}]},
        {"headers": [("authorization", f"Bearer {SECRET}"), (b"cookie", SECRET.encode())]},
        MappingProxyType({"api_key": SECRET}),
        Login("ada", SECRET),
        Login("ada", "", note=SECRET),
        [Login("ada", SECRET)],
        Pair("ada", SECRET),
        Client(SECRET),
        Model(api_key=SECRET),
        Model(api_key="", inner={"secret": SECRET}),
        {"items": (Model(api_key=SECRET), {SECRET: f"token={SECRET}"}.values())},
        Shown(),
        ValueError(f"no password={SECRET}"),
        f'{{"user": "ada", "password": "{SECRET}"}}',
        f"amqp://guest:{SECRET}@mq/".encode(),
        {f"amqp://guest:{SECRET}@mq/"},
        {f"token={SECRET}": 1},
    ],
)  # fmt: skip
def test_a_secret_in_a_value_of_any_type_is_replaced(value: object) -> None:
    assert SECRET not in str(clean({"value": value}))


def test_truth_values_and_nothing_are_no_secrets() -> None:
    assert clean({"password": None, "has_token": True}) == {"password": None, "has_token": True}


def test_a_secret_across_the_cut_is_replaced() -> None:
    for before in range(LONGEST_TEXT - 30, LONGEST_TEXT):
        shown = clean_text("x" * before + f" password={SECRET * 3} " + "y" * LONGEST_TEXT)
        assert SECRET[:4] not in shown
        assert len(shown) <= LONGEST_TEXT


def test_every_text_with_a_secret_is_looked_at() -> None:
    """A text that the quick look lets pass is not searched at all."""
    assert [told for told, _ in SECRETS if not _redaction._suspect(told)] == []


@given(st.text())
def test_any_text_can_be_redacted(told: str) -> None:
    clean_text(told).encode()


def test_redaction_of_hostile_text_takes_linear_time() -> None:
    begun = time.process_time()
    for repeated in ("a.", "basic ", "eyJ", "a://", "x:y@", "-", "--secret", "password", "token=",
                     "key ", "Cookie: a=", "[parameters: ", "4111 ", "DE89 ", "://a:"):  # fmt: skip
        redact_text(repeated * (20_000 // len(repeated)))
    assert time.process_time() - begun < 5


def test_log_lines_are_redacted(recorder: Recorder) -> None:
    log = recorder.telemetry.logger("test")
    event = f"login failed at redis://:{SECRET}@c/0"
    try:
        raise ValueError(f"cannot log in with Bearer {SECRET}")  # noqa: TRY301 (to be caught here)
    except ValueError:
        log.exception(event, password=SECRET, url=f"amqp://lab:{SECRET}@mq")
    (line,) = recorder.log_lines
    assert SECRET not in str(line)
    assert line.attributes["exception.type"] == "ValueError"


@both
def test_nothing_of_a_span_shows_a_secret(implementation: str) -> None:
    recorder = Recorder(implementation=implementation)
    tracer = recorder.telemetry.tracer
    told = {"api_key": SECRET, "note": f"token={SECRET}", "size": 15}
    with tracer.start_as_current_span(f"GET https://{SECRET}@host/", attributes=told) as span:
        span.set_attributes(told)
        span.add_event(f"password={SECRET}", told)
        span.add_link(span.get_span_context(), told)
        span.set_status(trace.StatusCode.ERROR, f"no password={SECRET}")
    body = _sent(recorder)
    recorder.close()
    assert SECRET.encode() not in body
    assert b"size" in body


def _sent(recorder: Recorder) -> bytes:
    assert recorder.spans
    return b"".join(recorder._traces.bodies)


@both
def test_attributes_that_a_handler_sets_are_redacted(implementation: str) -> None:
    recorder = Recorder(implementation=implementation)
    app = flask.Flask("test")

    @app.get("/")
    def view() -> str:
        trace.get_current_span().set_attributes({"lab.api_key": SECRET, "lab.size": 15})
        return ""

    init_app(app, recorder.telemetry)
    app.test_client().get(f"/?token={SECRET}", headers={"User-Agent": f"Bearer {SECRET}"})
    assert SECRET not in str((recorder.spans, recorder.log_lines))
    assert recorder.spans[0].attributes["lab.size"] == 15
    recorder.close()


@both
def test_the_values_of_a_statement_leave_with_no_engine(implementation: str) -> None:
    """An engine that knows nothing of telemetry shows them in its exceptions."""
    recorder = Recorder(implementation=implementation)
    app = flask.Flask("test")
    app.config["PROPAGATE_EXCEPTIONS"] = False
    engine = create_engine("sqlite://")
    values = {"v": " ".join(["ada", SECRET])}

    @app.get("/")
    def view() -> str:
        with engine.connect() as connection:
            connection.execute(text("SELECT :v FROM missing"), values)
        return ""

    init_app(app, recorder.telemetry)
    assert app.test_client().get("/").status_code == 500
    shown = str((recorder.spans, recorder.log_lines))
    recorder.close()
    assert "no such table" in shown
    assert "ada h" not in shown
