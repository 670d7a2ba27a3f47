"""A period of the ledger, for the regular audit: what happened, what is open still, where the tree stood at both ends. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime

import msgspec

from certificates import history, overlap
from certificates.custody import kinds
from certificates.history import Compared, Fact
from certificates.ledger import (
    Abandoned,
    Custody,
    DestructionEnded,
    Ended,
    Ending,
    Entry,
    Head,
    Inspected,
    Opening,
    Started,
    timing,
)
from certificates.ledger.timing import StepBack
from certificates.overlap import Overlap
from certificates.proving import PROVEN, Known, Status, Terms, ended_as, standing

_AS_IT_SHOULD = frozenset({"erased", "destroyed", "purged"})


class Failure(msgspec.Struct, frozen=True):
    """A job or destruction of the period that did not end well. `status`: how its medium stands today (`reconcile.status.*`)."""

    fact: Fact
    status: Status

    @property
    def is_open(self) -> bool:
        return self.status not in PROVEN


class Period(msgspec.Struct, frozen=True):
    """`entries`: those entered in the period, in the ledger's order. `before` and `after`: size and head of the tree at both ends.

    `unended`: what took a number by the end of the period and has no end today. `counts`: by outcome of jobs and destructions, and by
    kind of custody. `strays`: entries between the first and the last that carry a time outside of the period; `steps`: where in the ledger
    times step back in a way that concerns the period (see `ledger.timing`).
    `at_once`: erasures of the period of one medium at the same time.
    """

    entries: tuple[Entry, ...]
    counts: dict[str, int]
    failures: tuple[Failure, ...]
    unended: tuple[Opening, ...]
    before: Head
    after: Head
    strays: int
    steps: tuple[StepBack, ...] = ()
    at_once: tuple[Overlap, ...] = ()

    @property
    def open_items(self) -> int:
        return sum(failure.is_open for failure in self.failures) + len(self.unended)


def of(
    ledger: Sequence[Entry],
    first: datetime,
    end: datetime,
    head_at: Callable[[int], bytes],
    papers: Iterable[Fact] = (),
    checks: Iterable[Compared] = (),
) -> Period:
    """The period from `first` up to, not including, `end`. `head_at`: the tree's head over the first entries. `papers` and `checks`: what
    authentic papers tell, without which nothing is proven today."""
    known = Known([*history.from_ledger(ledger), *papers], [*history.compared(ledger), *checks])
    inside = tuple(entry for entry in ledger if first <= datetime.fromisoformat(entry.at) < end)
    earlier = sum(datetime.fromisoformat(entry.at) < first for entry in ledger)
    low, high = (inside[0].seq - 1, inside[-1].seq) if inside else (earlier, earlier)
    ended = {entry.number for entry in ledger if isinstance(entry, Ending)}
    begun = (entry for entry in ledger if isinstance(entry, Opening) and datetime.fromisoformat(entry.at) < end)
    return Period(
        entries=inside,
        counts=dict(Counter(_counted(inside))),
        failures=tuple(_failures(known, inside)),
        unended=tuple(entry for entry in begun if entry.number not in ended),
        before=Head(low, head_at(low)),
        after=Head(high, head_at(high)),
        strays=high - low - len(inside),
        at_once=_at_once(ledger, inside),
        steps=timing.concerning(timing.steps_back(ledger), first, end),
    )


def _at_once(ledger: Sequence[Entry], inside: Sequence[Entry]) -> tuple[Overlap, ...]:
    numbers = {entry.number for entry in inside if isinstance(entry, Ended)}
    found = overlap.among(history.from_ledger(ledger))
    return tuple(each for each in found if {each.fact.number, each.other.number} & numbers)


def _counted(entries: Sequence[Entry]) -> Iterator[str]:
    """Keys of the words table's `fact.*` and, for custody, `custody.KIND`; what else there is by its tag."""
    for entry in entries:
        if isinstance(entry, Ended | Inspected):
            yield entry.outcome
        elif isinstance(entry, DestructionEnded):
            yield from (each.outcome for each in entry.media)
        elif isinstance(entry, Abandoned):
            yield "abandoned"
        elif isinstance(entry, Custody) and entry.event in kinds():
            yield f"custody.{entry.event}"


def _failures(known: Known, inside: Sequence[Entry]) -> Iterator[Failure]:
    """What did not end well in the period, in order, and how its medium stands after everything that is known today."""
    numbers = {entry.number for entry in inside if isinstance(entry, Ended | DestructionEnded | Abandoned)}
    for fact in known.facts:
        if fact.number in numbers and fact.what not in _AS_IT_SHOULD:
            terms = Terms(images=fact.is_virtual)
            is_named = fact.identity.is_known
            yield Failure(fact, standing(fact.identity, known, terms).status if is_named else ended_as(fact, known))


def started(period: Period) -> int:
    """How many jobs began in the period."""
    return sum(isinstance(entry, Started) for entry in period.entries)
