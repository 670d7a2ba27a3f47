"""What came of an audit, as values, and in words."""

from __future__ import annotations

from typing import Any, Literal

import msgspec

from certificates import language
from certificates.consistency import Contradiction
from certificates.ledger.checkpoint import Checkpoint
from certificates.paper import PaperOutcome

State = Literal["passed", "failed", "not-reached", "not-applicable"]


class Check(msgspec.Struct, frozen=True):
    """One check and how it went. `key` names message and hint in the words table, `values` fill their places."""

    number: int
    name: str
    state: State
    key: str | None = None
    values: dict[str, str] = {}
    because: tuple[Contradiction, ...] = ()

    def title(self, lang: language.Language | None = None) -> str:
        return language.text(f"audit.title.{self.name}", lang)

    def message(self, lang: language.Language | None = None) -> str:
        """What is wrong and why it matters; empty for a check that did not fail."""
        reasons = " ".join(language.text(each.key, lang, **each.values) for each in self.because)
        return _shown(language.text(f"{self.key}.message", lang, reasons=reasons, **self.values)) if self.key else ""

    def hint(self, lang: language.Language | None = None) -> str:
        """What to do about it."""
        return _shown(language.text(f"{self.key}.hint", lang, **self.values)) if self.key else ""


class Note(msgspec.Struct, frozen=True):
    """Something to know about a file although no check failed: a sentence of the words table and what fills its places."""

    key: str
    values: dict[str, str]

    def message(self, lang: language.Language | None = None) -> str:
        return _shown(language.text(self.key, lang, **self.values))


class Logged(msgspec.Struct, frozen=True):
    """Where a paper's entry is. `point`: what its ledger was when its station signed; `shown`: the hashes of its
    stretches of entries that the proof tells, each by its first entry (from 0) and their count."""

    point: Checkpoint
    shown: tuple[tuple[int, int, bytes], ...]


class Audit(msgspec.Struct, frozen=True):
    """What came of one file. `authentic`: no check failed. `unaltered`: at most the standing of the issuer's key is in the way.
    `schema`, `number`, `outcome`, `key_id` and `record` are what the record says, and worth nothing unless it is authentic. `digest`:
    BLAKE3-256 of the record's bytes. `same_as`: the file of the same audit that held the same record before.
    `signature`: its 64 bytes, as they were checked. `logged`: what its proof says. Whoever needs either takes it from here: a file that is
    read again may be another one by then."""

    file: str
    number: str | None
    outcome: PaperOutcome | None
    authentic: bool
    unaltered: bool
    key_id: str | None
    trusted: bool
    checks: tuple[Check, ...]
    schema: str | None = None
    record: Any = None
    notes: tuple[Note, ...] = ()
    digest: str | None = None
    same_as: str | None = None
    signature: bytes | None = None
    logged: Logged | None = None


def _shown(text: str) -> str:
    """Parts of a message come from the file: nothing in them may steer a terminal."""
    return "".join(character if character.isprintable() else "?" for character in text)
