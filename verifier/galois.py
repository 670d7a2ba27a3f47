"""Arithmetic in GCM's GF(2^128) (SP 800-38D 6.3): an element is a 128-bit number whose highest bit is the constant term."""

from __future__ import annotations

ONE = 1 << 127
_REDUCTION = 0xE1 << 120  # x^128 = x^7 + x^2 + x + 1


def product(a: int, b: int) -> int:
    """a times b (SP 800-38D, algorithm 1)."""
    return combined(a, multiples(b))


def multiples(b: int) -> list[int]:
    """b times x^0, x^1, .. x^127."""
    found = []
    for _ in range(128):
        found.append(b)
        b = b >> 1 ^ (_REDUCTION if b & 1 else 0)
    return found


def combined(a: int, multiples_of_b: list[int]) -> int:
    """a times b, given b's multiples: as many additions as a has bits."""
    result = 0
    while a:
        bits = a.bit_length()
        result ^= multiples_of_b[128 - bits]
        a ^= 1 << (bits - 1)
    return result


def inverse(a: int) -> int:
    """The element whose product with a is ONE: a^(2^128 - 2), so a^2 times a^4 times ... a^(2^127)."""
    result = ONE
    for _ in range(127):
        a = product(a, a)
        result = product(result, a)
    return result
