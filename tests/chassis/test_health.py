import signal
from http import HTTPStatus
from pathlib import Path

from chassis.health import Readiness, store_probe
from chassis.lifecycle import Lifecycle


def test_a_replica_is_ready_when_its_store_answers() -> None:
    readiness = Readiness(Lifecycle(drain_seconds=5), lambda: True)

    assert readiness.check() == (HTTPStatus.OK, {"status": "ready"})


def test_it_is_not_ready_from_the_moment_it_drains() -> None:
    lifecycle = Lifecycle(drain_seconds=5)
    readiness = Readiness(lifecycle, lambda: True)

    lifecycle.on_signal(signal.SIGTERM)

    assert readiness.check() == (HTTPStatus.SERVICE_UNAVAILABLE, {"status": "draining"})


def test_it_is_not_ready_when_its_store_is_gone() -> None:
    readiness = Readiness(Lifecycle(drain_seconds=5), lambda: False)

    assert readiness.check() == (HTTPStatus.SERVICE_UNAVAILABLE, {"status": "store unavailable"})


def test_a_store_that_can_be_opened_answers(tmp_path: Path) -> None:
    assert store_probe(f"sqlite:///{tmp_path}/store.db")()


def test_a_store_that_cannot_be_opened_does_not(tmp_path: Path) -> None:
    assert not store_probe(f"sqlite:///{tmp_path}/no/such/folder/store.db")()
