"""What both services read from the environment: once, checked at start, frozen afterwards."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from chassis.errors import CannotStartError

DRIVERS = {
    "sqlite": "sqlite",
    "postgres": "postgresql+psycopg",
    "postgresql": "postgresql+psycopg",
    "postgresql+psycopg": "postgresql+psycopg",
}


def checked_database_url(value: str) -> str:
    """Name the driver in a database URL, and refuse a store that replicas could not share."""
    try:
        url = make_url(value)
    except ArgumentError:
        raise ValueError("is not a database URL such as sqlite:///file.db") from None
    if url.drivername not in DRIVERS:
        raise ValueError("must begin with sqlite:/// or postgresql+psycopg://")
    if url.drivername == "sqlite" and url.database in (None, "", ":memory:"):
        raise ValueError("must name a file: replicas share the store, and memory is not shared")
    return url.set(drivername=DRIVERS[url.drivername]).render_as_string(hide_password=False)


DatabaseUrl = Annotated[str, AfterValidator(checked_database_url)]


class ServiceSettings(BaseModel):
    """Settings of one replica; a field's name in capitals is its environment variable."""

    model_config = ConfigDict(frozen=True)

    http_host: str = Field("127.0.0.1", min_length=1)
    http_port: int = Field(ge=0, le=65535)
    database_url: DatabaseUrl
    capacity_concurrency: int = Field(
        4, ge=1, le=32, description="Requests that one replica handles at once; others wait."
    )
    queue_seconds: float = Field(
        1.0, gt=0, le=60, description="How long a request waits for its place; then it gets a 503."
    )
    supplier_latency_seconds: float = Field(
        0.0, ge=0, le=60, description="Simulated wait for a supplier on each read; 0 is off."
    )
    faults_file: Path | None = Field(
        None, description="Where a demonstration says what to break; without it, nothing breaks."
    )
    drain_seconds: float = Field(
        5.0, ge=0, le=300, description="From SIGTERM and /readyz 503 to no new connections."
    )
    max_body_bytes: int = Field(65_536, ge=1)
    amqp_url: str | None = Field(
        None, description="Set, the service records events for its worker; only that one connects."
    )
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    traces_sampled_percent: float = Field(
        100.0, ge=0, le=100, description="Share of ordinary traces, where Consul may change it."
    )


class SettingsError(CannotStartError):
    """The environment holds a value that the service cannot run with; the text names it."""


SettingsT = TypeVar("SettingsT", bound=BaseModel)


def read_settings(
    settings_type: type[SettingsT], environment: Mapping[str, str] = os.environ
) -> SettingsT:
    """Read settings from the environment; raise `SettingsError`, one plain sentence, if one is bad.

    The sentence never repeats the value: a database URL holds a password.
    """
    named = {name: name.upper() for name in settings_type.model_fields}
    given = {name: environment[key] for name, key in named.items() if key in environment}
    try:
        return settings_type.model_validate(given)
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        name = "_".join(str(part) for part in first["loc"]).upper()
        raise SettingsError(f"{name}: {first['msg'].removeprefix('Value error, ')}.") from None
