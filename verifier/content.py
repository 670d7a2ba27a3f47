"""What a pass leaves on a medium, computable at any byte: a keyed stream or a repeated pattern."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from verifier.keystream import AES_BLOCK, RUN_BYTES, WORTH_BYTES, Keystream, Stream, galois_is_faster

KEY_BYTES = 32
_PIECE_BYTES = 256 << 10  # source and result of a piece stay in the processor's cache
_ZEROS = memoryview(bytes(_PIECE_BYTES))


Filler = Callable[[memoryview], None]


class Content(Protocol):
    """The bytes that belong at each address of the medium. Any number of threads may ask at once."""

    def stream(self, offset: int, length: int) -> Filler:
        """What fills one buffer after the other, from `offset` on: `length` bytes in all, about."""

    def is_at(self, offset: int, seen: memoryview, scratch: bytearray) -> bool:
        """Whether `seen` is what belongs at `offset`. `scratch`, of any size, is written over."""

    def phase(self, offset: int) -> int | None:
        """Equal phases mean equal content, so that a buffer already filled needn't be filled again; None: always different."""


class Keyed:
    """AES-256-CTR of zeros; the initial counter block is byte offset / 16 as a 128-bit big-endian number.

    The same bytes come from `openssl enc -aes-256-ctr -K KEY -iv COUNTER -in /dev/zero`. Offsets are multiples of 16 bytes.
    """

    def __init__(self, key: bytes) -> None:
        if len(key) != KEY_BYTES:
            raise ValueError(f"a stream's key has {KEY_BYTES} bytes, not {len(key)}")
        self._keystream = Keystream(key)
        self._run_checked: int | None = None

    def stream(self, offset: int, length: int) -> Filler:
        if offset % AES_BLOCK:
            raise ValueError(f"offset {offset} is not a multiple of {AES_BLOCK}")
        start = self._keystream.galois if length >= WORTH_BYTES and galois_is_faster() else self._keystream.plain
        going: Stream | None = None

        def fill(out: memoryview) -> None:
            nonlocal offset, going
            done = 0
            while done < len(out):
                room = RUN_BYTES - offset % RUN_BYTES
                part = out[done : done + min(room, _PIECE_BYTES)]
                if going is None:
                    going = start(offset // AES_BLOCK)
                    going.update_into(_ZEROS[: len(part)], part)
                    self._check(offset, part)
                else:
                    going.update_into(_ZEROS[: len(part)], part)
                if len(part) == room:
                    going = None
                done, offset = done + len(part), offset + len(part)

        return fill

    def is_at(self, offset: int, seen: memoryview, scratch: bytearray) -> bool:
        if offset % AES_BLOCK or len(seen) < WORTH_BYTES or not galois_is_faster():
            return _is_made_by(self.stream(offset, len(seen)), seen, scratch)
        done = 0
        while done < len(seen):
            part = seen[done : done + RUN_BYTES - (offset + done) % RUN_BYTES]
            if not self._keystream.is_at((offset + done) // AES_BLOCK, part, memoryview(scratch)):
                return False
            done += len(part)
        return True

    def _check(self, offset: int, made: memoryview) -> None:
        """The first bytes made in a run, against the definition."""
        if self._run_checked != offset // RUN_BYTES:
            if made[:AES_BLOCK] != self._keystream.block(offset // AES_BLOCK)[: len(made)]:
                raise AssertionError(f"the stream at {offset} is not AES-256-CTR")
            self._run_checked = offset // RUN_BYTES

    def phase(self, offset: int) -> int | None:
        return None

    def address_of(self, block: bytes) -> int:
        """The byte offset whose content starts with these 16 bytes, were they the stream's: the cipher run backwards.

        Any 16 bytes give some number; it means an address only if the bytes around it agree.
        """
        return self.addresses_of(block[:AES_BLOCK])[0]

    def addresses_of(self, blocks: bytes) -> list[int]:
        """The same for many blocks of 16 bytes, one behind the other."""
        return [number * AES_BLOCK for number in self._keystream.numbers(blocks)]


class Repeated:
    """A pattern of any length, repeated from the medium's first byte."""

    def __init__(self, pattern: bytes) -> None:
        if not pattern:
            raise ValueError("an empty pattern")
        self._pattern = pattern
        self._table = memoryview(pattern * (_PIECE_BYTES // len(pattern) + 2))

    def stream(self, offset: int, length: int) -> Filler:
        def fill(out: memoryview) -> None:
            nonlocal offset
            for start in range(0, len(out), _PIECE_BYTES):
                part = out[start : start + _PIECE_BYTES]
                begin = offset % len(self._pattern)
                part[:] = self._table[begin : begin + len(part)]
                offset += len(part)

        return fill

    def is_at(self, offset: int, seen: memoryview, scratch: bytearray) -> bool:
        return _is_made_by(self.stream(offset, len(seen)), seen, scratch)

    def phase(self, offset: int) -> int | None:
        return offset % len(self._pattern)


def _is_made_by(fill: Filler, seen: memoryview, scratch: bytearray) -> bool:
    """Makes it piece by piece and compares."""
    for start in range(0, len(seen), len(scratch)):
        part = seen[start : start + len(scratch)]
        # bytearray == memoryview compares at memory speed; two memoryviews would go item by item.
        expected = scratch if len(part) == len(scratch) else bytearray(len(part))
        fill(memoryview(expected))
        if expected != part:
            return False
    return True
