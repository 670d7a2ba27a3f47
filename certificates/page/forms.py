"""The forms of paper: what each kind of record is called, what it says, and in which sections."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from certificates.check import CheckRecord
from certificates.destruction import DestructionRecord
from certificates.inspection import InspectionRecord
from certificates.page import annex, check, destruction, front, heading, inspection
from certificates.page.front import Section
from certificates.page.heading import Title
from certificates.page.say import Phrase
from certificates.page.writer import Limits, Pen, Writer
from certificates.paper import Paper
from certificates.record import Record


class Form(NamedTuple):
    """The parts of one kind of paper. Each takes the pen that `pen` makes for the record."""

    pen: Callable[[Any, Limits], Pen]
    title: Callable[[Any], Title]
    statement: Callable[[Any], Phrase]
    sections: Callable[[Any], tuple[Section, ...]]
    annex: Callable[[Any], tuple[Section, ...]]


FORMS: dict[type, Form] = {
    Record: Form(Writer, heading.title, heading.statement, front.sections, annex.sections),
    CheckRecord: Form(check.CheckPen, check.title, check.statement, check.sections, check.annex),
    InspectionRecord: Form(
        inspection.InspectionPen, inspection.title, inspection.statement, inspection.sections, inspection.annex
    ),
    DestructionRecord: Form(
        destruction.DestructionPen, destruction.title, destruction.statement, destruction.sections, destruction.annex
    ),
}


def of(paper: Paper) -> Form:
    """The form of this paper."""
    return FORMS[type(paper)]
