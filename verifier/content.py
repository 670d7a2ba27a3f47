"""What a pass leaves on a medium, computable at any byte: a keyed stream or a repeated pattern."""

from __future__ import annotations

from typing import Protocol

from verifier.keystream import AES_BLOCK, RUN_BYTES, WORTH_BYTES, Keystream, Stream, galois_is_faster

KEY_BYTES = 32
_PIECE_BYTES = 256 << 10  # source and result of a piece stay in the processor's cache
_ZEROS = memoryview(bytes(_PIECE_BYTES))
_MOST_UNDER_WAY = 4


class Content(Protocol):
    """The bytes that belong at each address of the medium."""

    def fill(self, offset: int, out: memoryview) -> None:
        """Put the content of `offset` .. `offset + len(out)` into `out`."""

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
        self._under_way: dict[
            int, Stream
        ] = {}  # by the offset that comes next; taking one out makes it the caller's own

    def fill(self, offset: int, out: memoryview) -> None:
        if offset % AES_BLOCK:
            raise ValueError(f"offset {offset} is not a multiple of {AES_BLOCK}")
        done = 0
        while done < len(out):
            length = min(len(out) - done, RUN_BYTES - (offset + done) % RUN_BYTES)
            self._fill_in_run(offset + done, out[done : done + length])
            done += length

    def _fill_in_run(self, offset: int, out: memoryview) -> None:
        stream = self._under_way.pop(offset, None)
        is_start = stream is None
        if stream is None:
            worth_it = len(out) >= WORTH_BYTES and galois_is_faster()
            stream = (self._keystream.galois if worth_it else self._keystream.plain)(offset // AES_BLOCK)
        for start in range(0, len(out), _PIECE_BYTES):
            part = out[start : start + _PIECE_BYTES]
            stream.update_into(_ZEROS[: len(part)], part)
        if is_start and out[:AES_BLOCK] != self._keystream.block(offset // AES_BLOCK)[: len(out)]:
            raise AssertionError(f"the stream at {offset} is not AES-256-CTR")
        following = offset + len(out)
        if len(out) >= WORTH_BYTES and following % RUN_BYTES:
            if len(self._under_way) >= _MOST_UNDER_WAY:
                self._under_way.clear()
            self._under_way[following] = stream

    def phase(self, offset: int) -> int | None:
        return None

    def address_of(self, block: bytes) -> int:
        """The byte offset whose content starts with these 16 bytes, were they the stream's: the cipher run backwards.

        Any 16 bytes give some number; it means an address only if the bytes around it agree.
        """
        return self._keystream.number(block[:AES_BLOCK]) * AES_BLOCK


class Repeated:
    """A pattern of any length, repeated from the medium's first byte."""

    def __init__(self, pattern: bytes) -> None:
        if not pattern:
            raise ValueError("an empty pattern")
        self._pattern = pattern
        self._table = pattern * (_PIECE_BYTES // len(pattern) + 2)

    def fill(self, offset: int, out: memoryview) -> None:
        period = len(self._pattern)
        for start in range(0, len(out), _PIECE_BYTES):
            part = out[start : start + _PIECE_BYTES]
            begin = (offset + start) % period
            part[:] = memoryview(self._table)[begin : begin + len(part)]

    def phase(self, offset: int) -> int | None:
        return offset % len(self._pattern)
