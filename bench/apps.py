"""The two applications under test, each with two handlers.

`small` on Flask reads twenty rows with sqlite3; on FastAPI it answers from memory. `real` reads
rows through SQLAlchemy in one statement and shapes them, as a service would: so many that it takes
a millisecond or more on both frameworks.
"""

import os
import sqlite3
import tempfile
from importlib import import_module
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, create_engine, text

from bench.served import ServedASGI, ServedWSGI
from bench.variants import FASTAPI, FLASK, VARIANTS, Variant

ROWS = 250


def database() -> str:
    """Make the rows, and return the file they are in."""
    path = str(Path(tempfile.mkdtemp()) / "bench.db")
    with sqlite3.connect(path) as connection:
        connection.execute("create table laptops (id integer primary key, title text, model text)")
        rows = [(number, f"title {number}", f"model {number}") for number in range(ROWS)]
        connection.executemany("insert into laptops values (?, ?, ?)", rows)
    return path


def query(engine: Engine) -> list[dict[str, Any]]:
    """Read all rows and shape them."""
    with engine.connect() as connection:
        found = connection.execute(text("select id, title, model from laptops order by title"))
        rows = [dict(row) for row in found.mappings()]
    return sorted(
        ({**row, "slug": f"{row['title']}-{row['model']}".replace(" ", "-")} for row in rows),
        key=lambda row: row["slug"],
    )


def chosen() -> Variant:
    """Return the variant that BENCH_VARIANT names, with what has to be imported before all else."""
    if first := os.environ.get("BENCH_IMPORT_FIRST"):
        import_module(first)
    return VARIANTS[os.environ["BENCH_VARIANT"]]


def flask_app() -> ServedWSGI:
    """Create the Flask application."""
    variant = chosen()
    from flask import Flask, Response, jsonify  # noqa: PLC0415

    app = Flask("bench")
    path = database()
    app.engine = create_engine(f"sqlite:///{path}")  # type: ignore[attr-defined]

    @app.get("/small")
    def small() -> Response:
        with sqlite3.connect(path) as connection:
            rows = connection.execute("select id, title, model from laptops limit 20").fetchall()
        return jsonify([{"id": id_, "title": title, "model": model} for id_, title, model in rows])

    @app.get("/real")
    def real() -> Response:
        return jsonify(query(app.engine))  # type: ignore[attr-defined]

    variant.instrument[FLASK](app)
    return ServedWSGI(app)


def fastapi_app() -> ServedASGI:
    """Create the FastAPI application."""
    variant = chosen()
    from fastapi import FastAPI  # noqa: PLC0415
    from pydantic import BaseModel  # noqa: PLC0415

    class Port(BaseModel):
        id: int
        name: str

    app = FastAPI(title="bench", telemetry=variant.native)  # type: ignore[arg-type]
    engine = create_engine(f"sqlite:///{database()}")
    app.engine = engine  # type: ignore[attr-defined]
    ports = [Port(id=1, name="USB-C"), Port(id=2, name="USB-A")]

    @app.get("/small")
    async def small() -> list[Port]:
        return ports

    @app.get("/real")
    async def real() -> list[dict[str, Any]]:
        return query(engine)

    variant.instrument[FASTAPI](app)
    return ServedASGI(app)
