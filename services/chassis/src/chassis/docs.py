"""The API's documentation page. It works offline: its script and style come from a package."""

from __future__ import annotations

import html
import mimetypes
from functools import cache
from importlib.resources.abc import Traversable

STYLE = "swagger-ui.css"
SCRIPT = "swagger-ui-bundle.js"

PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="/docs/swagger-ui.css">
</head>
<body>
<div id="page"></div>
<script src="/docs/swagger-ui-bundle.js"></script>
<script>SwaggerUIBundle({{url: "/openapi.json", dom_id: "#page", deepLinking: true}})</script>
</body>
</html>
"""


def page(title: str) -> str:
    """Return the page for the API described at /openapi.json."""
    return PAGE.format(title=html.escape(title))


class Assets:
    """The page's files. Each framework has a package that brings them; `folder` is in there."""

    def __init__(self, folder: Traversable, *, style: str = STYLE, script: str = SCRIPT) -> None:
        self._files = {STYLE: folder / style, SCRIPT: folder / script}
        # One copy, however many clients are slow to take it.
        self._bytes = cache(lambda name: self._files[name].read_bytes())

    def read(self, name: str) -> tuple[bytes, str] | None:
        """Return a file and its media type, or None if the page has no such file."""
        if name not in self._files:
            return None
        media_type = mimetypes.guess_type(name)[0] or "text/plain"
        return self._bytes(name), media_type
