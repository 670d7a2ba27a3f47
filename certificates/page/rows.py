"""Tables that stand on the first page while they are short, and in the annex when they are not."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import msgspec

from certificates.page import figures
from certificates.page import typography as ty
from certificates.page.blocks import GROUP, Block, Cell, Column, Meter, hexadecimal, table
from certificates.page.dates import moment
from certificates.page.glyphs import spelt
from certificates.page.say import Phrase
from certificates.page.writer import DASH, MAIN, Pen, Writer, until
from certificates.people import Evidence
from certificates.record import Content, Finding, Interruption, Pass, Record
from certificates.values import LbaRange

RANGES_ACROSS = 4


def columns(writer: Pen, **shares: float) -> tuple[Column, ...]:
    """Columns by label and share of the width; an underscore in a name stands for the label's hyphen."""
    return tuple(Column(writer.label(name.replace("_", "-")), share) for name, share in shares.items())


def passes(writer: Writer, done: Sequence[Pass], unstarted: Sequence[int] = ()) -> Block:
    heads = columns(writer, **{"pass": 28}, content=91, started=76, ended=48, written=74, flushed=60, unwritable=70)
    rows = [_pass_row(writer, each) for each in done] + [_unstarted_row(writer, number) for number in unstarted]
    return table(heads, rows, MAIN)


def _pass_row(writer: Writer, done: Pass) -> tuple[Cell, ...]:
    whole = writer.record.medium.capacity_bytes
    return (
        (f"{done.number} / {writer.record.method.passes_asked}",),
        _content(writer, done.content),
        (moment(done.started).stamp,),
        (until(done.started, done.ended),),
        Meter(done.bytes_written / whole if whole else 0.0, figures.percent(done.bytes_written, whole)),
        writer.say("page.pass.flushed" if done.flushed else "page.pass.unflushed"),
        (figures.count(figures.sectors(done.unwritable)),),
    )


def _unstarted_row(writer: Writer, number: int) -> tuple[Cell, ...]:
    state, asked = writer.say("page.not-started"), writer.record.method.passes_asked
    return (f"{number} / {asked}",), state, (DASH,), (DASH,), Meter(0.0, "0.00 %"), (DASH,), (DASH,)


def _content(writer: Writer, content: Content) -> Phrase:
    if content.kind == "keyed":
        return writer.say("page.content.keyed")
    return writer.say("page.content.fixed", pattern=figures.pattern(content.pattern or ""))


def findings(writer: Pen, found: Sequence[Finding]) -> Block:
    rows: list[tuple[Cell, ...]] = [
        (
            writer.say(f"page.finding.{each.kind}"),
            (figures.lbas(each.lbas),),
            (figures.count(figures.sectors((each.lbas,))),),
            (DASH if each.belongs_to is None else figures.count(each.belongs_to),),
        )
        for each in found
    ]
    return table(columns(writer, kind=40, lbas=36, sector_count=18, belongs_to=30), rows, MAIN)


def stops(record: Record) -> list[Interruption]:
    """What stopped the job, and when the machine's clock was set meanwhile."""
    jumps = [Interruption(each.at, "write", "clock-set", f"{each.seconds:+} s", 0) for each in record.clock_jumps]
    return sorted([*record.interruptions, *jumps], key=lambda each: datetime.fromisoformat(each.at))


def interruptions(writer: Writer, stops: Sequence[Interruption]) -> Block:
    rows: list[tuple[Cell, ...]] = [
        (
            (moment(each.at).stamp,),
            writer.say(f"page.phase.{each.phase}"),
            writer.say(f"interruption.{each.cause}"),
            (figures.count(each.bytes_done),),
            writer.say.told(each.detail) or (DASH,),
        )
        for each in stops
    ]
    return table(columns(writer, time=78, phase=68, cause=124, bytes_done=80, detail=97), rows, MAIN)


def evidence(writer: Pen, files: Sequence[Evidence]) -> Block:
    """A line for each file where the names are short; else a table."""
    labels: list[Phrase] = [(f"{spelt(each.name)}  {figures.size(each.bytes)}",) for each in files]
    if all(ty.width(label[0], ty.LABEL) < MAIN - 8 * GROUP - 6 for label in labels):
        lines = [hexadecimal(label, each.blake3, MAIN) for label, each in zip(labels, files, strict=True)]
        return Block(tuple(piece for line in lines for piece in line.pieces))
    rows: list[tuple[Cell, ...]] = [
        (writer.say.told(each.name) or (DASH,), (figures.size(each.bytes),), (figures.grouped(each.blake3, 16),))
        for each in files
    ]
    return table(columns(writer, file=32, file_size=18, file_digest=92), rows, MAIN, ty.CODE)


def ranges(writer: Pen, extents: Sequence[LbaRange]) -> Block:
    """Several ranges in a row, read line by line."""
    cells = [(f"{figures.lbas(extent)}  ({figures.count(figures.sectors((extent,)))})",) for extent in extents]
    cells += [("",)] * (-len(cells) % RANGES_ACROSS)
    names = zip(writer.label("lbas"), writer.label("sector-count"), strict=True)
    head = Column(tuple(f"{lba} ({number})" for lba, number in names), 1)
    return table(
        [head] * RANGES_ACROSS,
        [cells[start : start + RANGES_ACROSS] for start in range(0, len(cells), RANGES_ACROSS)],
        MAIN,
        ty.CODE,
    )


def merged(extents: Sequence[LbaRange]) -> tuple[LbaRange, ...]:
    """The same sectors in as few ranges as it takes, in ascending order."""
    joined: list[LbaRange] = []
    for extent in sorted(extents, key=lambda each: each.first):
        if joined and extent.first <= joined[-1].last + 1:
            joined[-1] = msgspec.structs.replace(joined[-1], last=max(joined[-1].last, extent.last))
        else:
            joined.append(extent)
    return tuple(joined)
