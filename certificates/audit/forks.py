"""Do the proofs of several papers come from one ledger? Pure.

Each proof brings a checkpoint along: what the ledger was when its station signed. A station that shows one ledger to one customer and
another to the next has signed two checkpoints that can't both be true, and here they meet.
"""

from __future__ import annotations

from certificates.audit.result import Audit, Check, Logged, Note
from certificates.ledger import checkpoint, merkle, proof


def logged(raw: bytes) -> Logged:
    """What a proof says, once it was checked."""
    told = proof.read(raw)
    point, leaf = checkpoint.read(told.signed), merkle.leaf_hash(told.body)
    return Logged(point, tuple(merkle.shown_by_inclusion(told.index, point.size, leaf, told.path)))


class Forks:
    """Looks at audited papers one after the other."""

    def __init__(self) -> None:
        self._hashes: dict[tuple[str, int, int], tuple[bytes, str]] = {}
        self._origins: dict[str, tuple[str, str]] = {}

    def seen(self, audit: Audit, number: int) -> tuple[Check | None, tuple[Note, ...]]:
        """The failed check `number` if this paper's proof and an earlier one's are of two ledgers that have one name; a note if its
        station has a second ledger, under another name."""
        told = audit.logged
        if told is None or audit.key_id is None:
            return None, ()
        point = told.point
        for start, count, found in told.shown:
            known, file = self._hashes.setdefault((point.origin, start, count), (found, audit.file))
            if known != found:
                return Check(number, "logged", "failed", "audit.forked", {"file": file, "origin": point.origin}), ()
        origin, first = self._origins.setdefault(audit.key_id, (point.origin, audit.file))
        return None, () if origin == point.origin else (Note("audit.note.two-ledgers", {"file": first}),)
