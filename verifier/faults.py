"""Narrowing a failed transfer down to the sectors that fail, and no more. Used for reads here and for writes by `eraser`."""

from __future__ import annotations

import errno
import threading
from collections.abc import Callable

from verifier.crew import Span

TRIES_PER_SECTOR = 3
# No room below an image or a thin volume, no memory, no descriptors, a limit of the system: no sector is to blame.
NOT_THE_MEDIUM = frozenset(
    {errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.ENOMEM, errno.ENOBUFS, errno.EMFILE, errno.ENFILE}
)


class MediumGone(Exception):
    """The device behind the descriptor went away; nothing more can be had from it."""


class TooManyFaults(Exception):
    """More sectors fail than a medium that still works could have."""


class FaultBudget:
    """How much of a medium may fail before it counts as broken: 5 % of it (at least 1 MiB), and never more than 10,000 sectors.

    Each of them may stand alone in the record, which has to stay readable.
    """

    def __init__(self, medium_bytes: int, sector_bytes: int) -> None:
        self._bytes_left = min(max(medium_bytes // 20, 1 << 20), 10_000 * sector_bytes)
        self._lock = threading.Lock()

    def spend(self, count: int) -> None:
        """Take `count` failed bytes off. Raises TooManyFaults."""
        with self._lock:
            self._bytes_left -= count
            if self._bytes_left < 0:
                raise TooManyFaults


def rescue(
    span: Span, sector_bytes: int, attempt: Callable[[int, int], None], is_gone: Callable[[], bool], budget: FaultBudget
) -> list[Span]:
    """Transfer all of `span` that can be transferred; returns what can't, merged, in whole sectors.

    `attempt(offset, length)` transfers or raises OSError. Raises MediumGone, TooManyFaults, and any OSError in
    NOT_THE_MEDIUM.
    """
    failed: list[Span] = []
    pending = [span]
    while pending:
        offset, length = pending.pop()
        single = length <= sector_bytes
        if _succeeds(offset, length, attempt, is_gone, TRIES_PER_SECTOR if single else 1):
            continue
        if single:
            budget.spend(length)
            append(failed, Span(offset, length))
        else:
            half = length // 2 // sector_bytes * sector_bytes or sector_bytes
            pending += [Span(offset + half, length - half), Span(offset, half)]
    return failed


def _succeeds(
    offset: int, length: int, attempt: Callable[[int, int], None], is_gone: Callable[[], bool], tries: int
) -> bool:
    for _ in range(tries):
        try:
            attempt(offset, length)
            return True
        except OSError as error:
            if is_gone():
                raise MediumGone(error.strerror) from error
            if error.errno in NOT_THE_MEDIUM:
                raise
    return False


def append(spans: list[Span], span: Span) -> None:
    """Add `span` behind the others, joined to the last if they touch."""
    if spans and spans[-1].offset + spans[-1].length == span.offset:
        spans[-1] = Span(spans[-1].offset, spans[-1].length + span.length)
    else:
        spans.append(span)
