"""Wait until a program that was started here takes requests."""

import subprocess
from typing import Protocol

from lab.waiting import wait_until


class Server(Protocol):
    """What a program can be asked."""

    def answers(self) -> bool:
        """Return whether it takes requests now."""


def answers(server: Server, process: subprocess.Popen[bytes], *, seconds: float) -> bool:
    """Return whether it answers in time; a process that has ended is not waited for."""
    wait_until(lambda: process.poll() is not None or server.answers(), seconds=seconds)
    return process.poll() is None and server.answers()
