"""Run the autoscaler on the stack whose supervisor started this process."""

import time

from prometheus_client import start_http_server

from lab.stack.ports import Ports


def run_autoscaler(*, sync_seconds: float, hold: bool) -> None:
    """Publish nothing and decide nothing, until the loop is there."""
    start_http_server(Ports.from_env().autoscaler, "127.0.0.1")
    while True:
        time.sleep(sync_seconds)
