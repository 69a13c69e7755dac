"""What a database span says about its engine and its statement."""

import re
from typing import Any

from sqlalchemy import URL

from threesignals import names
from threesignals._contract import present
from threesignals._limits import LONGEST_TEXT

_SYSTEMS = {"postgresql": "postgresql", "sqlite": "sqlite", "mysql": "mysql", "mariadb": "mariadb"}
_COMMENT = re.compile(r"/\*.*?\*/|--[^\n]*", re.S)


def engine_attributes(url: URL) -> dict[str, Any]:
    """Return what all statements of an engine share; never its password."""
    dialect = url.get_backend_name()
    return present(
        {
            names.DB_SYSTEM_NAME: _SYSTEMS.get(dialect, dialect),
            names.DB_NAMESPACE: url.database,
            names.SERVER_ADDRESS: url.host,
            names.SERVER_PORT: url.port,
        }
    )


def operation(statement: str) -> str:
    """Return the first word of a statement: SELECT, INSERT, ..."""
    words = _COMMENT.sub("", statement[:LONGEST_TEXT]).split(maxsplit=1)
    return words[0].upper() if words else ""
