"""An inspection that leaves a record, told once: identify, take a number, look, record. Nothing on this way can write to the medium."""

from __future__ import annotations

import stat
from collections.abc import Iterator
from pathlib import Path

import msgspec

from certificates import causes, inspection, language
from certificates.errors import Environment, Usage
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
from certificates.ledger import InspectionStarted
from certificates.people import People
from certificates.record import Medium, Reason
from certificates.values import LbaRange, Words
from eraser import control, devices, papers
from eraser.clock import in_one_time
from eraser.control import Control
from eraser.devices import Device, attachment
from eraser.papers import Papers, Recorded
from eraser.station import Station
from eraser.usage import BLIND
from verifier import partitions
from verifier.carving import kinds
from verifier.crew import Stalled
from verifier.faults import MediumGone
from verifier.inspection import Inspecting, Inspection
from verifier.reading import Reader

EXIT_CODES = {"ctrl-c": 130, "sigterm": 143, "sigquit": 131}


class Asked(msgspec.Struct, frozen=True):
    """What the record says besides what was seen."""

    people: People
    languages: tuple[language.Language, ...]
    out: Path
    asset_tag: str | None
    reason: Reason | None

    @property
    def names(self) -> tuple[str, ...]:
        """Everything that people typed and the page has to show."""
        people = self.people
        given = (
            people.customer,
            people.organisation,
            people.operator,
            people.validator,
            people.location,
            self.asset_tag,
        )
        return tuple(name for name in (*given, *people.witnesses) if name)


class Look(msgspec.Struct, frozen=True):
    """What came of looking: what was seen, and why it ended early, if it did."""

    seen: Inspection
    stopped: Stopped | None

    @property
    def exit_code(self) -> int:
        """0 only if all of the medium was read; what it holds is no error."""
        if self.stopped is not None:
            return EXIT_CODES.get(self.stopped.cause, 1)
        return 3 if self.seen.unreadable_bytes else 0


def identify(target: Path) -> Device:
    """The whole medium or image file behind a name. Raises Refused if there is none, Usage for a part of one."""
    try:
        is_file = stat.S_ISREG(target.stat().st_mode)
    except OSError:
        is_file = False  # `devices` says what is wrong
    device = devices.image(str(target)) if is_file else devices.at(str(target))
    if device.kind not in ("disk", "image", "optical"):
        raise Usage("inspect.part", target=target)
    return device


def opened(target: Path, device: Device | None = None) -> Reader:
    """The medium, open for reading only. Raises Environment; with `device`, also if the name now means another medium."""
    try:
        reader = Reader(target)
    except (OSError, ValueError) as error:
        raise Environment("inspect.failed", target=target, detail=getattr(error, "strerror", None) or error) from error
    if not reader.size:
        reader.close()
        raise Environment("inspect.failed", target=target, detail="0 B")
    if device is not None and (attachment(reader.descriptor), reader.size) != (
        device.attachment,
        device.medium.capacity_bytes,
    ):
        reader.close()
        raise Environment("inspect.failed", target=target, detail="another medium")
    return reader


def look(reader: Reader, node: Path, asked_to_stop: Control, looking_at: list[Look]) -> Iterator[int]:
    """Yields the bytes looked at so far, and leaves what was seen in `looking_at`, however it ends."""
    looking, stopped = Inspecting(reader, node=node), None
    try:
        for done in looking:
            yield done
            asked_to_stop.check()
    except control.Stopped as error:
        stopped = Stopped(error.cause, "")
    except MediumGone as error:
        stopped = Stopped("device-vanished", causes.in_words(error))
    except Stalled as error:
        stopped = Stopped("stall", causes.in_words(error))
    except OSError as error:
        stopped = Stopped("read-error", causes.in_words(error))
    seen = looking.result
    # Asked to stop at the very end: all was seen.
    looking_at.append(Look(seen, stopped if seen.bytes_not_reached else None))


def begin(device: Device, asked: Asked, station: Station) -> InspectionStarted:
    """Take the number. Raises Environment, Refused if the papers could not be drawn, kept or entered."""
    papers.check_ready(asked.out, station.home, asked.names)
    station.check_may_issue()
    return station.ledger.append(
        lambda place: InspectionStarted(
            seq=place.seq,
            at=station.now(),
            job=place.job,
            number=place.number,
            medium=device.medium,
            asset_tag=asked.asset_tag,
        )
    )


def record(
    look: Look, device: Device, asked: Asked, entry: InspectionStarted, station: Station
) -> Recorded[InspectionRecord]:
    """Sign, draw, enter into the ledger and keep what was seen."""
    made = in_one_time(draft(look, device, asked, entry, station), entry.at, station.clock)
    issued: Papers[InspectionRecord] = papers.issue(made, station.key, endorsement=station.endorsement())
    return papers.entered_and_kept(issued, entry, asked.out, station)


def draft(look: Look, device: Device, asked: Asked, entry: InspectionStarted, station: Station) -> InspectionRecord:
    """The record of what was seen. Kinds and counts only: nothing of the content, no labels and no names."""
    seen, medium, now = look.seen, device.medium, station.now()
    reading = Reading(
        bytes_read=seen.bytes_read,
        unreadable_bytes=seen.unreadable_bytes,
        unreadable_places=seen.unreadable_places,
        unreadable=tuple(_lbas(each.offset, each.length, medium) for each in seen.unreadable),
        bytes_not_reached=seen.bytes_not_reached,
        stopped=look.stopped,
    )
    known = kinds()
    found = [(known[kind], count) for kind, count in sorted(seen.counts.items())]
    return InspectionRecord(
        schema="eraser/inspection/1",
        number=entry.number,
        outcome=inspection.outcome(reading),
        issued=now,
        started=entry.at,
        ended=now,
        languages=asked.languages,
        medium=medium,
        asset_tag=asked.asset_tag,
        reason=asked.reason,
        people=asked.people,
        reading=reading,
        layout=_layout(seen.layout),
        recoverable=seen.recoverable,
        kinds=tuple(FoundKind(kind.id, kind.group, Words(kind.en, kind.ja), count) for kind, count in found),
        texts=tuple(FoundText(encoding, count) for encoding, count in sorted(seen.texts.items())),
        text_bytes=seen.text_bytes,
        regions=tuple(
            Region(
                first_byte=cell.offset,
                bytes=cell.length,
                zeros=cell.shares.get("zeros", 0),
                repeated=cell.shares.get("repeated", 0),
                low=cell.shares.get("low", 0),
                high=cell.shares.get("high", 0),
                unread=cell.shares.get("unread", 0),
                found=cell.found,
            )
            for cell in seen.map
        ),
        station=station.described(),
        in_use=any(use.kind not in BLIND | {"loop", "read"} for use in device.uses),
    )


def _lbas(offset: int, length: int, medium: Medium) -> LbaRange:
    sector = medium.logical_sector_bytes
    return LbaRange(offset // sector, (offset + length - 1) // sector)


def _layout(seen: partitions.Layout) -> Layout:
    """Without labels: a volume may bear a person's name."""
    return Layout(
        source=seen.source,
        table=seen.table,
        partitions=tuple(Partition(each.number, each.offset, each.length, each.type) for each in seen.partitions),
        structures=tuple(Structure(each.name, each.offset, each.partition) for each in seen.structures),
    )
