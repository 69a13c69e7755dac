"""Settings that change while a service runs: validated, applied at once, each change logged."""

import time
from collections.abc import Callable, Mapping
from typing import Generic, TypeVar

from pydantic import BaseModel, ValidationError

from consulkit.client import Consul, ConsulError
from consulkit.signals import Metrics, Signals
from consulkit.watch import Watch

K = TypeVar("K", bound=BaseModel)


def path(root: str, service: str) -> str:
    """Return the key under which a service's settings are; `root` is the project's, `shop/`."""
    return f"{root}config/{service}/"


class Live(Generic[K]):
    """The settings in force. `now` is cheap enough for every request.

    `applied` is called with every change, for what cannot ask.
    """

    def __init__(
        self,
        initial: K,
        signals: Signals,
        metrics: Metrics,
        applied: Callable[[K], None] = lambda _: None,
    ) -> None:
        self._initial = self._current = initial
        self._applied = applied
        self._generation = 0
        self._log, self._metrics = signals.logger("consulkit.config"), metrics
        metrics.generation.set(0)

    def now(self) -> K:
        """Return the settings in force."""
        return self._current

    def update(self, values: Mapping[str, str]) -> None:
        """Take what the store holds. A bad value leaves its key as it was; the others apply."""
        good = {key: text for key, text in values.items() if self._accepts(key, text)}
        kept = {
            key: getattr(self._current, key)
            for key in values.keys() - good.keys()
            if key in type(self._initial).model_fields
        }
        wanted = {**self._initial.model_dump(), **kept, **good}
        self._apply(type(self._initial).model_validate(wanted))

    def _accepts(self, key: str, text: str) -> bool:
        try:
            type(self._initial).model_validate({key: text})
        except ValidationError as error:
            reason = error.errors(include_input=False, include_url=False)[0]["msg"]
            known = key in type(self._initial).model_fields
            self._log.warning("config.refused", key=key, reason=reason)
            self._metrics.refused.labels(key if known else "<unknown>").inc()
            return False
        return True

    def _apply(self, wanted: K) -> None:
        old, new = self._current.model_dump(), wanted.model_dump()
        changed = {key for key in new if new[key] != old[key]}
        if not changed:
            return
        self._current = wanted
        self._generation += 1
        self._metrics.generation.set(self._generation)
        self._metrics.applied.set(time.time())
        for key in sorted(changed):
            self._log.info(
                "config.applied", key=key, old=old[key], new=new[key], generation=self._generation
            )
        self._applied(wanted)


def follow(
    consul: Consul, prefix: str, live: Live[K], *, failed: Callable[[ConsulError], None]
) -> Watch[dict[str, str]]:
    """Return a watch, not yet started, that keeps `live` as the store has it under `prefix`."""
    return Watch(
        lambda index: consul.values(prefix, index=index),
        changed=live.update,
        failed=failed,
        name=f"config-{prefix}",
    )
