"""The annex's timeline of custody: who had the medium, when and where, as the ledger told it when the certificate was issued."""

from __future__ import annotations

from certificates import custody
from certificates.page import rows
from certificates.page.blocks import Block, Cell, table
from certificates.page.dates import moment
from certificates.page.say import Phrase
from certificates.page.writer import DASH, MAIN, Pen
from certificates.people import CustodyEvent


def block(pen: Pen, events: tuple[CustodyEvent, ...]) -> Block:
    heads = rows.columns(
        pen, time=64, custody_event=54, custody_person=56, custody_counterpart=60, custody_place=78, custody_note=72,
        custody_entry=30,
    )  # fmt: skip
    return table(heads, [_row(pen, each) for each in events], MAIN)


def _row(pen: Pen, event: CustodyEvent) -> tuple[Cell, ...]:
    given, say = pen.say.given, pen.say
    name = custody.kinds()[event.event].name
    place = " / ".join(part for part in (event.place, event.seal and f"# {event.seal}") if part)
    return (
        (moment(event.at).stamp,),
        say.per_language({"ja": name.ja, "en": name.en}),
        given(event.person) or (DASH,),
        given(event.counterpart) or (DASH,),
        given(place) or (DASH,),
        _note(pen, event),
        (str(event.seq),),
    )


def _note(pen: Pen, event: CustodyEvent) -> Phrase:
    """The note; and that it was entered later, which a reader may want to know."""
    told: list[Phrase] = []
    if event.note:
        told.append((pen.say.given(event.note) or (DASH,)) * len(pen.say.languages))
    if event.entered is not None:
        told.append(pen.say("page.custody.later", at=moment(event.entered).stamp))
    return pen.together(told, ("、", "; ")) if told else (DASH,)
