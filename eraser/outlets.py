"""Standard output and error that outlive their reader: a closed pipe or a full disk changes neither what a job does nor how it ends."""

from __future__ import annotations

import errno
import io
import os
import sys
from typing import TextIO


class Outlet(io.RawIOBase):
    """A descriptor to write to. After the first error nothing more is written; `lost` is that error, unless nobody wants to read on."""

    def __init__(self, descriptor: int, before: TextIO) -> None:
        """`before`: the stream that had the descriptor until now, and would close it if nobody kept it."""
        self.lost: OSError | None = None
        self._before = before
        self._descriptor, self._closed_off = descriptor, False

    def write(self, content: object, /) -> int:
        view = memoryview(content).cast("B")  # type: ignore[arg-type]
        done = 0
        while done < len(view) and not self._closed_off:
            try:
                done += os.write(self._descriptor, view[done:])
            except BlockingIOError:
                continue
            except OSError as error:
                self._closed_off = True
                self.lost = None if error.errno == errno.EPIPE else error
        return len(view)

    def writable(self) -> bool:
        return True

    def fileno(self) -> int:
        return self._descriptor

    def isatty(self) -> bool:
        return os.isatty(self._descriptor)


def install() -> tuple[Outlet, ...]:
    """In place of the process's own standard output and error; in a test that put others there, nothing is done."""
    made = []
    for name, descriptor in (("stdout", 1), ("stderr", 2)):
        stream = getattr(sys, name)
        if isinstance(stream, io.TextIOWrapper) and not stream.closed and _is(stream, descriptor):
            outlet = Outlet(descriptor, stream)
            setattr(sys, name, _around(outlet, stream))
            made.append(outlet)
    return tuple(made)


def _is(stream: TextIO, descriptor: int) -> bool:
    try:
        return stream.fileno() == descriptor
    except (OSError, ValueError):
        return False


def _around(outlet: Outlet, stream: io.TextIOWrapper) -> io.TextIOWrapper:
    """A stream like the one that was there."""
    return io.TextIOWrapper(
        io.BufferedWriter(outlet),
        encoding=stream.encoding,
        errors=stream.errors,
        newline="\n",
        line_buffering=stream.line_buffering,
        write_through=stream.write_through,
    )
