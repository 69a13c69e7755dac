"""What every load test does with Locust's events. A locustfile calls one of these once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from locust import events

import exporter
import fromdue
import guard
import options
import record
from users import ServiceUser

if TYPE_CHECKING:
    from locust.env import Environment


def steady() -> None:
    """Add the options that every test has, and apply them before the first user starts."""
    events.init_command_line_parser.add_listener(options.add_targets)
    events.init.add_listener(_apply)


def spike() -> None:
    """Add the options of a spike as well; the class with a fixed count is the control."""
    steady()
    events.init_command_line_parser.add_listener(options.add_plan)
    events.test_start.add_listener(_size_control)


def _apply(environment: Environment, **_: object) -> None:
    chosen = environment.parsed_options
    if chosen is None:
        return
    for user in environment.user_classes:
        if issubclass(user, ServiceUser):
            user.host = getattr(chosen, f"{user.service}_host")
    guard.start(environment)
    fromdue.show(environment)
    record.start(environment, chosen.request_log)
    exporter.start(environment, chosen.metrics_port)


def _size_control(environment: Environment, **_: object) -> None:
    chosen = environment.parsed_options
    for user in environment.user_classes:
        if user.fixed_count and chosen is not None:
            user.fixed_count = int(chosen.control_users)
