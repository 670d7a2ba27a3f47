"""The papers in the station's own folder, held against its ledger: their digests, and that signature, page and proof are theirs.

An auditor's questions (whose key is trusted, does the record make sense) are `eraser audit`'s; here it is asked whether what was kept is
still what was issued.
"""

from __future__ import annotations

import contextlib
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import msgspec

from certificates import canonical, foreign, language, numbering, station_key
from certificates.audit import Audit, Check, Found
from certificates.audit.folder import BESIDE
from certificates.ledger import Closing, Ledger, closings
from certificates.ledger.closings import Signed
from certificates.trust import Trust
from eraser import auditing, journal
from eraser.home import Home

_SAID = (".endorsement.json", ".retirement.json")  # statements about keys lie among the papers
# What shows that a file is not the one that was issued. Another version's page can't be compared, which is told, and is no damage.
_OF_THE_FILES = frozenset({"file", "beside", "signature", "key", "page", "bound", "logged"})
_UNKNOWN = frozenset({"audit.page.form", "audit.page.unrenderable", "fonts.missing", "proof.unsigned"})


class Trouble(msgspec.Struct, frozen=True):
    """A paper that is not as it was issued: its number, the file, and why."""

    number: str
    file: str
    why: str


class Kept(msgspec.Struct, frozen=True):
    """What the station's papers are like, each list in the order of numbers.

    `troubles`: not as they were issued. `unproven`: numbers without a proof beside, or with one by a key that nobody here knows; it can be
    made again. `uncompared`: numbers whose page another version drew, so that it can't be compared here.
    """

    troubles: tuple[Trouble, ...]
    unproven: tuple[str, ...]
    uncompared: tuple[str, ...]


def digests(here: Home) -> dict[str, str]:
    """The BLAKE3-256 of each record in the station's folder, by number; but for those whose job is about to enter its end now."""
    return {
        file.stem: canonical.digest(foreign.read(file, foreign.LARGEST_PROOF))
        for file in records(here)
        if not journal.is_running(here.jobs, file.stem)
    }


def is_own(here: Home, number: str) -> bool:
    """Is it a number that this station gives out, whose paper it keeps?"""
    key = station_key.public_half(here.key)
    return key is not None and numbering.is_given_by(number, station_key.key_id_of(key))


def records(here: Home) -> tuple[Path, ...]:
    """The records in the station's folder."""
    return tuple(file for file in sorted(here.certificates.glob("*.json")) if not file.name.endswith(_SAID))


def compared(here: Home, whom: Trust, ledger: Ledger) -> Kept:
    """Every paper in the station's folder against a ledger that was verified. `whom`: the keys that are known here.

    Raises LedgerInconsistent if the proof of a paper is sound, but of another ledger, or of more than this one has.
    """
    troubles: list[Trouble] = []
    unproven: list[str] = []
    uncompared: list[str] = []
    papers = [each for each in _papers(here.certificates) if not journal.is_running(here.jobs, each[0])]
    with contextlib.closing(auditing.results([found for _, found in papers], whom)) as audits:
        for (number, found), audited in zip(papers, audits, strict=True):
            failed = [check for check in audited.checks if check.state == "failed" and check.name in _OF_THE_FILES]
            if (trouble := _trouble(number, found, audited, failed, ledger)) is not None:
                troubles.append(trouble)
                continue
            logged = next(check for check in audited.checks if check.name == "logged")
            if audited.logged is not None:  # the tree of this ledger is the one that the proof was made from
                ledger.check_grown(audited.logged.point)
            elif logged.state in ("not-applicable", "failed"):
                unproven.append(number)
            if logged.state == "not-reached" or any(check.key != "proof.unsigned" for check in failed):
                uncompared.append(number)
    return Kept(tuple(troubles), tuple(unproven), tuple(uncompared))


def _trouble(number: str, found: Found, audited: Audit, failed: list[Check], ledger: Ledger) -> Trouble | None:
    """Why this paper is not the one that was issued and entered; None if it is."""
    for check in failed:
        if check.key not in _UNKNOWN:
            return Trouble(number, _file(found, check), check.message())
    closing = ledger.ending(number)
    if not isinstance(closing, Closing) or audited.digest != closing.certificate:
        return Trouble(number, found.path.name, language.text("kept.other"))
    if audited.record is not None:
        signed = Signed(audited.record, closing.certificate, bytes.fromhex(closing.signature))
        if closing != closings.entry_of(signed, closing.seq, closing.job):
            return Trouble(number, found.path.name, language.text("kept.otherwise"))
    if audited.signature is not None and audited.signature.hex() != closing.signature:
        file = f"{number}.sig" if found.path.suffix == ".json" else found.path.name
        return Trouble(number, file, language.text("kept.signature"))
    return None


def _file(found: Found, check: Check) -> str:
    """Where to look: the check of the proof is about that file, the others about the paper and what lies beside."""
    return found.path.with_suffix(".proof").name if check.name == "logged" else found.path.name


def _papers(folder: Path) -> Iterator[tuple[str, Found]]:
    """Each number in the folder with its page, or else its record, and what lies beside, in order. Evidence lies in folders below."""
    named: dict[str, set[str]] = defaultdict(set)
    for file in folder.glob("*"):
        if file.suffix in (".pdf", *BESIDE) and not file.name.endswith(_SAID):
            named[file.stem].add(file.suffix)
    for number, suffixes in sorted(named.items()):
        first = next((suffix for suffix in (".pdf", ".json") if suffix in suffixes), None)
        if first is not None:
            beside = tuple(folder / f"{number}{suffix}" for suffix in sorted(suffixes - {first, ".pdf"}))
            yield number, Found(folder / f"{number}{first}", beside)
