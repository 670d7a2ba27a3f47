"""The inspection record: what a recovery tool would find on one medium, in the shape that is signed (schema eraser/inspection/1).

Reading shows what is there, never what was done: an inspection record doesn't say "erased", whatever it found. It holds kinds and
counts and no content, no file's name and no volume's label, for any of these may be personal data. Values are as in `record`.
"""

from __future__ import annotations

from typing import Literal

from certificates.people import People, Station
from certificates.record import ClockJump, Medium, Reason
from certificates.values import Count, LbaRange, Time, Value, Words

SCHEMA = "eraser/inspection/1"

InspectionOutcome = Literal["inspected", "inspected-in-part"]
Group = Literal["document", "image", "mail", "database", "archive", "media", "program"]
FILL: tuple[str, ...] = ("zeros", "repeated", "low", "high", "unread")


class Stopped(Value, frozen=True):
    """The inspection ended before the medium's end. `cause` is a key of the words table (`interruption.*`)."""

    cause: str
    detail: str


class Reading(Value, frozen=True):
    """How much was looked at. Every byte of the medium is read, unreadable, or was not reached.

    `unreadable`: the first `unreadable_places` ranges, all of them counted.
    """

    bytes_read: Count
    unreadable_bytes: Count
    unreadable_places: Count
    unreadable: tuple[LbaRange, ...]
    bytes_not_reached: Count
    stopped: Stopped | None


class Partition(Value, frozen=True):
    """An entry of the partition table, as far as it lies on the medium; `type` as the table has it: a byte or a GUID."""

    number: Count
    first_byte: Count
    bytes: Count
    type: str


class Structure(Value, frozen=True):
    """A partition table, file system or other format that announces itself, in `partition` or in none."""

    name: str
    first_byte: Count
    partition: Count | None


class Layout(Value, frozen=True):
    """What the medium says of its own order, and who read it (`libblkid`, or this tool's own checks)."""

    source: Literal["libblkid", "own checks"]
    table: str | None
    partitions: tuple[Partition, ...]
    structures: tuple[Structure, ...]


class FoundKind(Value, frozen=True):
    """Beginnings of files of one kind."""

    kind: str
    group: Group
    name: Words
    count: Count


class FoundText(Value, frozen=True):
    """Regions of readable text that belong to none of the files, by encoding."""

    encoding: str
    count: Count


class Region(Value, frozen=True):
    """A part of the map: how many of its bytes are zeros, one repeated byte, structured (`low` entropy), random-looking (`high`: wiped,
    encrypted and compressed data alike) or not read; and how many findings begin in it."""

    first_byte: Count
    bytes: Count
    zeros: Count
    repeated: Count
    low: Count
    high: Count
    unread: Count
    found: Count


class InspectionRecord(Value, frozen=True):
    """All that is known about one inspection. Its RFC 8785 bytes are what is signed.

    `recoverable`: the regions that a recovery tool would find, the sum of `kinds` and `texts`. `text_bytes` counts readable text inside of
    files too. `in_use`: something on this machine used the medium meanwhile, so it may have changed while it was read.
    """

    schema: Literal["eraser/inspection/1"]
    number: str
    outcome: InspectionOutcome
    issued: Time
    started: Time
    ended: Time
    languages: tuple[Literal["ja", "en"], ...]
    medium: Medium
    asset_tag: str | None
    reason: Reason | None
    people: People
    reading: Reading
    layout: Layout
    recoverable: Count
    kinds: tuple[FoundKind, ...]
    texts: tuple[FoundText, ...]
    text_bytes: Count
    regions: tuple[Region, ...]
    in_use: bool
    station: Station
    clock_jumps: tuple[ClockJump, ...] = ()


def outcome(reading: Reading) -> InspectionOutcome:
    """Whole only if every byte was read."""
    whole = not reading.unreadable_bytes and not reading.bytes_not_reached and reading.stopped is None
    return "inspected" if whole else "inspected-in-part"
