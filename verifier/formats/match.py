"""The words that the checks share."""

import struct
from collections.abc import Callable
from typing import Protocol

from msgspec import Struct

Peek = Callable[[int, int], bytes]
"""`peek(offset, length)`: bytes of the supposed file, counted from its start; fewer at the medium's end or a bad place."""

_UNPRINTABLE = bytes((*range(9), 11, *range(14, 32), 127, 255))


class Match(Struct, frozen=True):
    """A proven beginning. `kind` overrides the signature's id; `length` in bytes where the headers tell it."""

    evidence: str
    kind: str | None = None
    length: int | None = None


class Check(Protocol):
    """The proof for one type. The magic has matched already."""

    __name__: str

    def __call__(self, peek: Peek, /) -> Match | None: ...


def u16(data: bytes, at: int) -> int:
    """Little-endian; struct.error if the data ends before."""
    return int(struct.unpack_from("<H", data, at)[0])


def u32(data: bytes, at: int) -> int:
    """Little-endian; struct.error if the data ends before."""
    return int(struct.unpack_from("<I", data, at)[0])


def is_printable(data: bytes) -> bool:
    """Not empty, and no byte that text in ASCII, UTF-8, CP932 or EUC-JP would not have."""
    return bool(data) and len(data.translate(None, _UNPRINTABLE)) == len(data)
