"""A few hands that share the work on one medium: each takes the next piece, does all there is to do with it, and takes another.

While one waits for the device, another makes content or compares. A piece stays in the cache of the processor that works on it, and the
device always has its next request. Results are put together in the order of the work, whoever was first. The caller only looks at
`done` now and then, so that a call that hangs in the kernel holds up nobody but its own hand.
"""

from __future__ import annotations

import mmap
import os
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from typing import Generic, NamedTuple, TypeVar

TICK_SECONDS = 0.1
STALL_SECONDS = 300.0  # a failing USB disk may block one call for the SCSI timeout, 30 s, times its retries
HUGE_PAGE_BYTES = 2 << 20  # of x86-64, and of arm64 with pages of 4 KiB
AHEAD = 8  # pieces that may be done before one that takes long: so much is done again after a power loss, at most

Result = TypeVar("Result")


class Stalled(Exception):
    """The device gave no answer, good or bad, for `seconds`."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        super().__init__(f"no answer for {seconds:.0f} s")


class Span(NamedTuple):
    """Bytes `offset` to `offset + length` of the medium."""

    offset: int
    length: int

    @property
    def end(self) -> int:
        """The first byte behind it."""
        return self.offset + self.length


class Buffer:
    """Memory for one piece, with a note of what fills it."""

    def __init__(self, view: memoryview) -> None:
        self.view = view
        self.tag: object = None


def buffers(count: int, size: int) -> list[Buffer]:
    """`count` times `size` bytes, side by side, page-aligned as O_DIRECT needs it.

    In huge pages where the machine has them: for each request the kernel has to find its pages, and those are hundreds of small ones
    to a piece. No child inherits them, since open(2) warns of O_DIRECT into private memory of a process that forks.
    """
    each = -(-size // mmap.PAGESIZE) * mmap.PAGESIZE
    whole = -(-count * each // HUGE_PAGE_BYTES) * HUGE_PAGE_BYTES
    memory = mmap.mmap(-1, whole, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
    memory.madvise(mmap.MADV_DONTFORK)
    with suppress(OSError):  # a kernel built without huge pages
        memory.madvise(mmap.MADV_HUGEPAGE)
    view = memoryview(memory)
    return [Buffer(view[start : start + size]) for start in range(0, count * each, each)]


def blocks(first: int, end: int, block: int) -> Iterator[Span]:
    """Bytes `first` to `end` (not included) in spans of at most `block` bytes, ascending."""
    for offset in range(first, end, block):
        yield Span(offset, min(block, end - offset))


class Queue(NamedTuple):
    """What a device takes: `request` bytes at most in one request, and `depth` requests at once. None where it doesn't say."""

    request: int | None = None
    depth: int | None = None

    def fitting(self, usual: int) -> int:
        """About `usual` bytes, in whole requests, so that none is cut short."""
        if not self.request or self.request > usual or self.request % mmap.PAGESIZE:
            return usual
        return usual // self.request * self.request


def hands(per_processor: int, media: int, queue: Queue = Queue()) -> int:  # noqa: B008 - it is frozen
    """How many for one of `media` media at once: enough to keep the processors busy, and one more than the device takes requests at
    once. More get in each other's way (`make bench`)."""
    useful = 4 if queue.depth is None else queue.depth + 1
    return max(1, min(4, useful, per_processor * len(os.sched_getaffinity(0)) // media))


class Crew(Generic[Result]):
    """Does `task` to all of `work` and hands the results to `fold` in the order of the work. Start it by entering; leave it to end it."""

    def __init__(
        self,
        work: Iterable[Span],
        task: Callable[[Span, Buffer], Result],
        fold: Callable[[Span, Result], None],
        *,
        block: int,
        hands: int,
    ) -> None:
        self.done = 0  # bytes of the work's beginning without a gap
        self.error: BaseException | None = None
        self._work, self._task, self._fold = iter(work), task, fold
        self._changed = threading.Condition()
        self._taken = self._folded = 0
        self._early: dict[int, tuple[Span, Result]] = {}  # finished before one that was taken earlier
        self._exhausted = self._halted = False
        self._finished = threading.Event()
        self._last_beat = time.monotonic()
        self._threads = [
            threading.Thread(target=self._run, args=(buffer,), daemon=True, name=f"hand-{n}")
            for n, buffer in enumerate(buffers(hands, block))
        ]

    def __enter__(self) -> Crew[Result]:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.halt()

    def halt(self, patience: float = 0.5) -> bool:
        """End all hands at their next piece. True if they ended within `patience` seconds; a hung call may outlive it."""
        with self._changed:
            self._halted = True
            self._changed.notify_all()
        deadline = time.monotonic() + patience
        for thread in self._threads:
            thread.join(max(0.0, deadline - time.monotonic()))
        return not any(thread.is_alive() for thread in self._threads)

    def beat(self) -> None:
        """A sign of life: tasks call it after each answer of the device, good or bad."""
        self._last_beat = time.monotonic()

    def progress(self, stall_seconds: float) -> Iterator[int]:
        """Yields `done` every TICK_SECONDS until all the work is done. Raises what a task raised, and Stalled."""
        self.beat()
        while not self._finished.wait(TICK_SECONDS):
            if time.monotonic() - self._last_beat > stall_seconds:
                raise Stalled(stall_seconds)
            yield self.done
        if self.error is not None:
            raise self.error
        yield self.done

    def _run(self, buffer: Buffer) -> None:
        try:
            while (taken := self._take()) is not None:
                number, span = taken
                self._deliver(number, span, self._task(span, buffer))
        except BaseException as error:  # handed to the caller, who raises it in his own thread
            with self._changed:
                self.error = self.error or error
                self._halted = True
                self._changed.notify_all()
            self._finished.set()

    def _take(self) -> tuple[int, Span] | None:
        with self._changed:
            while self._taken - self._folded >= AHEAD and not self._halted:
                self._changed.wait()
            span = None if self._halted else next(self._work, None)
            if span is None:
                self._exhausted = True
                self._finish_if_all_done()
                return None
            self._taken += 1
            return self._taken - 1, span

    def _deliver(self, number: int, span: Span, result: Result) -> None:
        self.beat()
        with self._changed:
            self._early[number] = span, result
            while (next_in_order := self._early.pop(self._folded, None)) is not None:
                self._fold(*next_in_order)
                self.done += next_in_order[0].length
                self._folded += 1
            self._changed.notify_all()
            self._finish_if_all_done()

    def _finish_if_all_done(self) -> None:
        if self._exhausted and self._folded == self._taken and not self._halted:
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
