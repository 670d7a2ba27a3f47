"""Canonical bytes (RFC 8785) and their digest. What is signed is exactly these bytes."""

from __future__ import annotations

from typing import BinaryIO, TypeVar

import blake3
import msgspec
import rfc8785

from certificates.errors import NotAuthentic

T = TypeVar("T")


def encode(value: object) -> bytes:
    """RFC 8785 bytes of a Struct or of plain JSON values."""
    return rfc8785.dumps(msgspec.to_builtins(value))


def decode(raw: bytes, kind: type[T]) -> T:
    """Strict decoding: the schema holds, and the bytes are the canonical ones.

    msgspec takes a duplicated key silently, so the value is encoded again and compared: one value has one spelling.
    Raises NotAuthentic.
    """
    try:
        value = msgspec.json.decode(raw, type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise NotAuthentic("authentic.schema", detail=str(error)) from error
    try:
        canonical = encode(value)
    except (rfc8785.CanonicalizationError, UnicodeEncodeError) as error:
        raise NotAuthentic("authentic.canonical", detail=str(error)) from error
    if canonical != raw:
        raise NotAuthentic("authentic.canonical", detail="bytes differ from their RFC 8785 form")
    return value


def digest(raw: bytes) -> str:
    """BLAKE3-256 as 64 lower-case hex digits (what `b3sum` prints)."""
    return blake3.blake3(raw).hexdigest()


def digest_of(file: BinaryIO) -> str:
    """The same of a whole file, which may be larger than memory. Raises OSError."""
    hasher = blake3.blake3()
    while part := file.read(1 << 20):
        hasher.update(part)
    return hasher.hexdigest()
