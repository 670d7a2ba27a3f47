"""The page of an inspection: what a recovery tool would find on the medium, where, and what that leaves open. Never what was done to it."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from certificates.inspection import FoundKind, InspectionRecord
from certificates.page import figures, front, picture, rows
from certificates.page import typography as ty
from certificates.page.blocks import Block, Cell, Column, fields, prose, table
from certificates.page.dates import moment
from certificates.page.front import Section
from certificates.page.heading import Title
from certificates.page.say import Phrase
from certificates.page.writer import DASH, MAIN, Limits, Pen, until
from certificates.values import LbaRange

GROUPS = ("document", "image", "mail", "database", "archive", "media", "program")
KINDS_ACROSS = 3
ENCODINGS = {"cp932": "Shift_JIS (CP932)", "utf-8": "UTF-8", "euc-jp": "EUC-JP", "utf-16-le": "UTF-16LE"}
ENCODINGS |= {"iso-2022-jp": "ISO-2022-JP (JIS)", "ascii": "ASCII"}


class InspectionPen(Pen):
    """Writes the record of an inspection."""

    attachment = "inspection"
    digest_label = "inspection-digest"

    def __init__(self, record: InspectionRecord, limits: Limits) -> None:
        super().__init__(record, limits)
        self.record = record


def title(pen: InspectionPen) -> Title:
    part = pen.say("page.inspection.in-part") if pen.record.outcome == "inspected-in-part" else None
    return Title(pen.say("page.inspection.title"), part, None)


def statement(pen: InspectionPen) -> Phrase:
    """How much was looked at, and what came of it; and what this paper is not."""
    record, say = pen.record, pen.say
    extent = "whole" if record.outcome == "inspected" else "part"
    result = "some" if record.recoverable else "none"
    share = figures.percent(record.reading.bytes_read, record.medium.capacity_bytes)
    sentences = [
        say(f"page.inspection.extent.{extent}", share=share),
        say(f"page.inspection.statement.{result}", count=figures.count(record.recoverable)),
        say("page.inspection.no-certificate"),
    ]
    return pen.together(sentences)


def sections(pen: InspectionPen) -> tuple[Section, ...]:
    record = pen.record
    sectors = -(-record.medium.capacity_bytes // max(1, record.medium.logical_sector_bytes))
    addressed = LbaRange(0, max(0, sectors - 1))
    parts = {
        "medium": (front.medium(pen, record.medium, record.asset_tag, addressed),),
        "inspected": _inspected(pen),
        "found": _found(pen),
        "map": (picture.block(pen, record.regions),) if record.regions else (),
        "layout": _layout(pen),
        "open": (prose(_open_points(pen), MAIN, ty.NOTE if pen.limits.small else ty.TEXT, mark="■"),),
        "people": (front.people(pen, record.started, record.ended, record.reason, "inspection-reason"),),
    }
    return tuple(Section(pen.say(f"page.section.{name}"), blocks) for name, blocks in parts.items() if blocks)


def annex(pen: InspectionPen) -> tuple[Section, ...]:
    """What the first page only counts."""
    makers: dict[str, Callable[[], Block]] = {
        "texts": lambda: table(rows.columns(pen, entry=30, text=100), list(pen.annexed.texts), MAIN),
        "kinds": lambda: _kinds(pen, _named(pen)),
        "layout": lambda: _partitions(pen, _places(pen)),
        "unreadable": lambda: rows.ranges(pen, pen.record.reading.unreadable),
    }
    wanted = pen.annexed.topics | ({"texts"} if pen.annexed.texts else set())
    return tuple(Section(pen.say(f"page.section.{name}"), (make(),)) for name, make in makers.items() if name in wanted)


def _inspected(pen: InspectionPen) -> tuple[Block, ...]:
    record, reading, say = pen.record, pen.record.reading, pen.say
    result = say("page.inspection.result.some" if record.recoverable else "page.inspection.result.none")
    count = (figures.count(record.recoverable),)
    when = f"{moment(record.started).stamp} – {until(record.started, record.ended)} {moment(record.ended).zone}"
    share = figures.percent(reading.bytes_read, record.medium.capacity_bytes)
    grid = [
        [pen.field("recoverable", count, 3, ty.STRONG), pen.field("result", result, 9, ty.VALUE_BOLD)],
        [
            pen.field("duration", (when,), 5, ty.CODE),
            pen.field("bytes-read", (f"{figures.count(reading.bytes_read)} B ({share})",), 4, ty.CODE),
            pen.field("unreadable", (f"{figures.count(reading.unreadable_bytes)} B",), 3, ty.CODE),
        ],
    ]
    blocks = [fields(grid, MAIN)]
    if reading.stopped is not None:
        cause = say(f"interruption.{reading.stopped.cause}")
        left = f"{figures.count(reading.bytes_not_reached)} B"
        blocks.append(prose([say("page.inspection.stopped", cause=cause, left=left)], MAIN))
    if reading.unreadable:
        blocks.append(prose([_unreadable(pen)], MAIN))
    return tuple(blocks)


def _unreadable(pen: InspectionPen) -> Phrase:
    reading = pen.record.reading
    shown = reading.unreadable[: pen.limits.ranges]
    listed: Phrase = (", ".join(figures.lbas(each) for each in shown),)
    if len(shown) < reading.unreadable_places:
        pen.annexed.topics.add("unreadable")
        listed = tuple(f"{listed[0]}, … {words}" for words in pen.say("page.annexed"))
    return pen.say("page.inspection.unreadable", places=figures.count(reading.unreadable_places), listed=listed)


def _found(pen: InspectionPen) -> tuple[Block, ...]:
    """How many of each group; then each kind, as many as there is room for."""
    record = pen.record
    counts: dict[str, int] = dict.fromkeys(GROUPS, 0)
    for each in record.kinds:
        counts[each.group] += each.count
    counts["text"] = sum(each.count for each in record.texts)
    heads = [Column(pen.say(f"page.group.{name}"), 1) for name in counts]
    summary = table(heads, [[(figures.count(count),) for count in counts.values()]], MAIN, ty.VALUE_BOLD)
    named = _named(pen)
    room = pen.limits.ranges
    if len(named) > room * KINDS_ACROSS:
        pen.annexed.topics.add("kinds")
        return (summary, prose([pen.say("page.annexed")], MAIN, ty.NOTE))
    return (summary, _kinds(pen, named)) if named else (summary,)


def _named(pen: InspectionPen) -> list[tuple[Phrase, int]]:
    """Every kind and encoding with its count, in the order of the groups, the most frequent first."""
    kinds = sorted(pen.record.kinds, key=lambda each: (GROUPS.index(each.group), -each.count, each.kind))
    named = [(_name(pen, each), each.count) for each in kinds]
    texts = sorted(pen.record.texts, key=lambda each: (-each.count, each.encoding))
    return named + [
        (pen.say("page.inspection.text", encoding=ENCODINGS.get(each.encoding, each.encoding)), each.count)
        for each in texts
    ]


def _name(pen: InspectionPen, each: FoundKind) -> Phrase:
    return pen.say.per_language({"en": each.name.en, "ja": each.name.ja})


def _kinds(pen: InspectionPen, named: Sequence[tuple[Phrase, int]]) -> Block:
    """Several kinds a row, read column by column."""
    tall = -(-len(named) // KINDS_ACROSS)
    cells: list[tuple[Cell, Cell]] = [(name, (figures.count(count),)) for name, count in named]
    cells += [(("",), ("",))] * (tall * KINDS_ACROSS - len(cells))
    listed = [[part for cell in cells[row::tall] for part in cell] for row in range(tall)]
    return table(rows.columns(pen, **{"file-kind": 38, "count": 12}) * KINDS_ACROSS, listed, MAIN)


def _layout(pen: InspectionPen) -> tuple[Block, ...]:
    layout = pen.record.layout
    places = _places(pen)
    if not places:
        return (prose([pen.say("page.inspection.no-layout")], MAIN),)
    if len(places) > pen.limits.ranges:
        pen.annexed.topics.add("layout")
        count = pen.say("page.inspection.layout", partitions=len(layout.partitions), structures=len(layout.structures))
        return (prose([count], MAIN),)
    return (_partitions(pen, places),)


def _places(pen: InspectionPen) -> list[tuple[Cell, ...]]:
    """What stands outside of partitions; then each partition and what is in it."""
    layout = pen.record.layout
    told: list[tuple[Cell, ...]] = [
        ((DASH,), (figures.count(each.first_byte),), (DASH,), (DASH,), pen.say.told(each.name) or (DASH,))
        for each in layout.structures
        if each.partition is None
    ]
    for part in layout.partitions:
        inside = ", ".join(each.name for each in layout.structures if each.partition == part.number)
        sizes = (figures.count(part.first_byte),), (figures.size(part.bytes),)
        told.append(((str(part.number),), *sizes, pen.say.told(part.type) or (DASH,), pen.say.told(inside) or (DASH,)))
    return told


def _partitions(pen: InspectionPen, places: Sequence[tuple[Cell, ...]]) -> Block:
    shares = {"partition": 14, "first-byte": 26, "file-size": 18, "partition-type": 44, "structure": 26}
    return table(rows.columns(pen, **shares), places, MAIN, ty.TEXT)


def _open_points(pen: InspectionPen) -> list[Phrase]:
    """What a clean answer would not show, on this medium."""
    record, reading = pen.record, pen.record.reading
    points = ["in-use"] if record.in_use else []
    if reading.unreadable_bytes:
        points.append("unreadable")
    if reading.bytes_not_reached:
        points.append("not-reached")
    high = sum(region.high for region in record.regions)
    share = figures.percent(high, max(1, reading.bytes_read))
    points += ["random", "kinds", "areas" if record.medium.kind == "block-device" else "image", "names"]
    return [pen.say(f"page.open.{point}", share=share) for point in points]
