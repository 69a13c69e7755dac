"""Write the few files that depend on the ports; every other configuration is used where it is."""

import secrets
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from lab.autoscaler.gateway import routes
from lab.facts import HOST, SERVICES
from lab.processes.layout import Layout
from lab.stack import gateway, processes, scrape
from lab.stack.options import Options


def render(options: Options, layout: Layout, programs: Mapping[str, Path]) -> None:
    """Make the state directory ready for a start, empty unless `options.keep`."""
    stale = [layout.run] if options.keep else [layout.run, layout.data, layout.logs]
    for folder in stale:
        shutil.rmtree(folder, ignore_errors=True)
    for folder in (layout.run, layout.data, layout.logs, layout.routes.parent):
        folder.mkdir(parents=True, exist_ok=True)
    layout.password.touch(mode=0o600)
    layout.password.write_text(secrets.token_urlsafe(24))
    scrape.write(options.ports, layout, options.extras)
    _write(layout.gateway, gateway.static(options.ports, layout, options.extras))
    _write(layout.routes, routes(_first_replicas(options)))
    _write(layout.processes, processes.project(options, layout, programs))


def _first_replicas(options: Options) -> dict[str, list[str]]:
    """Return where requests go until the autoscaler has its say: replica 0 of each service."""
    return {
        service: [f"http://{HOST}:{options.ports.replicas(service)[0]}"] for service in SERVICES
    }


def _write(path: Path, content: Mapping[str, Any]) -> None:
    path.write_text(yaml.safe_dump(content, sort_keys=False))
