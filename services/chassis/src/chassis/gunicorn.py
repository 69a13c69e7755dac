"""Serve a WSGI app as one replica: gunicorn's threaded worker, without its arbiter.

One process is one replica: process-compose or Kubernetes starts it again, so a second supervisor
in between would only stand in the way of its signals. `chassis.uvicorn` does the same for ASGI.
"""

from __future__ import annotations

import os
import signal
import socket
from pathlib import Path
from types import FrameType
from typing import Any

from gunicorn.app.base import BaseApplication  # type: ignore[import-untyped]
from prometheus_client import CollectorRegistry

from chassis.lifecycle import Lifecycle
from chassis.patience import CONNECTIONS, FINISH_SECONDS, KEEPALIVE_SECONDS, Closed
from chassis.threaded import UnhurriedWorker

# A thread is made when it is first needed. There are more than `chassis.capacity` lets wait and
# work, so that one is free to turn others away.
THREADS = 256
SHARED_MEMORY = "/dev/shm"  # noqa: S108  # writable even where the root is read-only
DRAIN_POLL_SECONDS = 0.05


class _Config(BaseApplication):  # type: ignore[misc]
    """Gunicorn's settings and the app, as its worker wants to receive them."""

    def __init__(self, app: Any) -> None:  # noqa: ANN401
        self._app = app
        super().__init__()

    def load_config(self) -> None:
        """Set what differs from gunicorn's defaults."""
        self.cfg.set("threads", THREADS)
        self.cfg.set("worker_connections", CONNECTIONS)
        self.cfg.set("keepalive", KEEPALIVE_SECONDS)
        self.cfg.set("graceful_timeout", FINISH_SECONDS)
        self.cfg.set("loglevel", "warning")
        if Path(SHARED_MEMORY).is_dir():
            self.cfg.set("worker_tmp_dir", SHARED_MEMORY)

    def load(self) -> Any:  # noqa: ANN401
        """Return the WSGI app."""
        return self._app


class _ReplicaWorker(UnhurriedWorker):
    """A threaded worker that ends as `Lifecycle` says."""

    lifecycle: Lifecycle

    def init_signals(self) -> None:
        """SIGTERM and SIGINT go to the lifecycle; gunicorn's other signals have no arbiter."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self.handle_exit)
            signal.siginterrupt(number, False)

    def handle_exit(self, sig: int, _frame: FrameType | None) -> None:
        """Begin to drain: from now on each response closes its connection.

        Those that were told to stay open do stay, for a request may be under way on one.
        """
        self.lifecycle.on_signal(sig)
        self.max_keepalived = 0
        self.method_queue.defer(lambda: None)  # wakes the loop

    def notify(self) -> None:
        """Stop when the drain is over, and make room; the loop calls this when it comes round."""
        if self.lifecycle.should_stop:
            self.alive = False
        while self.nr_conns >= self.worker_connections and self.make_room():
            pass

    def wait_for_and_dispatch_events(self, timeout: float) -> None:
        """Look more often while draining, so that the drain ends on time."""
        longest = DRAIN_POLL_SECONDS if self.lifecycle.draining else timeout
        super().wait_for_and_dispatch_events(min(timeout, longest))

    def is_parent_alive(self) -> bool:
        """Outlive the shell that started us, as any server does."""
        return True


def serve(
    app: Any,  # noqa: ANN401 (a Flask app)
    *,
    sock: socket.socket,
    lifecycle: Lifecycle,
    registry: CollectorRegistry,
) -> None:
    """Serve until the lifecycle ends; return when requests in flight are answered."""
    application = _Config(app)
    log = application.cfg.logger_class(application.cfg)
    log.error_log.handlers.clear()
    log.error_log.propagate = True  # to the root logger, which telemetry has
    worker = _ReplicaWorker(
        age=0,
        ppid=os.getppid(),
        sockets=[sock],
        app=application,
        timeout=0,
        cfg=application.cfg,
        log=log,
    )
    worker.lifecycle = lifecycle
    worker.closed = Closed(registry)
    worker.max_body_bytes = app.config["MAX_CONTENT_LENGTH"]
    worker.init_process()
