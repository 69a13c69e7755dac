"""The AsyncAPI document of the events, derived from the models: python -m events.asyncapi."""

import sys
from typing import Any

import yaml

from events import names
from events.schemas import CATALOGUE, Event

PRODUCERS = {"port": ("port.retired",), "laptops": ("laptop.added", "laptop.removed")}
CONSUMERS = {"laptops": ("port.retired",), "port": ("laptop.added", "laptop.removed")}

HEADERS = {
    names.VERSION: {"type": "integer", "description": "The version of the event."},
    names.SENT_AT: {
        "type": "integer",
        "description": "When the relay sent it, in milliseconds since the epoch.",
    },
    names.TRACEPARENT: {
        "type": "string",
        "description": "W3C Trace Context of the event's creation. Consumers link to it.",
    },
    names.TRACESTATE: {"type": "string", "description": "W3C Trace Context."},
    names.ATTEMPT: {"type": "integer", "description": "Trials that failed; absent at first."},
    names.FAILURE: {"type": "string", "description": "The type of the last trial's error."},
    names.QUEUE: {"type": "string", "description": "The queue in which the last trial failed."},
}


def document() -> dict[str, Any]:
    """Return the whole document. Each event is a channel, a message and an operation or two."""
    models = list(CATALOGUE.values())
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Events between laptops and port",
            "version": "1.0.0",
            "description": (
                "Each event is delivered at least once and takes effect once. Order is not kept: "
                "effects commute. Generated from the package `events`."
            ),
            "license": {"name": "Apache-2.0"},
        },
        "defaultContentType": "application/json",
        "servers": {
            "rabbitmq": {
                "host": "localhost:5672",
                "protocol": "amqp",
                "protocolVersion": "0.9.1",
            }
        },
        "channels": {model.routing_key(): _channel(model) for model in models},
        "operations": dict(_operations()),
        "components": {
            "messages": {model.__name__: _message(model) for model in models},
            "schemas": {
                "Headers": {
                    "type": "object",
                    "required": [names.VERSION, names.SENT_AT],
                    "properties": HEADERS,
                },
                **{model.__name__: model.model_json_schema() for model in models},
            },
        },
    }


def _channel(model: type[Event]) -> dict[str, Any]:
    return {
        "address": model.routing_key(),
        "messages": {model.__name__: {"$ref": f"#/components/messages/{model.__name__}"}},
        "bindings": {
            "amqp": {
                "is": "routingKey",
                "exchange": {"name": names.EXCHANGE, "type": "topic", "durable": True},
                "bindingVersion": "0.3.0",
            }
        },
    }


def _message(model: type[Event]) -> dict[str, Any]:
    return {
        "name": model.type,
        "title": f"{model.type}, version {model.version}",
        "summary": (model.__doc__ or "").strip(),
        "contentType": "application/json",
        "headers": {"$ref": "#/components/schemas/Headers"},
        "payload": {"$ref": f"#/components/schemas/{model.__name__}"},
        "bindings": {"amqp": {"messageType": model.type, "bindingVersion": "0.3.0"}},
    }


def _operations() -> list[tuple[str, dict[str, Any]]]:
    keys = {model.type: model.routing_key() for model in CATALOGUE.values()}
    sides = (("send", PRODUCERS), ("receive", CONSUMERS))
    return [
        (
            f"{service}.{action}.{kind}",
            {"action": action, "channel": {"$ref": f"#/channels/{keys[kind]}"}},
        )
        for action, side in sides
        for service, kinds in side.items()
        for kind in kinds
    ]


def render() -> str:
    """Return the document as committed in docs/asyncapi.yaml."""
    return "# Generated: python -m events.asyncapi > docs/asyncapi.yaml\n" + yaml.safe_dump(
        document(), sort_keys=False, width=100
    )


if __name__ == "__main__":
    sys.stdout.write(render())
