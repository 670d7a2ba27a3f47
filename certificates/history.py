"""The lives of media: what happened to each, as facts with a place and a time, from the ledger and from authentic papers. Pure.

Reconciling, the timeline of one medium and the periodic report all read these, so that they can't tell different stories. What a ledger
says is no proof by itself: `proving` takes only facts that an authentic paper tells (`has_paper`).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Literal, TypeVar

import msgspec

from certificates import check, parts
from certificates.check import CheckRecord
from certificates.custody import UNKNOWN, Kind, kinds
from certificates.destruction import DestructionOutcome, DestructionRecord
from certificates.hardware import is_hardware
from certificates.identity import Identity, Named, of_medium
from certificates.inspection import InspectionRecord
from certificates.ledger import (
    Abandoned,
    Checked,
    CheckStarted,
    Custody,
    DestructionEnded,
    DestructionStarted,
    Ended,
    Entry,
    Inspected,
    InspectionStarted,
    Started,
)
from certificates.ledger.timing import CONCURRENCY
from certificates.numbering import station_of
from certificates.record import MediaType, Medium, Record, Verification

What = (
    Literal["open", "erased", "erased-with-exceptions", "not-erased", "interrupted", "custody", "data-found"]
    | DestructionOutcome
)
ERASED: frozenset[What] = frozenset({"erased", "erased-with-exceptions"})
T = TypeVar("T", "Fact", "Compared")
LEDGER = "ledger"  # the source of what no file says


class Strength(msgspec.Struct, frozen=True, order=False):
    """How much of a medium was looked at: all of it (`full`), or so many `places` and `bytes` drawn by chance."""

    full: bool = False
    places: int = 0
    bytes: int = 0

    def suffices(self, other: Strength | None) -> bool:
        """Is this at least as much, of the same medium, as the other?"""
        if other is None or self.full:
            return True
        return not other.full and self.places >= other.places and self.bytes >= other.bytes


EVERYTHING = Strength(full=True)
NOTHING = Strength()


class Fact(msgspec.Struct, frozen=True):
    """Something that happened to a medium. `at`: when it was over (for `open`: when it began). `number`: of the job or record.

    `build` tells media apart that carry the same serial number: vendor, model and capacity. `digest`: of the certificate, if any.
    `source`: the file that says so, or LEDGER. `began`: of a job. `custody`: of an event between hands.
    `technique`: of a destruction. `is_virtual`: no piece of hardware. `entries`: where in the ledger it begins and ends; the end is None
    where the ledger has none. `continues`: the number of the interrupted job that this one took up. `has_paper`: an authentic paper says
    so. `looked`: how much its verification looked at. `elsewhere`: another station's, so that on a shared ledger anybody may have entered
    it at its place. `dated_back`: `at` was told by people, later than it happened. `part` of a drive that
    it is about, and the `others` beside it on which data may be.
    """

    at: str
    what: What
    named: Named
    number: str
    source: str
    identity: Identity
    build: tuple[str | None, str | None, int] | None = None
    digest: str | None = None
    began: str | None = None
    custody: Custody | None = None
    technique: str | None = None
    media_type: MediaType | None = None
    is_virtual: bool = False
    entries: tuple[int, int | None] | None = None
    continues: str | None = None
    has_paper: bool = False
    looked: Strength = NOTHING
    dated_back: bool = False
    part: str | None = None
    others: tuple[str, ...] = ()
    elsewhere: bool = False

    @property
    def moment(self) -> datetime:
        return datetime.fromisoformat(self.at)

    @property
    def data_may_return(self) -> bool:
        """From here on there may be data on it, or there is."""
        if self.what == "data-found":
            return True
        return self.custody is not None and self._kind.data_may_return

    @property
    def leaves(self) -> bool:
        return self.custody is not None and self._kind.leaves

    @property
    def _kind(self) -> Kind:
        """What this version does not know may have brought data back."""
        return kinds().get(self.custody.event if self.custody else "", UNKNOWN)


class Compared(msgspec.Struct, frozen=True):
    """A medium was compared with a certificate. `digest`: of the certificate; `number`: of the check; `confirmed`: with exceptions, too;
    else what was seen speaks against the certificate. A check that showed neither is none of these. `looked`: how much of the medium it
    looked at; None where only the ledger tells of it. `has_paper`, `entries` and `elsewhere`: as a fact has them."""

    at: str
    number: str
    digest: str
    confirmed: bool
    looked: Strength | None = None
    has_paper: bool = False
    entries: tuple[int, int | None] | None = None
    began: str | None = None
    elsewhere: bool = False

    @property
    def moment(self) -> datetime:
        return datetime.fromisoformat(self.at)


def compared(entries: Iterable[Entry]) -> tuple[Compared, ...]:
    """The checks that a ledger tells of, but for those that showed nothing either way."""
    entries = tuple(entries)
    begun = {entry.number: entry for entry in entries if isinstance(entry, CheckStarted)}
    return tuple(
        Compared(
            entry.at,
            entry.number,
            begun[entry.number].checked,
            entry.outcome != "not-confirmed",
            entries=(begun[entry.number].seq, entry.seq),
            began=begun[entry.number].at,
        )
        for entry in entries
        if isinstance(entry, Checked) and entry.number in begun and (entry.outcome != "not-confirmed" or entry.doubts)
    )


def from_check(record: CheckRecord) -> tuple[Compared, ...]:
    """What an authentic record of a check tells: nothing, if it showed nothing either way."""
    confirmed = record.outcome != "not-confirmed"
    told = Compared(
        record.ended,
        record.number,
        record.certificate.digest,
        confirmed,
        EVERYTHING if _found_something(record.verification) else looked(record.verification),
        has_paper=True,
        began=record.started,
    )
    return (told,) if confirmed or check.doubts(record) else ()


def looked(check: Verification | None) -> Strength:
    """How much a verification looked at."""
    if check is None:
        return NOTHING
    return EVERYTHING if check.plan == "full" else Strength(places=check.places, bytes=check.bytes_compared)


def from_inspection(record: InspectionRecord, digest: str, source: str) -> tuple[Fact, ...]:
    """What an authentic record of an inspection tells: nothing, unless it found data."""
    named = of_medium(record.medium, record.asset_tag)
    found = Fact(
        record.ended,
        "data-found",
        named,
        record.number,
        source,
        named.identity,
        digest=digest,
        is_virtual=not is_hardware(record.medium),
        part=record.medium.part,
        others=_others(record.medium),
        has_paper=True,
    )
    return (found,) if record.recoverable else ()


def from_ledger(entries: Iterable[Entry]) -> tuple[Fact, ...]:
    """Everything that a ledger tells of media."""
    entries = tuple(entries)
    ended = {entry.number: entry for entry in entries if isinstance(entry, Ended | Abandoned)}
    begun = {entry.number: entry for entry in entries if isinstance(entry, InspectionStarted)}
    destroyed = {entry.number: entry for entry in entries if isinstance(entry, DestructionStarted)}
    found = []
    for entry in entries:
        if isinstance(entry, Started):
            found.append(_job(entry, ended.get(entry.number)))
        elif isinstance(entry, Custody):
            found.append(_custody(entry))
        elif isinstance(entry, DestructionEnded):
            found += _destruction(entry, destroyed.get(entry.number))
        elif isinstance(entry, Inspected) and entry.recoverable and entry.number in begun:
            found.append(_inspection(entry, begun[entry.number]))
    return tuple(found)


def from_record(record: Record, digest: str, source: str) -> Fact:
    """What an authentic certificate tells."""
    medium, tag = record.medium, record.asset_tag
    fact = _of_job(record.ended, record.outcome, medium, tag, record.number, source, digest, record.started)
    found = _found_something(record.verification, *record.earlier_verifications)
    # Where something was found, a sample won't do: it says how much may be left, and that something is left is known.
    seen = looked(record.verification) if record.outcome in ERASED else EVERYTHING if found else NOTHING
    return msgspec.structs.replace(fact, continues=record.continues, has_paper=True, looked=seen)


def _found_something(*checks: Verification | None) -> bool:
    return any(each is not None and (each.different_sectors or each.unreadable_sectors) for each in checks)


def from_destruction(record: DestructionRecord, digest: str, source: str) -> tuple[Fact, ...]:
    """What an authentic certificate of destruction tells of each medium."""
    return tuple(
        Fact(
            at=record.done,
            what=record.outcome_of(item),
            named=item.medium,
            number=record.number,
            source=source,
            identity=item.medium.identity,
            digest=digest,
            technique=record.way.technique,
            has_paper=True,
            dated_back=_is_dated_back(record.done, record.issued),
        )
        for item in record.items
    )


def seen_from(own: str | None, told: Iterable[T]) -> tuple[T, ...]:
    """The same, as the station with these numbers sees it (None: nobody's): what is of other stations is `elsewhere`."""
    return tuple(msgspec.structs.replace(each, elsewhere=station_of(each.number) not in ("", own)) for each in told)


def told_once(facts: Iterable[Fact]) -> tuple[tuple[Fact, ...], tuple[Fact, ...]]:
    """The facts in order, each once though several sources may tell it; and those whose number stands for different contents.

    What a paper says counts before what a ledger says of the same number; the ledger still says where it belongs.
    """
    by_number: dict[tuple[str, Identity | None], list[Fact]] = {}
    for fact in facts:
        # A destruction may be of many media; a job, whoever tells of it, is of one.
        one_of_many = fact.identity if fact.began is None else None
        by_number.setdefault((fact.number, one_of_many), []).append(fact)
    contents: dict[str, set[str | None]] = {}
    for told in by_number.values():
        contents.setdefault(told[0].number, set()).update(fact.digest for fact in told if fact.what != "open")
    torn = {number for number, digests in contents.items() if len(digests) > 1}
    torn |= {told[0].number for told in by_number.values() if not _of_one_job(told)}
    kept: list[Fact] = []
    split: list[Fact] = []
    for (number, _), told in by_number.items():
        if number in torn:
            split += dict.fromkeys(told)
        else:
            kept.append(_one_of(told))
    return in_order(kept), tuple(split)


def _of_one_job(told: Sequence[Fact]) -> bool:
    """A paper ends the job that a ledger has open under its number only if it is about the same medium."""
    return len({(fact.identity, fact.build) for fact in told if fact.began is not None}) < 2


def _one_of(told: Sequence[Fact]) -> Fact:
    entered = next((fact.entries for fact in told if fact.entries is not None and fact.what != "open"), None)
    begun = next((fact.entries for fact in told if fact.entries is not None), None)
    best = min(told, key=lambda fact: (not fact.has_paper, fact.what == "open"))
    place = entered or ((begun[0], None) if begun is not None and best.what != "open" else begun)
    return msgspec.structs.replace(best, entries=place or best.entries)


def in_order(facts: Iterable[Fact]) -> tuple[Fact, ...]:
    """By time; but what stands in a ledger, in the order in which it stands there, whatever its clock said. An event that people entered
    later stands where they say that it happened."""
    by_time = sorted(facts, key=lambda fact: fact.moment)
    placed = [at for at, fact in enumerate(by_time) if fact.entries is not None and not fact.dated_back]
    ordered = sorted((by_time[at] for at in placed), key=lambda fact: _last(fact))
    for at, fact in zip(placed, ordered, strict=True):
        by_time[at] = fact
    return tuple(by_time)


def _last(fact: Fact) -> int:
    first, last = fact.entries or (0, 0)
    return first if last is None else last


def of_one(facts: Iterable[Fact], who: Identity) -> tuple[Fact, ...]:
    """The story of one medium in order: what shares a part of its identity, and all that this leads to by serial numbers and WWNs."""
    known = tuple(facts)
    by_key: dict[tuple[str, str], list[int]] = {}
    for at, fact in enumerate(known):
        for key in keys(fact.identity):
            by_key.setdefault(key, []).append(at)
    chosen = {at for key in keys(who) for at in by_key.get(key, ())}
    waiting = list(chosen)
    while waiting:
        for key in keys(known[waiting.pop()].identity):
            # A tag is what people stuck on: it leads to what names nothing else, and to no other medium under the same tag.
            fresh = [
                at
                for at in by_key[key]
                if at not in chosen and (key[0] != "asset_tag" or not is_numbered(known[at].identity))
            ]
            chosen.update(fresh)
            waiting += fresh
    return in_order(known[at] for at in sorted(chosen))


def keys(who: Identity) -> list[tuple[str, str]]:
    told = (("asset_tag", who.asset_tag), ("serial", who.serial), ("wwn", who.wwn))
    return [(name, value) for name, value in told if value]


def is_numbered(who: Identity) -> bool:
    """Its own number is known, not only what people call it."""
    return bool(who.serial or who.wwn)


def taken_up(facts: Iterable[Fact]) -> dict[str, Fact]:
    """Each interrupted job that another job of its station took up, by number, with that job. The medium is the same though it may have no
    number to be known by: `resume` reads on it what the interrupted job wrote."""
    known = tuple(facts)
    stopped = {fact.number: fact for fact in known if fact.what == "interrupted"}
    return {
        before.number: fact
        for fact in known
        if (before := stopped.get(fact.continues or "")) is not None
        and station_of(before.number) == station_of(fact.number)
        and before.build == fact.build
        and before.number != fact.number
    }


def with_continuations(fact: Fact, facts: Iterable[Fact]) -> tuple[Fact, ...]:
    """A job and those that took it up, one after the other."""
    following, story = taken_up(facts), [fact]
    while (after := following.pop(story[-1].number, None)) is not None:
        story.append(after)
    return tuple(story)


def _job(entry: Started, end: Ended | Abandoned | None) -> Fact:
    """A job that was abandoned without a paper may have written something or nothing: its medium is not erased."""
    medium, tag, number = entry.medium, entry.asset_tag, entry.number
    if end is None:
        fact = _of_job(entry.at, "open", medium, tag, number, LEDGER, None, entry.at)
    elif isinstance(end, Abandoned):
        fact = _of_job(end.at, "not-erased", medium, tag, number, LEDGER, None, entry.at)
    else:
        fact = _of_job(end.at, end.outcome, medium, tag, number, LEDGER, end.certificate, entry.at)
    place = (entry.seq, entry.seq if end is None else end.seq)
    # How much a failed job had looked at is on its paper only.
    seen = EVERYTHING if isinstance(end, Ended) and end.outcome == "not-erased" else NOTHING
    return msgspec.structs.replace(fact, entries=place, continues=entry.continues, looked=seen)


def _of_job(
    at: str, what: What, medium: Medium, tag: str | None, number: str, source: str, digest: str | None, began: str
) -> Fact:
    named = of_medium(medium, tag)
    build = (medium.vendor, medium.model, medium.capacity_bytes)
    return Fact(
        at,
        what,
        named,
        number,
        source,
        named.identity,
        build,
        digest,
        began,
        media_type=medium.media_type,
        is_virtual=not is_hardware(medium),
        part=medium.part,
        others=_others(medium),
    )


def _others(medium: Medium) -> tuple[str, ...]:
    return tuple(each.part for each in parts.of_the_drive(medium))


def _inspection(entry: Inspected, begun: InspectionStarted) -> Fact:
    named = of_medium(begun.medium, begun.asset_tag)
    return Fact(
        entry.at,
        "data-found",
        named,
        entry.number,
        LEDGER,
        named.identity,
        digest=entry.certificate,
        is_virtual=not is_hardware(begun.medium),
        part=begun.medium.part,
        others=_others(begun.medium),
        entries=(begun.seq, entry.seq),
    )


def _destruction(entry: DestructionEnded, begun: DestructionStarted | None) -> tuple[Fact, ...]:
    return tuple(
        Fact(
            at=entry.done,
            what=msgspec.convert(each.outcome, DestructionOutcome),
            named=each.medium,
            number=entry.number,
            source=LEDGER,
            identity=each.medium.identity,
            digest=entry.certificate,
            technique=entry.technique,
            entries=(entry.seq if begun is None else begun.seq, entry.seq),
            dated_back=_is_dated_back(entry.done, entry.at),
        )
        for each in entry.media
    )


def _is_dated_back(done: str, entered: str) -> bool:
    return datetime.fromisoformat(entered) - datetime.fromisoformat(done) > CONCURRENCY


def _custody(entry: Custody) -> Fact:
    """It stands in the story when it happened, not when it was entered."""
    at = entry.happened or entry.at
    return Fact(
        at,
        "custody",
        entry.medium,
        f"#{entry.seq}",
        LEDGER,
        entry.medium.identity,
        custody=entry,
        entries=(entry.seq, entry.seq),
        dated_back=entry.happened is not None,
    )
