"""Pages of a collection: `limit` items after the one whose id is `after`, and a Link to the next.

The cursor is an id, so a page costs the same however deep it is, and items that come or go
between two requests neither repeat nor hide others.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar
from urllib.parse import urlencode

DEFAULT_LIMIT = 50
LARGEST_LIMIT = 200

T = TypeVar("T")


@dataclass(frozen=True)
class Page(Generic[T]):
    """Items in the order of their ids; `next_after` is the cursor of the next page, if any."""

    items: Sequence[T]
    next_after: int | None = None


def link_header(
    path: str, *, limit: int, next_after: int | None, filters: Iterable[tuple[str, object]] = ()
) -> dict[str, str]:
    """Build the Link header (RFC 8288) of a page, empty on the last one.

    The target is relative, so it holds behind any gateway.
    """
    if next_after is None:
        return {}
    query = urlencode([*filters, ("limit", limit), ("after", next_after)])
    return {"Link": f'<{path}?{query}>; rel="next"'}
