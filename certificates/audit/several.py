"""What one file alone can't tell: the same record twice, two records of one number or of one key, two erasures of one
medium at once, one photograph of two occasions. Pure."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from certificates.audit.checks import NAMES
from certificates.audit.forks import Forks
from certificates.audit.repeats import Repeats
from certificates.audit.result import Audit, Check, Note
from certificates.history import from_record
from certificates.overlap import Overlaps
from certificates.record import Record

SINGLE, LOGGED = NAMES.index("single"), NAMES.index("logged")


class Several:
    """Looks at audits one after the other and remembers those that are authentic."""

    def __init__(self) -> None:
        self._files: dict[str, str] = {}  # digest -> file
        self._numbers: dict[tuple[str, str], str] = {}  # key and number -> digest
        self._overlaps = Overlaps()
        self._repeats = Repeats()
        self._forks = Forks()

    def seen(self, audit: Audit) -> Audit:
        """The audit, with what those before it add. A number belongs to the key that gave it out: two keys may use the same."""
        if not audit.authentic or audit.digest is None or audit.key_id is None or audit.number is None:
            return audit
        if (file := self._files.get(audit.digest)) is not None:
            twin = Note("audit.note.twin", {"file": file})
            return msgspec.structs.replace(audit, same_as=file, notes=(*audit.notes, twin))
        self._files[audit.digest] = audit.file
        first = self._numbers.setdefault((audit.key_id, audit.number), audit.digest)
        check = Check(SINGLE + 1, "single", "passed")
        if first != audit.digest:
            values = {"number": audit.number, "file": self._files[first]}
            check = Check(SINGLE + 1, "single", "failed", "audit.single", values)
        elif (repeat := self._repeats.key(audit)) is not None:
            check = Check(SINGLE + 1, "single", "failed", "audit.repeated", msgspec.structs.asdict(repeat))
        forked, two = self._forks.seen(audit, LOGGED + 1)
        checks = (*audit.checks[:SINGLE], check, *audit.checks[SINGLE + 1 : LOGGED], forked or audit.checks[LOGGED])
        notes = (*audit.notes, *self._at_once(audit), *self._repeats.photographs(audit), *two)
        return msgspec.structs.replace(
            audit, authentic=check.state == "passed" and not forked, checks=checks, notes=notes
        )

    def _at_once(self, audit: Audit) -> Iterator[Note]:
        """No check fails for it: two media may carry one number, and a clock may have been set back. But somebody has to look."""
        if not isinstance(audit.record, Record) or audit.digest is None:
            return
        found = self._overlaps.seen(from_record(audit.record, audit.digest, audit.file))
        if found is not None:
            who = found.fact.identity
            values = {"number": found.other.number, "file": found.other.source, "who": who.wwn or who.serial or "-"}
            yield Note("audit.note.at-once", values)
