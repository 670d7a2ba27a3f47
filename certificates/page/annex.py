"""The annex: what the first page only counts, listed in full."""

from __future__ import annotations

from certificates.page import custody, erasure, figures, mediummap, photographs, rows
from certificates.page import typography as ty
from certificates.page.blocks import Block, prose, table
from certificates.page.front import Section
from certificates.page.verification import earlier_sentences
from certificates.page.writer import MAIN, Writer


def sections(writer: Writer) -> tuple[Section, ...]:
    """A section for each topic that the first page left to the annex, in a fixed order."""
    makers = {
        "texts": _texts,
        "medium-map": mediummap.blocks,
        "passes": _passes,
        "verdicts": _verdicts,
        "unwritable": _unwritable,
        "earlier": _earlier,
        "findings": _findings,
        "challenge": _challenge,
        "interruptions": _interruptions,
        "evidence": _evidence,
        "custody": lambda writer: (custody.block(writer, writer.record.custody),),
        "photographs": _photographs,
    }
    wanted = writer.annexed.topics | ({"texts"} if writer.annexed.texts else set())
    wanted |= {"photographs"} if any(each.copy for each in writer.record.evidence) else set()
    wanted |= {"custody"} if writer.record.custody else set()
    wanted |= {"medium-map"} if mediummap.tells(writer.record) else set()
    made = {topic: make(writer) for topic, make in makers.items() if topic in wanted}
    return tuple(Section(writer.say(f"page.section.{topic}"), blocks) for topic, blocks in made.items() if blocks)


def _texts(writer: Writer) -> tuple[Block, ...]:
    return (table(rows.columns(writer, entry=30, text=100), list(writer.annexed.texts), MAIN),)


def _passes(writer: Writer) -> tuple[Block, ...]:
    return (rows.passes(writer, writer.record.passes),)


def _verdicts(writer: Writer) -> tuple[Block, ...]:
    """Each policy with the reasons of its verdict."""
    told = [
        ((each.policy,), writer.together([writer.say(key) for key in erasure.reasons(each)]))
        for each in writer.record.verdicts
        if erasure.reasons(each)
    ]
    return (table(rows.columns(writer, policy=30, reasons=100), told, MAIN),)


def _unwritable(writer: Writer) -> tuple[Block, ...]:
    return (rows.ranges(writer, rows.merged([extent for each in writer.record.passes for extent in each.unwritable])),)


def _earlier(writer: Writer) -> tuple[Block, ...]:
    return (prose(earlier_sentences(writer), MAIN),)


def _findings(writer: Writer) -> tuple[Block, ...]:
    seen = writer.record.verification
    if seen is None:
        return ()
    listed = rows.findings(writer, seen.findings)
    if figures.sectors([each.lbas for each in seen.findings]) >= seen.different_sectors + seen.unreadable_sectors:
        return (listed,)
    return (prose([writer.say("page.finding.listed", listed=len(seen.findings))], MAIN), listed)


def _challenge(writer: Writer) -> tuple[Block, ...]:
    return (rows.findings(writer, writer.record.challenge.wrong if writer.record.challenge else ()),)


def _interruptions(writer: Writer) -> tuple[Block, ...]:
    return (rows.interruptions(writer, rows.stops(writer.record)),)


def _evidence(writer: Writer) -> tuple[Block, ...]:
    """What is not told below its picture."""
    files = [each for each in writer.record.evidence if each.copy is None]
    return (rows.evidence(writer, files),) if files else ()


def _photographs(writer: Writer) -> tuple[Block, ...]:
    note = prose([writer.say("page.photographs.note")], MAIN, ty.NOTE)
    return (note, photographs.block(writer, writer.record.evidence))
