"""The settings of a laptops replica."""

from __future__ import annotations

from pydantic import Field

from chassis.settings import DatabaseUrl, ServiceSettings


class Settings(ServiceSettings):
    """What a replica reads from its environment."""

    http_port: int = Field(5000, ge=0, le=65535)
    database_url: DatabaseUrl = "sqlite:///laptops.db"
    port_url: str = Field("http://127.0.0.1:5001", pattern=r"^https?://\S+$")
