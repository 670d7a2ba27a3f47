"""One pass: generates the content and writes it at the same time, to every sector that takes it."""

from __future__ import annotations

import threading
import time
from collections.abc import Generator, Sequence
from typing import NamedTuple

from eraser.target import Target
from verifier.content import Content
from verifier.crew import STALL_SECONDS, Buffer, Crew, Span, blocks, hands, in_background
from verifier.faults import FaultBudget, append, rescue
from verifier.pacing import Pace

BLOCK_BYTES = 3 << 19
# Several media at once wait for each other at the end of each block (the interpreter's lock).
SHARED_BLOCK_BYTES = 3 << 20
HANDS_PER_PROCESSOR = 2
CHECKPOINT_SECONDS = 2.0  # how much work a power loss may cost; each costs one flush


class FlushFailed(Exception):
    """The device could not say that what it was given is written."""


class Checkpoint(NamedTuple):
    """Everything below `durable` is written and flushed, but for `unwritable`."""

    durable: int
    unwritable: tuple[Span, ...]


class Writing:
    """A pass over a medium, from `first` on. Iterate it for the bytes that went by; `written` and `unwritable` tell what came of it."""

    def __init__(
        self,
        target: Target,
        content: Content,
        paces: Sequence[Pace] = (),
        first: int = 0,
        unwritable: Sequence[Span] = (),
        *,
        media: int = 1,
    ) -> None:
        """`media`: so many are written at the same time, this one among them."""
        medium = target.medium
        self.flushed = False
        self.checkpoint = Checkpoint(first, tuple(unwritable))
        self._gone_by = self.checkpoint  # what the device took, flushed or not
        self._first = first
        self._checked = time.monotonic()
        self._checking = threading.Lock()
        self._target, self._content, self._paces = target, content, paces
        self._sector = medium.logical_sector_bytes
        self._budget = FaultBudget(medium.capacity_bytes, self._sector)
        block = target.queue.fitting(BLOCK_BYTES if media == 1 else SHARED_BLOCK_BYTES)
        work = blocks(first, medium.capacity_bytes, block)
        crew_size = hands(HANDS_PER_PROCESSOR, media, target.queue)
        self._crew = Crew(work, self._write, self._note, block=block, hands=crew_size)

    def __iter__(self) -> Generator[int, None, None]:
        """Yields about ten times a second. Raises MediumGone, TooManyFaults, Stalled, FlushFailed; leaving early ends the threads."""
        with self._crew as crew:
            for done in crew.progress(STALL_SECONDS):
                yield self._first + done
            for _ in in_background(self._flush):
                yield self.passed
            self.flushed = True

    @property
    def passed(self) -> int:
        """Bytes that went by, written or found unwritable."""
        return self._gone_by.durable

    @property
    def unwritable(self) -> tuple[Span, ...]:
        """Whole sectors that the device did not take, among those that went by."""
        return self._gone_by.unwritable

    @property
    def written(self) -> int:
        """Bytes that the device took."""
        gone_by = self._gone_by
        return gone_by.durable - sum(span.length for span in gone_by.unwritable)

    def _flush(self) -> None:
        try:
            self._target.flush()
        except OSError as error:
            raise FlushFailed(error.strerror) from error

    def _write(self, span: Span, buffer: Buffer) -> list[Span]:
        """Makes the content of `span` and writes it; returns what could not be written."""
        self._make(span, buffer)
        for pace in self._paces:
            pace.take(span.length, self._crew.beat)
        try:
            self._target.write(span.offset, buffer.view[: span.length])
            unwritable = []
        except OSError:
            unwritable = self._rescue(span, buffer)
        self._flush_now_and_then()
        return unwritable

    def _make(self, span: Span, buffer: Buffer) -> None:
        phase = self._content.phase(span.offset)
        tag = None if phase is None else (phase, span.length)
        if tag is None or buffer.tag != tag:
            self._content.stream(span.offset, span.length)(buffer.view[: span.length])
            buffer.tag = tag

    def _rescue(self, span: Span, buffer: Buffer) -> list[Span]:
        def attempt(offset: int, length: int) -> None:
            self._crew.beat()
            start = offset - span.offset
            self._target.write(offset, buffer.view[start : start + length])

        return rescue(span, self._sector, attempt, self._target.is_gone, self._budget)

    def _note(self, span: Span, unwritable: list[Span]) -> None:
        """In the order of the medium."""
        joined = list(self._gone_by.unwritable)
        for bad in unwritable:
            append(joined, bad)
        self._gone_by = Checkpoint(span.end, tuple(joined) if unwritable else self._gone_by.unwritable)

    def _flush_now_and_then(self) -> None:
        """By whoever is the first to see that it is time; the others go on writing."""
        if time.monotonic() - self._checked > CHECKPOINT_SECONDS and self._checking.acquire(blocking=False):
            try:
                began, reached = time.monotonic(), self._gone_by
                self._flush()
                self.checkpoint, self._checked = reached, began
            finally:
                self._checking.release()
