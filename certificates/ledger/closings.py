"""The end of a number, as the paper that was issued under it tells it. Pure."""

from __future__ import annotations

from typing import Any

import msgspec

from certificates import check
from certificates.check import CheckRecord
from certificates.destruction import DestructionRecord
from certificates.inspection import InspectionRecord
from certificates.ledger.entries import (
    Checked,
    Closing,
    DestroyedMedium,
    DestructionEnded,
    Ended,
    Inspected,
    Opening,
    Place,
)
from certificates.paper import Paper
from certificates.record import Record


class Signed(msgspec.Struct, frozen=True):
    """A paper with the digest (BLAKE3-256, hex) of its bytes and the station's signature over them."""

    paper: Paper
    digest: str
    signature: bytes


def closing(signed: Signed, opened: Opening, place: Place) -> Closing:
    """The entry at `place` that ends what `opened` began. Raises ValueError for the paper of another number, or of another kind."""
    made = entry_of(signed, place.seq, opened.job)
    if made.number != opened.number or not isinstance(opened, made.opening):
        raise ValueError(f"the paper {made.number} does not end {opened.number}")
    return made


def entry_of(signed: Signed, seq: int, job: int) -> Closing:
    """All that a ledger says of a paper, at this place and for this job: worked out again, it has to be the same. Raises ValueError."""
    paper = signed.paper
    common: dict[str, Any] = {
        "seq": seq,
        "at": paper.issued,
        "job": job,
        "number": paper.number,
        "certificate": signed.digest,
        "signature": signed.signature.hex(),
        "outcome": paper.outcome,
    }
    made: Closing
    if isinstance(paper, Record):
        made = Ended(**common)
    elif isinstance(paper, InspectionRecord):
        made = Inspected(**common, recoverable=paper.recoverable)
    elif isinstance(paper, CheckRecord):
        made = Checked(**common, doubts=check.doubts(paper))
    elif isinstance(paper, DestructionRecord):
        media = tuple(DestroyedMedium(item.medium, item.media_type, paper.outcome_of(item)) for item in paper.items)
        made = DestructionEnded(**common, technique=paper.way.technique, done=paper.done, media=media)
    else:
        raise ValueError(f"no entry ends what {paper.schema} is about")
    return made
