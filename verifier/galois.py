"""Arithmetic in GCM's GF(2^128) (SP 800-38D 6.3): an element is a 128-bit number whose highest bit is the constant term."""

from __future__ import annotations

ONE = 1 << 127
_REDUCTION = 0xE1 << 120  # x^128 = x^7 + x^2 + x + 1


def product(a: int, b: int) -> int:
    """a times b (SP 800-38D, algorithm 1)."""
    result = 0
    for bit in range(127, -1, -1):
        if a >> bit & 1:
            result ^= b
        b = b >> 1 ^ (_REDUCTION if b & 1 else 0)
    return result


def inverse(a: int) -> int:
    """The element whose product with a is ONE: a^(2^128 - 2), so a^2 times a^4 times ... a^(2^127)."""
    result = ONE
    for _ in range(127):
        a = product(a, a)
        result = product(result, a)
    return result
