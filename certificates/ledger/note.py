"""Signed notes (c2sp.org/signed-note): text with signatures below it that name their key. Ed25519, as stations have it. Pure."""

from __future__ import annotations

import base64
import binascii
import hashlib

import msgspec

from certificates import mailed, station_key
from certificates.errors import NotAuthentic
from certificates.station_key import StationKey

ED25519 = b"\x01"
LARGEST = 64 << 10
_DASH = "\u2014 "


class Signature(msgspec.Struct, frozen=True):
    """`name`: of the key. `key_id`: four bytes of a hash over name and key, which hint at it and prove nothing."""

    name: str
    key_id: bytes
    signature: bytes


class Note(msgspec.Struct, frozen=True):
    """`text` ends with a newline, and is what was signed."""

    text: str
    signatures: tuple[Signature, ...]


def sign(text: str, name: str, key: StationKey) -> bytes:
    """The note, signed in that name."""
    told = base64.b64encode(key_hint(name, key.public_pem) + key.sign(text.encode()))
    return f"{text}\n{_DASH}{name} {told.decode()}\n".encode()


def read(raw: bytes) -> Note:
    """The note, its signatures not yet verified; it may have come by mail. Raises NotAuthentic."""
    try:
        told = mailed.restored(raw).decode() + "\n" if len(raw) <= LARGEST else ""
        text, blank, below = told.rpartition("\n\n")
        if not blank or not below.endswith("\n") or any(character < " " and character != "\n" for character in told):
            raise ValueError("it is not a signed note")
        return Note(f"{text}\n", tuple(_signature(line) for line in below[:-1].split("\n")))
    except ValueError as error:
        raise NotAuthentic("note.form", detail=error) from error


def is_signed_by(note: Note, name: str, pem: bytes) -> bool:
    """Whether that key signed it in that name. Raises NotAuthentic if it claims so and is wrong."""
    hint, found = key_hint(name, pem), False
    for each in note.signatures:
        if (each.name, each.key_id) == (name, hint):
            try:
                station_key.verify(pem, note.text.encode(), each.signature)
            except NotAuthentic as error:
                raise NotAuthentic("note.signature", name=name) from error
            found = True
    return found


def key_hint(name: str, pem: bytes) -> bytes:
    """SHA-256(name || 0A || 01 || public key), the first four bytes."""
    return hashlib.sha256(name.encode() + b"\n" + ED25519 + station_key.raw_key(pem)).digest()[:4]


def verifier_key(name: str, pem: bytes) -> str:
    """The key in the one line that tools for signed notes take: name+hint+key."""
    return f"{name}+{key_hint(name, pem).hex()}+{base64.b64encode(ED25519 + station_key.raw_key(pem)).decode()}"


def from_base64(text: str) -> bytes:
    """Standard base64, in its one spelling. Raises ValueError."""
    try:
        content = base64.b64decode(text, validate=True)
    except binascii.Error as error:
        raise ValueError(f"base64: {error}") from error
    if base64.b64encode(content).decode() != text:
        raise ValueError("base64 with another spelling")
    return content


def _signature(line: str) -> Signature:
    name, space, told = line.removeprefix(_DASH).partition(" ")
    content = from_base64(told)
    named = bool(name) and "+" not in name and not any(character.isspace() for character in name)
    if not line.startswith(_DASH) or not space or not named or len(content) < 5:
        raise ValueError("a signature line is malformed")
    return Signature(name, content[:4], content[4:])
