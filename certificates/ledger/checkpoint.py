"""Checkpoints (c2sp.org/tlog-checkpoint): a ledger's length and tree head, signed. Whoever keeps one can later be shown that nothing
that was in the ledger then was changed or removed since. Pure.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping

import msgspec

from certificates.errors import NotAuthentic
from certificates.ledger import merkle, note
from certificates.ledger.note import Note
from certificates.station_key import StationKey

_SIZE = re.compile(r"0|[1-9][0-9]{0,15}")


class Checkpoint(msgspec.Struct, frozen=True):
    """`origin` names the ledger. `size` in entries, `root` their tree head. `note` is the signed note in which it stands."""

    origin: str
    size: int
    root: bytes
    note: Note


def origin_of(first_leaf: bytes) -> str:
    """A ledger's name: by its first entry, which no two ledgers share, whoever writes in it and wherever it lies."""
    return f"eraser/ledger/{first_leaf.hex()[:32]}"


def sign(origin: str, size: int, root: bytes, key: StationKey) -> bytes:
    """The checkpoint as a signed note. The key goes by the ledger's name in it, as the specification advises."""
    return note.sign(f"{origin}\n{size}\n{base64.b64encode(root).decode()}\n", origin, key)


def read(raw: bytes) -> Checkpoint:
    """The checkpoint, its signatures not yet verified. Raises NotAuthentic."""
    told = note.read(raw)
    lines = told.text.removesuffix("\n").split("\n")
    try:
        if len(lines) < 3 or not all(lines) or not _SIZE.fullmatch(lines[1]):
            raise ValueError("it has not the lines of a checkpoint")
        root = note.from_base64(lines[2])
        if len(root) != merkle.HASH_BYTES:
            raise ValueError("its root is not as long as a SHA-256")
    except ValueError as error:
        raise NotAuthentic("note.form", detail=error) from error
    return Checkpoint(lines[0], int(lines[1]), root, told)


def signer(checkpoint: Checkpoint, keys: Mapping[str, bytes]) -> str | None:
    """The id of the first of `keys` (PEM by id) that signed it, None if none did. Raises NotAuthentic if one claims so and is wrong."""
    signed = [key_id for key_id, pem in keys.items() if note.is_signed_by(checkpoint.note, checkpoint.origin, pem)]
    return next(iter(signed), None)
