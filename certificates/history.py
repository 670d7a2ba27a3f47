"""The lives of media: what happened to each, as facts with a time, from the ledger and from authentic certificates. Pure.

Reconciling, the timeline of one medium and the periodic report all read these, so that they can't tell different stories.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Literal

import msgspec

from certificates import check, custody
from certificates.check import CheckRecord
from certificates.destruction import DestructionOutcome, DestructionRecord
from certificates.identity import Identity, Named, of_medium
from certificates.inspection import InspectionRecord
from certificates.ledger import (
    Abandoned,
    Checked,
    CheckStarted,
    Custody,
    DestructionEnded,
    Ended,
    Entry,
    Inspected,
    InspectionStarted,
    Started,
)
from certificates.numbering import station_of
from certificates.record import MediaType, Medium, Record

What = (
    Literal["open", "erased", "erased-with-exceptions", "not-erased", "interrupted", "custody", "data-found"]
    | DestructionOutcome
)
ERASED: frozenset[What] = frozenset({"erased", "erased-with-exceptions"})
LEDGER = "ledger"  # the source of what no file says


class Fact(msgspec.Struct, frozen=True):
    """Something that happened to a medium. `at`: when it was over (for `open`: when it began). `number`: of the job or record.

    `build` tells media apart that carry the same serial number: vendor, model and capacity. `digest`: of the certificate, if any.
    `source`: the file that says so, or LEDGER. `began`: of a job. `custody`: of an event between hands.
    `technique`: of a destruction. `is_image`: an image file, not a medium. `entries`: where in the ledger a job begins and ends.
    `continues`: the number of the interrupted job that this one took up.
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
    is_image: bool = False
    entries: tuple[int, int] | None = None
    continues: str | None = None

    @property
    def moment(self) -> datetime:
        return datetime.fromisoformat(self.at)

    @property
    def data_may_return(self) -> bool:
        """From here on there may be data on it, or there is."""
        if self.what == "data-found":
            return True
        return self.custody is not None and custody.kinds()[self.custody.event].data_may_return

    @property
    def leaves(self) -> bool:
        return self.custody is not None and custody.kinds()[self.custody.event].leaves


class Compared(msgspec.Struct, frozen=True):
    """A medium was compared with a certificate. `digest`: of the certificate; `number`: of the check; `confirmed`: with exceptions, too;
    else what was seen speaks against the certificate. A check that showed neither is none of these."""

    at: str
    number: str
    digest: str
    confirmed: bool

    @property
    def moment(self) -> datetime:
        return datetime.fromisoformat(self.at)


def compared(entries: Iterable[Entry]) -> tuple[Compared, ...]:
    """The checks that a ledger tells of, but for those that showed nothing either way."""
    entries = tuple(entries)
    begun = {entry.number: entry for entry in entries if isinstance(entry, CheckStarted)}
    return tuple(
        Compared(entry.at, entry.number, begun[entry.number].checked, entry.outcome != "not-confirmed")
        for entry in entries
        if isinstance(entry, Checked) and (entry.outcome != "not-confirmed" or entry.doubts)
    )


def from_check(record: CheckRecord) -> tuple[Compared, ...]:
    """What an authentic record of a check tells: nothing, if it showed nothing either way."""
    confirmed = record.outcome != "not-confirmed"
    told = Compared(record.ended, record.number, record.certificate.digest, confirmed)
    return (told,) if confirmed or check.doubts(record) else ()


def from_inspection(record: InspectionRecord, digest: str, source: str) -> tuple[Fact, ...]:
    """What an authentic record of an inspection tells: nothing, unless it found data."""
    named = of_medium(record.medium, record.asset_tag)
    found = Fact(record.ended, "data-found", named, record.number, source, named.identity, digest=digest)
    return (found,) if record.recoverable else ()


def from_ledger(entries: Iterable[Entry]) -> tuple[Fact, ...]:
    """Everything that a ledger tells of media."""
    entries = tuple(entries)
    ended = {entry.number: entry for entry in entries if isinstance(entry, Ended | Abandoned)}
    begun = {entry.number: entry for entry in entries if isinstance(entry, InspectionStarted)}
    found = []
    for entry in entries:
        if isinstance(entry, Started):
            found.append(_job(entry, ended.get(entry.number)))
        elif isinstance(entry, Custody):
            found.append(_custody(entry))
        elif isinstance(entry, DestructionEnded):
            found += _destruction(entry)
        elif isinstance(entry, Inspected) and entry.recoverable:
            found.append(_inspection(entry, begun[entry.number]))
    return tuple(found)


def from_record(record: Record, digest: str, source: str) -> Fact:
    """What an authentic certificate tells."""
    medium, tag = record.medium, record.asset_tag
    fact = _of_job(record.ended, record.outcome, medium, tag, record.number, source, digest, record.started)
    return msgspec.structs.replace(fact, continues=record.continues)


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
        )
        for item in record.items
    )


def told_once(facts: Iterable[Fact]) -> tuple[tuple[Fact, ...], tuple[Fact, ...]]:
    """The facts in order of time, each once though several files may tell it; and those whose number stands for different contents."""
    first: dict[tuple[str, str | None, Identity], Fact] = {}
    for fact in facts:
        first.setdefault((fact.number, fact.digest, fact.identity), fact)
    contents: dict[str, set[str]] = {}
    for number, digest, _ in first:
        if digest is not None:
            contents.setdefault(number, set()).add(digest)
    torn = {number for number, digests in contents.items() if len(digests) > 1}
    kept = [fact for fact in first.values() if fact.number not in torn]
    # A job that is open in one source and ended in another has ended.
    over = {fact.number for fact in kept if fact.what != "open"}
    kept = [fact for fact in kept if fact.what != "open" or fact.number not in over]
    return tuple(sorted(kept, key=lambda fact: fact.moment)), tuple(f for f in first.values() if f.number in torn)


def of_one(facts: Iterable[Fact], who: Identity) -> tuple[Fact, ...]:
    """The story of one medium in order of time: what shares a part of its identity, and what that leads to."""
    known = tuple(facts)
    found = [fact for fact in known if fact.identity.shares(who)]
    devices = {key for fact in found for key in _device(fact) if key}
    more = [fact for fact in known if set(_device(fact)) & devices]
    # What names only an asset tag belongs to the medium that carries it; another medium under the same tag does not.
    tags = {fact.identity.asset_tag for fact in (*found, *more)} - {None}
    more += [fact for fact in known if not any(_device(fact)) and fact.identity.asset_tag in tags]
    chosen = {id(fact) for fact in (*found, *more)}
    return tuple(sorted((fact for fact in known if id(fact) in chosen), key=lambda fact: fact.moment))


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


def _device(fact: Fact) -> tuple[str | None, str | None]:
    return fact.identity.serial, fact.identity.wwn


def _job(entry: Started, end: Ended | Abandoned | None) -> Fact:
    """A job that was abandoned without a paper may have written something or nothing: its medium is not erased."""
    medium, tag, number = entry.medium, entry.asset_tag, entry.number
    if end is None:
        fact = _of_job(entry.at, "open", medium, tag, number, LEDGER, None, entry.at)
    elif isinstance(end, Abandoned):
        fact = _of_job(end.at, "not-erased", medium, tag, number, LEDGER, None, entry.at)
    else:
        fact = _of_job(end.at, end.outcome, medium, tag, number, LEDGER, end.certificate, entry.at)
    return msgspec.structs.replace(
        fact, entries=None if end is None else (entry.seq, end.seq), continues=entry.continues
    )


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
        is_image=medium.kind == "image-file",
    )


def _inspection(entry: Inspected, begun: InspectionStarted) -> Fact:
    named = of_medium(begun.medium, begun.asset_tag)
    return Fact(entry.at, "data-found", named, entry.number, LEDGER, named.identity, digest=entry.certificate)


def _destruction(entry: DestructionEnded) -> tuple[Fact, ...]:
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
        )
        for each in entry.media
    )


def _custody(entry: Custody) -> Fact:
    """It stands in the story when it happened, not when it was entered."""
    at = entry.happened or entry.at
    return Fact(at, "custody", entry.medium, f"#{entry.seq}", LEDGER, entry.medium.identity, custody=entry)
