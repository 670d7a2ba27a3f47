"""What a pass leaves on a medium, computable at any byte: a keyed stream or a repeated pattern."""

from __future__ import annotations

from typing import Protocol

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

AES_BLOCK = 16
KEY_BYTES = 32
_ZEROS = bytes(4 << 20)


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
        self._algorithm = algorithms.AES(key)

    def fill(self, offset: int, out: memoryview) -> None:
        counter, rest = divmod(offset, AES_BLOCK)
        if rest:
            raise ValueError(f"offset {offset} is not a multiple of {AES_BLOCK}")
        stream = Cipher(self._algorithm, modes.CTR(counter.to_bytes(AES_BLOCK, "big"))).encryptor()
        for start in range(0, len(out), len(_ZEROS)):
            part = out[start : start + len(_ZEROS)]
            stream.update_into(memoryview(_ZEROS)[: len(part)], part)

    def phase(self, offset: int) -> int | None:
        return None

    def address_of(self, block: bytes) -> int:
        """The byte offset whose content starts with these 16 bytes, were they the stream's: the cipher run backwards.

        Any 16 bytes give some number; it means an address only if the bytes around it agree.
        """
        # One block deciphered is no mode of operation: ECB here hides nothing and needs to hide nothing.
        backwards = Cipher(self._algorithm, modes.ECB()).decryptor()  # noqa: S305
        return int.from_bytes(backwards.update(block[:AES_BLOCK]), "big") * AES_BLOCK


class Repeated:
    """A pattern of any length, repeated from the medium's first byte."""

    def __init__(self, pattern: bytes) -> None:
        if not pattern:
            raise ValueError("an empty pattern")
        self._pattern = pattern
        self._table = pattern * (len(_ZEROS) // len(pattern) + 2)

    def fill(self, offset: int, out: memoryview) -> None:
        period = len(self._pattern)
        for start in range(0, len(out), len(_ZEROS)):
            part = out[start : start + len(_ZEROS)]
            begin = (offset + start) % period
            part[:] = memoryview(self._table)[begin : begin + len(part)]

    def phase(self, offset: int) -> int | None:
        return offset % len(self._pattern)
