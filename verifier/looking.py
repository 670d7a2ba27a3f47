"""Looking: reads the places of a plan back and compares them with what should be there, reading and comparing at the same time."""

from __future__ import annotations

import threading
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass

import msgspec

from verifier.content import Content
from verifier.crew import STALL_SECONDS, Buffer, Crew, Queue, Span, hands
from verifier.faults import FaultBudget, rescue
from verifier.findings import Finding, Findings, classify_all
from verifier.pacing import Pace
from verifier.plans import Plan
from verifier.reading import Reader

BLOCK_BYTES = 3 << 20
HANDS_PER_PROCESSOR = 2
SLICE_BYTES = 256 << 10  # the expected bytes of a slice stay in the processor's cache


class Seen(msgspec.Struct, frozen=True):
    """What looking brought: bytes compared, sectors by kind, the first findings, and whether the whole plan was read."""

    bytes_compared: int
    complete: bool
    different_sectors: int
    unreadable_sectors: int
    findings: tuple[Finding, ...]


@dataclass
class Looked:
    """What one piece brought."""

    findings: list[Finding]
    not_compared: int


class Looking:
    """One pass over the places of a plan. Iterate it for the bytes compared so far; afterwards `seen` holds the result."""

    def __init__(
        self,
        reader: Reader,
        plan: Plan,
        expected: Content,
        *,
        stale: Sequence[Content] = (),
        excused: Sequence[Span] = (),
        paces: Sequence[Pace] = (),
        media: int = 1,
        queue: Queue = Queue(),  # noqa: B008 - it is frozen
        unit: int | None = None,
    ) -> None:
        """`stale`: contents of earlier passes, to name what was left. `excused`: what couldn't be written; not compared.
        `media`: so many are looked at, at the same time, this one among them.
        `unit`: bytes of a sector as it is compared and counted, if it is smaller than the device's."""
        self._reader, self._plan, self._expected = reader, plan, expected
        self._stale, self._excused, self._paces = stale, sorted(excused), paces
        self._unit = min(unit or reader.sector_bytes, reader.sector_bytes)
        self._findings = Findings(self._unit)
        self._budget = FaultBudget(reader.size, reader.sector_bytes)
        self._own = threading.local()
        block = queue.fitting(BLOCK_BYTES)
        crew_size = hands(HANDS_PER_PROCESSOR, media, queue)
        self._crew = Crew(plan.spans(block), self._look, self._note, block=block, hands=crew_size)
        self._complete = False
        self._not_compared = 0

    def __iter__(self) -> Generator[int, None, None]:
        """Yields about ten times a second. Raises MediumGone, TooManyFaults, Stalled; leaving early ends the threads."""
        with self._crew as crew:
            yield from crew.progress(STALL_SECONDS)
            self._complete = True

    @property
    def seen(self) -> Seen:
        return Seen(
            self._crew.done - self._not_compared,
            self._complete,
            self._findings.different_sectors,
            self._findings.unreadable_sectors,
            tuple(self._findings.listed),
        )

    def _look(self, span: Span, buffer: Buffer) -> Looked:
        """Reads `span` and compares it."""
        for pace in self._paces:
            pace.take(span.length, self._crew.beat)
        unreadable = self._read(span, buffer)
        looked = Looked([], 0)
        if unreadable or not self._is_as_expected(span, buffer.view[: span.length]):
            for start in range(0, span.length, SLICE_BYTES):
                part = Span(span.offset + start, min(SLICE_BYTES, span.length - start))
                seen = buffer.view[start : start + part.length]
                if unreadable or not self._is_as_expected(part, seen):
                    self._look_closely(part, seen, unreadable, looked)
        return looked

    def _is_as_expected(self, span: Span, seen: memoryview) -> bool:
        """All of it, and nothing in it is excused."""
        return not self._touches_excused(span) and self._expected.is_at(span.offset, seen, self._scratch())

    def _note(self, span: Span, looked: Looked) -> None:
        """In the order of the plan, so that findings that touch are joined."""
        self._not_compared += looked.not_compared
        for finding in looked.findings:
            self._findings.add(finding)

    def _scratch(self) -> bytearray:
        """Where each hand makes what it needs to compare."""
        if not hasattr(self._own, "scratch"):
            self._own.scratch = bytearray(SLICE_BYTES)
        scratch: bytearray = self._own.scratch
        return scratch

    def _read(self, span: Span, buffer: Buffer) -> list[Span]:
        """Fills the buffer; returns what could not be read."""
        try:
            self._reader.read_into(span.offset, buffer.view[: span.length])
            return []
        except OSError:
            reader = self._reader
            return rescue(span, reader.sector_bytes, self._reading_into(span, buffer), reader.is_gone, self._budget)

    def _reading_into(self, span: Span, buffer: Buffer) -> Callable[[int, int], None]:
        def attempt(offset: int, length: int) -> None:
            self._crew.beat()
            start = offset - span.offset
            self._reader.read_into(offset, buffer.view[start : start + length])

        return attempt

    def _touches_excused(self, span: Span) -> bool:
        at = bisect_left(self._excused, span.end, key=lambda excused: excused.offset) - 1
        return at >= 0 and self._excused[at].end > span.offset

    def _look_closely(self, span: Span, seen: memoryview, unreadable: list[Span], looked: Looked) -> None:
        """By the sector: leaves out what is excused, and names what could not be read or is not as expected."""
        compared = 0  # up to here
        for start in range(0, span.length, self._unit) if unreadable or self._touches_excused(span) else ():
            offset, length = span.offset + start, min(self._unit, span.length - start)
            is_excused = _within(offset, self._excused)
            if not is_excused and not _within(offset, unreadable):
                continue
            looked.findings += self._classified(span.offset + compared, seen[compared:start])
            looked.findings += [] if is_excused else [Finding("unreadable", offset, length)]
            looked.not_compared += length
            compared = start + length
        looked.findings += self._classified(span.offset + compared, seen[compared : span.length])

    def _classified(self, offset: int, seen: memoryview) -> list[Finding]:
        return classify_all(offset, bytes(seen), self._unit, self._expected, self._stale, self._reader.size)


def _within(offset: int, spans: Sequence[Span]) -> bool:
    """True if the byte lies in one of the spans, which are ascending and disjoint."""
    at = bisect_right(spans, offset, key=lambda span: span.offset) - 1
    return at >= 0 and offset < spans[at].offset + spans[at].length
