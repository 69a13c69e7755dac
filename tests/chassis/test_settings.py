import pytest
from pydantic import ValidationError

from chassis.settings import SettingsError, read_settings
from laptops.settings import Settings


def test_an_empty_environment_gives_a_service_on_loopback_without_simulation() -> None:
    settings = read_settings(Settings, {})

    assert (settings.http_host, settings.http_port) == ("127.0.0.1", 5000)
    assert settings.supplier_latency_seconds == 0


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("HTTP_PORT", "http", "HTTP_PORT: Input should be a valid integer"),
        ("HTTP_PORT", "70000", "HTTP_PORT: Input should be less than or equal to 65535."),
        ("CAPACITY_CONCURRENCY", "0", "CAPACITY_CONCURRENCY: Input should be greater"),
        ("DRAIN_SECONDS", "-1", "DRAIN_SECONDS: Input should be"),
        ("DRAIN_SECONDS", "nan", "DRAIN_SECONDS: Input should be"),
        ("SUPPLIER_LATENCY_SECONDS", "inf", "SUPPLIER_LATENCY_SECONDS: Input should be less"),
        ("LOG_LEVEL", "loud", "LOG_LEVEL: Input should be 'debug'"),
        ("DATABASE_URL", "nonsense", "DATABASE_URL: is not a database URL"),
        ("DATABASE_URL", "mysql://x/y", "DATABASE_URL: must begin with sqlite:/// or postgresql"),
        ("DATABASE_URL", "sqlite://", "DATABASE_URL: must name a file"),
        ("PORT_URL", "localhost:5001", "PORT_URL: must be an address such as http://host:5001."),
    ],
)
def test_a_bad_value_is_told_in_one_sentence_that_names_the_variable(
    name: str, value: str, sentence: str
) -> None:
    with pytest.raises(SettingsError) as caught:
        read_settings(Settings, {name: value})

    assert str(caught.value).startswith(sentence)
    assert "\n" not in str(caught.value)


def test_a_password_never_enters_the_sentence() -> None:
    with pytest.raises(SettingsError) as caught:
        read_settings(Settings, {"DATABASE_URL": "mysql://me:secret@db/laptops"})

    assert "secret" not in str(caught.value)


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+psycopg"])
def test_every_spelling_of_postgresql_uses_the_same_driver(scheme: str) -> None:
    settings = Settings(database_url=f"{scheme}://me:secret@db/laptops")

    assert settings.database_url == "postgresql+psycopg://me:secret@db/laptops"


def test_settings_never_change() -> None:
    with pytest.raises(ValidationError):
        Settings().http_port = 1
