"""A replica that is killed under load: no read fails, no write is done twice."""

import subprocess
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import count
from pathlib import Path

import httpx
import pytest
import yaml
from tests.e2e.conftest import free_ports
from tests.support.processes import Replica, eventually, replicas, status_of

from lab.autoscaler.gateway import routes
from lab.facts import LOOPBACK
from lab.processes.layout import Layout
from lab.processes.ports import Ports
from lab.stack import gateway

pytestmark = pytest.mark.e2e

READERS, WRITERS = 40, 4
PATH = "/laptops"


@dataclass
class Front:
    """A gateway, what is behind it, and what its clients got."""

    url: str
    replicas: list[Replica]


@pytest.fixture
def front(programs: dict[str, Path], tmp_path: Path) -> Iterator[Front]:
    ports, layout = free_ports(), Layout(tmp_path)
    layout.routes.parent.mkdir(parents=True)
    with replicas(
        3,
        "laptops",
        tmp_path,
        SUPPLIER_LATENCY_SECONDS="0.2",
        CAPACITY_CONCURRENCY="16",
        QUEUE_SECONDS="5",
    ) as running:
        layout.routes.write_text(
            yaml.safe_dump(routes({"laptops": [each.url for each in running]}))
        )
        layout.gateway.write_text(yaml.safe_dump(static(ports, layout)))
        command = [programs["traefik"], f"--configFile={layout.gateway}"]
        with subprocess.Popen(command, stdout=subprocess.DEVNULL) as process:
            url = f"{LOOPBACK}:{ports.laptops}"
            eventually(lambda: status_of(url + PATH) == 200, "the gateway routes")
            yield Front(url, running)
            process.terminate()


def static(ports: Ports, layout: Layout) -> dict[str, object]:
    """The lab's gateway, with nobody to tell of it."""
    return {k: v for k, v in gateway.static(ports, layout).items() if k != "tracing"}


def test_a_killed_replica_fails_no_read_and_doubles_no_write(front: Front) -> None:
    read, wrote, over = [], {}, []
    names = count()

    def reads() -> None:
        with httpx.Client(base_url=front.url, timeout=30) as client:
            while not over:
                read.append(client.get(PATH).status_code)

    def writes() -> None:
        with httpx.Client(base_url=front.url, timeout=30) as client:
            while not over:
                name = f"laptop {next(names)}"
                wrote[name] = client.post(PATH, json={"title": name, "model": "x"}).status_code

    with ThreadPoolExecutor(READERS + WRITERS) as pool:
        users = [pool.submit(each) for each in [reads] * READERS + [writes] * WRITERS]
        eventually(lambda: len(read) > 2 * READERS, "load has begun")
        front.replicas[0].process.kill()
        before = len(read)
        eventually(lambda: len(read) > before + 10 * READERS, "load goes on")
        over.append(True)
        for user in users:
            user.result()

    assert set(read) == {200}
    assert {name: n for name, n in kept(front).items() if n > 1} == {}
    assert {name for name, status in wrote.items() if status == 201} <= kept(front).keys()


def kept(front: Front) -> dict[str, int]:
    """How often each laptop is in the catalogue."""
    found: dict[str, int] = {}
    with httpx.Client(base_url=front.url, timeout=30) as client:
        url = f"{PATH}?limit=200"
        while url:
            page = client.get(url)
            for each in page.json():
                found[each["title"]] = found.get(each["title"], 0) + 1
            url = page.links.get("next", {}).get("url", "")
    return found
