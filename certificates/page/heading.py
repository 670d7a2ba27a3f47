"""What an erasure's paper is called, and the sentence below that: a certificate, or a report that says NOT ERASED."""

from __future__ import annotations

import msgspec

from certificates import parts
from certificates.judgement import is_complete, shortfall
from certificates.page import figures
from certificates.page.say import Phrase
from certificates.page.writer import Writer


class Title(msgspec.Struct, frozen=True):
    """The words of the title, each in the languages of the record. `alarm` is what a report says in a certificate's place; `lacking` what a
    certificate does not do for the data that was on the medium."""

    name: Phrase
    exceptions: Phrase | None
    alarm: Phrase | None
    lacking: Phrase | None = None

    @property
    def texts(self) -> Phrase:
        """The title in one line per language, for the file's metadata."""
        if self.alarm is not None:
            return tuple(f"{name} – {alarm}" for name, alarm in zip(self.name, self.alarm, strict=True))
        return self.large

    @property
    def large(self) -> Phrase:
        """What stands in the largest type."""
        if self.alarm is not None:
            return self.alarm
        if self.exceptions is None:
            return self.name
        joined = zip(self.name, self.exceptions, strict=True)
        return tuple(f"{name}（{more}）" if ord(name[0]) > 0x2E80 else f"{name} {more}" for name, more in joined)


def title(writer: Writer) -> Title:
    """A certificate only for what was erased; anything else is a report."""
    say, outcome = writer.say, writer.record.outcome
    if outcome in ("erased", "erased-with-exceptions"):
        exceptions = say("page.title.exceptions") if outcome == "erased-with-exceptions" else None
        return Title(say("page.title.certificate"), exceptions, None, _lacking(writer))
    return Title(say("page.title.report"), None, say("page.title.not-erased"))


def _lacking(writer: Writer) -> Phrase | None:
    if (found := shortfall(writer.record.verdicts)) is None:
        return None
    data_class, sufficiency = found
    return writer.say(f"page.lacking.{sufficiency}", data=writer.say(f"page.data-class.{data_class}"))


def statement(writer: Writer) -> Phrase:
    """What the paper certifies; in a report what went wrong, and how far the work came."""
    record, say = writer.record, writer.say
    asked = record.method.passes_asked
    if title(writer).alarm is None:
        return say(f"page.statement.{record.outcome}{'-part' if parts.of_the_drive(record.medium) else ''}")
    if len(record.passes) == asked and all(is_complete(each, record.medium) for each in record.passes):
        return say("page.statement.unproven")
    sentence = say(f"page.statement.{record.outcome}")
    if not record.passes:
        return writer.together([sentence, say("page.progress.none")])
    last = record.passes[-1]
    share = figures.percent(last.bytes_written, record.medium.capacity_bytes)
    return writer.together([sentence, say("page.progress.pass", number=last.number, asked=asked, share=share)])
