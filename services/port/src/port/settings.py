"""The settings of a port replica."""

from __future__ import annotations

from pydantic import Field

from chassis.settings import DatabaseUrl, ServiceSettings


class Settings(ServiceSettings):
    """What a replica reads from its environment."""

    http_port: int = Field(5001, ge=0, le=65535)
    database_url: DatabaseUrl = "sqlite:///port.db"
