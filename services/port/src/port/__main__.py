"""Run one replica: `python -m port`. It ends with 0 after SIGTERM, once all is served."""

from __future__ import annotations

import sys

from chassis import consul
from chassis.errors import CannotStartError
from chassis.faults import FaultSwitch
from chassis.lifecycle import Lifecycle, leave, listen
from chassis.settings import read_settings
from chassis.uvicorn import serve
from port.app import TITLE, create_app
from port.settings import Settings
from threesignals import SettingsError, Telemetry


def main() -> int:
    """Run until told to stop; return the exit status."""
    try:
        settings = read_settings(Settings)
        lifecycle = Lifecycle(drain_seconds=settings.drain_seconds)
        telemetry = Telemetry.from_env(service_name=TITLE, distribution="laptop-lab-port")
        FaultSwitch(settings.faults_file, TITLE).wait_to_start()
        link = consul.connect(TITLE, settings, telemetry)
        app = create_app(settings, telemetry=telemetry, lifecycle=lifecycle, link=link)
        sock = listen(settings.http_host, settings.http_port)
    except (CannotStartError, SettingsError) as error:
        print(error, file=sys.stderr)
        return 2
    with consul.registered(link, sock, lifecycle):
        serve(app, sock=sock, lifecycle=lifecycle)
    telemetry.shutdown()
    return 0


if __name__ == "__main__":
    leave(main())
