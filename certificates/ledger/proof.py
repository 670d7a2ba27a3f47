"""The proof that travels with a certificate (c2sp.org/tlog-proof@v1): the ledger's entry about it was below a signed checkpoint.

The entry itself is the proof's `extra` data. Nothing in a proof counts before `check` has passed. Pure.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping

import msgspec

from certificates import mailed
from certificates.errors import NotAuthentic
from certificates.ledger import checkpoint, entries, merkle, note
from certificates.ledger.checkpoint import Checkpoint
from certificates.ledger.entries import Closing, Entry

FIRST_LINE = "c2sp.org/tlog-proof@v1"
_INDEX = re.compile(r"index (0|[1-9][0-9]{0,15})")
_HIGHEST = 64


class Proof(msgspec.Struct, frozen=True):
    """`body`: the entry's bytes. `index`: its place in the tree, from 0. `path`: the inclusion proof. `signed`: the checkpoint's note."""

    body: bytes
    index: int
    path: tuple[bytes, ...]
    signed: bytes


def write(proof: Proof) -> bytes:
    """The proof as a file."""
    lines = [FIRST_LINE, f"extra {_base64(proof.body)}", f"index {proof.index}", *map(_base64, proof.path), ""]
    return "\n".join(lines).encode() + b"\n" + proof.signed


def read(raw: bytes) -> Proof:
    """What stands in the file, which may have come by mail; nothing of it is verified. Raises NotAuthentic."""
    head, blank, signed = (mailed.restored(raw) if len(raw) <= note.LARGEST else b"").partition(b"\n\n")
    try:
        lines = head.decode().split("\n")
        if not blank or len(lines) < 3 or lines[0] != FIRST_LINE or not lines[1].startswith("extra "):
            raise ValueError("it is not a proof with its entry")
        index = _INDEX.fullmatch(lines[2])
        path = tuple(note.from_base64(line) for line in lines[3:])
        if index is None or len(path) > _HIGHEST or any(len(each) != merkle.HASH_BYTES for each in path):
            raise ValueError("its index or its path is malformed")
        return Proof(note.from_base64(lines[1].removeprefix("extra ")), int(index[1]), path, signed + b"\n")
    except ValueError as error:
        raise NotAuthentic("proof.form", detail=error) from error


def check(proof: Proof, keys: Mapping[str, bytes]) -> tuple[Entry, Checkpoint, str]:
    """Entry, checkpoint, and the id of the key (of `keys`, PEM by id) that signed it, if one is below the other. Raises NotAuthentic."""
    point = checkpoint.read(proof.signed)
    key_id = checkpoint.signer(point, keys)
    if key_id is None:
        raise NotAuthentic("proof.unsigned")
    leaf = merkle.leaf_hash(proof.body)
    if merkle.root_from_inclusion(proof.index, point.size, leaf, proof.path) != point.root:
        raise NotAuthentic("proof.path")
    entry = entries.decode(proof.body)
    if entry.seq != proof.index + 1:
        raise NotAuthentic("proof.path")
    return entry, point, key_id


def check_for(proof: Proof, number: str, digest: str, signature: bytes, keys: Mapping[str, bytes]) -> Closing:
    """The entry, if the proof is that of the paper with this number, digest (BLAKE3, hex) and signature. Raises NotAuthentic."""
    entry, _, _ = check(proof, keys)
    expected = (number, digest, signature.hex())
    if not isinstance(entry, Closing) or (entry.number, entry.certificate, entry.signature) != expected:
        raise NotAuthentic("proof.other", number=getattr(entry, "number", "-"))
    return entry


def _base64(content: bytes) -> str:
    return base64.b64encode(content).decode()
