"""A Flask service: `flask --app flask_app run`, then ask it for /items/1 and /metrics."""

from flask import Flask, abort

from threesignals import Telemetry
from threesignals.flask import init_app

ITEMS = {1: "lamp", 2: "chair"}


def create_app(telemetry: Telemetry | None = None) -> Flask:
    """Build the application; a test gives a recorder's telemetry."""
    app = Flask("shop")
    log = init_app(app, telemetry).logger("items")

    @app.get("/items/<int:item_id>")
    def item(item_id: int) -> dict[str, str]:
        if item_id not in ITEMS:
            log.warning("item.missing", item=item_id)
            abort(404)
        return {"name": ITEMS[item_id]}

    return app
