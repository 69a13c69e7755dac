"""The application's own `/metrics`, when it has one: kept, and joined with ours."""

from collections.abc import Callable, Iterable
from typing import NamedTuple

from prometheus_client.metrics_core import Metric
from prometheus_client.openmetrics.parser import text_string_to_metric_families as openmetrics
from prometheus_client.parser import text_string_to_metric_families as plain

from threesignals._workers.families import Families, families

_Parse = Callable[[str], Iterable[Metric]]
_FORMATS: dict[str, _Parse] = {"text/plain": plain, "application/openmetrics-text": openmetrics}


class Page(NamedTuple):
    """What the application answered."""

    status: int
    headers: list[tuple[str, str]]
    body: bytes

    def guarded(self) -> bool:
        """Tell whether the application lets nobody in without more: then neither do we."""
        return self.status in (401, 403)

    def families(self) -> Families:
        """Return its samples; none when it is no page of samples. Raises ValueError."""
        kind = self._header("content-type").partition(";")[0].strip().lower()
        parse = _FORMATS.get(kind)
        if self.status != 200 or parse is None:
            return Families()
        return families(parse(self.body.decode()), lambda _: "")

    def _header(self, name: str) -> str:
        return next((value for key, value in self.headers if key.lower() == name), "")
