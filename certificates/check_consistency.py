"""Does a check record contradict itself? What follows from its facts is worked out again. Pure."""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterator
from itertools import pairwise

from certificates import check, judgement
from certificates.check import CheckRecord
from certificates.consistency import Contradiction, adds_up, claim_is_due, format_fits, numbered, sectors, siblings
from certificates.emptiness import MOST_SECTORS
from certificates.values import bytes_in

_DIGEST = re.compile("[0-9a-f]{64}")
_FOLLOWS = ("same_identity", "differences", "against", "outcome")


def contradictions(record: CheckRecord) -> tuple[Contradiction, ...]:
    """Everything in the record that can't be true together."""
    rules = (_form, _times, _certificate, _extents, _verification, _follows)
    return tuple(found for rule in rules for found in rule(record))


def _against(key: str, **values: object) -> Contradiction:
    return Contradiction(key, {name: str(value) for name, value in values.items()})


def _form(record: CheckRecord) -> Iterator[Contradiction]:
    yield from numbered(record.number, record.station.key_id)
    yield from numbered(record.certificate.number, record.certificate.key_id)
    if not record.languages or len(set(record.languages)) < len(record.languages):
        yield _against("consistency.languages")
    digests = [record.station.key_id, record.certificate.key_id, record.certificate.digest]
    if not all(_DIGEST.fullmatch(each) for each in digests):
        yield _against("consistency.digest")


def _times(record: CheckRecord) -> Iterator[Contradiction]:
    """In order: the check's start, plugging in again, the comparison, the end, the issue. Another station's clock may have been wrong."""
    seen, replug = record.verification, record.replug
    chain = [record.started, *((replug.asked, replug.back) if replug else ())]
    chain += [*((seen.started, seen.ended) if seen else ()), record.ended, record.issued]
    try:
        ordered = all(a <= b for a, b in pairwise(datetime.datetime.fromisoformat(time) for time in chain))
        datetime.datetime.fromisoformat(record.certificate.issued)
    except (ValueError, TypeError):  # no such day, or no zone
        yield _against("consistency.time")
        return
    if not ordered:
        yield _against("consistency.order")
    if replug is not None and not replug.diskseq_before < replug.diskseq == record.medium.diskseq:
        yield _against("consistency.replug")


def _certificate(record: CheckRecord) -> Iterator[Contradiction]:
    """Only what certifies an erasure says what should be on the medium."""
    certificate, content = record.certificate, record.certificate.content
    keyed = content.kind == "keyed" and _DIGEST.fullmatch(content.key or "") and content.pattern is None
    fixed = content.kind == "fixed" and content.key is None and bool(content.pattern)
    if certificate.outcome not in ("erased", "erased-with-exceptions") or not (keyed or fixed):
        yield _against("contradiction.check.certificate")
    # What is excused from comparing is what such a certificate can list: unwritable and unreadable sectors, and a format.
    medium, reformat = certificate.medium, certificate.reformat
    excused = bytes_in(certificate.exceptions, medium.logical_sector_bytes)
    most = 0 if certificate.outcome == "erased" else 2 * judgement.most_failing(medium)
    if excused > most or (reformat is not None and not format_fits(reformat, medium, certificate.outcome)):
        yield _against("contradiction.check.excused")


def _extents(record: CheckRecord) -> Iterator[Contradiction]:
    medium = record.certificate.medium
    if not medium.capacity_bytes or not medium.logical_sector_bytes:
        yield _against("consistency.capacity")
        return
    yield from sectors(medium)
    yield from siblings(medium)
    if record.medium.capacity_bytes:
        yield from sectors(record.medium)
        yield from siblings(record.medium)
    count = -(-medium.capacity_bytes // medium.logical_sector_bytes)
    found = record.verification.findings if record.verification else ()
    format_ranges = record.certificate.reformat.ranges if record.certificate.reformat else ()
    # Where the medium in hand has smaller sectors than the certificate's, two findings may share one of those.
    shared = record.medium.logical_sector_bytes < medium.logical_sector_bytes
    for ranges, may_touch in (
        (record.certificate.exceptions, False),
        (tuple(each.lbas for each in found), shared),
        (format_ranges, False),
    ):
        ascending = sorted(ranges, key=lambda each: (each.first, each.last))
        apart = all(a.last < b.first + may_touch for a, b in pairwise(ascending))
        if not apart or not all(each.first <= each.last < count for each in ascending):
            yield _against("consistency.extent")
            return


def _verification(record: CheckRecord) -> Iterator[Contradiction]:
    """Amounts that belong together; and a claim only where all that was to be compared is as it should be."""
    seen, certificate = record.verification, record.certificate
    same_size = record.medium.capacity_bytes == certificate.medium.capacity_bytes
    if (seen is None and same_size and record.halt is None) or (seen is not None and not same_size):
        yield _against("consistency.verification")
    looked_into = certificate.reformat is not None and seen is not None and seen.complete and record.halt is None
    if (record.format is not None) != looked_into or not _format_counted(record):
        yield _against("contradiction.check.format")
    if seen is None:
        return
    # Counted in the smaller sectors of the two, told in the certificate's.
    sector = certificate.medium.logical_sector_bytes
    excused = (*certificate.exceptions, *(certificate.reformat.ranges if certificate.reformat else ()))
    if same_size and not adds_up(seen, record.medium, bytes_in(excused, sector), sector):
        yield _against("consistency.verification")
    gaps = bool(certificate.exceptions) or certificate.reformat is not None
    if not claim_is_due(seen, record.medium, gaps=gaps):
        yield _against("consistency.claim")
    if judgement.measured(seen, certificate.medium) != seen:
        yield _against("consistency.true-capacity")


def _format_counted(record: CheckRecord) -> bool:
    """Sectors were counted where there is a format, and their number tells whether it is an empty one."""
    counted, reformat = record.format_sectors, record.certificate.reformat
    if record.format in (None, "absent") or reformat is None:
        return counted is None
    if counted is None or counted > bytes_in(reformat.ranges, 1):
        return False
    return (record.format == "not-empty") == (counted > MOST_SECTORS[reformat.file_system])


def _follows(record: CheckRecord) -> Iterator[Contradiction]:
    worked_out = check.named(record)
    for name in _FOLLOWS:
        if getattr(worked_out, name) != getattr(record, name):
            yield _against("contradiction.check.follows", name=name)
