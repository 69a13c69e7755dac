"""A process as one of its server's workers: it leaves its samples, and adds up those of all."""

import os
import socket
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from threesignals._workers.bell import hang, ring
from threesignals._workers.families import Families
from threesignals._workers.folder import Folder, open_folder
from threesignals._workers.server import server_of_this_process

# How much a worker that is killed may take with it; what any page has shown is never lost.
WRITE_EVERY_SECONDS = 1.0
# Writing takes this share of a processor at most, however many series there are.
_SHARE = 0.01


class Workers:
    """All workers of this process's server; of a process that has no such server, itself alone.

    `own` draws this process's samples. Nothing is opened and no thread runs before `join`.
    """

    def __init__(
        self, own: Callable[[], Families], *, service: str, place: str, warn: Callable[[str], None]
    ) -> None:
        self._own = own
        self._service = service
        self._place = place
        self._warn = warn
        self._folder: Folder | None = None
        self.reset()

    def reset(self) -> None:
        """Be a process of its own after a fork, until it serves."""
        if self._folder is not None:
            self._folder.close()
        self._folder = None
        self._joined = False
        self._lock = threading.Lock()

    def join(self) -> None:
        """Look once for the workers that serve the same socket; the process serves it by now."""
        with self._lock:
            if self._joined:
                return
            self._joined = True
            try:
                self._enter()
            except OSError as failure:
                self._folder = None
                self._warn(
                    "/metrics shows one worker of several, because they have no folder to meet in"
                    f" ({failure}): let TELEMETRY_RUNTIME_DIRECTORY name one that can be written"
                )

    def _enter(self) -> None:
        if (server := server_of_this_process()) is None:
            return
        folder = open_folder(server, self._service, self._place)
        folder.write(self._own())
        bell = hang(folder.bell())
        self._folder = folder
        threading.Thread(
            target=self._attend, args=(folder, bell), name="telemetry-workers", daemon=True
        ).start()

    @property
    def several(self) -> bool:
        """Whether a page may be of more processes than this one."""
        return self._folder is not None

    def page(self) -> Families:
        """Return the samples of all workers, each up to its last finished request."""
        self.join()
        if (folder := self._folder) is None:
            return self._own()
        ring([folder.bell(worker) for worker in folder.others()])
        try:
            self._write(folder)
            return folder.join()
        except OSError as failure:
            self._warn(f"/metrics shows one worker of several: {failure}")
            return self._own()

    def leave(self) -> None:
        """Leave the last samples to the others: this process ends."""
        if (folder := self._folder) is not None:
            with suppress(OSError):
                self._write(folder)
                Path(folder.bell()).unlink(missing_ok=True)

    def _write(self, folder: Folder) -> None:
        with self._lock:
            folder.write(self._own())

    def _attend(self, folder: Folder, bell: socket.socket) -> None:
        """Leave samples when another worker rings, and now and then in case this one is killed."""
        pause, owner = WRITE_EVERY_SECONDS, os.getpid()
        while self._folder is folder and os.getpid() == owner:
            bell.settimeout(pause)
            caller: socket.socket | None = None
            with suppress(TimeoutError):
                caller, _ = bell.accept()
            begun = time.thread_time()
            with suppress(OSError):
                self._write(folder)
            pause = max(WRITE_EVERY_SECONDS, (time.thread_time() - begun) / _SHARE)
            if caller:
                caller.close()
