"""Two erasures of one medium at the same time, by one station. Pure.

Both can't be true of one medium: each says that its own content was all there was. Either two media carry one number (cheap sticks do;
nothing else tells them apart, unless somebody gave their asset tags), or one of the papers is of no medium at all. Where a ledger has the
order of entries beside their times, both have to overlap: a clock that was set back makes times do so, an end that was entered late
makes entries. A job that was resumed is one job: what it continues ended as interrupted, not as erased.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

import msgspec

from certificates.history import ERASED, Fact
from certificates.numbering import station_of


class Overlap(msgspec.Struct, frozen=True):
    """`fact` and `other`, which was seen before it. `told_apart`: by their asset tags, and nothing else."""

    fact: Fact
    other: Fact
    told_apart: bool


class Overlaps:
    """Looks at facts one after the other and remembers the erasures of media with a serial number or a WWN."""

    def __init__(self) -> None:
        self._spans: dict[tuple[str, str, str], list[tuple[datetime, datetime, Fact]]] = {}

    def seen(self, fact: Fact) -> Overlap | None:
        """The first earlier one that can't be true beside it."""
        if fact.what not in ERASED or fact.began is None or fact.is_virtual:
            return None
        span, station = (datetime.fromisoformat(fact.began), fact.moment), station_of(fact.number)
        found = None
        for part in ("wwn", "serial"):
            if value := getattr(fact.identity, part):
                known = self._spans.setdefault((station, part, value), [])
                found = found or next(
                    (other for *spent, other in known if _contradict(fact, span, other, *spent)), None
                )
                known.append((*span, fact))
        return None if found is None else Overlap(fact, found, "asset_tag" in fact.identity.contradicts(found.identity))


def among(facts: Iterable[Fact]) -> tuple[Overlap, ...]:
    """All of them, in the order of the facts."""
    overlaps = Overlaps()
    return tuple(found for fact in facts if (found := overlaps.seen(fact)) is not None)


def _contradict(fact: Fact, span: tuple[datetime, datetime], other: Fact, began: datetime, ended: datetime) -> bool:
    if fact.number == other.number or not (span[0] < ended and began < span[1]):
        return False
    if fact.entries is not None and other.entries is not None:
        (first, last), (others_first, others_last) = fact.entries, other.entries
        if (last is not None and last < others_first) or (others_last is not None and others_last < first):
            return False
    same_wwn = fact.identity.wwn is not None and fact.identity.wwn == other.identity.wwn
    # Of the same number, but of another make or size, or with another WWN: two media, as everybody can see.
    return same_wwn or (fact.build == other.build and "wwn" not in fact.identity.contradicts(other.identity))
