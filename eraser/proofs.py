"""What counts as proof on this machine: the station's own papers, and certificates that others handed in, once they are audited."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Sequence
from datetime import datetime
from pathlib import Path

import msgspec

from certificates import canonical, station_key
from certificates.audit import Audit, Found
from certificates.audit.several import together
from certificates.check import CheckRecord
from certificates.destruction import DestructionRecord
from certificates.errors import LedgerInconsistent, Usage
from certificates.history import (
    Compared,
    Fact,
    compared,
    from_check,
    from_destruction,
    from_inspection,
    from_ledger,
    from_record,
    seen_from,
)
from certificates.inspection import InspectionRecord
from certificates.ledger import Closing, Entry, Ledger
from certificates.ledger.checkpoint import Checkpoint
from certificates.numbering import station_of_key
from certificates.proving import Known
from certificates.record import Record
from certificates.trust import Trust
from eraser import auditing, durable, kept, station
from eraser.home import Home


class Papers(msgspec.Struct, frozen=True):
    """Facts and checks from authentic papers; and what is not authentic, with the reason. `certificates`: how many were handed in."""

    facts: tuple[Fact, ...] = ()
    checks: tuple[Compared, ...] = ()
    refused: tuple[tuple[str, str], ...] = ()
    certificates: int = 0


class Book(msgspec.Struct, frozen=True):
    """What a ledger tells: its sound entries, and what is wrong with the rows that are walled off."""

    entries: tuple[Entry, ...] = ()
    walled: tuple[LedgerInconsistent, ...] = ()

    @property
    def facts(self) -> tuple[Fact, ...]:
        return from_ledger(self.entries)


def authentic(folders: Sequence[Path], trusted: Trust) -> Papers:
    """Audit everything in these folders. `trusted`: whose certificates count."""
    return _told(auditing.audits(folders, trusted))


def own(here: Home, trusted: Trust) -> Papers:
    """The station's own papers, audited as those that are handed in are, but for their pages: the signed record is the paper. What is not
    authentic is as good as missing, which is told of the entry that it belongs to; `ledger verify` says why."""
    found = [Found(file, (file.with_suffix(".sig"),)) for file in kept.records(here)]
    with contextlib.closing(auditing.results(found, trusted)) as audits:
        told = _told(together(audits))
    return msgspec.structs.replace(told, refused=(), certificates=0)


def own_digests(here: Home, trusted: Trust) -> dict[str, str]:
    """The digest of each authentic paper in the station's folder, by number."""
    found = [Found(file, (file.with_suffix(".sig"),)) for file in kept.records(here)]
    with contextlib.closing(auditing.results(found, trusted)) as audits:
        return {each.number: each.digest for each in audits if each.authentic and each.number and each.digest}


def known(here: Home, trusted: Trust, *more: Papers) -> tuple[Known, Book]:
    """All that this station knows, from its ledger, its own papers, and `more`. Raises LedgerInconsistent."""
    book, papers = verified(here), (own(here, trusted), *more)
    facts = [*book.facts, *(fact for each in papers for fact in each.facts)]
    checks = [*compared(book.entries), *(check for each in papers for check in each.checks)]
    station = own_station(here)
    return Known(seen_from(station, facts), seen_from(station, checks)), book


def own_station(here: Home) -> str | None:
    """What the numbers of the station here begin with; None where there is none."""
    pem = station_key.public_half(here.key)
    return None if pem is None else station_of_key(station_key.key_id_of(pem))


def _told(audits: Iterable[Audit]) -> Papers:
    facts: list[Fact] = []
    checks: list[Compared] = []
    refused: list[tuple[str, str]] = []
    count = 0
    for audited in audits:
        record = audited.record
        if not audited.authentic:
            refused.append((audited.file, _reason(audited)))
        elif isinstance(record, Record):
            facts.append(from_record(record, canonical.digest(canonical.encode(record)), audited.file))
            count += 1
        elif isinstance(record, DestructionRecord):
            facts += from_destruction(record, canonical.digest(canonical.encode(record)), audited.file)
            count += 1
        elif isinstance(record, InspectionRecord):
            facts += from_inspection(record, canonical.digest(canonical.encode(record)), audited.file)
        elif isinstance(record, CheckRecord):
            checks += from_check(record)
    return Papers(tuple(facts), tuple(checks), tuple(refused), count)


def ledger(here: Home) -> Ledger:
    """This station's ledger, for reading."""
    return Ledger(here.ledger, "")


def write_new(path: Path, content: bytes) -> None:
    """A file that people keep, never over one that is there. Raises Usage."""
    try:
        durable.new(path, content)
    except FileExistsError as error:
        raise Usage("usage.exists", path=path) from error


def of_ledger(here: Home) -> tuple[Fact, ...]:
    """What this station's ledger tells of media. Raises LedgerInconsistent."""
    return verified(here).facts


def verified(here: Home) -> Book:
    """This station's ledger; one that rows are missing from, or an older one in its place, proves nothing. Raises LedgerInconsistent."""
    told: list[Entry] = []
    walled: list[LedgerInconsistent] = []
    ledger(here).verify(checkpoints=grown_from(here), wall=walled.append, take=told.append)
    # A paper of its own that it does not know: entries are missing at its end, and who knows what they said of other media.
    entered = {entry.number: entry.certificate for entry in told if isinstance(entry, Closing)}
    unknown = [number for number, digest in kept.digests(here).items() if entered.get(number) != digest]
    walled += [LedgerInconsistent("ledger.paper", number=number) for number in unknown]
    return Book(tuple(told), tuple(walled))


def grown_from(here: Home) -> tuple[Checkpoint, ...]:
    """What this station's ledger has to have grown from."""
    return tuple(point for point in (station.remembered(here),) if point is not None)


def now() -> str:
    return datetime.now().astimezone().isoformat(timespec="seconds")


def _reason(audited: Audit) -> str:
    return next((check.message() for check in audited.checks if check.state == "failed"), "-")
