"""The first page, section by section: medium, erasure, verification, what remains, people, evidence."""

from __future__ import annotations

import msgspec

from certificates.page import erasure, figures, remainder, rows, verification
from certificates.page import typography as ty
from certificates.page.blocks import Block, fields, prose
from certificates.page.dates import moment
from certificates.page.say import Phrase
from certificates.page.writer import MAIN, Pen, Writer
from certificates.record import LbaRange, Medium, Reason

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
        "people": (people(writer, record.started, record.ended, record.reason),),
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
        [
            field("wwn", told(medium.wwn), 3, ty.CODE),
            field("firmware", told(medium.firmware), 2, ty.CODE),
            field("node", told(node), 3, ty.CODE),
            field("path", told(medium.path), 4, ty.CODE),
        ],
    ]
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


def _evidence(writer: Writer) -> tuple[Block, ...]:
    files = writer.record.evidence
    if len(files) > writer.limits.evidence:
        writer.annexed.topics.add("evidence")
        return (prose([writer.say("page.annexed")], MAIN),)
    return (rows.evidence(writer, files),) if files else ()
