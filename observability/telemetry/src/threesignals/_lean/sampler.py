"""Head sampling, by the names that `OTEL_TRACES_SAMPLER` takes."""

from collections.abc import Callable

from threesignals._settings import Settings

# (flags of the parent, or None; trace id) -> whether the new span is sampled
Sampler = Callable[[int | None, int], bool]

_LOW_64_BITS = 2**64 - 1


def sampler(settings: Settings) -> Sampler:
    """Return the decision that the settings name."""
    root = _root(settings)
    if not settings.sampler.startswith("parentbased_"):
        return lambda _, trace_id: root(trace_id)
    return lambda parent, trace_id: root(trace_id) if parent is None else bool(parent & 1)


def _root(settings: Settings) -> Callable[[int], bool]:
    if settings.sampler.endswith("always_on"):
        return lambda _: True
    if settings.sampler.endswith("always_off"):
        return lambda _: False
    # The SDK's rule, so that both implementations keep the same traces.
    bound = round(settings.sampler_ratio * 2**64)
    return lambda trace_id: trace_id & _LOW_64_BITS < bound
