"""From facts to phrases: the cells and sentences that the first page and the annex share."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from certificates.page import figures
from certificates.page import typography as ty
from certificates.page.blocks import GROUP, GUTTER, Block, Cell, Column, Field, Meter, hexadecimal, table
from certificates.page.dates import moment
from certificates.page.glyphs import spelt
from certificates.page.say import Phrase, Say
from certificates.record import Evidence, Finding, Health, Interruption, LbaRange, Pass, Record, Verification
from certificates.record import Content as PassContent

MAIN = 447.0
DASH = "–"


class Annexed:
    """What the first page had no room for: topics by name, and entries that were cut short there."""

    def __init__(self) -> None:
        self.topics: set[str] = set()
        self.texts: list[tuple[Phrase, Phrase]] = []

    def add(self, label: Phrase, text: Phrase) -> None:
        if (label, text) not in self.texts:
            self.texts.append((label, text))


class Writer:
    """Makes fields and rows in the record's languages."""

    def __init__(self, record: Record, annexed: Annexed, most_lines: int) -> None:
        self.record = record
        self.say = Say(record.languages)
        self.annexed = annexed
        self.most_lines = most_lines

    def field(self, label: str, value: Phrase | None, span: int, style: ty.Style = ty.VALUE) -> Field:
        """A field; a value of many lines is cut, with the whole text in the annex."""
        name = self.say(f"page.label.{label}")
        return Field(
            name, self.cut(name, value, span * MAIN / 12 - GUTTER, style), span, self.say("page.not-recorded"), style
        )

    def cut(self, label: Phrase, value: Phrase | None, across: float, style: ty.Style) -> Phrase | None:
        if value is None or len(ty.wrap(value[0], style, across)) <= self.most_lines:
            return value
        self.annexed.add(label, value)
        kept = "".join(ty.wrap(value[0], style, across)[: max(1, self.most_lines - 1)])
        return (f"{kept[:-2]}… {self.say('page.annexed')[0]}",)

    def bytes(self, number: int) -> Phrase:
        return (f"{figures.count(number)} B ({figures.size(number)})",)

    def people_named(self, names: tuple[str, ...]) -> Phrase | None:
        return self.say.given("、".join(names) if self.say.languages[0] == "ja" else ", ".join(names))

    def together(self, phrases: Sequence[Phrase], apart: tuple[str, str] = ("", " ")) -> Phrase:
        """Sentences run on, language by language. `apart` stands between them in Japanese and in English."""
        gaps = (apart[language == "en"] for language in self.say.languages)
        return tuple(gap.join(texts) for gap, texts in zip(gaps, zip(*phrases, strict=True), strict=True))

    def span_of_time(self, started: str, ended: str) -> Phrase:
        return (f"{moment(started).stamp} – {self.until(started, ended)} {moment(ended).zone}",)

    def until(self, started: str, ended: str) -> str:
        """The end; its date only if it is another one."""
        first, last = moment(started).stamp, moment(ended).stamp
        return last[11:] if last[:10] == first[:10] else last

    def content(self, content: PassContent) -> Phrase:
        if content.kind == "keyed":
            return self.say("page.content.keyed")
        return self.say("page.content.fixed", pattern=figures.pattern(content.pattern or ""))

    def pass_columns(self) -> tuple[Column, ...]:
        label = self.say
        return (
            Column(label("page.label.pass"), 28),
            Column(label("page.label.content"), 91),
            Column(label("page.label.started"), 76),
            Column(label("page.label.ended"), 48),
            Column(label("page.label.written"), 74),
            Column(label("page.label.flushed"), 60),
            Column(label("page.label.unwritable"), 70),
        )

    def pass_row(self, done: Pass) -> tuple[Cell, ...]:
        whole = self.record.medium.capacity_bytes
        return (
            (f"{done.number} / {self.record.method.passes_asked}",),
            self.content(done.content),
            (moment(done.started).stamp,),
            (self.until(done.started, done.ended),),
            Meter(done.bytes_written / whole if whole else 0.0, figures.percent(done.bytes_written, whole)),
            self.say("page.pass.flushed" if done.flushed else "page.pass.unflushed"),
            (figures.count(figures.sectors(done.unwritable)),),
        )

    def unstarted_row(self, number: int) -> tuple[Cell, ...]:
        empty: Phrase = (DASH,)
        state = self.say("page.not-started")
        return (
            (f"{number} / {self.record.method.passes_asked}",),
            state,
            empty,
            empty,
            Meter(0.0, "0.00 %"),
            empty,
            empty,
        )

    def passes(self, done: tuple[Pass, ...]) -> Block:
        rows = [self.pass_row(each) for each in done]
        return table(self.pass_columns(), rows, MAIN)

    def result(self, verification: Verification | None) -> Phrase:
        if verification is None:
            return self.say("page.result.not-done")
        counts = {
            "different": figures.count(verification.different_sectors),
            "unreadable": figures.count(verification.unreadable_sectors),
        }
        if not verification.complete:
            return self.say("page.result.incomplete", **counts)
        if verification.different_sectors or verification.unreadable_sectors:
            return self.say("page.result.found", **counts)
        return self.say("page.result.clean")

    def health(self, before: Health | None, after: Health | None) -> Block:
        """What the drive said of itself, before and after."""
        names = ("state", "temperature", "reallocated", "pending", "errors", "hours", "used")
        columns = [
            Column(self.say("page.label.health"), 1.5),
            *(Column(self.say(f"page.health.{name}"), 1) for name in names),
        ]
        rows: list[tuple[Cell, ...]] = []
        for when, told in (("before", before), ("after", after)):
            if told is not None:
                state = (
                    None
                    if told.passed is None
                    else self.say("page.health.passed" if told.passed else "page.health.failed")
                )
                numbers = (told.reallocated_sectors, told.pending_sectors, told.media_errors, told.power_on_hours)
                counts = [(DASH if number is None else figures.count(number),) for number in numbers]
                degrees = DASH if told.temperature_celsius is None else f"{told.temperature_celsius} °C"
                used = DASH if told.percentage_used is None else f"{told.percentage_used} %"
                rows.append((self.say(f"page.health.{when}"), state or (DASH,), (degrees,), *counts, (used,)))
        return table(columns, rows, MAIN)

    def claim_values(self) -> dict[str, Phrase | str | int] | None:
        claim = self.record.verification.claim if self.record.verification else None
        if claim is None:
            return None
        return {
            "confidence": figures.fraction_as_percent(claim.confidence),
            "residual": figures.fraction_as_percent(claim.residual_at_most),
            "run": figures.size(claim.longest_unseen_bytes),
        }

    def risk(self, code: str) -> Phrase:
        if code != "sample":
            return self.say(f"risk.{code}")
        values = self.claim_values()
        return self.say("risk.sample-unclaimed") if values is None else self.say("risk.sample", **values)

    def finding_row(self, finding: Finding) -> tuple[Cell, ...]:
        return (
            self.say(f"page.finding.{finding.kind}"),
            (figures.lbas(finding.lbas),),
            (figures.count(figures.sectors((finding.lbas,))),),
            (DASH if finding.belongs_to is None else figures.count(finding.belongs_to),),
        )

    def finding_columns(self) -> tuple[Column, ...]:
        names = (("kind", 40), ("lbas", 36), ("sector-count", 18), ("belongs-to", 30))
        return tuple(Column(self.say(f"page.label.{name}"), share) for name, share in names)

    def interruption_columns(self) -> tuple[Column, ...]:
        names = (("time", 78), ("phase", 68), ("cause", 124), ("bytes-done", 80), ("detail", 97))
        return tuple(Column(self.say(f"page.label.{name}"), share) for name, share in names)

    def interruption_row(self, stop: Interruption) -> tuple[Cell, ...]:
        return (
            (moment(stop.at).stamp,),
            self.say(f"page.phase.{stop.phase}"),
            self.say(f"interruption.{stop.cause}"),
            (figures.count(stop.bytes_done),),
            self.say.told(stop.detail) or self.say("page.not-recorded"),
        )

    def evidence_table(self, files: tuple[Evidence, ...]) -> Block:
        """A line each where the names are short; else a table."""
        labels: list[Phrase] = [(f"{spelt(each.name)}  {figures.size(each.bytes)}",) for each in files]
        if all(ty.width(label[0], ty.LABEL) < MAIN - 8 * GROUP - 6 for label in labels):
            lines = [hexadecimal(label, each.blake3, MAIN) for label, each in zip(labels, files, strict=True)]
            return Block(tuple(piece for line in lines for piece in line.pieces))
        names = (("file", 32), ("file-size", 18), ("file-digest", 92))
        rows: list[tuple[Cell, ...]] = [
            (self.say.told(each.name) or (DASH,), (figures.size(each.bytes),), (_grouped(each.blake3),))
            for each in files
        ]
        return table([Column(self.say(f"page.label.{name}"), share) for name, share in names], rows, MAIN, ty.CODE)

    def kinds(self, findings: tuple[Finding, ...]) -> Phrase:
        phrases = [self.say(f"page.finding.{kind}") for kind in dict.fromkeys(each.kind for each in findings)]
        return (
            tuple(", ".join(words) for words in zip(*phrases, strict=True))
            if phrases
            else self.say("page.finding.different")
        )


def _grouped(digits: str) -> str:
    return " ".join(digits[start : start + 16] for start in range(0, len(digits), 16))


def merged(extents: tuple[LbaRange, ...]) -> tuple[LbaRange, ...]:
    """The same sectors as few ranges in ascending order."""
    joined: list[LbaRange] = []
    for extent in sorted(extents, key=lambda each: each.first):
        if joined and extent.first <= joined[-1].last + 1:
            joined[-1] = msgspec.structs.replace(joined[-1], last=max(joined[-1].last, extent.last))
        else:
            joined.append(extent)
    return tuple(joined)
