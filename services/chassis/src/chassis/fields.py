"""Types of the fields that cross the wire, the same in both services."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

LARGEST_CHOSEN_ID = 2**31 - 1
LARGEST_ID = 2**63 - 1

# A client may choose an id only in the lower range, so that it can never use up the numbers that
# the store counts on from the largest.
ChosenId = Annotated[int, Field(strict=True, ge=1, le=LARGEST_CHOSEN_ID)]
AnyId = Annotated[int, Field(ge=1, le=LARGEST_ID)]

# Control characters are refused: PostgreSQL cannot store NUL, and the others forge log lines.
Name = Annotated[
    str,
    StringConstraints(
        strip_whitespace=True, min_length=1, max_length=100, pattern=r"^[^\x00-\x1f\x7f]*$"
    ),
]


class Message(BaseModel):
    """A JSON object whose members are all known: a misspelt one is refused, not ignored."""

    model_config = ConfigDict(extra="forbid", frozen=True)
