"""Two stages that overlap: one fills page-aligned buffers, the other empties them; neither waits while a buffer is ready.

Writing: generate, then write. Verifying: read, then compare. The caller only looks at `done` now and then, so that a call that hangs
in the kernel holds up nobody but its own thread.
"""

from __future__ import annotations

import mmap
import queue
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

TICK_SECONDS = 0.1
STALL_SECONDS = 300.0  # a failing USB disk may block one call for the SCSI timeout, 30 s, times its retries


class Stalled(Exception):
    """The device gave no answer, good or bad, for `seconds`."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        super().__init__(f"no answer for {seconds:.0f} s")


class Span(NamedTuple):
    """Bytes `offset` to `offset + length` of the medium."""

    offset: int
    length: int


class Buffer:
    """Page-aligned memory, as O_DIRECT needs it, with a note of what fills it."""

    def __init__(self, size: int) -> None:
        self.view = memoryview(mmap.mmap(-1, size))
        self.tag: object = None


Stage = Callable[[Span, Buffer], None]


def blocks(first: int, end: int, block: int) -> Iterator[Span]:
    """Bytes `first` to `end` (not included) in spans of at most `block` bytes, ascending."""
    for offset in range(first, end, block):
        yield Span(offset, min(block, end - offset))


class Pipeline:
    """Runs `work` through `fill` and `drain` in two threads. Start it by entering; leave it to end it."""

    def __init__(self, work: Iterable[Span], fill: Stage, drain: Stage, *, block: int, depth: int) -> None:
        self.done = 0  # bytes that passed both stages
        self.error: BaseException | None = None
        self._work, self._fill, self._drain = work, fill, drain
        self._free: queue.SimpleQueue[Buffer | None] = queue.SimpleQueue()
        self._full: queue.SimpleQueue[tuple[Span, Buffer] | None] = queue.SimpleQueue()
        for _ in range(depth):
            self._free.put(Buffer(block))
        self._halted = threading.Event()
        self._finished = threading.Event()
        self._last_beat = time.monotonic()
        self._threads = [
            threading.Thread(target=self._run, args=(self._fill_all,), daemon=True, name="fill"),
            threading.Thread(target=self._run, args=(self._drain_all,), daemon=True, name="drain"),
        ]

    def __enter__(self) -> Pipeline:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.halt()

    def halt(self, patience: float = 0.5) -> bool:
        """End both stages at the next buffer. True if they ended within `patience` seconds; a hung call may outlive it."""
        self._halted.set()
        self._free.put(None)
        deadline = time.monotonic() + patience
        for thread in self._threads:
            thread.join(max(0.0, deadline - time.monotonic()))
        return not any(thread.is_alive() for thread in self._threads)

    def beat(self) -> None:
        """A sign of life: stages call it after each answer of the device, good or bad."""
        self._last_beat = time.monotonic()

    def progress(self, stall_seconds: float) -> Iterator[int]:
        """Yields `done` every TICK_SECONDS until everything passed both stages. Raises what a stage raised, and Stalled."""
        self.beat()
        while not self._finished.wait(TICK_SECONDS):
            if time.monotonic() - self._last_beat > stall_seconds:
                raise Stalled(stall_seconds)
            yield self.done
        if self.error is not None:
            raise self.error
        yield self.done

    def _run(self, stage: Callable[[], None]) -> None:
        try:
            stage()
        except BaseException as error:  # handed to the caller, who raises it in his own thread
            if self.error is None:
                self.error = error
            self._halted.set()
            self._free.put(None)
            self._full.put(None)
            self._finished.set()

    def _fill_all(self) -> None:
        for span in self._work:
            buffer = self._free.get()
            if buffer is None or self._halted.is_set():
                break
            self._fill(span, buffer)
            self._full.put((span, buffer))
        self._full.put(None)

    def _drain_all(self) -> None:
        while (item := self._full.get()) is not None:
            if self._halted.is_set():
                return
            span, buffer = item
            self._drain(span, buffer)
            self.done += span.length
            self.beat()
            self._free.put(buffer)
        self._finished.set()


def in_background(call: Callable[[], None], stall_seconds: float = STALL_SECONDS) -> Iterator[None]:
    """Runs one call that may take long (a flush) in a thread of its own; yields meanwhile, raises what it raised, and Stalled."""
    errors: list[BaseException] = []
    finished = threading.Event()

    def run() -> None:
        try:
            call()
        except BaseException as error:  # raised again in the caller's thread
            errors.append(error)
        finished.set()

    threading.Thread(target=run, daemon=True, name="background").start()
    deadline = time.monotonic() + stall_seconds
    while not finished.wait(TICK_SECONDS):
        if time.monotonic() > deadline:
            raise Stalled(stall_seconds)
        yield
    if errors:
        raise errors[0]
