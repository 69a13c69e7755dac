"""Whether a bbolt database is whole: the collector keeps its queues in such files.

bbolt itself refuses a file with a damaged beginning, and panics when it comes to a damaged page, so
a collector with one never starts again. This follows all pages that hold keys.
"""

import struct
from mmap import ACCESS_READ, mmap
from pathlib import Path

MAGIC, VERSION = 0xED0CDAED, 2
BRANCH, LEAF, FREELIST = 0x01, 0x02, 0x10
PAGE = struct.Struct("<QHHI")
META = struct.Struct("<IIIIQQQQQQ")
LEAF_ELEMENT = struct.Struct("<IIII")
BRANCH_ELEMENT = struct.Struct("<IIQ")
NO_FREELIST = 0xFFFF_FFFF_FFFF_FFFF
BUCKET = 0x01


class DamagedError(Exception):
    """The file is not a database, or not a whole one."""


def check(file: Path) -> None:
    """Raise DamagedError unless every page that is in use is where and what it should be."""
    if not file.stat().st_size:  # bbolt begins such a file anew
        return
    with file.open("rb") as opened, mmap(opened.fileno(), 0, access=ACCESS_READ) as data:
        try:
            _Database(data).walk()
        except (struct.error, RecursionError) as error:
            raise DamagedError(str(error)) from error


class _Database:
    def __init__(self, data: mmap) -> None:
        self._data, self._seen = data, set[int]()
        self._page_size = 4096
        metas = [meta for offset in self._meta_offsets() if (meta := _meta(data, offset))]
        if not metas:
            raise DamagedError("no valid beginning")
        _, _, self._page_size, _, self._root, _, self._freelist, *_ = max(
            metas, key=lambda meta: meta[8]
        )

    def _meta_offsets(self) -> tuple[int, int]:
        first = _meta(self._data, 0)
        return 0, first[2] if first else self._page_size

    def walk(self) -> None:
        if self._freelist != NO_FREELIST:
            self._header(self._freelist, FREELIST)
        self._pages(self._root)

    def _pages(self, number: int) -> None:
        if number in self._seen:
            raise DamagedError(f"page {number} is used twice")
        self._seen.add(number)
        flags, count = self._header(number, BRANCH | LEAF)
        begin = number * self._page_size + PAGE.size
        for index in range(count):
            if flags == BRANCH:
                element = begin + index * BRANCH_ELEMENT.size
                self._pages(BRANCH_ELEMENT.unpack_from(self._data, element)[2])
            else:
                self._leaf(begin + index * LEAF_ELEMENT.size)

    def _leaf(self, at: int) -> None:
        flags, position, key_size, value_size = LEAF_ELEMENT.unpack_from(self._data, at)
        value = at + position + key_size
        if value + value_size > len(self._data):
            raise DamagedError("a value lies behind the end")
        if flags == BUCKET:
            (root,) = struct.unpack_from("<Q", self._data, value)
            if root:
                self._pages(root)

    def _header(self, number: int, allowed: int) -> tuple[int, int]:
        found, flags, count, overflow = PAGE.unpack_from(self._data, number * self._page_size)
        end = (number + overflow + 1) * self._page_size
        if found != number or not flags & allowed or end > len(self._data):
            raise DamagedError(f"page {number} is not itself")
        return flags, count


def _meta(data: mmap, offset: int) -> tuple[int, ...] | None:
    if len(data) < offset + PAGE.size + META.size:
        return None
    meta = META.unpack_from(data, offset + PAGE.size)
    hashed = data[offset + PAGE.size : offset + PAGE.size + META.size - 8]
    return meta if meta[:2] == (MAGIC, VERSION) and meta[-1] == _fnv1a(hashed) else None


def _fnv1a(data: bytes) -> int:
    value = 0xCBF29CE484222325
    for byte in data:
        value = (value ^ byte) * 0x100000001B3 & 0xFFFF_FFFF_FFFF_FFFF
    return value
