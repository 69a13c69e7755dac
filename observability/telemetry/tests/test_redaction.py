"""No secret leaves the process."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from threesignals._redaction import is_secret, redact, redact_query, redact_text
from threesignals.testing import Recorder

SECRET = "hunter2hunter2"


@pytest.mark.parametrize(
    "key",
    ["password", "DB_PASSWORD", "Authorization", "set-cookie", "api_key", "apiKey", "api-key",
     "x-api-key", "access_token", "client_secret", "aws.credentials", "session_id", "private_key"],
)  # fmt: skip
def test_keys_of_secrets_are_known(key: str) -> None:
    assert is_secret(key)


@pytest.mark.parametrize("key", ["title", "model", "laptop_id", "duration_s", "author", "key"])
def test_other_keys_are_not(key: str) -> None:
    assert not is_secret(key)


@pytest.mark.parametrize(
    "text",
    [
        f"Authorization: Bearer {SECRET}",
        f"basic {SECRET}==",
        f"postgresql+psycopg://lab:{SECRET}@db:5432/lab",
        f"failed for eyJhbGciOiJIUzI1NiJ9.eyJ{SECRET}.{SECRET}",
    ],
)
def test_credentials_in_text_are_replaced(text: str) -> None:
    redacted = redact_text(text)
    assert SECRET not in redacted
    assert "[redacted]" in redacted


def test_the_rest_of_the_text_stays() -> None:
    text = f"could not reach postgresql://lab:{SECRET}@db/lab in 3 s"
    assert redact_text(text) == "could not reach postgresql://[redacted]@db/lab in 3 s"


def test_a_query_keeps_its_order_and_its_harmless_values() -> None:
    query = f"colour=red&token={SECRET}&size=15&flag"
    assert redact_query(query) == "colour=red&token=[redacted]&size=15&flag"


def test_nested_values_are_searched() -> None:
    values = {"user": {"name": "ada", "password": SECRET}, "headers": [{"cookie": SECRET}]}
    assert SECRET not in str(redact(values))
    assert redact(values)["user"]["name"] == "ada"


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"])))
def test_any_text_can_be_redacted(text: str) -> None:
    redact_text(text)
    redact_query(text)


def test_log_lines_are_redacted(recorder: Recorder) -> None:
    log = recorder.telemetry.logger("test")
    try:
        raise ValueError(f"cannot log in with Bearer {SECRET}")  # noqa: TRY301 (to be caught here)
    except ValueError:
        log.exception("login.failed", password=SECRET, url=f"amqp://lab:{SECRET}@mq")
    (line,) = recorder.log_lines
    assert SECRET not in str(line)
    assert line.attributes["exception.type"] == "ValueError"


def test_attributes_that_a_handler_sets_are_redacted(recorder: Recorder) -> None:
    import flask  # noqa: PLC0415 (only here)
    from opentelemetry import trace  # noqa: PLC0415

    from threesignals.flask import init_app  # noqa: PLC0415

    app = flask.Flask("test")

    @app.get("/")
    def view() -> str:
        trace.get_current_span().set_attributes({"lab.api_key": SECRET, "lab.size": 15})
        return ""

    init_app(app, recorder.telemetry)
    app.test_client().get("/")
    assert SECRET not in str((recorder.spans, recorder.log_lines))
    assert recorder.spans[0].attributes["lab.size"] == 15


def test_redaction_of_hostile_text_takes_linear_time() -> None:
    begun = time.perf_counter()
    for repeated in ("a.", "basic ", "eyJ", "a://", "x:y@"):
        redact_text(repeated * 100_000)
    assert time.perf_counter() - begun < 2
