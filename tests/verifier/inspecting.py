"""Runs an inspection to its end, for tests; and media in memory, whole and with bad places."""

import errno
import os
from collections.abc import Callable
from pathlib import Path

from verifier.carving import SECTOR
from verifier.inspection import WINDOW, Inspection, inspect
from verifier.reading import Reader

Read = Callable[[int, int], bytes]


class Memory:
    """A medium whose bytes a function gives; what it raises, the medium raises."""

    def __init__(
        self, read: Read, size: int, sector_bytes: int = SECTOR, gone: Callable[[], bool] = lambda: False
    ) -> None:
        self.read, self.size, self.sector_bytes, self.is_block = read, size, sector_bytes, False
        self.is_gone = gone

    def read_into(self, offset: int, view: memoryview) -> None:
        done = 0
        while done < len(view):
            data = self.read(offset + done, len(view) - done)
            if not data:
                raise OSError(errno.EIO, os.strerror(errno.EIO))
            view[done : done + len(data)] = data
            done += len(data)


def finish(read: Read, size: int, *, window: int = WINDOW, sector_bytes: int = SECTOR) -> Inspection:
    return inspect(Memory(read, size, sector_bytes), window=window)


def finish_bytes(data: bytes, window: int = WINDOW) -> Inspection:
    return finish(lambda offset, length: data[offset : offset + length], len(data), window=window)


def finish_image(path: Path) -> Inspection:
    with Reader(path) as reader:
        return inspect(reader, node=path)


def found(result: Inspection) -> dict[int, str]:
    return {f.offset: f.kind for f in result.files} | {t.offset: t.encoding for t in result.text_regions}


class BadPlaces:
    """A reader that fails with EIO on some sectors, and counts its failures."""

    def __init__(self, data: bytes, bad: set[int]) -> None:
        self.data, self.bad, self.failures = data, bad, 0

    def __call__(self, offset: int, length: int) -> bytes:
        if any(sector in self.bad for sector in range(offset // SECTOR, -(-(offset + length) // SECTOR))):
            self.failures += 1
            raise OSError(errno.EIO, "Input/output error")
        return self.data[offset : offset + length]
