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
    return Logged(checkpoint.read(told.signed), told.index + 1, merkle.leaf_hash(told.body))


class Forks:
    """Looks at audited papers one after the other."""

    def __init__(self) -> None:
        self._roots: dict[tuple[str, int], tuple[bytes, str]] = {}
        self._leaves: dict[tuple[str, int], tuple[bytes, str]] = {}
        self._origins: dict[str, tuple[str, str]] = {}

    def seen(self, audit: Audit, number: int) -> tuple[Check | None, tuple[Note, ...]]:
        """The failed check `number` if this paper's proof and an earlier one's are of two ledgers that have one name; a note if its
        station has a second ledger, under another name."""
        told = audit.logged
        if told is None or audit.key_id is None:
            return None, ()
        point = told.point
        root, file = self._roots.setdefault((point.origin, point.size), (point.root, audit.file))
        leaf, other = self._leaves.setdefault((point.origin, told.seq), (told.leaf, audit.file))
        if (root, leaf) != (point.root, told.leaf):
            values = {"file": file if root != point.root else other, "origin": point.origin}
            return Check(number, "logged", "failed", "audit.forked", values), ()
        origin, first = self._origins.setdefault(audit.key_id, (point.origin, audit.file))
        return None, () if origin == point.origin else (Note("audit.note.two-ledgers", {"file": first}),)
