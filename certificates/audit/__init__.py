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

The checks are in `checks`, the kinds of records that they know in `kinds`, taking a file apart in `case`, finding files in `folder`.
Pure but for `audit_files`, which reads. No input makes it raise: everything that can be wrong is a failed check.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from certificates import trust
from certificates.audit import case, checks, folder
from certificates.audit.checks import NAMES
from certificates.audit.kinds import ERASURE
from certificates.audit.result import Audit, Check
from certificates.trust import Trust

ATTACHED = ERASURE.names
Trusted = Trust | Mapping[str, bytes]


def audit_pdf(pdf: bytes, trusted: Trusted, file: str = "", beside: Mapping[str, bytes] | None = None) -> Audit:
    """Audit a PDF. `trusted`: whom the auditor trusts. `beside`: files of the same name, by suffix (.json, .sig)."""
    return checks.run(case.of_pdf(pdf, beside or {}, trust.of(trusted)), file)


def audit_json(raw: bytes, signature: bytes | None, trusted: Trusted, file: str = "") -> Audit:
    """Audit a record without its page. The key is not in the file, so only a trusted one can check it."""
    beside = {} if signature is None else {".sig": signature}
    return checks.run(case.of_json(raw, beside, trust.of(trusted)), file)


def audit_files(path: Path, trusted: Trusted) -> Iterator[Audit]:
    """Audit a file, or every certificate in a folder and below. A folder without any yields nothing: that is not a success."""
    for each in folder.certificates_in(path) if path.is_dir() else (path,):
        yield audit_file(each, trusted)


def audit_file(path: Path, trusted: Trusted) -> Audit:
    """Audit one file, with what lies beside it."""
    content, whom = folder.content(path), trust.of(trusted)
    if content is None:
        return checks.run(case.unopened(whom), str(path))
    beside = folder.beside(path)
    alone = path.suffix.lower() == ".json" and not content.startswith(b"%PDF-")
    taken = case.of_json(content, beside, whom) if alone else case.of_pdf(content, beside, whom)
    return checks.run(case.with_evidence(taken, folder.evidence(path, taken.record)), str(path))


__all__ = ["ATTACHED", "NAMES", "Audit", "Check", "audit_file", "audit_files", "audit_json", "audit_pdf"]
