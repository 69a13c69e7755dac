"""The API's documentation page. It works offline: its script and style come from a package."""

from __future__ import annotations

import html
import mimetypes
from importlib.resources import files

ASSETS = {
    "swagger-ui.css": "css/swagger-ui.css",
    "swagger-ui-bundle.js": "js/swagger-ui-bundle.js",
}

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


def asset(name: str) -> tuple[bytes, str] | None:
    """Return one of the page's files and its media type, or None if it has no such file."""
    if name not in ASSETS:
        return None
    folder = files("flask_openapi3_swagger") / "templates" / "swagger"
    return (folder / ASSETS[name]).read_bytes(), mimetypes.guess_type(name)[0] or "text/plain"
