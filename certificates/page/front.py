"""The first page, section by section: medium, erasure, verification, what remains, people, evidence."""

from __future__ import annotations

import msgspec

from certificates import parts
from certificates.page import erasure, figures, remainder, rows, verification
from certificates.page import typography as ty
from certificates.page.blocks import Block, fields, prose
from certificates.page.dates import moment
from certificates.page.glyphs import spelt
from certificates.page.say import Phrase
from certificates.page.writer import MAIN, Pen, Writer
from certificates.record import Medium, Reason
from certificates.values import LbaRange

BUSES = {"usb": "USB", "sata": "SATA", "ata": "ATA", "nvme": "NVMe", "scsi": "SCSI", "sas": "SAS", "mmc": "MMC"}


class Section(msgspec.Struct, frozen=True):
    title: Phrase
    blocks: tuple[Block, ...]


def sections(writer: Writer) -> tuple[Section, ...]:
    record = writer.record
    parts = {
        "medium": (medium(writer, record.medium, record.asset_tag, record.coverage.addressed),),
        "done": erasure.blocks(writer),
        "checked": verification.blocks(writer),
        "remains": remainder.blocks(writer),
        "handling": _handling(writer),
        "people": (people(writer, record.started, record.ended, record.reason), *_untold(writer)),
        "evidence": _evidence(writer),
    }
    return tuple(Section(writer.say(f"page.section.{name}"), blocks) for name, blocks in parts.items() if blocks)


def medium(pen: Pen, medium: Medium, asset_tag: str | None, addressed: LbaRange) -> Block:
    """Which medium, in everything that it is known by."""
    field, told = pen.field, pen.say.told
    node = medium.node if medium.diskseq is None else f"{medium.node}, {medium.diskseq}"
    capacity = f"{figures.count(medium.capacity_bytes)} B ({figures.size(medium.capacity_bytes)})"
    sizes = f"{figures.count(medium.logical_sector_bytes)} / {figures.count(medium.physical_sector_bytes)} B"
    grid = [
        [field("model", told(medium.model), 6, ty.STRONG), field("serial", told(medium.serial), 6, ty.STRONG)],
        [
            field("asset-tag", pen.say.given(asset_tag), 3, ty.VALUE_BOLD),
            field("vendor", told(medium.vendor), 3),
            field("capacity", (f"{capacity}, LBA {figures.lbas(addressed)}",), 6),
        ],
        [
            field("media-type", _kind(pen, medium), 7),
            field("bus", told(BUSES.get(medium.bus or "", medium.bus)), 2),
            field("sectors", (sizes,), 3),
        ],
    ]
    if medium.siblings and medium.part is not None:
        kind = next((each.kind for each in medium.siblings if each.kind in parts.OF_THE_DRIVE), "unit")
        grid.append([field("part", pen.say(f"part.{kind}", part=(spelt(medium.part),)), 12)])
    details = {"wwn": (medium.wwn, 3), "firmware": (medium.firmware, 2), "node": (node, 3), "path": (medium.path, 4)}
    if pen.limits.details:
        grid.append([field(name, told(text), span, ty.CODE) for name, (text, span) in details.items()])
    else:
        for name, (text, _) in details.items():
            pen.annexed.add(pen.label(name), told(text) or pen.say("page.not-recorded"))
    return fields(grid, MAIN)


def _kind(pen: Pen, medium: Medium) -> Phrase:
    """What it is; and, as far as the kernel told, whether it rotates and comes off."""
    say = pen.say
    kind = say("page.medium.image-file" if medium.kind == "image-file" else f"page.medium.{medium.media_type}")
    build = []
    if medium.rotational is not None:
        build.append(say("page.build.rotating" if medium.rotational else "page.build.solid"))
    if medium.removable is not None:
        build.append(say("page.build.removable" if medium.removable else "page.build.fixed"))
    return say("page.build.of", kind=kind, build=pen.together(build, ("・", ", "))) if build else kind


def people(pen: Pen, started: str, ended: str, why: Reason | None, why_label: str = "reason") -> Block:
    """Who, where, when, why, and with what."""
    field, given, told = pen.field, pen.say.given, pen.say.told
    people, station = pen.paper.people, pen.paper.station
    reason = None if why is None else pen.say(f"page.reason.{why}")
    first, last = moment(started), moment(ended)
    tool = f"{station.tool} {station.tool_version}; {station.kernel}; Python {station.python}"
    grid = [
        [
            field("operator", given(people.operator), 2),
            field("witnesses", pen.names(people.witnesses), 2),
            field("validator", given(people.validator), 3),
            field("location", given(people.location), 3),
            field(why_label, reason, 2),
        ],
        [
            field("job", (f"{first.stamp} – {last.stamp} {last.zone}",), 5, ty.CODE),
            field("station", told(station.host), 2, ty.CODE),
            field("tool", told(tool), 5, ty.CODE),
        ],
    ]
    return fields(grid, MAIN)


HANDLING = ("source", "data", "responsible", "confidentiality-before", "confidentiality-after", "destination")


def _handling(writer: Writer) -> tuple[Block, ...]:
    """Where the medium comes from and goes to, and what was on it (SP 800-88r1 4.8): what was told of it, three fields in a row."""
    told = _told(writer)
    entries = [writer.field(name, value, 4) for name, value in told.items() if value is not None]
    return (fields([entries[start : start + 3] for start in range(0, len(entries), 3)], MAIN),) if entries else ()


def _told(writer: Writer) -> dict[str, Phrase | None]:
    handling = writer.record.handling
    return {name: writer.say.given(getattr(handling, name.replace("-", "_"))) for name in HANDLING}


def _untold(writer: Writer) -> list[Block]:
    """What nobody told, in one line: it is said to be missing, but takes no more room than that."""
    missing = [name for name, value in _told(writer).items() if value is None]
    if {"confidentiality-before", "confidentiality-after"} <= set(missing):
        missing[missing.index("confidentiality-before")] = "confidentiality"
        missing.remove("confidentiality-after")
    if not missing:
        return []
    names = writer.together([writer.say(f"page.untold.{name}") for name in missing], ("、", ", "))
    return [prose([writer.led(writer.say("page.not-recorded-line"), names)], MAIN, ty.NOTE)]


def _evidence(writer: Writer) -> tuple[Block, ...]:
    """The digests, or where there are pictures or many files how many; then all of them are in the annex."""
    files = writer.record.evidence
    if len(files) <= writer.limits.evidence and not any(each.copy for each in files):
        return (rows.evidence(writer, files),) if files else ()
    writer.annexed.topics.add("evidence")
    photographs = sum(each.copy is not None for each in files)
    return (prose([writer.say("page.evidence", photographs=photographs, others=len(files) - photographs)], MAIN),)
