"""One pass: generates the content and writes it at the same time, to every sector that takes it."""

from __future__ import annotations

import time
from collections.abc import Generator, Sequence
from typing import NamedTuple

from eraser.target import Target
from verifier.content import Content
from verifier.faults import FaultBudget, append, rescue
from verifier.pacing import Pace
from verifier.pipeline import STALL_SECONDS, Buffer, Pipeline, Span, blocks, in_background

BLOCK_BYTES = 1 << 20
DEPTH = 4  # four buffers of a MiB stay in the processor's cache, where eight don't (make bench)
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
    ) -> None:
        medium = target.medium
        self.unwritable = list(unwritable)
        self.flushed = False
        self.checkpoint = Checkpoint(first, tuple(unwritable))
        self._first = first
        self._checked = time.monotonic()
        self._target, self._content, self._paces = target, content, paces
        self._sector = medium.logical_sector_bytes
        self._budget = FaultBudget(medium.capacity_bytes, self._sector)
        block = target.fitting_block(BLOCK_BYTES)
        work = blocks(first, medium.capacity_bytes, block)
        self._pipeline = Pipeline(work, self._generate, self._write, block=block, depth=DEPTH)

    def __iter__(self) -> Generator[int, None, None]:
        """Yields about ten times a second. Raises MediumGone, TooManyFaults, Stalled, FlushFailed; leaving early ends the threads."""
        with self._pipeline as pipeline:
            for done in pipeline.progress(STALL_SECONDS):
                yield self._first + done
            for _ in in_background(self._flush):
                yield self.passed
            self.flushed = True

    @property
    def passed(self) -> int:
        """Bytes that went by, written or found unwritable."""
        return self._first + self._pipeline.done

    @property
    def written(self) -> int:
        """Bytes that the device took."""
        return self.passed - sum(span.length for span in self.unwritable)

    def _flush(self) -> None:
        try:
            self._target.flush()
        except OSError as error:
            raise FlushFailed(error.strerror) from error

    def _generate(self, span: Span, buffer: Buffer) -> None:
        phase = self._content.phase(span.offset)
        tag = None if phase is None else (phase, span.length)
        if tag is None or buffer.tag != tag:
            self._content.fill(span.offset, buffer.view[: span.length])
            buffer.tag = tag

    def _write(self, span: Span, buffer: Buffer) -> None:
        def attempt(offset: int, length: int) -> None:
            self._pipeline.beat()
            start = offset - span.offset
            self._target.write(offset, buffer.view[start : start + length])

        for pace in self._paces:
            pace.take(span.length, self._pipeline.beat)
        try:
            self._target.write(span.offset, buffer.view[: span.length])
        except OSError:
            for bad in rescue(span, self._sector, attempt, self._target.is_gone, self._budget):
                append(self.unwritable, bad)
        if time.monotonic() - self._checked > CHECKPOINT_SECONDS:
            self._flush()
            self.checkpoint = Checkpoint(span.offset + span.length, tuple(self.unwritable))
            self._checked = time.monotonic()
