"""A FastAPI service: `uvicorn --factory fastapi_app:create_app`, then ask /items/1 and /metrics."""

from fastapi import FastAPI, HTTPException
from opentelemetry import trace

from threesignals import Telemetry
from threesignals.fastapi import init_app

ITEMS = {1: "lamp", 2: "chair"}


def create_app(telemetry: Telemetry | None = None) -> FastAPI:
    """Build the application; a test gives a recorder's telemetry."""
    app = FastAPI(title="shop")
    init_app(app, telemetry)

    @app.get("/items/{item_id}")
    async def item(item_id: int) -> dict[str, str]:
        with trace.get_tracer("shop").start_as_current_span("look up"):
            name = ITEMS.get(item_id)
        if name is None:
            raise HTTPException(404)
        return {"name": name}

    return app
