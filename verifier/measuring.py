"""How long reading a plan's places will take, told from reading some of them. It only reads, for about a second."""

from __future__ import annotations

import time
from collections.abc import Iterator
from itertools import islice

from verifier.crew import Buffer, Span, buffers
from verifier.looking import BLOCK_BYTES
from verifier.plans import Plan
from verifier.reading import Reader

PATIENCE_SECONDS = 1.0
WINDOWS = 4
"""Where it measures: disks are slower inside than outside, and sticks are fast only until their cache is full."""


def expected_seconds(reader: Reader, plan: Plan, patience: float = PATIENCE_SECONDS) -> float | None:
    """Seconds for the whole plan, from runs of its own neighbouring places in WINDOWS parts of it; None if nothing could be read."""
    (buffer,), share = buffers(1, BLOCK_BYTES), plan.bytes_to_read / WINDOWS
    rates: list[float] = []
    for window in range(WINDOWS):
        spans = _spans_from(plan, int(share * window))
        for span in islice(spans, 1):  # on the way here the heads moved further than from place to place
            _is_read(reader, span, buffer)
        read, began = 0, time.monotonic()
        for span in spans:
            read += span.length if _is_read(reader, span, buffer) else 0
            if time.monotonic() - began > patience / WINDOWS or read > share:
                break
        if read:
            rates.append(read / (time.monotonic() - began))
    return sum(plan.bytes_to_read / len(rates) / rate for rate in rates) if rates else None


def _spans_from(plan: Plan, start: int) -> Iterator[Span]:
    """The plan in blocks, from its byte number `start` on."""
    for place in plan.places:
        skipped = min(start, place.length) // BLOCK_BYTES * BLOCK_BYTES
        start -= min(start, place.length)
        for offset in range(place.offset + skipped, place.offset + place.length, BLOCK_BYTES):
            yield Span(offset, min(BLOCK_BYTES, place.offset + place.length - offset))


def _is_read(reader: Reader, span: Span, buffer: Buffer) -> bool:
    try:
        reader.read_into(span.offset, buffer.view[: span.length])
    except OSError:
        return False
    return True
