"""The settings of a laptops replica."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import AfterValidator, Field

from chassis.settings import DatabaseUrl, ServiceSettings


def _checked_address(value: str) -> str:
    if not re.fullmatch(r"https?://[^\s/]+/?", value):
        raise ValueError("must be an address such as http://host:5001")
    return value


class Settings(ServiceSettings):
    """What a replica reads from its environment."""

    http_port: int = Field(5000, ge=0, le=65535)
    database_url: DatabaseUrl = "sqlite:///laptops.db"
    port_url: Annotated[str, AfterValidator(_checked_address)] = "http://127.0.0.1:5001"
