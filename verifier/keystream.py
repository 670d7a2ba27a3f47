"""AES-256-CTR of zeros from any block on, by whichever of OpenSSL's two ways is faster on this processor.

OpenSSL computes GCM with the widest vector instructions that a processor has, and plain CTR with older ones: GCM is then faster
although it makes a checksum besides, which `is_at` makes use of. GCM encrypts in counter mode too. It starts one after the block
J0 = ((IV * H) + L) * H, where H is the enciphered zero block and L the IV's length (SP 800-38D 7.1, for an IV of 128 bits). H has an
inverse, so every J0 has its IV:

    IV = J0 * H^-2 + L * H^-1

The bytes are those of AES-256-CTR whichever way made them: in each run of RUN_BYTES the first bytes
made (by `verifier.content`) are compared with the definition before they are used.
"""

from __future__ import annotations

import threading
import time
from functools import cache, cached_property
from typing import Protocol

from cryptography.hazmat.primitives.ciphers import AEADEncryptionContext, Cipher, algorithms, modes

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
        self._own = threading.local()

    def plain(self, block: int) -> Stream:
        """From block number `block` on, by CTR."""
        return Cipher(self._algorithm, modes.CTR(block.to_bytes(AES_BLOCK, "big"))).encryptor()

    def galois(self, block: int) -> AEADEncryptionContext:
        """The same by GCM, up to the next multiple of RUN_BYTES and no farther."""
        iv = galois.combined(_before(block), self._per_start) ^ self._constant
        return Cipher(self._algorithm, modes.GCM(iv.to_bytes(AES_BLOCK, "big"))).encryptor()

    def is_at(self, block: int, seen: memoryview, scratch: memoryview) -> bool:
        """Whether `seen` is the stream from block number `block` on (up to the next multiple of RUN_BYTES). `scratch` is written over.

        Enciphering what was seen gives zeros if it is the stream, and GCM's checksum over zeros is known beforehand. Anything else has
        that checksum with a chance below 2^-100, unless it was made by someone who has the key (SP 800-38D, appendix B).
        """
        stream = self.galois(block)
        for start in range(0, len(seen), len(scratch)):
            part = seen[start : start + len(scratch)]
            stream.update_into(part, scratch[: len(part)])
        stream.finalize()
        over_zeros = galois.combined(len(seen) * 8, self._lengths) ^ int.from_bytes(self.block(_before(block)), "big")
        return stream.tag == over_zeros.to_bytes(AES_BLOCK, "big")

    def block(self, number: int) -> bytes:
        """One block by the definition: the number, enciphered."""
        # One block enciphered is no mode of operation: ECB here hides nothing and needs to hide nothing.
        if not hasattr(self._own, "cipher"):
            self._own.cipher = Cipher(self._algorithm, modes.ECB()).encryptor()  # noqa: S305
        enciphered: bytes = self._own.cipher.update(number.to_bytes(AES_BLOCK, "big"))
        return enciphered

    def numbers(self, blocks: bytes) -> list[int]:
        """The cipher run backwards: the numbers that encipher to these blocks, one behind the other."""
        plain = Cipher(self._algorithm, modes.ECB()).decryptor().update(blocks)  # noqa: S305
        return [int.from_bytes(plain[at : at + AES_BLOCK], "big") for at in range(0, len(plain), AES_BLOCK)]

    @cached_property
    def _hash_key(self) -> int:
        return int.from_bytes(self.block(0), "big")

    @cached_property
    def _lengths(self) -> list[int]:
        return galois.multiples(self._hash_key)

    @cached_property
    def _inverse(self) -> int:
        return galois.inverse(self._hash_key)

    @cached_property
    def _per_start(self) -> list[int]:
        return galois.multiples(galois.product(self._inverse, self._inverse))

    @cached_property
    def _constant(self) -> int:
        return galois.product(_IV_BITS, self._inverse)


def _before(block: int) -> int:
    """GCM counts once before its first block, in the low 32 bits only."""
    return (block & ~_LOW) | ((block - 1) & _LOW)


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
