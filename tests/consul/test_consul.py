"""Discovery and settings on a real Consul."""

from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread

import httpx
import pytest
from tests.support.consul import RunningConsul, settings_in
from tests.support.exactly_once import wait_for
from tests.support.signals import RecordedSignals

from chassis.knobs import ROOT, Knobs
from consulkit import (
    Address,
    Consul,
    Directory,
    DiscoveringTransport,
    Instance,
    Live,
    Metrics,
    Registration,
    follow,
    path,
)

pytestmark = pytest.mark.e2e


@contextmanager
def replica() -> Iterator[Address]:
    """A replica that is well, and answers everything with its own port."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = str(self.server.server_port).encode()  # type: ignore[attr-defined]
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield Address("127.0.0.1", server.server_port)
    finally:
        server.shutdown()
        server.server_close()


@contextmanager
def registered(
    consul: Consul, name: str, address: Address, signals: RecordedSignals
) -> Iterator[Event]:
    """Keep a replica registered; the event says that it drains."""
    draining = Event()
    registration = Registration(
        consul,
        Instance(service=name, address=address),
        leaving=draining.is_set,
        signals=signals,
    )
    registration.start()
    try:
        yield draining
    finally:
        registration.stop()


@contextmanager
def directory(
    consul: Consul, name: str, signals: RecordedSignals, metrics: Metrics
) -> Iterator[Directory]:
    one = Directory(consul, name, signals, metrics)
    one.start()
    try:
        yield one
    finally:
        one.stop()


def addresses(consul: Consul, name: str) -> list[Address]:
    return consul.healthy(name).value


def test_a_replica_is_found_while_it_serves_and_gone_once_it_drains(
    consul: Consul, signals: RecordedSignals
) -> None:
    with replica() as address, registered(consul, "drained", address, signals) as draining:
        wait_for(lambda: addresses(consul, "drained") == [address], seconds=10)
        draining.set()
        wait_for(lambda: not addresses(consul, "drained"), seconds=2)
    events = [line["event"] for line in signals.lines]
    assert events == ["consul.registered", "consul.deregistered"]


def test_a_killed_replica_leaves_within_its_checks_time(
    consul: Consul, signals: RecordedSignals
) -> None:
    with replica() as address:
        consul.register(Instance(service="killed", address=address))
        wait_for(lambda: addresses(consul, "killed") == [address], seconds=10)
    wait_for(lambda: not addresses(consul, "killed"), seconds=3)


def test_requests_go_to_every_replica_in_turn(
    consul: Consul, signals: RecordedSignals, metrics: Metrics
) -> None:
    with (
        replica() as one,
        replica() as two,
        registered(consul, "turns", one, signals),
        registered(consul, "turns", two, signals),
        directory(consul, "turns", signals, metrics) as known,
        httpx.Client(
            base_url="http://turns.invalid", transport=DiscoveringTransport(known)
        ) as client,
    ):
        wait_for(lambda: signals.sample("discovery_addresses", {"service": "turns"}) == 2)
        answers = {client.get("/").text for _ in range(4)}
        assert answers == {str(one.port), str(two.port)}


def test_without_consul_the_last_known_addresses_are_used_and_a_warning_says_so(
    running: RunningConsul, consul: Consul, signals: RecordedSignals, metrics: Metrics
) -> None:
    fresh = {"service": "last-known"}
    with (
        replica() as address,
        registered(consul, "last-known", address, signals),
        directory(consul, "last-known", signals, metrics) as known,
    ):
        wait_for(lambda: known.pick() == address, seconds=10)
        running.kill()
        wait_for(lambda: signals.sample("discovery_fresh", fresh) == 0, seconds=10)
        assert known.pick() == address
        assert "discovery.stale" in [line["event"] for line in signals.lines]

        running.start()  # with an empty memory: the replica registers again
        wait_for(lambda: signals.sample("discovery_fresh", fresh) == 1, seconds=15)
        wait_for(lambda: addresses(consul, "last-known") == [address], seconds=10)


def test_a_setting_applies_without_a_restart_and_its_history_tells_who_changed_what(
    consul: Consul, signals: RecordedSignals, metrics: Metrics
) -> None:
    live = Live(Knobs(), signals, metrics)
    watch = follow(consul, path(ROOT, "laptops"), live, failed=lambda _: None)
    watch.start()
    try:
        settings_in(consul).change("laptops", "supplier_latency_seconds", "0.25", by="a test")
        wait_for(lambda: live.now().supplier_latency_seconds == 0.25, seconds=2)
        settings_in(consul).change("laptops", "supplier_latency_seconds", None, by="a test")
        wait_for(lambda: live.now().supplier_latency_seconds == 0, seconds=2)
    finally:
        watch.stop()
    latest, first = settings_in(consul).changes()
    assert (first.old, first.new, first.by) == (None, "0.25", "a test")
    assert (latest.old, latest.new) == ("0.25", None)


def test_a_bad_value_never_reaches_the_store(consul: Consul) -> None:
    with pytest.raises(ValueError, match="supplier_latency_seconds"):
        settings_in(consul).change("port", "supplier_latency_seconds", "-1", by="a test")
    assert settings_in(consul).read("port") == {}
