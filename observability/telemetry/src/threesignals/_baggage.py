"""The W3C header `baggage`, within its limits."""

import re

MOST_MEMBERS = 64
LONGEST = 8192

_NAME = r"[!#$%&'*+.^_`|~0-9A-Za-z-]+"
_VALUE = r"[!#-+\--:<-\[\]-~]*"
_MEMBER = re.compile(
    rf"{_NAME}[ \t]*=[ \t]*{_VALUE}(?:[ \t]*;[ \t]*{_NAME}(?:[ \t]*=[ \t]*{_VALUE})?)*"
).fullmatch


def bounded(header: str) -> str:
    """Return a `baggage`, whose several lines are joined by commas, as far as it is valid.

    A malformed member is left out, and so is all that follows the 64th member or 8192 characters:
    OpenTelemetry would write a warning that repeats it.
    """
    if len(header) > 2 * LONGEST:
        header = header[: 2 * LONGEST].rpartition(",")[0]
    kept: list[str] = []
    size = 0
    for member in header.split(","):
        if not _MEMBER(member := member.strip(" \t")):
            continue
        size += len(member) + 1
        if len(kept) == MOST_MEMBERS or size > LONGEST + 1:
            break
        kept.append(member)
    return ",".join(kept)
