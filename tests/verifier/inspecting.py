"""Runs an inspection to its end, for tests; and a reader with bad places."""

import errno
import os
from pathlib import Path

from verifier.carving import SECTOR
from verifier.inspection import WINDOW, Inspection, inspect
from verifier.partitions import Read


def finish(read: Read, size: int, *, node: Path | None = None, window_bytes: int = WINDOW) -> Inspection:
    steps = inspect(read, size, node=node, window_bytes=window_bytes)
    while True:
        try:
            next(steps)
        except StopIteration as end:
            result = end.value
            assert isinstance(result, Inspection)
            return result


def finish_bytes(data: bytes, window_bytes: int = WINDOW) -> Inspection:
    return finish(lambda offset, length: data[offset : offset + length], len(data), window_bytes=window_bytes)


def finish_image(path: Path) -> Inspection:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        size = os.fstat(descriptor).st_size
        return finish(lambda offset, length: os.pread(descriptor, length, offset), size, node=path)
    finally:
        os.close(descriptor)


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
