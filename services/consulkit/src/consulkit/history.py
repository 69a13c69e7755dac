"""Changing a setting, and who changed what when: both are written in one transaction."""

import json
import time
from dataclasses import asdict, dataclass

from consulkit.client import Consul
from consulkit.config import ROOT, Knobs, path

HISTORY = f"{ROOT}history/"


@dataclass(frozen=True, kw_only=True)
class Change:
    """One change. `old` or `new` is None where the default was, or is again, in force."""

    at: float
    service: str
    key: str
    old: str | None
    new: str | None
    by: str


def read(consul: Consul, service: str) -> dict[str, str]:
    """Return what is set for a service. Raises ConsulError."""
    return consul.values(path(service)).value


def change(consul: Consul, service: str, key: str, new: str | None, *, by: str) -> Change:
    """Set a value, or with None go back to the default. Raises ConsulError, ValidationError."""
    Knobs.model_validate({key: getattr(Knobs(), key, None) if new is None else new})
    change = Change(
        at=time.time(),
        service=service,
        key=key,
        old=read(consul, service).get(key),
        new=new,
        by=by,
    )
    entry = f"{HISTORY}{round(change.at * 1000):015d}-{service}-{key}"
    consul.write({f"{path(service)}{key}": new, entry: json.dumps(asdict(change))})
    return change


def history(consul: Consul) -> list[Change]:
    """Return all changes, the latest first. Raises ConsulError."""
    entries = consul.values(HISTORY).value
    return [Change(**json.loads(entries[key])) for key in sorted(entries, reverse=True)]
