"""What can't be on two papers: the key of a last pass, which is drawn for each job, and a photograph of another occasion. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

import msgspec

from certificates.audit.result import Audit, Note
from certificates.destruction import DestructionRecord
from certificates.record import Record

MOST_NOTES = 8  # of one record
Span = tuple[datetime, datetime]


class Repeat(msgspec.Struct, frozen=True):
    """What an earlier paper of the audit has, too: by its number and file."""

    number: str
    file: str


class Repeats:
    """Looks at authentic papers one after the other."""

    def __init__(self) -> None:
        self._keys: dict[str, tuple[Record, str]] = {}
        self._pictures: dict[str, list[tuple[Span, str, str]]] = {}

    def key(self, audit: Audit) -> Repeat | None:
        """Another job whose last pass has the same key: 256 bits that both stations drew by chance, they would have to say. With one
        key, one medium that was wiped would be found as certified under both. A job that was resumed keeps its key."""
        record = audit.record
        if not isinstance(record, Record) or not record.passes or (key := record.passes[-1].content.key) is None:
            return None
        first, file = self._keys.setdefault(key, (record, audit.file))
        resumed = _medium(first) == _medium(record) and (first.continues or record.continues) is not None
        return None if first.number == record.number or resumed else Repeat(first.number, file)

    def photographs(self, audit: Audit) -> Iterator[Note]:
        """Photographs that an earlier paper of another time has, too. What was done at the same time may be on one photograph."""
        record = audit.record
        span = _span(record)
        if span is None:
            return
        told = 0
        for each in record.evidence:
            if not each.media_type.startswith("image/"):
                continue
            known = self._pictures.setdefault(each.blake3, [])
            apart = next((one for one in known if one[0][1] < span[0] or span[1] < one[0][0]), None)
            if apart is not None and (told := told + 1) <= MOST_NOTES:
                yield Note("audit.note.photograph", {"name": each.name, "number": apart[1], "file": apart[2]})
            known.append((span, record.number, audit.file))


def _medium(record: Record) -> tuple[str | None, str | None, str | None, int]:
    medium = record.medium
    return medium.serial, medium.wwn, medium.model, medium.capacity_bytes


def _span(record: object) -> Span | None:
    if isinstance(record, Record):
        return datetime.fromisoformat(record.started), datetime.fromisoformat(record.ended)
    if isinstance(record, DestructionRecord):
        return (datetime.fromisoformat(record.done),) * 2
    return None
