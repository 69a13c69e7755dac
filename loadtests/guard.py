"""Keep other web pages away from Locust's: one of them could aim it at a third party."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from flask import abort, request

if TYPE_CHECKING:
    from locust.env import Environment

NAMES = frozenset({"localhost", "127.0.0.1"})


def start(environment: Environment) -> None:
    """Answer only who asks under a name of this machine, and no page but Locust's own."""
    if environment.web_ui is not None and environment.web_ui.app is not None:
        environment.web_ui.app.before_request(refuse_strangers)


def refuse_strangers() -> None:
    """Abort with 403 when `Host` is foreign (DNS rebinding), or `Origin` is another page's."""
    origin = request.headers.get("Origin")
    if urlsplit(f"//{request.host}").hostname not in NAMES:
        abort(403)
    if origin is not None and urlsplit(origin).netloc != request.host:
        abort(403)
