"""Is a certificate authentic, unaltered and consistent? Nine numbered checks, offline, without trusting whoever issued it.

    1 file        the file is a PDF with the three attachments and no others (or a JSON with its signature beside it)
    2 canonical   the record is spelt in RFC 8785 bytes
    3 schema      it is a record as this tool knows it
    4 beside      copies that lie beside the PDF are the same files
    5 signature   the signature is the station key's
    6 key         the record names that key
    7 trusted     the auditor trusts that key
    8 page        the page is the record's: made again, it is the same file, byte for byte
    9 consistent  the record does not contradict itself

Pure but for `audit_files`, which reads. No input makes it raise: everything that can be wrong is a failed check.
"""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Callable, Collection, Iterator, Mapping
from pathlib import Path
from typing import Any, Literal, TypeVar

import msgspec
import rfc8785

from certificates import attachments, consistency, language, station_key
from certificates.consistency import Contradiction
from certificates.errors import NotAuthentic, Problem
from certificates.record import SCHEMA, Outcome, Record

T = TypeVar("T")

State = Literal["passed", "failed", "not-reached", "not-applicable"]
NAMES = ("file", "canonical", "schema", "beside", "signature", "key", "trusted", "page", "consistent")
ATTACHED = ("certificate.json", "certificate.sig", "station.pem")


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
        return language.text(f"{self.key}.hint", lang, **self.values) if self.key else ""


class Audit(msgspec.Struct, frozen=True):
    """What came of one file. `authentic`: no check failed. `unaltered`: only the issuer's key is unknown, or nothing is wrong.
    `number`, `outcome` and `key_id` are what the record says, and worth nothing unless it is authentic."""

    file: str
    number: str | None
    outcome: Outcome | None
    authentic: bool
    unaltered: bool
    key_id: str | None
    trusted: bool
    checks: tuple[Check, ...]


def audit_pdf(pdf: bytes, trusted: Collection[str], file: str = "", beside: Mapping[str, bytes] | None = None) -> Audit:
    """Audit a PDF. `trusted`: ids of the keys that the auditor trusts. `beside`: files of the same name, by suffix (.json, .sig)."""
    run = _Run(file, trusted)
    parts = run.look("file", lambda: attachments.read(pdf, ATTACHED))
    if parts is not None:
        raw, signature, pem = (parts[name] for name in ATTACHED)
        run.look("beside", lambda: _same_beside({".json": raw, ".sig": signature}, beside or {}))
        run.record(raw, signature, pem)
        if (record := run.decoded) is not None:
            run.look("page", lambda: _same_page(pdf, record, raw, signature, pem))
    return run.result()


def audit_json(raw: bytes, signature: bytes | None, trusted: Mapping[str, bytes], file: str = "") -> Audit:
    """Audit a record without its page. `trusted` maps key ids to PEM: the key is not in the file, so only a trusted one can check it."""
    run = _Run(file, trusted)
    run.without("beside", "page")
    signed = run.look("file", lambda: _is_signed(raw, signature))
    if signed is not None:
        run.record(raw, signed, None)
    return run.result()


def audit_files(path: Path, trusted: Mapping[str, bytes]) -> Iterator[Audit]:
    """Audit a file, or every certificate in a folder and below. A folder without any yields nothing: that is not a success.

    Nothing in a folder is passed over because of how it is named or because it can't be opened: what looks like a certificate, and
    every folder that can't be looked into, fails its first check.
    """
    if path.is_dir():
        for each in _certificates_in(path):
            yield _audit_file(each, trusted)
    else:
        yield _audit_file(path, trusted)


def _certificates_in(folder: Path) -> Iterator[Path]:
    """Every PDF, every record that has no PDF of its name, and every folder that can't be looked into (links are not followed)."""
    closed: list[Path] = []
    for place, folders, files in os.walk(folder, onerror=lambda error: closed.append(Path(error.filename))):
        folders.sort()
        here = Path(place)
        yield from (here / name for name in folders if (here / name).is_symlink() or _suffix(name) == ".pdf")
        drawn = {Path(name).stem.lower() for name in files if _suffix(name) == ".pdf" and (here / name).is_file()}
        signed = {Path(name).stem.lower() for name in files if _suffix(name) == ".sig"}
        for name in sorted(files):
            stem = Path(name).stem.lower()
            lonely = _suffix(name) == ".json" and stem not in drawn
            if _suffix(name) == ".pdf" or (lonely and (stem in signed or _looks_like_a_record(here / name))):
                yield here / name
    yield from closed


def _suffix(name: str) -> str:
    return Path(name).suffix.lower()


def _looks_like_a_record(path: Path) -> bool:
    return SCHEMA.rpartition("/")[0].encode() in (_content(path) or b"")


def _audit_file(path: Path, trusted: Mapping[str, bytes]) -> Audit:
    content = _content(path)
    if content is None:
        run = _Run(str(path), trusted)
        run.look("file", _unopened)
        return run.result()
    beside = _beside(path)
    if path.suffix.lower() == ".json" and not content.startswith(b"%PDF-"):
        return audit_json(content, beside.get(".sig"), trusted, str(path))
    return audit_pdf(content, trusted, str(path), beside)


def _beside(path: Path) -> dict[str, bytes]:
    """Files of the same name with .json or .sig, in whatever case; one that is there but can't be read is as good as altered."""
    try:
        names = [entry.name for entry in path.parent.iterdir() if entry.name != path.name]
    except OSError:
        names = [path.with_suffix(suffix).name for suffix in (".json", ".sig") if path.with_suffix(suffix).exists()]
    same = [name for name in names if Path(name).stem.lower() == path.stem.lower()]
    return {_suffix(name): _content(path.parent / name) or b"" for name in same if _suffix(name) in (".json", ".sig")}


def _content(path: Path) -> bytes | None:
    """The file's bytes, as many as an audit looks at; None if it can't be read."""
    try:
        if not path.is_file():
            return None
        with path.open("rb") as file:
            return file.read(attachments.LARGEST_PDF + 1)
    except OSError:
        return None


def _unopened() -> None:
    raise NotAuthentic("audit.file.unopened")


class _Run:
    """One audit under way."""

    def __init__(self, file: str, trusted: Collection[str]) -> None:
        self._file = file
        self._trusted = trusted
        self._checks: dict[str, Check] = {}
        self._key_id: str | None = None
        self.decoded: Record | None = None

    def look(self, name: str, look: Callable[[], T]) -> T | None:
        """Run one check. What it returns is what the next ones need; a Problem is its failure."""
        try:
            found = look()
        except Problem as problem:
            self._note(name, "failed", problem.key, problem.values)
            return None
        self._note(name, "passed")
        return found

    def without(self, *names: str) -> None:
        for name in names:
            self._note(name, "not-applicable")

    def record(self, raw: bytes, signature: bytes, pem: bytes | None) -> None:
        """The checks that need no page. Without `pem` the key is the trusted one that the record names."""
        self.look("canonical", lambda: _is_canonical(raw))
        record = self.decoded = self.look("schema", lambda: _as_record(raw))
        if pem is None and record is not None and isinstance(self._trusted, Mapping):
            pem = self._trusted.get(record.station.key_id)
            self._key_id = record.station.key_id
        if pem is not None:
            self.look("signature", lambda: station_key.verify(pem, raw, signature))
            with contextlib.suppress(NotAuthentic):
                self._key_id = station_key.key_id_of(pem)
            if record is not None:
                self.look("key", lambda: _names_key(record, self._key_id))
        if record is not None:
            against = _contradictions(record)
            self._note("consistent", "failed", "audit.consistent", {}, against) if against else self._note(
                "consistent", "passed"
            )

    def result(self) -> Audit:
        trusted = self._key_id is not None and self._key_id in self._trusted
        others = [self._checks.get(name) for name in NAMES if name != "trusted"]
        unaltered = all(each is not None and each.state in ("passed", "not-applicable") for each in others)
        if trusted:
            self._note("trusted", "passed")
        elif self._key_id is not None:
            key = "audit.trusted.unknown" if unaltered else "audit.trusted.unproven"
            self._note("trusted", "failed", key, {"key_id": self._key_id})
        checks = tuple(self._checks.get(name) or self._made(name, "not-reached") for name in NAMES)
        record = self.decoded
        return Audit(
            file=self._file,
            number=record.number if record and consistency.NUMBER.fullmatch(record.number) else None,
            outcome=record.outcome if record else None,
            authentic=unaltered and trusted,
            unaltered=unaltered,
            key_id=self._key_id,
            trusted=trusted,
            checks=checks,
        )

    def _note(
        self,
        name: str,
        state: State,
        key: str | None = None,
        values: Mapping[str, object] | None = None,
        because: tuple[Contradiction, ...] = (),
    ) -> None:
        told = {each: str(value) for each, value in (values or {}).items()}
        self._checks[name] = self._made(name, state, key, told, because)

    def _made(self, name: str, state: State, *more: Any) -> Check:
        return Check(NAMES.index(name) + 1, name, state, *more)


def _shown(text: str) -> str:
    """Parts of a message come from the file: nothing in them may steer a terminal."""
    return "".join(character if character.isprintable() else "?" for character in text)


def _is_signed(raw: bytes, signature: bytes | None) -> bytes:
    if len(raw) > attachments.LARGEST_ATTACHMENT:
        raise NotAuthentic("audit.file.too-large", limit=attachments.LARGEST_ATTACHMENT >> 20)
    if signature is None:
        raise NotAuthentic("audit.file.no-signature")
    return signature


def _is_canonical(raw: bytes) -> None:
    try:
        same = rfc8785.dumps(msgspec.json.decode(raw)) == raw
    except Exception as error:  # not JSON, or a value that RFC 8785 has no form for
        raise NotAuthentic("authentic.canonical", detail=str(error)[:200]) from error
    if not same:
        raise NotAuthentic("authentic.canonical", detail="bytes differ from their RFC 8785 form")


def _as_record(raw: bytes) -> Record:
    try:
        return msgspec.json.decode(raw, type=Record)
    except Exception as error:  # msgspec's own, and what deep nesting or odd Unicode raises
        raise NotAuthentic("authentic.schema", detail=str(error)[:200]) from error


def _contradictions(record: Record) -> tuple[Contradiction, ...]:
    try:
        return consistency.contradictions(record)
    except Exception as error:  # numbers that no rule was made for
        return (Contradiction("consistency.senseless", {"detail": f"{type(error).__name__}: {error}"[:200]}),)


def _same_beside(parts: Mapping[str, bytes], beside: Mapping[str, bytes]) -> None:
    differing = [suffix for suffix, content in parts.items() if suffix in beside and beside[suffix] != content]
    if differing:
        raise NotAuthentic("audit.beside", files=", ".join(f"*{suffix}" for suffix in differing))


def _names_key(record: Record, key_id: str | None) -> None:
    if record.station.key_id != key_id:
        raise NotAuthentic("audit.key", stated=record.station.key_id, found=key_id)


def _same_page(pdf: bytes, record: Record, raw: bytes, signature: bytes, pem: bytes) -> None:
    """Make the page again. A byte of difference is one too many."""
    from certificates import page  # fonts and reportlab: only an audit of a page needs them

    try:
        made = page.render(record, raw, signature, pem)
    except Problem:
        raise
    except Exception as error:  # words that this version does not have, a day that no calendar has
        raise NotAuthentic("audit.page.unrenderable", detail=f"{type(error).__name__}: {error}"[:200]) from error
    if made == pdf:
        return
    if pdf.startswith(made):
        raise NotAuthentic("audit.page.appended", count=len(pdf) - len(made))
    form = re.search(rb"/Producer \(eraser page (\d{1,4})\)", pdf)
    if form is not None and int(form[1]) != page.FORM:
        raise NotAuthentic("audit.page.form", form=int(form[1]), ours=page.FORM)
    offset = next((at for at, (a, b) in enumerate(zip(made, pdf, strict=False)) if a != b), min(len(made), len(pdf)))
    raise NotAuthentic("audit.page.different", offset=offset)
