"""The papers of a job: the signed record, its page, and where they are kept."""

from __future__ import annotations

import os
import tempfile
import unicodedata
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Generic, TypeVar

import msgspec

from certificates import attachments, canonical, foreign, station_key
from certificates.errors import Environment, NotAuthentic, Problem, Refused
from certificates.language import text
from certificates.ledger import Closing, Opening, Place
from certificates.ledger.closings import Signed, closing
from certificates.paper import Paper, copies
from certificates.station_key import StationKey
from eraser import durable
from eraser.home import Home
from eraser.order import Order
from eraser.pictures import Pictures
from eraser.station import Station
from eraser.troubles import in_words

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

    @property
    def signed(self) -> Signed:
        return Signed(self.record, self.digest, self.signature)


class Recorded(msgspec.Struct, Generic[P], frozen=True):
    """Papers in their place: the files where the user wanted them (or, failing that, in another place), warnings in the user's language,
    whether the ledger has their end, and whether the station's own folder has them."""

    issued: Papers[P]
    files: tuple[Path, ...]
    warnings: tuple[str, ...]
    entered: bool
    at_home: bool

    @property
    def settled(self) -> bool:
        """Nothing is left to be done for this number, so that its journal may go."""
        return self.entered and self.at_home

    @property
    def record(self) -> P:
        return self.issued.record


LONGEST_NAME = 300  # characters; more would not leave the page readable


def check_order(order: Order, home: Home) -> None:
    """Before the wipe: could its papers be drawn and kept, pictures and all? Raises Environment, Refused."""
    check_ready(order.out, home, order.names)
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
        listed = ", ".join(map(_named, dict.fromkeys(missing)))
        raise Refused("refused.glyphs", characters=listed)


def _named(character: str) -> str:
    """A character for a message: itself where it can be seen, its code point, and its name."""
    seen = f"{character} " if character.isprintable() else ""
    return f"{seen}(U+{ord(character):04X} {unicodedata.name(character, '')}".rstrip() + ")"


def check_ready(out: Path, home: Home, names: Sequence[str]) -> None:
    """Before the wipe: could the papers be drawn and kept? Raises Environment, Refused."""
    check_names(names)
    for place in (out, home.certificates):
        _check_room(place)
    _check_room(home.jobs, "journal.unwritable", 0o700)  # no number without a journal, or at least a lock


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
        trouble = in_words(error)
    return Papers(record, raw, canonical.digest(raw), signature, pdf, trouble, endorsement)


def entered_and_kept(issued: Papers[P], opened: Opening, out: Path, station: Station) -> Recorded[P]:
    """Kept in the station's folder, entered into the ledger as the end of `opened`, and kept where the user wants them: in this order, so
    that no end stands in the ledger whose paper a crash could take. Whatever can't be done is said in the warnings."""
    home, number = station.home.certificates, issued.record.number
    warnings = [] if issued.trouble is None else [text("papers.undrawn", number=number, detail=issued.trouble)]
    own = _kept(issued, home, warnings)
    try:
        if not is_entered(issued.signed, station):
            enter(issued.signed, opened, station)
    except Problem as error:
        entered = False
        warnings += [
            text("papers.ledger", number=number, detail=error.message()),
            text("papers.enter_later", number=number),
        ]
    else:
        entered = True
        issued, unproven = proven(issued, station)
        warnings += unproven
        own = own and (_kept(issued, home, warnings) or own)  # with the proof
    files = own if out == home else _kept(issued, out, warnings) or own
    return Recorded(issued, files or _last_resort(issued, warnings), tuple(warnings), entered, bool(own))


def enter(signed: Signed, opened: Opening, station: Station) -> None:
    """The end of `opened`, into the ledger. Raises Problem."""
    station.ledger.append(lambda place: closing(signed, opened, place), closes=opened)


def is_entered(signed: Signed, station: Station) -> bool:
    """Whether the ledger has this very paper as the end of its number. Raises Problem."""
    end = station.ledger.ending(signed.paper.number)
    return isinstance(end, Closing) and (end.certificate, end.signature) == (signed.digest, signed.signature.hex())


def entered_late(opened: Opening, station: Station) -> bool:
    """Whether a paper was issued whose end the ledger lacks, and lies in the station's folder, be it only as its page: then what is missing
    beside the page is written, and the end is entered now.

    Raises Environment.
    """
    issued = _issued_here(opened.number, station)
    if issued is None:
        return False
    try:
        closing(issued.signed, opened, Place(0, 0, ""))
    except ValueError:
        return False
    folder = station.home.certificates
    try:
        write(issued, folder)
    except OSError as error:
        raise Environment("papers.unwritable", path=folder, detail=error.strerror) from error
    enter(issued.signed, opened, station)
    return True


def lie_in(folders: Sequence[Path], number: str) -> bool:
    """Whether anything of a number's papers is in one of these folders."""
    return any(
        os.path.lexists(folder / f"{number}{suffix}") for folder in folders for suffix in (".pdf", ".sig", ".json")
    )


def as_kept(issued: Papers[P], home: Home) -> Papers[P]:
    """The same papers with the page that the station's folder has of this record: another version may draw another one."""
    try:
        page = foreign.read(home.certificates / f"{issued.record.number}.pdf", attachments.LARGEST_PDF)
        inside = _from_page(page)
    except (OSError, NotAuthentic):
        return issued
    return msgspec.structs.replace(issued, pdf=page) if inside == (issued.json, issued.signature) else issued


def _issued_here(number: str, station: Station) -> Papers[Paper] | None:
    """What lies in the station's folder under this number, signed by its key. The page is written first, and has all of it."""
    from certificates.audit import kinds  # with all that reads foreign files: only here

    place, page = station.home.certificates / number, None
    try:
        try:
            page = foreign.read(place.with_suffix(".pdf"), attachments.LARGEST_PDF)
            raw, signature = _from_page(page)
        except FileNotFoundError:  # it could not be drawn
            raw = foreign.read(place.with_suffix(".json"), foreign.LARGEST_PROOF)
            signature = foreign.read(place.with_suffix(".sig"))
        station_key.verify(station.key.public_pem, raw, signature)
        record = canonical.decode(raw, kinds.of(raw).record)
    except (OSError, NotAuthentic):
        return None
    return Papers(record, raw, canonical.digest(raw), signature, page, None)


def _from_page(page: bytes) -> tuple[bytes, bytes]:
    """The record and the signature that a page carries. Raises NotAuthentic."""
    from certificates.audit import kinds

    inside = dict(attachments.read(page))
    record, signature, _ = kinds.carried_by(set(inside)).names
    try:
        return inside[record], inside[signature]
    except KeyError as error:
        raise NotAuthentic("audit.file.no-certificate") from error


def proven(issued: Papers[P], station: Station) -> tuple[Papers[P], tuple[str, ...]]:
    """The papers with the proof that the ledger has them, and warnings if it can't be made (`ledger prove` makes it again)."""
    number = issued.record.number
    try:
        proof = station.ledger.prove(number, station.key)
        station.remember(proof)
    except (Problem, OSError) as error:
        detail = error.message() if isinstance(error, Problem) else error.strerror
        return issued, (text("papers.unproven", number=number, detail=detail),)
    return msgspec.structs.replace(issued, proof=proof), ()


def _kept(issued: Papers[Any], place: Path, warnings: list[str]) -> tuple[Path, ...]:
    """The files, or a warning and none."""
    try:
        return write(issued, place)
    except OSError as error:
        warnings.append(text("papers.place", path=place, detail=error.strerror))
        return ()


def write(issued: Papers[Any], place: Path) -> tuple[Path, ...]:
    """The files of the papers in a folder, the page first. Files that are there are as they should be, or it raises OSError."""
    parts = {".sig": issued.signature, ".json": issued.json}  # a record is never there without its signature
    if issued.pdf is not None:
        parts = {".pdf": issued.pdf, **parts}
    if issued.proof is not None:
        parts[".proof"] = issued.proof
    files = {f"{issued.record.number}{suffix}": content for suffix, content in parts.items()}
    if issued.endorsement is not None:
        files[f"{canonical.digest(issued.endorsement)}.endorsement.json"] = issued.endorsement
    kept = tuple(durable.created(place / name, content) for name, content in files.items())
    durable.sync(place)
    return kept


def _last_resort(issued: Papers[Any], warnings: list[str]) -> tuple[Path, ...]:
    try:
        place = Path(tempfile.mkdtemp(prefix=f"eraser-{issued.record.number}-"))
        files = write(issued, place)
        warnings.append(text("papers.elsewhere", path=place))
        return files
    except OSError:
        warnings.append(text("papers.lost", record=issued.json.decode(), signature=issued.signature.hex()))
        return ()
