"""Find out who listens on a port that the stack needs."""

import contextlib
import socket
from collections.abc import Mapping

import psutil

from lab.errors import LabError
from lab.facts import HOST
from lab.processes.ports import OFFSET_VARIABLE


def require_free(listeners: Mapping[int, str]) -> None:
    """Raise LabError naming the first port of `listeners` that is taken, and its owner if known."""
    for port, purpose in listeners.items():
        if not _is_free(port):
            raise LabError(
                f"Port {port} ({purpose}) is in use{_owner(port)}. "
                f"Stop that, or shift all ports of the lab, for example {OFFSET_VARIABLE}=7000."
            )


def _is_free(port: int) -> bool:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
    return True


def _owner(port: int) -> str:
    """` by NAME (process ID)`, or nothing when the system does not tell."""
    with contextlib.suppress(psutil.Error):
        for connection in psutil.net_connections("tcp"):
            if connection.status == psutil.CONN_LISTEN and tuple(connection.laddr)[1:] == (port,):
                return f" by {psutil.Process(connection.pid).name()} (process {connection.pid})"
    return ""
