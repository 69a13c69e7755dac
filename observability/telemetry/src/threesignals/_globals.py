"""OpenTelemetry's global providers: what a library finds that asks for a tracer or a meter.

The API takes one provider for the life of a process. The ones that are set here hand on to the
telemetry in use, so that an application which is built again, as tests do, keeps its tracers.
"""

import logging
import os
from typing import TYPE_CHECKING, Any, ClassVar

from opentelemetry import metrics, trace
from opentelemetry.metrics._internal import _ProxyMeterProvider
from opentelemetry.trace import NoOpTracerProvider, ProxyTracerProvider, Tracer, TracerProvider
from opentelemetry.util.types import Attributes

from threesignals._meters.provider import Meters

if TYPE_CHECKING:
    from threesignals._core import Telemetry

_logger = logging.getLogger("threesignals")


class CurrentProvider(TracerProvider):
    """Gives tracers that make their spans with the telemetry in use."""

    current: ClassVar[TracerProvider] = NoOpTracerProvider()

    def get_tracer(
        self,
        instrumenting_module_name: str,
        instrumenting_library_version: str | None = None,
        schema_url: str | None = None,
        attributes: Attributes = None,
    ) -> Tracer:
        """Return a tracer that follows when another telemetry comes into use."""
        return CurrentTracer(
            instrumenting_module_name, instrumenting_library_version, schema_url, attributes
        )

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401
        """Offer what the provider in use has beyond the API, such as `add_span_processor`."""
        return getattr(self.current, name)


class CurrentTracer(Tracer):
    """A tracer of whichever provider is in use."""

    def __init__(self, *scope: Any) -> None:  # noqa: ANN401 (what get_tracer takes)
        self._scope = scope
        self._provider: TracerProvider | None = None
        self._tracer: Tracer

    def _now(self) -> Tracer:
        provider = CurrentProvider.current
        if provider is not self._provider:
            self._tracer, self._provider = provider.get_tracer(*self._scope), provider
        return self._tracer

    def start_span(self, *args: Any, **kwargs: Any) -> trace.Span:  # noqa: ANN401 (the API's)
        """Start a span, as the API says."""
        return self._now().start_span(*args, **kwargs)

    def start_as_current_span(self, *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401 (the API's)
        """Start a span and make it the current one, for a block or a function."""
        return self._now().start_as_current_span(*args, **kwargs)


def install(telemetry: "Telemetry") -> None:
    """Make `telemetry` what OpenTelemetry's API gives; what the application has set stays."""
    CurrentProvider.current = telemetry.provider
    found = trace.get_tracer_provider()
    if isinstance(found, ProxyTracerProvider):
        trace.set_tracer_provider(CurrentProvider())
    elif found is not telemetry.provider and not isinstance(found, CurrentProvider):
        _logger.warning(OWN_PROVIDER, type(found).__qualname__)
    if meters := _meters():
        telemetry.registry.register(meters)


def _meters() -> Meters | None:
    """Return the process's meters, or None when the application has set its own."""
    found = metrics.get_meter_provider()
    if isinstance(found, _ProxyMeterProvider):
        found = Meters()
        os.register_at_fork(after_in_child=found.reset)
        metrics.set_meter_provider(found)
    return found if isinstance(found, Meters) else None


def reset_meters() -> None:
    """Let what the process's meters have counted begin at nothing, between two tests."""
    if isinstance(found := metrics.get_meter_provider(), Meters):
        found.reset()


def forget(telemetry: "Telemetry") -> None:
    """Give spans that nobody keeps, once `telemetry` has ended."""
    if CurrentProvider.current is telemetry.provider:
        CurrentProvider.current = NoOpTracerProvider()


OWN_PROVIDER = (
    "The application's own TracerProvider (%s) stays. Its spans join the requests' traces, but the"
    " spans of the requests themselves do not pass through it: threesignals exports those. With"
    " TELEMETRY_IMPLEMENTATION=contrib they pass through a provider of OpenTelemetry's SDK."
)
