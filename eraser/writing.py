"""One pass: generates the content and writes it at the same time, to every sector that takes it."""

from __future__ import annotations

from collections.abc import Generator

from eraser.target import Target
from verifier.content import Content
from verifier.faults import FaultBudget, append, rescue
from verifier.pipeline import STALL_SECONDS, Buffer, Pipeline, Span, blocks, in_background

BLOCK_BYTES = 4 << 20
DEPTH = 6


class FlushFailed(Exception):
    """The device could not say that what it was given is written."""


class Writing:
    """A pass over all of a medium. Iterate it for the bytes that went by; `written` and `unwritable` tell what came of it."""

    def __init__(self, target: Target, content: Content) -> None:
        medium = target.medium
        self.unwritable: list[Span] = []
        self.flushed = False
        self._target, self._content = target, content
        self._sector = medium.logical_sector_bytes
        self._budget = FaultBudget(medium.capacity_bytes, self._sector)
        work = blocks(0, medium.capacity_bytes, BLOCK_BYTES)
        self._pipeline = Pipeline(work, self._generate, self._write, block=BLOCK_BYTES, depth=DEPTH)

    def __iter__(self) -> Generator[int, None, None]:
        """Yields about ten times a second. Raises MediumGone, TooManyFaults, Stalled, FlushFailed; leaving early ends the threads."""
        with self._pipeline as pipeline:
            yield from pipeline.progress(STALL_SECONDS)
            try:
                for _ in in_background(self._target.flush):
                    yield pipeline.done
            except OSError as error:
                raise FlushFailed(error.strerror) from error
            self.flushed = True

    @property
    def passed(self) -> int:
        """Bytes that went by, written or found unwritable."""
        return self._pipeline.done

    @property
    def written(self) -> int:
        """Bytes that the device took."""
        return self._pipeline.done - sum(span.length for span in self.unwritable)

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

        try:
            self._target.write(span.offset, buffer.view[: span.length])
        except OSError:
            for bad in rescue(span, self._sector, attempt, self._target.is_gone, self._budget):
                append(self.unwritable, bad)
