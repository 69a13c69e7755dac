"""Which server this process is a worker of: the parent that holds the socket which it serves."""

import multiprocessing
import os
from collections.abc import Iterable
from contextlib import suppress
from hashlib import blake2s
from pathlib import Path

_PROC = Path("/proc")


def server_of_this_process() -> str | None:
    """Return a name that all workers of one server share; None for a process of its own.

    A server that has workers opens the socket and hands it to them, so a worker has a socket in
    common with its parent; or each opens its own at one address (granian), as a child that
    `multiprocessing` made. Linux tells; elsewhere every process counts as one of its own.
    """
    if not (serving := _serving()):
        return None
    asked = getattr(multiprocessing.parent_process(), "pid", None)
    for parent in filter(None, (os.getppid(), asked)):
        if shared := serving.keys() & _sockets(parent):
            return _name(parent, [serving[inode] for inode in shared])
    if asked:
        return _name(asked, serving.values())
    return None if _readable(os.getppid()) else _name(os.getppid(), serving.values())


def _name(parent: int, addresses: Iterable[str]) -> str | None:
    """Name a server by its process and the addresses that it serves."""
    if not (server := identity(parent)):
        return None
    digest = blake2s(",".join(sorted(addresses)).encode(), digest_size=6).hexdigest()
    return f"{_namespace()}-{server}-{digest}"


def identity(pid: int) -> str:
    """Return what tells a process from a later one of the same number; "" when it has gone."""
    try:
        stat = (_PROC / str(pid) / "stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return ""
    # The name, in brackets, may hold anything.
    state, *fields = stat.rpartition(")")[2].split()
    return "" if state in "ZX" else f"{pid}-{fields[18]}"


def alive(name: str) -> bool:
    """Tell whether the process of this identity still runs."""
    return identity(int(name.partition("-")[0])) == name


def _namespace() -> str:
    """Tell containers apart: each numbers its processes anew, and they may share a folder."""
    return str((_PROC / "self" / "ns" / "pid").stat().st_ino)


def of_this_namespace(name: str) -> bool:
    """Tell whether the processes in a server's name can be seen from here."""
    return name.startswith(f"{_namespace()}-")


def _readable(pid: int) -> bool:
    """Tell whether this user may look: a server may have given its workers another user."""
    return os.access(_PROC / str(pid) / "fd", os.R_OK | os.X_OK)


def _sockets(pid: "int | str") -> set[str]:
    """Return the inodes of a process's sockets; none when they may not be seen."""
    inodes = set()
    with suppress(OSError):
        for entry in (_PROC / str(pid) / "fd").iterdir():
            with suppress(OSError):
                kind, _, inode = str(entry.readlink()).partition(":")
                if kind == "socket":
                    inodes.add(inode.strip("[]"))
    return inodes


def _serving() -> dict[str, str]:
    """Return the sockets that this process accepts connections from: inodes and addresses."""
    listening = _listening("tcp") | _listening("tcp6") | _listening("unix")
    return {inode: listening[inode] for inode in listening.keys() & _sockets("self")}


# Of a line in /proc/net: which field says "listening", how, which is the inode, which the address.
_TABLES = {"tcp": (3, "0A", 9, 1), "tcp6": (3, "0A", 9, 1), "unix": (3, "00010000", 6, 7)}


def _listening(table: str) -> dict[str, str]:
    state, listens, inode, address = _TABLES[table]
    try:
        lines = (_PROC / "self" / "net" / table).read_text().splitlines()[1:]
    except OSError:  # a kernel without IPv6, or not Linux
        return {}
    rows = map(str.split, lines)
    return {row[inode]: row[address] for row in rows if row[state] == listens and row[address:]}
