"""The applications that tests run on real servers."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fastapi import FastAPI
    from flask import Flask


def flask_app() -> "Flask":
    from flask import Flask  # noqa: PLC0415 (one framework at a time)

    from threesignals.flask import init_app  # noqa: PLC0415

    app = Flask("served")
    app.add_url_rule("/", view_func=lambda: "hello", endpoint="hello")
    init_app(app)
    return app


def fastapi_app() -> "FastAPI":
    from fastapi import FastAPI  # noqa: PLC0415 (one framework at a time)

    from threesignals.fastapi import init_app  # noqa: PLC0415

    app = FastAPI(title="served")

    @app.get("/")
    async def hello() -> str:
        return "hello"

    init_app(app)
    return app
