"""Types of the fields that cross the wire, the same in both services."""

from __future__ import annotations

from typing import Annotated

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
)

LARGEST_CHOSEN_ID = 2**31 - 1
LARGEST_ID = 2**63 - 1


def _whole(value: object) -> object:
    """Take 7.0 for 7, as JSON Schema's `integer` does."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


# A client may choose an id only in the lower range, so that it can never use up the numbers that
# the store counts on from the largest.
ChosenId = Annotated[int, Field(strict=True, ge=1, le=LARGEST_CHOSEN_ID), BeforeValidator(_whole)]
AnyId = Annotated[int, Field(ge=1, le=LARGEST_ID)]


def _printable(value: str) -> str:
    """Refuse control characters: PostgreSQL can't store NUL, and the others forge log lines."""
    if any(ord(character) < 32 or ord(character) == 127 for character in value):
        raise ValueError("Control characters are not allowed")
    return value


# For the API's document: what `_printable` and trimming leave nothing of, or refuse. pydantic could
# hold it too, but would answer with the expression.
PRINTABLE = r"^[^\x00-\x1f\x7f]*[^\s\x00-\x1f\x7f][^\x00-\x1f\x7f]*$"

Name = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=100),
    AfterValidator(_printable),
    Field(
        description="Trimmed; control characters are refused",
        json_schema_extra={"pattern": PRINTABLE},
    ),
]


class Message(BaseModel):
    """A JSON object whose members are all known: a misspelt one is refused, not ignored."""

    model_config = ConfigDict(extra="forbid", frozen=True)
