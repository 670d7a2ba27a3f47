"""Is a certificate authentic, unaltered and consistent? Numbered checks, offline, without trusting whoever issued it.

     1 file        the file is a PDF with a record, its signature and its key inside (or a JSON with its signature beside it)
     2 canonical   the record is spelt in RFC 8785 bytes
     3 schema      it is a record as this tool knows it
     4 beside      copies that lie beside the PDF are the same files
     5 signature   the signature is the station key's
     6 key         the record names that key
     7 trusted     the auditor trusts that key
     8 page        the page is the record's: made again, it is the same file, byte for byte
     9 consistent  the record does not contradict itself
    10 bound       what else is attached is vouched for by what is signed
    11 evidence    files of evidence that lie beside are those that the record binds
    12 in-service  the key was in service when the record was issued
    13 single      no other record of the same audit has its number or its last pass's key
    14 logged      the proof beside the file shows that the station's ledger has it

The checks are in `checks`, the kinds of records that they know in `kinds`, taking a file apart in `case`, finding files in `folder`,
telling by their content what they are in `sniffing`, what one file alone can't tell in `several` and `repeats`, how long it may take in
`limits`.
Pure but for `audit_files`, which reads, and for the clock (what was issued tomorrow is implausible).
No input makes it raise: everything that can be wrong is a failed check.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from certificates import attachments, causes, foreign, trust
from certificates.audit import case, checks, folder, limits, sniffing
from certificates.audit.case import Case
from certificates.audit.checks import NAMES
from certificates.audit.folder import Found
from certificates.audit.kinds import ERASURE
from certificates.audit.result import Audit, Check
from certificates.errors import NotAuthentic
from certificates.trust import Trust

ATTACHED = ERASURE.names
Trusted = Trust | Mapping[str, bytes]


def audit_pdf(pdf: bytes, trusted: Trusted, file: str = "", beside: Mapping[str, bytes] | None = None) -> Audit:
    """Audit a PDF. `trusted`: whom the auditor trusts. `beside`: files of the same name, by suffix (.json, .sig, .proof)."""
    whom = trust.of(trusted)
    return _run(lambda: case.of_pdf(pdf, beside or {}, whom), whom, file)


def audit_json(raw: bytes, signature: bytes | None, trusted: Trusted, file: str = "") -> Audit:
    """Audit a record without its page. The key is not in the file, so only a trusted one can check it."""
    whom, beside = trust.of(trusted), {} if signature is None else {".sig": signature}
    return _run(lambda: case.of_json(raw, beside, whom), whom, file)


def audit_files(path: Path, trusted: Trusted) -> Iterator[Audit]:
    """Audit a file, or every certificate in a folder and below. A folder without any yields nothing: that is not a success."""
    whom = trust.of(trusted)
    return (audit_file(found, whom) for found in folder.find(path))


def audit_file(found: Found, whom: Trust) -> Audit:
    """Audit one file, with what lies beside it."""
    return _run(lambda: _taken_apart(found, whom.hearing(folder.said(found))), whom, str(found.path))


def _taken_apart(found: Found, whom: Trust) -> Case:
    try:
        content = foreign.head(found.path, attachments.LARGEST_PDF + 1)
    except foreign.Unfit as error:
        return Case(whom, broken=NotAuthentic("audit.file.irregular", detail=error.strerror))
    except OSError:
        return Case(whom, broken=NotAuthentic("audit.file.unopened"))
    named = found.path.suffix.lower() == ".json" and not content.startswith(b"%PDF-")
    alone = named or sniffing.look(content, content[-sniffing.TAIL :]) == "record"
    taken = (case.of_json if alone else case.of_pdf)(content, folder.beside(found), whom)
    return case.with_evidence(taken, folder.evidence(found.path, taken.record))


def _run(take_apart: Callable[[], Case], whom: Trust, name: str) -> Audit:
    try:
        with limits.computing():
            return checks.run(msgspec.structs.replace(take_apart(), now=datetime.now(UTC)), name)
    except limits.OutOfTime:
        broken = NotAuthentic("audit.file.exhausting", seconds=f"{limits.SECONDS:g}")
    except Exception as error:  # nothing is known to; but one file must not end the audit of a thousand others
        broken = NotAuthentic("audit.file.unreadable", detail=causes.in_words(error))
    return checks.run(Case(whom, broken=broken), name)


__all__ = ["ATTACHED", "NAMES", "Audit", "Check", "Found", "audit_file", "audit_files", "audit_json", "audit_pdf"]
