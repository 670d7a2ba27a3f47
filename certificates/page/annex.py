"""The annex: what the first page only counts, listed in full."""

from __future__ import annotations

from collections.abc import Sequence

from certificates.page import figures
from certificates.page import typography as ty
from certificates.page.blocks import Block, Cell, Column, prose, table
from certificates.page.front import Section
from certificates.page.parts import MAIN, Annexed, Writer, merged
from certificates.record import LbaRange, Record

ACROSS = 4


def sections(record: Record, annexed: Annexed) -> tuple[Section, ...]:
    writer = _Annex(record, annexed, most_lines=10**6)
    topics = {
        "texts": writer.texts,
        "passes": writer.all_passes,
        "unwritable": writer.unwritable,
        "findings": writer.findings,
        "challenge": writer.challenge,
        "interruptions": writer.interruptions,
        "evidence": writer.evidence,
    }
    wanted = annexed.topics | ({"texts"} if annexed.texts else set())
    return tuple(Section(writer.say(f"page.section.{name}"), make()) for name, make in topics.items() if name in wanted)


class _Annex(Writer):
    def texts(self) -> tuple[Block, ...]:
        columns = [Column(self.say("page.label.entry"), 30), Column(self.say("page.label.text"), 100)]
        return (table(columns, list(self.annexed.texts), MAIN),)

    def all_passes(self) -> tuple[Block, ...]:
        return (self.passes(self.record.passes),)

    def unwritable(self) -> tuple[Block, ...]:
        return (self._ranges(merged(tuple(extent for each in self.record.passes for extent in each.unwritable))),)

    def _ranges(self, extents: Sequence[LbaRange]) -> Block:
        """Several ranges in a row, read line by line."""
        cells = [(f"{figures.lbas(extent)}  ({figures.count(figures.sectors((extent,)))})",) for extent in extents]
        cells += [("",)] * (-len(cells) % ACROSS)
        label = tuple(
            f"{lba} ({number})"
            for lba, number in zip(self.say("page.label.lbas"), self.say("page.label.sector-count"), strict=True)
        )
        rows = [cells[start : start + ACROSS] for start in range(0, len(cells), ACROSS)]
        return table([Column(label, 1)] * ACROSS, rows, MAIN, ty.CODE)

    def findings(self) -> tuple[Block, ...]:
        seen = self.record.verification
        if seen is None:
            return ()
        rows = [self.finding_row(each) for each in seen.findings]
        block = table(self.finding_columns(), rows, MAIN)
        total = sum(figures.sectors((each.lbas,)) for each in seen.findings)
        if total >= seen.different_sectors + seen.unreadable_sectors:
            return (block,)
        return (prose([self.say("page.finding.listed", listed=len(rows))], MAIN), block)

    def challenge(self) -> tuple[Block, ...]:
        wrong = self.record.challenge.wrong if self.record.challenge else ()
        return (table(self.finding_columns(), [self.finding_row(each) for each in wrong], MAIN),)

    def interruptions(self) -> tuple[Block, ...]:
        rows: list[tuple[Cell, ...]] = [self.interruption_row(each) for each in self.record.interruptions]
        return (table(self.interruption_columns(), rows, MAIN),)

    def evidence(self) -> tuple[Block, ...]:
        return (self.evidence_table(self.record.evidence),)
