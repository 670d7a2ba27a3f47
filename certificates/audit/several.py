"""What one file alone can't tell: the same record twice, two records of one number or of one key, two ledgers of one name, two
erasures of one medium at once, one photograph of two occasions. Pure.

Of two that can't both be true neither is authentic, whichever was looked at first.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator

import msgspec

from certificates.audit.checks import NAMES
from certificates.audit.forks import Forks
from certificates.audit.repeats import Repeats
from certificates.audit.result import Audit, Check, Note
from certificates.history import from_record
from certificates.overlap import Overlaps
from certificates.record import Record

SINGLE, LOGGED = NAMES.index("single"), NAMES.index("logged")
_SIGNED = tuple(NAMES.index(name) for name in ("signature", "key", "trusted", "in-service"))


def together(audits: Iterable[Audit]) -> list[Audit]:
    """The audits of one occasion, each with what the others add, in their order."""
    alone = list(audits)
    return _Together(alone).judged()


class _Together:
    """`files`: of each record by digest, the first file; `others`: of each number, the digests of what its key signed."""

    def __init__(self, audits: list[Audit]) -> None:
        self._audits = audits
        self._first: dict[str, int] = {}
        self._signed: dict[tuple[str, str], dict[str, str]] = defaultdict(dict)
        self._overlaps, self._repeats, self._forks = Overlaps(), Repeats(), Forks()
        for audit in audits:
            # A page that was tampered with takes nothing from what was signed.
            if all(audit.checks[at].state == "passed" for at in _SIGNED) and audit.number and audit.digest:
                self._signed[audit.key_id or "", audit.number].setdefault(audit.digest, audit.file)

    def judged(self) -> list[Audit]:
        judged: list[Audit] = []
        for at, audit in enumerate(self._audits):
            judged.append(audit)
            if not audit.authentic or audit.digest is None or audit.key_id is None or audit.number is None:
                continue
            if self._first.setdefault(audit.digest, at) == at:
                judged[at] = self._looked_at(audit, judged)
        return [self._as_its_twin(at, audit, judged) for at, audit in enumerate(judged)]

    def _looked_at(self, audit: Audit, judged: list[Audit]) -> Audit:
        """With its failed checks; and the earlier paper that it stands against, with the same."""
        assert audit.digest is not None and audit.key_id is not None and audit.number is not None
        single = Check(SINGLE + 1, "single", "passed")
        others = self._signed[audit.key_id, audit.number]
        other = next((file for digest, file in others.items() if digest != audit.digest), None)
        if other is not None:
            single = Check(SINGLE + 1, "single", "failed", "audit.single", {"number": audit.number, "file": other})
        elif (repeat := self._repeats.key(audit)) is not None:
            single = Check(SINGLE + 1, "single", "failed", "audit.repeated", msgspec.structs.asdict(repeat))
            self._against(repeat.file, audit, single, {"number": audit.number, "file": audit.file}, judged)
        forked, two = self._forks.seen(audit, LOGGED + 1)
        if forked is not None:
            self._against(forked.values["file"], audit, forked, {**forked.values, "file": audit.file}, judged)
        notes = (*audit.notes, *self._at_once(audit), *self._repeats.photographs(audit), *two)
        checked = msgspec.structs.replace(audit, notes=notes)
        for check in filter(None, (single, forked)):
            checked = _with(checked, check)
        return checked

    def _against(self, file: str, audit: Audit, check: Check, values: dict[str, str], judged: list[Audit]) -> None:
        """The earlier one fails the same check, because of this one; unless it failed it already."""
        at = next(at for at, each in enumerate(judged) if each.file == file and each.digest in self._first)
        if judged[at].checks[check.number - 1].state != "failed":
            judged[at] = _with(judged[at], msgspec.structs.replace(check, values=values))

    def _as_its_twin(self, at: int, audit: Audit, judged: list[Audit]) -> Audit:
        """The same record again is what it was the first time."""
        first = self._first.get(audit.digest or "", at)
        if not audit.authentic or first == at:
            return audit
        file = judged[first].file
        again = msgspec.structs.replace(
            audit, same_as=file, notes=(*audit.notes, Note("audit.note.twin", {"file": file}))
        )
        for check in (judged[first].checks[SINGLE], judged[first].checks[LOGGED]):
            again = _with(again, check) if check.state == "failed" else again
        return again

    def _at_once(self, audit: Audit) -> Iterator[Note]:
        """No check fails for it: two media may carry one number, and a clock may have been set back. But somebody has to look."""
        if not isinstance(audit.record, Record) or audit.digest is None:
            return
        found = self._overlaps.seen(from_record(audit.record, audit.digest, audit.file))
        if found is not None:
            who = found.fact.identity
            values = {"number": found.other.number, "file": found.other.source, "who": who.wwn or who.serial or "-"}
            yield Note("audit.note.at-once", values)


def _with(audit: Audit, check: Check) -> Audit:
    """With this check in the place of its number."""
    checks = tuple(check if each.number == check.number else each for each in audit.checks)
    return msgspec.structs.replace(audit, checks=checks, authentic=audit.authentic and check.state != "failed")
