"""The lives of media: what happened to each, as facts with a time, from the ledger and from authentic certificates. Pure.

Reconciling, the timeline of one medium and the periodic report all read these, so that they can't tell different stories.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Literal

import msgspec

from certificates.identity import Identity, of_medium
from certificates.ledger import Ended, Entry, Started
from certificates.record import Medium, Record

What = Literal["open", "erased", "erased-with-exceptions", "not-erased", "interrupted"]
ERASED: frozenset[What] = frozenset({"erased", "erased-with-exceptions"})


class Named(msgspec.Struct, frozen=True):
    """How the source spells who the medium is."""

    asset_tag: str | None = None
    serial: str | None = None
    wwn: str | None = None
    model: str | None = None


class Fact(msgspec.Struct, frozen=True):
    """Something that happened to a medium. `at`: when it was over (for `open`: when it began). `number`: of the job or record.

    `build` tells media apart that carry the same serial number: vendor, model and capacity. `digest`: of the certificate, if any.
    `source`: the file that says so, or "ledger".
    """

    at: str
    what: What
    identity: Identity
    named: Named
    number: str
    source: str
    build: tuple[str | None, str | None, int] | None = None
    digest: str | None = None

    @property
    def moment(self) -> datetime:
        return datetime.fromisoformat(self.at)


def from_ledger(entries: Iterable[Entry]) -> tuple[Fact, ...]:
    """Every job of a ledger."""
    entries = tuple(entries)
    ended = {entry.number: entry for entry in entries if isinstance(entry, Ended)}
    found = []
    for entry in entries:
        if isinstance(entry, Started):
            end = ended.get(entry.number)
            what: What = "open" if end is None else end.outcome
            at, digest = (entry.at, None) if end is None else (end.at, end.certificate)
            found.append(_fact(at, what, entry.medium, entry.asset_tag, entry.number, "ledger", digest))
    return tuple(found)


def from_record(record: Record, digest: str, source: str) -> Fact:
    """What an authentic certificate tells."""
    return _fact(record.ended, record.outcome, record.medium, record.asset_tag, record.number, source, digest)


def told_once(facts: Iterable[Fact]) -> tuple[tuple[Fact, ...], tuple[Fact, ...]]:
    """The facts in order of time, each once though several files may tell it; and those whose number stands for different contents."""
    first: dict[tuple[str, str | None], Fact] = {}
    for fact in facts:
        first.setdefault((fact.number, fact.digest), fact)
    contents: dict[str, set[str]] = {}
    for number, digest in first:
        if digest is not None:
            contents.setdefault(number, set()).add(digest)
    torn = {number for number, digests in contents.items() if len(digests) > 1}
    kept = [fact for fact in first.values() if fact.number not in torn]
    # A job that is open in one source and ended in another has ended.
    over = {fact.number for fact in kept if fact.what != "open"}
    kept = [fact for fact in kept if fact.what != "open" or fact.number not in over]
    return tuple(sorted(kept, key=lambda fact: fact.moment)), tuple(f for f in first.values() if f.number in torn)


def _fact(
    at: str, what: What, medium: Medium, tag: str | None, number: str, source: str, digest: str | None = None
) -> Fact:
    named = Named(tag, medium.serial, medium.wwn, medium.model)
    build = (medium.vendor, medium.model, medium.capacity_bytes)
    return Fact(at, what, of_medium(medium, tag), named, number, source, build, digest)
