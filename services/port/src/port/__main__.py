"""Run one replica: `python -m port`. It ends with 0 after SIGTERM, once all is served."""

from __future__ import annotations

from chassis.lifecycle import exit_process
from chassis.replica import run
from chassis.uvicorn import serve
from port.app import TITLE, create_app
from port.settings import Settings

if __name__ == "__main__":
    exit_process(run(TITLE, Settings, create_app, serve))
