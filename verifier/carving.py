"""Finds where files begin, as recovery tools do: at the start of a sector, by what the first bytes say. Pure.

A recovery tool trusts no file system, so neither does this. Each type in signatures.toml has a magic and a proof beyond
it; evidence that lies further on is peeked at, so a finding never depends on how the medium was cut into windows.
"""

import re
import tomllib
from collections.abc import Iterable
from functools import cache
from importlib import resources
from typing import Literal

import msgspec
from msgspec import Struct

from verifier.formats import CHECKS, Check, Peek

SECTOR = 512
"""Bytes. File systems place files at multiples of it whatever the medium's own sector is."""


_SOME = re.compile(rb"[^\0]")
_STRIDE = 1 << 20  # what the columns of one step touch stays in the cache


Group = Literal["document", "image", "mail", "database", "archive", "media", "program"]


class Signature(Struct, frozen=True, forbid_unknown_fields=True):
    """A row of signatures.toml, which explains the fields."""

    id: str
    group: Group
    ja: str
    en: str
    magic: tuple[str, ...]
    proof: str
    at: int = 0
    check: str | None = None
    parts: bool = False


class Kind(Struct, frozen=True, forbid_unknown_fields=True):
    """What a finding can be.

    `ja` and `en` are its names; `of` is the signature that found it, if that is another.
    """

    id: str
    group: Group
    ja: str
    en: str
    of: str | None = None


class _Table(Struct, frozen=True, forbid_unknown_fields=True):
    signature: tuple[Signature, ...]
    closer: tuple[Kind, ...]


class FoundFile(Struct, frozen=True):
    """The proven beginning of a file. `offset` and `length` in bytes; `length` only where the header tells it."""

    offset: int
    kind: str
    evidence: str
    length: int | None = None


class Rule(Struct, frozen=True):
    """One magic of a signature, as bytes, and the check that has to agree; without one the magic is proof enough."""

    signature: Signature
    magic: bytes
    check: Check | None


class Column(Struct, frozen=True):
    """The rules whose magic stands at the same place of a sector, by the magic's first two bytes.

    `firsts` and `seconds` are tables of bits: where both bytes have one in common, they may begin a magic.
    """

    at: int
    firsts: bytes
    seconds: bytes
    rules: dict[bytes, tuple[Rule, ...]]


def signatures() -> tuple[Signature, ...]:
    """The table's types, in its order. A broken table raises msgspec.ValidationError or ValueError."""
    return _table().signature


@cache
def _table() -> _Table:
    text = resources.files("verifier").joinpath("signatures.toml").read_text(encoding="utf-8")
    table = msgspec.convert(tomllib.loads(text), type=_Table)
    for row in table.signature:
        if row.check is None and min(map(len, row.magic)) < 16:
            raise ValueError(f"{row.id}: a magic below 8 bytes proves nothing without a check")
        if row.check is not None and row.check not in CHECKS:
            raise ValueError(f"{row.id}: no check named {row.check}")
    return table


@cache
def columns() -> tuple[Column, ...]:
    """The table as the scan uses it."""
    rules = [
        Rule(row, bytes.fromhex(magic), CHECKS[row.check] if row.check else None)
        for row in signatures()
        for magic in row.magic
    ]
    by_place: dict[int, dict[bytes, tuple[Rule, ...]]] = {}
    for rule in rules:
        pairs = by_place.setdefault(rule.signature.at, {})
        pairs[rule.magic[:2]] = (*pairs.get(rule.magic[:2], ()), rule)
    return tuple(_column(at, pairs) for at, pairs in sorted(by_place.items()))


def _column(at: int, rules: dict[bytes, tuple[Rule, ...]]) -> Column:
    firsts, seconds = bytearray(256), bytearray(256)
    begins = sorted({pair[0] for pair in rules})
    for first, second in rules:
        bit = 1 << begins.index(first) % 8
        firsts[first] |= bit
        seconds[second] |= bit
    return Column(at, bytes(firsts), bytes(seconds), rules)


def peek_into(data: bytes) -> Peek:
    """Peeks within `data` alone."""
    return lambda offset, length: data[offset : offset + length]


def find_files(window: bytes, base: int = 0, peek: Peek | None = None) -> list[FoundFile]:
    """File beginnings at the sectors of `window`, in order, at most one a sector.

    `base` is the window's offset on the medium in bytes, a multiple of SECTOR. `peek(offset, length)` reads the medium
    beyond the window; without it only the window counts. Raises nothing of its own.
    """
    look = peek or _shifted(peek_into(window), -base)
    found: dict[int, FoundFile] = {}
    for block in range(0, len(window), _STRIDE):
        end = min(block + _STRIDE, len(window))
        for column in columns():
            for start in _candidates(window, block, end, column):
                if start not in found:
                    match = _prove(window, start, base, column, look)
                    if match:
                        found[start] = match
    return [found[start] for start in sorted(found)]


def _shifted(peek: Peek, by: int) -> Peek:
    return lambda offset, length: peek(offset + by, length)


def _candidates(window: bytes, block: int, end: int, column: Column) -> Iterable[int]:
    """Sectors whose bytes at the column's place begin some magic. Strided slices keep the loop over sectors in C."""
    firsts = window[block + column.at : end : SECTOR].translate(column.firsts)
    seconds = window[block + column.at + 1 : end : SECTOR].translate(column.seconds)
    both = int.from_bytes(firsts, "little") & int.from_bytes(seconds, "little")
    for match in _SOME.finditer(both.to_bytes(len(firsts), "little")) if both else ():
        start = block + match.start() * SECTOR
        if window[start + column.at : start + column.at + 2] in column.rules:
            yield start


def _prove(window: bytes, start: int, base: int, column: Column, peek: Peek) -> FoundFile | None:
    place = start + column.at
    here: Peek = _shifted(peek, base + start)
    for rule in column.rules[window[place : place + 2]]:
        if not window.startswith(rule.magic, place):
            continue
        if rule.check is None:
            return FoundFile(base + start, rule.signature.id, f"{len(rule.magic)} bytes of magic")
        match = rule.check(here)
        if match:
            return FoundFile(base + start, match.kind or rule.signature.id, match.evidence, match.length)
    return None


def kinds() -> dict[str, Kind]:
    """Every kind that a finding can have: its group and names."""
    return _kinds()


@cache
def parts_of(kind: str) -> str | None:
    """The signature under which later pieces of such a file turn up (zip for docx), None if they don't."""
    origin = _kinds()[kind].of or kind
    return origin if any(row.id == origin and row.parts for row in signatures()) else None


@cache
def _kinds() -> dict[str, Kind]:
    own = {row.id: Kind(row.id, row.group, row.ja, row.en) for row in signatures()}
    return own | {kind.id: kind for kind in _table().closer}
