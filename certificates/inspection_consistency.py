"""Does an inspection record contradict itself? Its sums and its outcome are worked out again. Pure."""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterator
from itertools import pairwise

from certificates import inspection
from certificates.consistency import Contradiction, numbered, sectors, siblings
from certificates.inspection import FILL, InspectionRecord

_DIGEST = re.compile("[0-9a-f]{64}")


def contradictions(record: InspectionRecord) -> tuple[Contradiction, ...]:
    """Everything in the record that can't be true together."""
    rules = (_form, _times, _amounts, _extents, _map, _findings)
    return tuple(found for rule in rules for found in rule(record))


def _against(key: str, **values: object) -> Contradiction:
    return Contradiction(key, {name: str(value) for name, value in values.items()})


def _form(record: InspectionRecord) -> Iterator[Contradiction]:
    yield from numbered(record.number, record.station.key_id)
    if not record.languages or len(set(record.languages)) < len(record.languages):
        yield _against("consistency.languages")
    if not _DIGEST.fullmatch(record.station.key_id):
        yield _against("consistency.digest")


def _times(record: InspectionRecord) -> Iterator[Contradiction]:
    try:
        moments = [datetime.datetime.fromisoformat(time) for time in (record.started, record.ended, record.issued)]
        ordered = all(a <= b for a, b in pairwise(moments))
    except (ValueError, TypeError):  # no such day, or no zone
        yield _against("consistency.time")
        return
    if not ordered:
        yield _against("consistency.order")


def _amounts(record: InspectionRecord) -> Iterator[Contradiction]:
    """Every byte is read, unreadable or not reached; and what was not looked at makes it an inspection in part."""
    reading, medium = record.reading, record.medium
    if not medium.capacity_bytes or not medium.logical_sector_bytes:
        yield _against("consistency.capacity")
        return
    yield from sectors(medium)
    yield from siblings(medium)
    if reading.bytes_read + reading.unreadable_bytes + reading.bytes_not_reached != medium.capacity_bytes:
        yield _against("contradiction.inspection.amounts")
    if (reading.bytes_not_reached > 0) != (reading.stopped is not None):
        yield _against("contradiction.inspection.stopped")
    if (facts := inspection.outcome(reading)) != record.outcome:
        yield _against("consistency.outcome", stated=record.outcome, facts=facts)


def _extents(record: InspectionRecord) -> Iterator[Contradiction]:
    """The unreadable ranges lie on the medium in order, and are no more than was counted."""
    reading, sector = record.reading, record.medium.logical_sector_bytes or 1
    listed = reading.unreadable
    end = -(-record.medium.capacity_bytes // sector)
    apart = all(a.last < b.first for a, b in pairwise(listed))
    if not apart or any(each.first > each.last or each.last >= end for each in listed):
        yield _against("consistency.extent")
        return
    # Only the medium's very last sector may be shorter than the others (an image file of any size).
    total = sum(each.last - each.first + 1 for each in listed) * sector
    if len(listed) > reading.unreadable_places or total >= reading.unreadable_bytes + sector:
        yield _against("contradiction.inspection.unreadable")
    if len(listed) == reading.unreadable_places and total < reading.unreadable_bytes:
        yield _against("contradiction.inspection.unreadable")


def _map(record: InspectionRecord) -> Iterator[Contradiction]:
    """The regions follow each other without gaps, and each is the sum of what fills it."""
    at = 0
    for region in record.regions:
        filled = sum(getattr(region, kind) for kind in FILL)
        if region.first_byte != at or not region.bytes or filled != region.bytes:
            yield _against("contradiction.inspection.map")
            return
        at += region.bytes
    unread = sum(region.unread for region in record.regions)
    if at != record.medium.capacity_bytes or unread != record.medium.capacity_bytes - record.reading.bytes_read:
        yield _against("contradiction.inspection.map")


def _findings(record: InspectionRecord) -> Iterator[Contradiction]:
    """Counted once by kind and once by place, the findings are as many."""
    counted = sum(each.count for each in record.kinds) + sum(each.count for each in record.texts)
    placed = sum(region.found for region in record.regions)
    if counted != record.recoverable or placed != record.recoverable:
        yield _against("contradiction.inspection.findings")
    for names in ([each.kind for each in record.kinds], [each.encoding for each in record.texts]):
        if len(set(names)) < len(names):
            yield _against("contradiction.inspection.findings")
    if record.text_bytes > record.reading.bytes_read or (record.texts and not record.text_bytes):
        yield _against("contradiction.inspection.findings")
