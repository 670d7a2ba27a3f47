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
        """A field; a value of many lines is made smaller, and one that is longer still goes on in the annex."""
        label, across = self.label(name), span * MAIN / 12 - GUTTER
        if value is not None and self._lines(value, style, across) > self.limits.lines:
            style = msgspec.structs.replace(style, size=ty.SMALLEST.size, leading=ty.SMALLEST.leading)
            if self._lines(value, style, across) > self.limits.lines + 1:
                value = self._cut(label, value, across, style)
        return Field(label, value, span, self.say("page.not-recorded"), style)

    def _lines(self, value: Phrase, style: ty.Style, across: float) -> int:
        """How many it takes, counted as far as it matters."""
        return len(ty.first_lines(value[0], style, across, self.limits.lines + 2))

    def _cut(self, label: Phrase, value: Phrase, across: float, style: ty.Style) -> Phrase:
        self.annexed.add(label, value)
        return (self.cut(value[0], style, across, self.limits.lines + 1),)

    def cut(self, text: str, style: ty.Style, across: float, most: int) -> str:
        """The beginning of a text, on at most so many lines, with the words that it goes on in the annex: in all languages of the paper
        where they leave room for others, else in its first."""
        mark = " / ".join(dict.fromkeys(self.say("page.goes-on")))
        if ty.width(mark, style) > across * 0.6:
            mark = self.say("page.goes-on")[0]
        kept = text[: most + sum(map(len, ty.first_lines(text, style, across, most)))]
        while kept and len(ty.wrap(f"{kept}… {mark}", style, across)) > most:
            kept = kept[:-1]
        return f"{kept}… {mark}"

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
