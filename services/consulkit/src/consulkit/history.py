"""Changing a setting, and who changed what when: both are written in one transaction."""

import json
import time
from dataclasses import asdict, dataclass

from pydantic import BaseModel

from consulkit.client import Consul
from consulkit.config import path


@dataclass(frozen=True, kw_only=True)
class Change:
    """One change. `old` or `new` is None where the default was, or is again, in force."""

    at: float
    service: str
    key: str
    old: str | None
    new: str | None
    by: str


@dataclass(frozen=True)
class SettingsHistory:
    """A project's settings with their past. `model` says which there are; all have defaults."""

    consul: Consul
    root: str
    """The key under which everything of the project is, such as `shop/`."""
    model: type[BaseModel]

    def read(self, service: str) -> dict[str, str]:
        """Return what is set for a service. Raises ConsulError."""
        return self.consul.values(path(self.root, service)).value

    def change(self, service: str, key: str, new: str | None, *, by: str) -> Change:
        """Set a value; None goes back to the default. Raises ConsulError, ValidationError."""
        default = getattr(self.model(), key, None)
        self.model.model_validate({key: default if new is None else new})
        change = Change(
            at=time.time(),
            service=service,
            key=key,
            old=self.read(service).get(key),
            new=new,
            by=by,
        )
        entry = f"{self._entries}{round(change.at * 1000):015d}-{service}-{key}"
        setting = f"{path(self.root, service)}{key}"
        self.consul.write({setting: new, entry: json.dumps(asdict(change))})
        return change

    def changes(self) -> list[Change]:
        """Return all changes, the latest first. Raises ConsulError."""
        entries = self.consul.values(self._entries).value
        return [Change(**json.loads(entries[key])) for key in sorted(entries, reverse=True)]

    @property
    def _entries(self) -> str:
        return f"{self.root}history/"
