"""Sample inspection records. Every name in them says that it is a sample."""

from __future__ import annotations

from typing import Any

import msgspec

from certificates import inspection
from certificates.inspection import (
    FoundKind,
    FoundText,
    InspectionRecord,
    Layout,
    Partition,
    Reading,
    Region,
    Stopped,
    Structure,
)
from certificates.record import Medium
from certificates.values import LbaRange, Words
from tests.certificates.samples import DISK, KEY, PEOPLE, STICK, erased, number_of

KINDS = (
    FoundKind("docx", "document", Words("Word document", "Word文書"), 412),
    FoundKind("pdf", "document", Words("PDF document", "PDF文書"), 198),
    FoundKind("jtd", "document", Words("Ichitaro document", "一太郎文書"), 23),
    FoundKind("jpg", "image", Words("JPEG image", "JPEG画像"), 1051),
    FoundKind("eml", "mail", Words("mail message", "電子メール"), 77),
    FoundKind("sqlite", "database", Words("SQLite database", "SQLiteデータベース"), 9),
    FoundKind("zip", "archive", Words("ZIP archive", "ZIP書庫"), 14),
)
TEXTS = (FoundText("cp932", 310), FoundText("utf-8", 41), FoundText("ascii", 122))
LAYOUT = Layout(
    source="libblkid",
    table="gpt",
    partitions=(
        Partition(1, 1_048_576, 524_288_000, "c12a7328-f81f-11d2-ba4b-00a0c93ec93b"),
        Partition(2, 525_336_576, 31_388_598_272, "ebd0a0a2-b9e5-4433-87c0-68b6b72699c7"),
    ),
    structures=(
        Structure("gpt", 0, None),
        Structure("vfat", 1_048_576, 1),
        Structure("ntfs", 525_336_576, 2),
    ),
)
NO_LAYOUT = Layout("libblkid", None, (), ())


def regions(medium: Medium, findings: int, unread: int = 0, *, high: bool = False) -> tuple[Region, ...]:
    """256 parts: data in the first third, zeros and patterns behind; `unread` bytes at the end. The findings lie in the data."""
    size = -(-medium.capacity_bytes // 256 // 512) * 512
    made: list[Region] = []
    at = 0
    while at < medium.capacity_bytes:
        length, index = min(size, medium.capacity_bytes - at), len(made)
        missing = min(length, max(0, at + length - (medium.capacity_bytes - unread)))
        rest = length - missing
        if high:
            zeros = repeated = low = 0
        elif index < 90:
            zeros, repeated, low = rest // 8 * (index % 3), 0, rest // (2 + index % 5)
        else:
            zeros, repeated, low = (0, rest, 0) if index % 40 == 3 else (rest, 0, 0)
        low = min(low, rest - zeros - repeated)
        here = 0 if high or index >= 90 else findings * (index + 1) // 90 - findings * index // 90
        made.append(Region(at, length, zeros, repeated, low, rest - zeros - repeated - low, missing, here))
        at += length
    return tuple(made)


def record(medium: Medium = DISK, **more: Any) -> InspectionRecord:
    """A record whose outcome and sums follow from its facts."""
    kinds, texts = more.pop("kinds", KINDS), more.pop("texts", TEXTS)
    reading = more.pop("reading", Reading(medium.capacity_bytes, 0, 0, (), 0, None))
    recoverable = sum(each.count for each in kinds) + sum(each.count for each in texts)
    unread = medium.capacity_bytes - reading.bytes_read
    sample = erased()
    made = InspectionRecord(
        schema="eraser/inspection/1",
        number=number_of(KEY, 124),
        outcome=inspection.outcome(reading),
        issued="2025-11-22T16:20:31+09:00",
        started="2025-11-22T15:58:02+09:00",
        ended="2025-11-22T16:20:30+09:00",
        languages=("ja", "en"),
        medium=medium,
        asset_tag="見本-R07-0042",
        reason="repair",
        people=PEOPLE,
        reading=reading,
        layout=LAYOUT,
        recoverable=recoverable,
        kinds=kinds,
        texts=texts,
        text_bytes=12_345_678 if texts else 0,
        regions=regions(medium, recoverable, unread, high=not recoverable),
        station=sample.station,
        in_use=False,
    )
    return msgspec.structs.replace(made, **more)


def with_files(**more: Any) -> InspectionRecord:
    return record(STICK, **more)


def empty(**more: Any) -> InspectionRecord:
    """A stick that was wiped: random-looking from end to end."""
    return record(STICK, **{"kinds": (), "texts": (), "layout": NO_LAYOUT, **more})


def dying(**more: Any) -> InspectionRecord:
    """A disk with bad places that was pulled out before the end."""
    lost = tuple(LbaRange(1_000_448 + 8 * n, 1_000_448 + 8 * n) for n in range(200))
    left = DISK.capacity_bytes // 4 // 512 * 512
    reading = Reading(
        DISK.capacity_bytes - left - 512 * 4096, 512 * 4096, 1100, lost, left, Stopped("device-vanished", "gone")
    )
    return record(DISK, reading=reading, in_use=True, **more)


ALL = {"with-files": with_files, "empty": empty, "dying": dying}
