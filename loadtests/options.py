"""The command-line options that all load tests share; Locust shows them on its web page too."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from locust.argument_parser import LocustArgumentParser


def add_targets(parser: LocustArgumentParser) -> None:
    """Say where the two services are. `--host` wins over both: one address that serves both."""
    group = parser.add_argument_group("Laptop Lab")
    group.add_argument("--laptops-host", default="http://127.0.0.1:5000", help="where laptops is")
    group.add_argument("--port-host", default="http://127.0.0.1:5001", help="where port is")
    group.add_argument("--request-log", default="", help="file for one JSON line a request")
    group.add_argument("--metrics-port", type=int, default=0, help="serve Prometheus metrics here")


def add_plan(parser: LocustArgumentParser) -> None:
    """Say how long each phase of a spike is and how many users each group has."""
    group = parser.add_argument_group("Laptop Lab: the spike")
    group.add_argument("--warmup-seconds", type=float, default=5, help="not counted as baseline")
    group.add_argument("--baseline-seconds", type=float, default=35, help="calm before the spike")
    group.add_argument("--spike-seconds", type=float, default=75, help="length of the spike")
    group.add_argument("--recovery-seconds", type=float, default=65, help="calm after the spike")
    group.add_argument("--base-users", type=int, default=10, help="target's users when calm")
    group.add_argument("--spike-users", type=int, default=100, help="target's users in the spike")
    group.add_argument("--control-users", type=int, default=10, help="control's users, always")
    group.add_argument("--users-per-second", type=float, default=20, help="users started a second")
