"""The applications that tests run on real servers."""

import os
import time
from typing import TYPE_CHECKING

from prometheus_client import Counter

if TYPE_CHECKING:
    from fastapi import FastAPI
    from flask import Flask


orders = Counter("shop_orders", "Orders, as an application counts them by itself.")


def flask_app() -> "Flask":
    from flask import Flask  # noqa: PLC0415 (one framework at a time)

    from threesignals.flask import init_app  # noqa: PLC0415

    app = Flask("served")
    app.add_url_rule("/", view_func=lambda: "hello", endpoint="hello")
    app.add_url_rule("/process", view_func=lambda: str(os.getpid()), endpoint="process")
    app.add_url_rule("/hold/<float:seconds>", view_func=hold, endpoint="hold")
    init_app(app)
    return app


def hold(seconds: float) -> str:
    orders.inc()
    time.sleep(seconds)
    return "held"


def fastapi_app() -> "FastAPI":
    from fastapi import FastAPI  # noqa: PLC0415 (one framework at a time)

    from threesignals.fastapi import init_app  # noqa: PLC0415

    app = FastAPI(title="served")

    @app.get("/")
    async def hello() -> str:
        return "hello"

    @app.get("/process")
    async def process() -> int:
        return os.getpid()

    app.get("/hold/{seconds}")(hold)
    init_app(app)
    return app
