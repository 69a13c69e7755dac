"""What workers leave for each other is counted once, is private, and is cleared away."""

import math
import os
import subprocess
import sys
from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, Info
from prometheus_client.samples import Exemplar

from threesignals._workers import server
from threesignals._workers.families import Families, families, pack, unpack
from threesignals._workers.folder import Folder, open_folder

NOBODY = "999999999-1"
"""A process that cannot be."""


def page(registry: CollectorRegistry, mode: str = "") -> Families:
    return families(registry.collect(), lambda _: mode)


def counted(amount: float) -> Families:
    registry = CollectorRegistry()
    Counter("orders", "Orders.", registry=registry).inc(amount)
    Gauge("waiting", "Orders that wait.", registry=registry).set(amount)
    return page(registry)


def value(found: Families, name: str) -> float | None:
    values = [
        sample.value
        for metric in found.collect()
        for sample in metric.samples
        if sample.name == name
    ]
    return values[0] if values else None


def leave(folder: Path, worker: str, found: Families) -> None:
    (folder / f"{worker}.page").write_bytes(pack(found))


def test_bytes_hold_all_that_a_family_says() -> None:
    registry = CollectorRegistry()
    Histogram("seconds", "Time.", ["route"], registry=registry).labels('a"\n').observe(
        0.3, {"trace_id": "1" * 32}
    )
    Gauge("odd", "Odd.", ["is"], registry=registry).labels("inf").set(math.inf)
    Info("build", "Build.", registry=registry).info({"version": "1"})
    found = page(registry)
    assert list(unpack(pack(found)).collect()) == list(found.collect())


def test_gauges_are_joined_as_they_say() -> None:
    for mode, expected in {"": 5.0, "all": 5.0, "livemax": 3.0, "min": 2.0}.items():
        registries = CollectorRegistry(), CollectorRegistry()
        for registry, amount in zip(registries, (2, 3), strict=True):
            Gauge("waiting", "Waiting.", registry=registry).set(amount)
        joined = page(registries[0], mode)
        joined.add(page(registries[1], mode))
        assert value(joined, "waiting") == expected


def test_the_latest_exemplar_is_kept() -> None:
    pages = []
    for moment in (2.0, 1.0):
        found = counted(1)
        (orders,) = [family for family in found if family.name == "orders"]
        key = ("orders_total", ())
        orders.samples[key] = (1.0, Exemplar({"trace_id": str(moment)}, 1.0, moment))
        pages.append(found)
    pages[0].add(pages[1])
    (orders,) = [family for family in pages[0] if family.name == "orders"]
    total, exemplar = orders.samples["orders_total", ()]
    assert (total, exemplar and exemplar.labels) == (2.0, {"trace_id": "2.0"})


def test_a_worker_that_has_ended_counts_for_ever_and_waits_no_more(tmp_path: Path) -> None:
    folder = Folder(tmp_path)
    folder.write(counted(1))
    leave(tmp_path, NOBODY, counted(10))
    for _ in range(3):
        joined = folder.join()
        assert (value(joined, "orders_total"), value(joined, "waiting")) == (11.0, 1.0)
    assert [path.name for path in tmp_path.glob("*.page")] == [
        f"{server.identity(os.getpid())}.page"
    ]


def test_to_be_killed_between_two_steps_counts_nobody_twice(tmp_path: Path) -> None:
    folder = Folder(tmp_path)
    folder.write(counted(1))
    leave(tmp_path, NOBODY, counted(10))
    folder.join()
    leave(tmp_path, NOBODY, counted(10))  # as if it had not been removed any more
    assert value(folder.join(), "orders_total") == 11.0


def test_a_folder_is_private_and_no_other_is_taken(tmp_path: Path) -> None:
    open_folder("1-2-3", "shop", str(tmp_path)).close()
    (root,) = tmp_path.iterdir()
    assert [path.stat().st_mode & 0o777 for path in (root, *root.iterdir())] == [0o700] * 2
    root.chmod(0o777)
    with pytest.raises(OSError, match="not a private folder"):
        open_folder("1-2-3", "shop", str(tmp_path))
    target = tmp_path / "elsewhere"
    root.rename(target)
    root.symlink_to(target)
    with pytest.raises(OSError, match="not a private folder"):
        open_folder("1-2-3", "shop", str(tmp_path))


def test_what_a_server_left_that_is_no_more_is_removed(tmp_path: Path) -> None:
    me, namespace = server.identity(os.getpid()), server._namespace()
    living, gone = f"{namespace}-{me}-a", f"{namespace}-{NOBODY}-b"
    orphan, another_container = f"{namespace}-{NOBODY}-c", f"1-{NOBODY}-d"
    open_folder(living, "shop", str(tmp_path)).close()
    (root,) = tmp_path.iterdir()
    for name in (gone, orphan, another_container):
        (root / name).mkdir()
    leave(root / orphan, me, counted(1))  # its server has gone, and a worker lives on
    open_folder(living, "shop", str(tmp_path)).close()
    kept = {path.name for path in root.iterdir()}
    assert {orphan, another_container} < kept
    assert len(kept) == 3
    assert gone not in kept


def test_services_with_similar_names_do_not_share_a_folder(tmp_path: Path) -> None:
    for name in ("checkout-service-one", "checkout-service-two", "a/b", "\udce9"):
        open_folder("1-2-3", name, str(tmp_path)).close()
    (root,) = tmp_path.iterdir()
    assert len(list(root.iterdir())) == 4


def test_a_process_that_serves_nothing_has_no_server() -> None:
    program = (
        "from threesignals._workers.server import server_of_this_process as server;"
        "import socket; assert server() is None;"
        "own = socket.create_server(('127.0.0.1', 0)); assert server() is None"
    )
    subprocess.run([sys.executable, "-c", program], check=True)
