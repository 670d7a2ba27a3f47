"""What every signed paper says of itself, whatever it is about."""

from __future__ import annotations

from typing import Protocol

from certificates.check import CheckOutcome
from certificates.destruction import DestructionOutcome
from certificates.inspection import InspectionOutcome
from certificates.language import Language
from certificates.people import Copy, People, Station, pictures_of
from certificates.record import Outcome

PaperOutcome = Outcome | InspectionOutcome | DestructionOutcome | CheckOutcome


class Paper(Protocol):
    """One signed record, of whatever kind. Its page, its audit and its place in the ledger need no more than this.

    `outcome` has its sentence in the words table (`outcome.*`).
    """

    @property
    def schema(self) -> str: ...
    @property
    def number(self) -> str: ...
    @property
    def outcome(self) -> PaperOutcome: ...
    @property
    def issued(self) -> str: ...
    @property
    def languages(self) -> tuple[Language, ...]: ...
    @property
    def people(self) -> People: ...
    @property
    def station(self) -> Station: ...


def copies(paper: Paper) -> tuple[Copy, ...]:
    """Every picture that the page of this paper shows, in the order of its attachments: its issuer's logo, and its photographs."""
    return pictures_of(getattr(paper, "issuer", None), getattr(paper, "evidence", ()))
