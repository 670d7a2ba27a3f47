"""What counts as proof on this machine: the station's own papers, and certificates that others handed in, once they are audited."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

import msgspec

from certificates import canonical
from certificates.audit import Audit
from certificates.check import CheckRecord
from certificates.destruction import DestructionRecord
from certificates.errors import Usage
from certificates.history import Compared, Fact, from_check, from_destruction, from_inspection, from_ledger, from_record
from certificates.inspection import InspectionRecord
from certificates.ledger import Entry, Ledger, checking, entries
from certificates.ledger.checkpoint import Checkpoint
from certificates.record import Record
from certificates.trust import Trust
from eraser import auditing, durable, station
from eraser.home import Home


class HandedIn(msgspec.Struct, frozen=True):
    """Facts and checks from authentic papers; and what is not authentic, with the reason."""

    facts: tuple[Fact, ...]
    checks: tuple[Compared, ...]
    refused: tuple[tuple[str, str], ...]
    certificates: int


def authentic(folders: Sequence[Path], trusted: Trust) -> HandedIn:
    """Audit everything in these folders. `trusted`: whose certificates count."""
    facts: list[Fact] = []
    checks: list[Compared] = []
    refused: list[tuple[str, str]] = []
    count = 0
    for audited in auditing.audits(folders, trusted):
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
    return HandedIn(tuple(facts), tuple(checks), tuple(refused), count)


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
    return from_ledger(verified(here))


def verified(here: Home) -> tuple[Entry, ...]:
    """This station's ledger; one that does not add up, or an older one in its place, proves nothing. Raises LedgerInconsistent."""
    book = ledger(here)
    with book.store.reading() as tables:
        rows = tuple(tables.rows())
    checking.verify(rows, checkpoints=grown_from(here))
    return tuple(entries.decode(row.body) for row in rows)


def grown_from(here: Home) -> tuple[Checkpoint, ...]:
    """What this station's ledger has to have grown from."""
    return tuple(point for point in (station.remembered(here),) if point is not None)


def now() -> str:
    return datetime.now().astimezone().isoformat(timespec="seconds")


def _reason(audited: Audit) -> str:
    return next((check.message() for check in audited.checks if check.state == "failed"), "-")
