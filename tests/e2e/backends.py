"""The collector and the stores behind it as single processes, for tests that stop and kill them."""

import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

import httpx

from lab.facts import HOST
from lab.processes.layout import Layout
from lab.stack import processes
from lab.stack.options import Options
from lab.stack.render import render
from lab.stack.running import RunningStack, Urls

STORES = ("prometheus", "jaeger", "victorialogs")
COLLECTOR = "otel-collector"

LATE_SECONDS = 5.0
"""What is sent twice has been seen by then: a retry begins after 1 s, a flush comes each second."""

T = TypeVar("T")


def eventually(
    ask: Callable[[], T], *, until: Callable[[T], bool] = bool, seconds: float = 30
) -> T:
    """Ask until the answer satisfies `until`; return the last answer when the time is up."""
    deadline = time.monotonic() + seconds
    while not until(answer := ask()) and time.monotonic() < deadline:
        time.sleep(0.1)
    return answer


def exactly(ask: Callable[[], float], count: float, *, seconds: float = 30) -> float:
    """Ask until there are `count`, and on while a late duplicate may still come; say how many."""
    eventually(ask, until=lambda found: found >= count, seconds=seconds)
    return eventually(ask, until=lambda found: found > count, seconds=LATE_SECONDS)


class Backends:
    """Collector, Prometheus, Jaeger and VictoriaLogs, each of which can be stopped and killed."""

    def __init__(self, options: Options, programs: dict[str, Path]) -> None:
        self._layout = Layout(options.state)
        render(options, self._layout, programs)
        self._project = processes.project(options, self._layout, programs)["processes"]
        self._running: dict[str, subprocess.Popen[bytes]] = {}
        self.urls: Urls = RunningStack(options.state, options.ports, True, 0).urls
        self._jaeger_metrics = f"http://{HOST}:{options.ports.jaeger_metrics}/metrics"

    def start(self, *names: str) -> None:
        """Start these and wait until they are ready."""
        for name in names:
            self._running[name] = self._spawn(name)
        for name in names:
            assert eventually(lambda name=name: self._ready(name)), self._layout.log(
                name
            ).read_text()

    def stop(self, *names: str) -> None:
        """Let these end in their own time."""
        self._end(signal.SIGTERM, *names)

    def kill(self, *names: str) -> None:
        """Give these no chance to do anything."""
        self._end(signal.SIGKILL, *names)

    def close(self) -> None:
        """Leave nothing behind."""
        self.kill(*list(self._running))

    def collector_metric(self, name: str) -> float:
        """The sum of one of the collector's own metrics over all its labels."""
        return _sum(f"{self.urls.collector_metrics}/metrics", name)

    def spans_in_jaeger(self) -> float:
        """How many spans Jaeger has taken since it started."""
        return _sum(self._jaeger_metrics, "otelcol_receiver_accepted_spans_total")

    def _end(self, number: signal.Signals, *names: str) -> None:
        ended = [self._running.pop(name) for name in names]
        for process in ended:
            process.send_signal(number)
        for process in ended:
            process.wait(timeout=20)

    def _spawn(self, name: str) -> subprocess.Popen[bytes]:
        process = self._project[name]
        environment = dict(item.split("=", 1) for item in process["environment"])
        return subprocess.Popen(process["entrypoint"], env=environment, start_new_session=True)

    def _ready(self, name: str) -> bool:
        probe = self._project[name]["readiness_probe"]["http_get"]
        try:
            return httpx.get(f"http://{probe['host']}:{probe['port']}{probe['path']}").is_success
        except httpx.HTTPError:
            return False


def _sum(url: str, metric: str) -> float:
    lines = httpx.get(url).text.splitlines()
    return sum(float(line.split()[-1]) for line in lines if line.startswith(metric + "{"))


@contextmanager
def running_backends(options: Options, programs: dict[str, Path]) -> Iterator[Backends]:
    """Start all four; end whatever is left of them afterwards."""
    backends = Backends(options, programs)
    try:
        backends.start(*STORES)
        backends.start(COLLECTOR)
        yield backends
    finally:
        backends.close()
