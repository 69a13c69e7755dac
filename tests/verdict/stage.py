"""The running lab as a disturbance sees it: its processes, its files, and the course of a load."""

from __future__ import annotations

import contextlib
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from lab.engines.machine import endpoints_of
from lab.experiments.spike import load
from lab.experiments.spike.clientlog import Tail
from lab.experiments.spike.plan import Plan
from lab.stack.running import RunningStack

Action = Callable[[], None]


@dataclass
class Stage:
    """One run of a row. Actions happen in threads of their own, at a moment of a phase."""

    running: RunningStack
    plan: Plan
    folder: Path
    over: threading.Event = field(default_factory=threading.Event)
    errors: list[Exception] = field(default_factory=list)
    _threads: list[threading.Thread] = field(default_factory=list)

    def at(self, phase: str, seconds: float, action: Action) -> None:
        """Do something so many seconds after a phase has begun."""
        thread = threading.Thread(target=self._act, args=(phase, seconds, action), daemon=True)
        self._threads.append(thread)
        thread.start()

    def pid(self, name: str) -> int:
        """Return the process id of a part of the stack, or of this run's Locust."""
        return self.locust().pid if name == "locust" else endpoints_of(self.running).pids()[name]

    def locust(self) -> psutil.Process:
        """Return this run's Locust."""
        children = psutil.Process().children()
        return next(child for child in children if "locust" in child.cmdline())

    def freeze(self, name: str, seconds: float) -> None:
        """Stop a process with SIGSTOP for a while; it goes on however this ends."""
        pid = self.pid(name)
        os.kill(pid, signal.SIGSTOP)
        try:
            self.over.wait(seconds)
        finally:
            with contextlib.suppress(ProcessLookupError):  # it may have been ended meanwhile
                os.kill(pid, signal.SIGCONT)

    def close(self) -> None:
        """End what still waits for its moment; raise what went wrong in an action."""
        self.over.set()
        for thread in self._threads:
            thread.join(timeout=30)
        if self.errors:
            raise self.errors[0]

    def _act(self, phase: str, seconds: float, action: Action) -> None:
        try:
            if self._wait_for(phase, seconds):
                action()
        except Exception as error:
            self.errors.append(error)

    def _wait_for(self, phase: str, seconds: float) -> bool:
        """Wait until that moment; False when the run is over before."""
        tail = Tail(self.folder / load.REQUESTS)
        while phase not in tail.read().phases:
            if self.over.wait(0.1):
                return False
        moment = tail.log.phases[phase] + seconds
        return not self.over.wait(max(0.0, moment - time.time()))


@contextmanager
def staged(running: RunningStack, plan: Plan, folder: Path) -> Iterator[Stage]:
    """Give a stage, and end its actions afterwards."""
    stage = Stage(running, plan, folder)
    try:
        yield stage
    finally:
        stage.close()
