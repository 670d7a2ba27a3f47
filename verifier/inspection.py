"""What would a recovery tool find on this medium? Reads all of it once, writes nothing, in the same memory for any size."""

from __future__ import annotations

import threading
from collections.abc import Generator
from pathlib import Path
from typing import NamedTuple, Protocol

from msgspec import Struct

from verifier.carving import FoundFile
from verifier.crew import STALL_SECONDS, Buffer, Crew, Span, blocks, in_background
from verifier.entropy import PIECE, Cell
from verifier.faults import FaultBudget, MediumGone, TooManyFaults, append, rescue
from verifier.partitions import Layout, layout
from verifier.readable import TextRegion
from verifier.survey import MOST_LISTED, Range, Survey

WINDOW = 4 << 20
"""Bytes read at once; a multiple of PIECE."""
HANDS = 2  # one reads while the other looks
LAYOUT_SECONDS = 3600.0
"""How long tables and file systems may take to be told; a medium whose first sectors fail answers each question slowly."""
COARSE = PIECE
"""Once the budget for faults is spent, this much is given up where a read fails."""

__all__ = ["MOST_LISTED", "WINDOW", "Inspecting", "Inspection", "Source", "inspect"]


class Source(Protocol):
    """A medium that can only be read; `verifier.reading.Reader` is one."""

    size: int
    sector_bytes: int
    is_block: bool

    def read_into(self, offset: int, view: memoryview, /) -> None: ...
    def read(self, offset: int, length: int, /) -> bytes: ...
    def is_gone(self) -> bool: ...


class Inspection(Struct, frozen=True):
    """What a recovery tool would find. All sizes in bytes.

    Every byte is read, unreadable or, where the inspection ended early, not reached. `counts` are file beginnings by kind; `texts` are
    text regions by encoding that belong to none of these files. Their sum is `recoverable`. `files`, `text_regions` and `unreadable`
    hold the first MOST_LISTED of each; `text_bytes` counts the text inside of files too. No finding says nothing about what was not
    read, nor about data that is encrypted, compressed without a header, or outside of what the host can address.
    """

    size_bytes: int
    bytes_read: int
    unreadable_bytes: int
    unreadable_places: int
    unreadable: tuple[Range, ...]
    bytes_not_reached: int
    layout: Layout
    counts: dict[str, int]
    files: tuple[FoundFile, ...]
    texts: dict[str, int]
    text_regions: tuple[TextRegion, ...]
    text_bytes: int
    recoverable: int
    map: tuple[Cell, ...]


class Window(NamedTuple):
    """What was read in one go: pieces by their offset, and what is missing between them."""

    pieces: list[tuple[int, bytes]]
    missing: list[Span]


class Inspecting:
    """One look at a whole medium. Iterate it for the bytes done so far; `result` holds what was seen, also after an early end.

    A place that can't be read is narrowed down to its sectors, listed, and claimed to be nothing; where more fails than a medium that
    still works could have, it is given up in pieces of COARSE. Neither ends the inspection.
    """

    def __init__(self, medium: Source, *, node: Path | str | None = None, window: int = WINDOW) -> None:
        """`node`: the same medium's device or file, for libblkid to look at. Raises ValueError for a medium of no size."""
        if medium.size < 1 or window < PIECE or window % PIECE:
            raise ValueError("an inspection needs at least one byte, and windows of whole pieces")
        self._medium, self._node = medium, node
        self._budget: FaultBudget | None = FaultBudget(medium.size, medium.sector_bytes)
        self._survey = Survey(self._peek, medium.size, medium.sector_bytes)
        self._layout = Layout("own checks", None, (), ())
        self._ending = threading.Lock()
        self._ended = False
        work = blocks(0, medium.size, window)
        self._crew = Crew(work, self._read, self._look, block=window, hands=HANDS)

    def __iter__(self) -> Generator[int, None, None]:
        """Yields about ten times a second. Raises MediumGone, Stalled; leaving early ends the threads."""
        for _ in in_background(self._see_layout, LAYOUT_SECONDS):
            yield 0
        with self._crew as crew:
            yield from crew.progress(STALL_SECONDS)

    def _peek(self, offset: int, length: int) -> bytes:
        """A look elsewhere, for a proof. Each is an answer of the device: thousands of them to a window are no stall."""
        data = self._medium.read(offset, length)
        self._crew.beat()
        return data

    def _see_layout(self) -> None:
        self._layout = layout(
            self._medium.read,
            self._medium.size,
            self._node,
            self._medium.sector_bytes if self._medium.is_block else None,
        )

    @property
    def result(self) -> Inspection:
        """What was seen so far. The first call ends the inspection."""
        with self._ending:
            self._ended = True
            seen = self._survey.seen()
        return Inspection(
            size_bytes=self._medium.size,
            bytes_read=seen.bytes_read,
            unreadable_bytes=seen.unreadable_bytes,
            unreadable_places=seen.unreadable_places,
            unreadable=seen.unreadable,
            bytes_not_reached=self._medium.size - seen.bytes_read - seen.unreadable_bytes,
            layout=self._layout,
            counts=seen.counts,
            files=seen.files,
            texts=seen.texts,
            text_regions=seen.text_regions,
            text_bytes=seen.text_bytes,
            recoverable=sum(seen.counts.values()) + sum(seen.texts.values()),
            map=seen.map,
        )

    def _read(self, span: Span, buffer: Buffer) -> Window:
        missing: list[Span] = []
        try:
            self._medium.read_into(span.offset, buffer.view[: span.length])
        except OSError as error:
            if self._medium.is_gone():
                raise MediumGone(error.strerror) from error
            missing = self._rescued(span, buffer)
        pieces, at = [], span.offset
        for gap in (*missing, Span(span.end, 0)):
            if gap.offset > at:
                pieces.append((at, bytes(buffer.view[at - span.offset : gap.offset - span.offset])))
            at = gap.end
        return Window(pieces, missing)

    def _rescued(self, span: Span, buffer: Buffer) -> list[Span]:
        """Reads what can be read of a window that failed; returns what can't."""

        def attempt(offset: int, length: int) -> None:
            self._crew.beat()
            start = offset - span.offset
            self._medium.read_into(offset, buffer.view[start : start + length])

        if self._budget is not None:
            try:
                return rescue(span, self._medium.sector_bytes, attempt, self._medium.is_gone, self._budget)
            except TooManyFaults:
                self._budget = None
        failed: list[Span] = []
        for piece in blocks(span.offset, span.offset + span.length, COARSE):
            try:
                attempt(piece.offset, piece.length)
            except OSError as error:
                if self._medium.is_gone():
                    raise MediumGone(error.strerror) from error
                append(failed, piece)
        return failed

    def _look(self, span: Span, window: Window) -> None:
        """In the order of the medium, since a file may begin in one window and end in the next."""
        with self._ending:
            if self._ended:
                return
            seen: list[tuple[int, bytes | int]] = [*window.pieces, *window.missing]
            for offset, content in sorted(seen, key=lambda each: each[0]):
                if isinstance(content, bytes):
                    self._survey.look_at(offset, content)
                else:
                    self._survey.miss(offset, content)


def inspect(medium: Source, *, node: Path | str | None = None, window: int = WINDOW) -> Inspection:
    """A whole inspection, without progress. Raises MediumGone, Stalled, ValueError."""
    looking = Inspecting(medium, node=node, window=window)
    for _ in looking:
        pass
    return looking.result
