"""Run one replica: `python -m laptops`. It ends with 0 after SIGTERM, once all is served."""

from __future__ import annotations

from chassis.gunicorn import serve
from chassis.lifecycle import exit_process
from chassis.replica import run
from laptops.app import TITLE, create_app
from laptops.settings import Settings

if __name__ == "__main__":
    exit_process(run(TITLE, Settings, create_app, serve))
