"""The instruments of OpenTelemetry's API: a measurement that cannot be used costs itself only."""

import logging
import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from opentelemetry import metrics
from opentelemetry.context import Context
from opentelemetry.metrics import CallbackOptions, Observation
from opentelemetry.util.types import Attributes

from threesignals._meters.series import Buckets, Last, Table, Total, exemplar

_logger = logging.getLogger("threesignals")


class Counter(metrics.Counter):
    """A sum that never falls."""

    def __init__(self, table: Table[Total]) -> None:
        self._table = table

    def add(
        self, amount: float, attributes: Attributes = None, context: Context | None = None
    ) -> None:
        """Add `amount`, unless it is negative or no number."""
        if usable(amount) and amount >= 0:
            self._table.take(amount, attributes, exemplar(amount, context))


class UpDownCounter(metrics.UpDownCounter):
    """A sum that rises and falls."""

    def __init__(self, table: Table[Total]) -> None:
        self._table = table

    def add(
        self, amount: float, attributes: Attributes = None, context: Context | None = None
    ) -> None:
        """Add `amount`, unless it is no number."""
        if usable(amount):
            self._table.take(amount, attributes)


class Gauge(metrics._Gauge):
    """The last value."""

    def __init__(self, table: Table[Last]) -> None:
        self._table = table

    def set(
        self, amount: float, attributes: Attributes = None, context: Context | None = None
    ) -> None:
        """Remember `amount`, unless it is no number."""
        if usable(amount):
            self._table.take(amount, attributes)


class Histogram(metrics.Histogram):
    """A distribution."""

    def __init__(self, table: Table[Buckets]) -> None:
        self._table = table

    def record(
        self, amount: float, attributes: Attributes = None, context: Context | None = None
    ) -> None:
        """Count `amount`, unless it is negative or no number."""
        if usable(amount) and amount >= 0:
            self._table.take(amount, attributes, exemplar(amount, context))


class ObservableCounter(metrics.ObservableCounter):
    """A sum that a callback knows."""

    def __init__(self) -> None:
        """Hold nothing: the callback is asked at each scrape."""


class ObservableUpDownCounter(metrics.ObservableUpDownCounter):
    """A sum that rises and falls, and that a callback knows."""

    def __init__(self) -> None:
        """Hold nothing: the callback is asked at each scrape."""


class ObservableGauge(metrics.ObservableGauge):
    """A value that a callback knows."""

    def __init__(self) -> None:
        """Hold nothing: the callback is asked at each scrape."""


def usable(amount: Any) -> bool:  # noqa: ANN401 (whatever a caller measures)
    """Tell whether an amount is a finite number."""
    try:
        return math.isfinite(amount)
    except (TypeError, OverflowError):
        return False


class Observed:
    """What the callbacks of an observable instrument say when they are asked."""

    def __init__(self, name: str, callbacks: Sequence[Any] | None) -> None:
        self._name = name
        self._ask = [_question(callback) for callback in callbacks or ()]
        self._silent = False

    def table(self) -> Table[Last]:
        """Ask every callback; one that fails is left out, and named once."""
        observed = Table(Last)
        for ask in self._ask:
            try:
                for observation in ask():
                    if usable(observation.value):
                        observed.take(observation.value, observation.attributes)
            except Exception:
                self._complain()
        return observed

    def _complain(self) -> None:
        if not self._silent:
            self._silent = True
            _logger.warning("A callback of the instrument %r fails", self._name, exc_info=True)


def _question(callback: Any) -> Callable[[], Iterable[Observation]]:  # noqa: ANN401 (the API's)
    """Turn a callback, a function or a generator, into a call without arguments."""
    if isinstance(callback, Iterator):
        return lambda: next(callback)
    return lambda: callback(CallbackOptions())
