"""Find and end the processes of a stack by the mark in their environment, whoever started them."""

import contextlib
from pathlib import Path

import psutil

from lab.processes.process_compose import MARKER


def find(state: Path) -> list[psutil.Process]:
    """Every process that belongs to the stack of this state directory."""
    return [process for process in psutil.process_iter() if _belongs(process, state)]


def end(state: Path, *, seconds: float = 10) -> int:
    """Terminate what is left of a stack, kill what does not go, and return how many there were."""
    processes = find(state)
    for process in processes:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.terminate()
    _, alive = psutil.wait_procs(processes, timeout=seconds)
    for process in alive:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.kill()
    psutil.wait_procs(alive, timeout=5)
    return len(processes)


def _belongs(process: psutil.Process, state: Path) -> bool:
    try:
        return process.environ().get(MARKER) == str(state)
    except (psutil.Error, OSError):
        return False  # gone, a zombie, or somebody else's
