"""What the sections are written with: the record, its languages, how much fits, and what goes to the annex instead."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from certificates.page import typography as ty
from certificates.page.blocks import GUTTER, Field
from certificates.page.dates import moment
from certificates.page.say import Phrase, Say
from certificates.paper import Paper
from certificates.record import Record

MAIN = 447.0  # points across, beside the rail with the sections' names
DASH = "–"


class Limits(msgspec.Struct, frozen=True):
    """How much of each list the first page takes before the annex does."""

    lines: int = 3
    passes: int = 3
    ranges: int = 12
    interruptions: int = 3
    verifications: int = 3
    evidence: int = 4
    boxes: int = 6
    seed: bool = True
    reasons: bool = True
    small: bool = False
    why: bool = True
    details: bool = True


class Annexed:
    """What the first page had no room for: topics by name, and entries that were cut short there."""

    def __init__(self) -> None:
        self.topics: set[str] = set()
        self.texts: dict[tuple[Phrase, Phrase], None] = {}

    def add(self, label: Phrase, text: Phrase) -> None:
        self.texts[label, text] = None


class Pen:
    """Makes fields and sentences in the languages of one paper."""

    attachment = "certificate"  # the record's name inside the file, and the label of its digest
    digest_label = "digest"

    def __init__(self, paper: Paper, limits: Limits) -> None:
        self.paper = paper
        self.limits = limits
        self.say = Say(paper.languages)
        self.annexed = Annexed()

    def label(self, name: str) -> Phrase:
        return self.say(f"page.label.{name}")

    def field(self, name: str, value: Phrase | None, span: int, style: ty.Style = ty.VALUE) -> Field:
        """A field; a value of many lines is cut, with the whole text in the annex."""
        label = self.label(name)
        shown = None if value is None else self._cut(label, value, span * MAIN / 12 - GUTTER, style)
        return Field(label, shown, span, self.say("page.not-recorded"), style)

    def _cut(self, label: Phrase, value: Phrase, across: float, style: ty.Style) -> Phrase:
        lines = ty.first_lines(value[0], style, across, self.limits.lines + 1)
        if len(lines) <= self.limits.lines:
            return value
        self.annexed.add(label, value)
        kept = "".join(lines[: max(1, self.limits.lines - 1)])
        return (f"{kept[:-2]}… {self.say('page.annexed')[0]}",)

    def together(self, phrases: Sequence[Phrase], apart: tuple[str, str] = ("", " ")) -> Phrase:
        """Sentences run on, language by language. `apart` stands between them in Japanese and in English."""
        gaps = (apart[language == "en"] for language in self.say.languages)
        return tuple(gap.join(texts) for gap, texts in zip(gaps, zip(*phrases, strict=True), strict=True))

    def led(self, label: Phrase, text: Phrase) -> Phrase:
        """A sentence with its label before it."""
        return self.together([label, text], ("：", ": "))

    def names(self, people: tuple[str, ...]) -> Phrase | None:
        return self.say.given(("、" if self.say.languages[0] == "ja" else ", ").join(people))


class Writer(Pen):
    """Writes the record of an erasure."""

    def __init__(self, record: Record, limits: Limits) -> None:
        super().__init__(record, limits)
        self.record = record


def until(started: str, ended: str) -> str:
    """The end of a span; its date only if it is another day's."""
    first, last = moment(started).stamp, moment(ended).stamp
    return last[11:] if last[:10] == first[:10] else last
