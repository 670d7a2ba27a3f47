"""The papers of a job: the signed record, its page, and where they are kept."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, Generic, TypeVar

import msgspec

from certificates import canonical, language, station_key
from certificates.errors import Environment, NotAuthentic, Problem, Refused
from certificates.ledger import Started
from certificates.paper import Paper, copies
from certificates.record import Record
from certificates.station_key import StationKey
from eraser.home import Home
from eraser.order import Order
from eraser.pictures import Pictures
from eraser.station import Station

P = TypeVar("P", bound=Paper)


class Papers(msgspec.Struct, Generic[P], frozen=True):
    """An issued record. `pdf` is None if its page could not be drawn (then `trouble` says why); the signed JSON is the truth anyway."""

    record: P
    json: bytes
    digest: str
    signature: bytes
    pdf: bytes | None
    trouble: str | None
    endorsement: bytes | None = None
    proof: bytes | None = None


class Recorded(msgspec.Struct, Generic[P], frozen=True):
    """Papers in their place: the files of the first place that took them, and warnings in the user's language."""

    issued: Papers[P]
    files: tuple[Path, ...]
    warnings: tuple[str, ...]

    @property
    def record(self) -> P:
        return self.issued.record


LONGEST_NAME = 300  # characters; more would not leave the page readable


def check_order(order: Order, home: Home) -> None:
    """Before the wipe: could its papers be drawn and kept, pictures and all? Raises Environment, Refused."""
    check_ready(order.out, home, order.names)
    _check_room(home.jobs, "journal.unwritable", 0o700)  # no number without a journal
    store = Pictures(home.pictures)
    store.keep(order.pictures)
    store.load(order.copies)


def check_names(names: Sequence[str]) -> None:
    """Could a page show what people typed? Raises Refused."""
    from certificates.page import glyphs

    for name in names:
        if len(name) > LONGEST_NAME:
            raise Refused("refused.too_long", name=f"{name[:40]}…", most=LONGEST_NAME)
    missing = [character for name in names for character in glyphs.missing(name)]
    if missing:
        listed = ", ".join(f"{character} (U+{ord(character):04X})" for character in dict.fromkeys(missing))
        raise Refused("refused.glyphs", characters=listed)


def check_ready(out: Path, home: Home, names: Sequence[str]) -> None:
    """Before the wipe: could the papers be drawn and kept? Raises Environment, Refused."""
    check_names(names)
    for place in (out, home.certificates):
        _check_room(place)


def _check_room(place: Path, problem: str = "papers.unwritable", mode: int = 0o777) -> None:
    try:
        place.mkdir(mode, parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=place) as probe:
            probe.write(bytes(1 << 20))
    except OSError as error:
        raise Environment(problem, path=place, detail=error.strerror) from error


def issue(record: P, key: StationKey, pictures: Pictures | None = None, endorsement: bytes | None = None) -> Papers[P]:
    """Canonical bytes, digest, signature, page; the endorsement of the key travels with them.

    A page that can't be drawn loses nothing of what was signed.
    """
    raw = canonical.encode(record)
    signature = key.sign(raw)
    pdf, trouble = None, None
    try:
        from certificates.page import render

        shown = {} if pictures is None else pictures.load(copies(record))
        pdf = render(record, raw, signature, key.public_pem, shown, endorsement=endorsement)
    except Exception as error:  # a paper problem must not lose the record of a wipe
        trouble = f"{type(error).__name__}: {error}"
    return Papers(record, raw, canonical.digest(raw), signature, pdf, trouble, endorsement)


def keep(
    issued: Papers[Record], out: Path, home: Home, entry: Started, station: Station
) -> tuple[tuple[Path, ...], tuple[str, ...], bool]:
    """Enter the end into the ledger, and write the papers where the user wants them and into the station's own folder.

    Returns the files of the first place that took them, warnings in the user's language, and whether the ledger has the end.
    """
    warnings, entered = [], True
    with suppress(OSError):  # told below; a crash after the ledger has the end must not cost the papers
        _write(issued, home.certificates)
    try:
        station.ledger.end(entry, issued.record.issued, issued.record.outcome, issued.digest, issued.signature.hex())
    except Problem as error:
        entered = False
        warnings.append(language.text("papers.ledger", number=entry.number, detail=error.message()))
        warnings.append(language.text("papers.enter_later", number=entry.number))
    else:
        issued, unproven = proven(issued, station)
        warnings += unproven
    kept, troubles = put_away(issued, out, home)
    return kept, (*warnings, *troubles), entered


def entered_and_kept(issued: Papers[P], enter: Callable[[], object], out: Path, station: Station) -> Recorded[P]:
    """For papers of any kind: `enter` appends their end to the ledger (raises Problem); then they are proven and put away."""
    warnings: tuple[str, ...] = ()
    try:
        enter()
    except Problem as error:
        warnings = (language.text("papers.ledger", number=issued.record.number, detail=error.message()),)
    else:
        issued, warnings = proven(issued, station)
    files, troubles = put_away(issued, out, station.home)
    return Recorded(issued, files, (*warnings, *troubles))


def entered_late(entry: Started, station: Station) -> bool:
    """Whether the job's record was issued without its end in the ledger, and lies in the station's folder; then the end is entered now.

    Raises Environment.
    """
    place = station.home.certificates / entry.number
    try:
        raw, signature = place.with_suffix(".json").read_bytes(), place.with_suffix(".sig").read_bytes()
        station_key.verify(station.key.public_pem, raw, signature)
        record = canonical.decode(raw, Record)
    except (OSError, NotAuthentic):
        return False
    if record.number != entry.number:
        return False
    station.ledger.end(entry, record.issued, record.outcome, canonical.digest(raw), signature.hex())
    return True


def proven(issued: Papers[P], station: Station) -> tuple[Papers[P], tuple[str, ...]]:
    """The papers with the proof that the ledger has them, and warnings if it can't be made (`ledger prove` makes it again)."""
    number = issued.record.number
    try:
        proof = station.ledger.prove(number, station.key)
        station.remember(proof)
    except (Problem, OSError) as error:
        detail = error.message() if isinstance(error, Problem) else error.strerror
        return issued, (language.text("papers.unproven", number=number, detail=detail),)
    return msgspec.structs.replace(issued, proof=proof), ()


def put_away(issued: Papers[Any], out: Path, home: Home) -> tuple[tuple[Path, ...], tuple[str, ...]]:
    """Write the papers where the user wants them and into the station's own folder. Returns the files of the first place that took
    them, and warnings."""
    warnings: list[str] = []
    if issued.trouble is not None:
        warnings.append(language.text("papers.undrawn", number=issued.record.number, detail=issued.trouble))
    kept: tuple[Path, ...] = ()
    for place in dict.fromkeys((out, home.certificates)):
        try:
            files = _write(issued, place)
        except OSError as error:
            warnings.append(language.text("papers.place", path=place, detail=error.strerror))
        else:
            kept = kept or files
    kept = kept or _last_resort(issued, warnings)
    return kept, tuple(warnings)


def _write(issued: Papers[Any], place: Path) -> tuple[Path, ...]:
    parts = {".json": issued.json, ".sig": issued.signature}
    if issued.pdf is not None:
        parts = {".pdf": issued.pdf, **parts}
    if issued.proof is not None:
        parts[".proof"] = issued.proof
    files = {f"{issued.record.number}{suffix}": content for suffix, content in parts.items()}
    if issued.endorsement is not None:
        files[f"{issued.record.station.key_id[:8]}-{canonical.digest(issued.endorsement)[:8]}.endorsement.json"] = (
            issued.endorsement
        )
    return tuple(_durably(place / name, content) for name, content in files.items())


def _durably(path: Path, content: bytes) -> Path:
    """Written whole or not at all, also through a power loss; nothing that is there is replaced."""
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with draft.open("xb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        if not isinstance(error, FileExistsError):  # then it would be somebody else's
            draft.unlink(missing_ok=True)
        raise
    try:
        path.hardlink_to(draft)
    except FileExistsError:
        if path.read_bytes() != content:
            raise
    except OSError:  # a file system without links (FAT on the auditor's stick)
        if path.exists():
            raise
        draft.rename(path)
        return path
    finally:
        draft.unlink(missing_ok=True)
    return path


def _last_resort(issued: Papers[Any], warnings: list[str]) -> tuple[Path, ...]:
    try:
        place = Path(tempfile.mkdtemp(prefix=f"eraser-{issued.record.number}-"))
        files = _write(issued, place)
        warnings.append(language.text("papers.elsewhere", path=place))
        return files
    except OSError:
        warnings.append(language.text("papers.lost", record=issued.json.decode(), signature=issued.signature.hex()))
        return ()
