"""The autoscaler with the real supervisor and the real gateway: no request is lost on the way."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from textwrap import dedent
from typing import ClassVar

import httpx
import pytest
import yaml

from lab.autoscaler.gateway import routes
from lab.paths import ROOT
from lab.processes.process_compose import ProcessCompose
from lab.toolchain import find
from lab.toolchain.components import BUILT
from lab.toolchain.locate import traefik

pytestmark = pytest.mark.e2e

BASE = 24800 + os.getpid() % 200 * 40
GATEWAY, INTERNAL, METRICS, PROMETHEUS, REPLICAS = (BASE + i for i in (0, 1, 2, 3, 10))
SLOTS = 8

REPLICA = dedent(
    """
    import signal, sys, threading, time
    from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

    draining, served = threading.Event(), [0]

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self):
            if self.path == "/readyz":
                return self.answer(503 if draining.is_set() else 200)
            time.sleep(0.02)
            served[0] += 1
            self.answer(200)

        do_POST = do_GET

        def answer(self, status):
            self.send_response(status)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_):
            pass

    def drain(*_):
        draining.set()
        threading.Timer(2.0, server.shutdown).start()

    server = ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Handler)
    signal.signal(signal.SIGTERM, drain)
    server.serve_forever()
    with open(sys.argv[2], "a") as counts:
        counts.write(f"{served[0]}\\n")
    """
)


def eventually(holds: Callable[[], bool], *, seconds: float = 20) -> bool:
    deadline = time.monotonic() + seconds
    while not (held := holds()) and time.monotonic() < deadline:
        time.sleep(0.05)
    return held


class Rate(BaseHTTPRequestHandler):
    """Answers every query with one number, in Prometheus' words."""

    value: ClassVar[float] = 5.0

    def do_GET(self) -> None:
        body = json.dumps({"data": {"result": [{"metric": {}, "value": [0, str(self.value)]}]}})
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body.encode())

    def log_message(self, *_: object) -> None:
        pass


class Client:
    """Sends one request after the other through the gateway, every other one a POST."""

    def __init__(self) -> None:
        self.sent, self.failed = 0, list[str]()
        self._stop = threading.Event()
        self._threads = [threading.Thread(target=self._work) for _ in range(2)]

    def __enter__(self) -> "Client":
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join()

    def _work(self) -> None:
        with httpx.Client(base_url=f"http://127.0.0.1:{GATEWAY}", timeout=10) as client:
            while not self._stop.is_set():
                for method in ("GET", "POST"):
                    self._send(client, method)

    def _send(self, client: httpx.Client, method: str) -> None:
        self.sent += 1
        try:
            status = client.request(method, "/laptops").status_code
        except httpx.HTTPError as error:
            self.failed.append(repr(error))
        else:
            if status != httpx.codes.OK:
                self.failed.append(f"{method} {status} {time.monotonic()}")


class Lab:
    """A supervisor with eight slots, a gateway, and an autoscaler that decides twice a second."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.supervisor = ProcessCompose(folder / "supervisor.sock")
        (folder / "replica.py").write_text(REPLICA)
        self._write("policy.yaml", _policy())
        self._write("gateway.yaml", _gateway(folder))
        self._write("routes.yaml", routes({"laptops": []}))
        self._write("processes.yaml", {"version": "0.5", "processes": self._processes()})

    def ready(self) -> int:
        try:
            page = httpx.get(f"http://127.0.0.1:{METRICS}/metrics").text
        except httpx.HTTPError:
            return -1
        lines = [line for line in page.splitlines() if "status_replicas_ready{" in line]
        return int(float(lines[0].split()[-1])) if lines else -1

    def serves(self) -> bool:
        try:
            return httpx.get(f"http://127.0.0.1:{GATEWAY}/laptops").is_success
        except httpx.HTTPError:
            return False

    def status(self, status: str) -> list[str]:
        states = self.supervisor.states()
        return sorted(name for name, state in states.items() if state.status == status)

    def targets(self) -> int:
        (group,) = json.loads((self.folder / "targets" / "laptops.json").read_text())
        return len(group["targets"])

    def counts(self) -> list[int]:
        return [int(line) for line in (self.folder / "counts").read_text().split()]

    def _write(self, name: str, content: object) -> None:
        (self.folder / name).write_text(yaml.safe_dump(content))

    def _processes(self) -> dict[str, object]:
        slots = {
            f"laptops-{i}": {
                "entrypoint": [sys.executable, str(self.folder / "replica.py"), str(REPLICAS + i),
                               str(self.folder / "counts")],
                "disabled": i > 0,
                "readiness_probe": {
                    "http_get": {"host": "127.0.0.1", "port": str(REPLICAS + i), "path": "/readyz"},
                    "period_seconds": 1,
                },
                "shutdown": {"signal": 15, "timeout_seconds": 10},
            }
            for i in range(SLOTS)
        }  # fmt: skip
        gateway = [str(traefik()), f"--configFile={self.folder / 'gateway.yaml'}"]
        autoscaler = [sys.executable, "-c", _autoscaler(self.folder)]
        return slots | {
            "gateway": {"entrypoint": gateway},
            "autoscaler": {"entrypoint": autoscaler, "shutdown": {"signal": 15}},
        }


def _policy() -> dict[str, object]:
    policy = yaml.safe_load(
        (ROOT / "k8s" / "components" / "keda" / "laptops-scaledobject.yaml").read_text()
    )
    behavior = policy["spec"]["advanced"]["horizontalPodAutoscalerConfig"]["behavior"]
    behavior["scaleDown"]["stabilizationWindowSeconds"] = 1
    behavior["scaleUp"]["policies"] = [{"type": "Pods", "value": 8, "periodSeconds": 1}]
    return dict(policy)


def _gateway(folder: Path) -> dict[str, object]:
    return {
        "entryPoints": {
            "laptops": {"address": f"127.0.0.1:{GATEWAY}"},
            "internal": {"address": f"127.0.0.1:{INTERNAL}"},
        },
        "providers": {
            "file": {"filename": str(folder / "routes.yaml"), "watch": True},
            "providersThrottleDuration": "200ms",
        },
        "api": {"dashboard": False},
    }


def _autoscaler(folder: Path) -> str:
    return dedent(
        f"""
        from pathlib import Path
        from lab.autoscaler.service import run
        from lab.autoscaler.settings import Settings

        folder = Path({str(folder)!r})
        run(Settings(
            policies=(folder / "policy.yaml",),
            base_ports={{"laptops": {REPLICAS}}},
            supervisor_socket=folder / "supervisor.sock",
            prometheus_url="http://127.0.0.1:{PROMETHEUS}",
            gateway_url="http://127.0.0.1:{INTERNAL}",
            gateway_file=folder / "routes.yaml",
            targets_dir=folder / "targets",
            metrics_port={METRICS},
            sync_seconds=0.5,
            reconcile_seconds=0.2,
        ))
        """
    )


@pytest.fixture
def lab(tmp_path: Path) -> Iterator[Lab]:
    program = next(find(part) for part in BUILT if part.name == "process-compose")
    if program is None:
        pytest.skip("process-compose is not built")
    prometheus = ThreadingHTTPServer(("127.0.0.1", PROMETHEUS), Rate)
    threading.Thread(target=prometheus.serve_forever, daemon=True).start()
    made = Lab(tmp_path)
    command = [str(program), "-f", str(tmp_path / "processes.yaml"), "-t=false", "-U", "-u"]
    command += [str(tmp_path / "supervisor.sock"), "-L", str(tmp_path / "log"), "--keep-project"]
    with (tmp_path / "output").open("wb") as output:
        process = subprocess.Popen(command, stdout=output, stderr=subprocess.STDOUT)
    try:
        yield made
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=30)
        prometheus.shutdown()
        prometheus.server_close()


def test_scaling_up_and_down_loses_no_request_and_no_count(lab: Lab) -> None:
    Rate.value = 5.0
    assert eventually(lab.serves), (lab.folder / "output").read_text()
    with Client() as client:
        Rate.value = 100.0
        assert eventually(lambda: lab.ready() == 5)
        Rate.value = 5.0
        assert eventually(lambda: len(lab.status("Terminating")) == 4)
        draining = lab.status("Terminating")
        assert lab.targets() == 5
        Rate.value = 60.0
        assert eventually(lambda: lab.ready() == 3)
        assert not set(lab.status("Running")) & set(draining)
        assert eventually(lambda: lab.status("Terminating") == [])
        Rate.value = 5.0
        assert eventually(lambda: lab.ready() == 1 and lab.status("Terminating") == [])
        assert eventually(lambda: lab.targets() == 1)
    assert client.failed == []
    assert client.sent > 100
    lab.supervisor.stop("laptops-0")
    assert sum(lab.counts()) == client.sent + 1  # the first one, which waited for the gateway
