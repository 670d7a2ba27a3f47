"""AES-256-CTR of zeros from any block on, by whichever of OpenSSL's two ways is faster on this processor.

OpenSSL computes GCM with the widest vector instructions that a processor has, and plain CTR with older ones: GCM is then faster
although it makes a checksum besides, which nobody asks for here. GCM encrypts in counter mode too. It starts one after the block
J0 = ((IV * H) + L) * H, where H is the enciphered zero block and L the IV's length (SP 800-38D 7.1, for an IV of 128 bits). H has an
inverse, so every J0 has its IV:

    IV = J0 * H^-2 + L * H^-1

The bytes are those of AES-256-CTR whichever way made them: every start is compared with the definition before its bytes are used.
"""

from __future__ import annotations

import time
from functools import cache, cached_property
from typing import Protocol

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from verifier import galois

AES_BLOCK = 16
RUN_BYTES = 1 << 30  # GCM counts in 32 bits only, so it is started anew before they overflow (at 64 GiB)
WORTH_BYTES = 64 << 10  # starting GCM takes as long as so much of plain CTR
_IV_BITS = 128
_LOW = (1 << 32) - 1
_TRIED_BYTES = 256 << 10


class Stream(Protocol):
    """A cipher under way."""

    def update_into(self, data: memoryview, buf: memoryview) -> int:
        """Encipher `data` into `buf`; go on there at the next call."""


class Keystream:
    """The enciphered counters of one key."""

    def __init__(self, key: bytes) -> None:
        self._algorithm = algorithms.AES(key)

    def plain(self, block: int) -> Stream:
        """From block number `block` on, by CTR."""
        return Cipher(self._algorithm, modes.CTR(block.to_bytes(AES_BLOCK, "big"))).encryptor()

    def galois(self, block: int) -> Stream:
        """The same by GCM, up to the next multiple of RUN_BYTES and no farther."""
        start = (block & ~_LOW) | ((block - 1) & _LOW)  # it counts once, in the low 32 bits, before its first block
        iv = galois.combined(start, self._per_start) ^ self._constant
        return Cipher(self._algorithm, modes.GCM(iv.to_bytes(AES_BLOCK, "big"))).encryptor()

    def block(self, number: int) -> bytes:
        """One block by the definition: the number, enciphered."""
        # One block enciphered is no mode of operation: ECB here hides nothing and needs to hide nothing.
        return Cipher(self._algorithm, modes.ECB()).encryptor().update(number.to_bytes(AES_BLOCK, "big"))  # noqa: S305

    def number(self, block: bytes) -> int:
        """The cipher run backwards: the number that enciphers to this block."""
        return int.from_bytes(Cipher(self._algorithm, modes.ECB()).decryptor().update(block), "big")  # noqa: S305

    @cached_property
    def _inverse(self) -> int:
        return galois.inverse(int.from_bytes(self.block(0), "big"))

    @cached_property
    def _per_start(self) -> list[int]:
        return galois.multiples(galois.product(self._inverse, self._inverse))

    @cached_property
    def _constant(self) -> int:
        return galois.product(_IV_BITS, self._inverse)


@cache
def galois_is_faster() -> bool:
    """Tried once, in about a millisecond."""
    trial = Keystream(bytes(32))
    return _seconds(trial.galois(0)) < _seconds(trial.plain(0))


def _seconds(stream: Stream) -> float:
    zeros, out = memoryview(bytes(_TRIED_BYTES)), memoryview(bytearray(_TRIED_BYTES))
    tries = []
    for _ in range(4):
        began = time.perf_counter()
        stream.update_into(zeros, out)
        tries.append(time.perf_counter() - began)
    return min(tries)
