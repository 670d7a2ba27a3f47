"""The published places and numbers, against an implementation of docs/verification.md that shares nothing with ours.

Whole numbers and fractions only, and nothing of the verifier but the file that its script wrote.
"""

from __future__ import annotations

import hashlib
import json
import math
from fractions import Fraction
from typing import Any

import pytest

from tools import places as script

VECTORS: dict[str, list[dict[str, Any]]] = json.loads(script.FILE.read_text(encoding="utf-8"))


def draw(seed: str, index: int, below: int) -> int:
    text = seed + f"{index:016x}"
    return int(hashlib.sha256(bytes.fromhex(text)).hexdigest(), 16) % below


def product(good: int, of: int, k: int, count: int) -> Fraction:
    return Fraction(math.comb(good, k), math.comb(of, k)) ** count


def missed(blocks: int, bad: int, strata: int, k: int = 1) -> Fraction:
    """Deal the bad blocks out one by one, each to a stratum that has most good ones left: the worst that can be done to us."""
    m, r = divmod(blocks, strata)
    good = {m + 1: r, m: strata - r}
    below = Fraction(math.comb(m + 1, k) ** r * math.comb(m, k) ** (strata - r))
    while bad:
        most = max(size for size, count in good.items() if count)
        taken = min(bad, good[most])
        good[most] -= taken
        good[most - 1] = good.get(most - 1, 0) + taken
        bad -= taken
    above = 1
    for size, count in good.items():
        above *= math.comb(size, k) ** count if count else 1
    return above / below


def expected(row: dict[str, Any]) -> list[list[int]]:
    """The ranges to read, from the description alone."""
    seed, capacity, sector = row["seed"], row["capacity_bytes"], row["sector_bytes"]
    last = (capacity // sector - 1) * sector
    ranges = [(0, sector), (last, capacity)]
    if row["asked"] == "sample":
        block = max(4096, sector)
        blocks = math.ceil(Fraction(capacity, block))
        n = row["strata"] or row["asked_places"]
        if 2 * n > blocks:
            return [[0, capacity]]
        for s in range(n):
            begin, end = s * blocks // n, (s + 1) * blocks // n
            number = begin + draw(seed, s, end - begin)
            ranges.append((number * block, min(capacity, number * block + block)))
    else:
        sectors = capacity // sector
        if sectors < 4000:
            return [[0, capacity]]
        for s in range(1000):
            begin, end = s * sectors // 1000, (s + 1) * sectors // 1000
            p = math.ceil(Fraction((end - begin) * 5, 100))
            room = end - begin - 2 * p + 1
            a, b = sorted([draw(seed, 2 * s, room), draw(seed, 2 * s + 1, room)])
            ranges += [((begin + x) * sector, (begin + x + p) * sector) for x in (a, b + p)]
    joined: list[list[int]] = []
    for begin, end in sorted(ranges):
        if joined and begin <= joined[-1][1]:
            joined[-1][1] = max(end, joined[-1][1])
        else:
            joined.append([begin, end])
    return [[begin, end - begin] for begin, end in joined]


def test_the_file_is_what_the_script_writes() -> None:
    assert script.vectors() == script.FILE.read_text(encoding="utf-8"), "the draw has changed: it never may"


@pytest.mark.parametrize("row", VECTORS["draw"])
def test_a_draw(row: dict[str, Any]) -> None:
    assert draw(row["seed"], row["index"], row["below"]) == row["value"]


@pytest.mark.parametrize("row", VECTORS["places"], ids=lambda row: f"{row['asked']}-{row['capacity_bytes']}")
def test_places(row: dict[str, Any]) -> None:
    places = expected(row)
    lines = "".join(f"{offset} {length}\n" for offset, length in places)
    assert hashlib.sha256(lines.encode()).hexdigest() == row["sha256_of_lines"]
    assert row["places"] in (None, places) and row["first_places"] == places[:3]
    assert (row["count"], row["bytes"]) == (len(places), sum(length for _, length in places))
    ends = [0, *(offset + length for offset, length in places)]
    starts = [*(offset for offset, _ in places), row["capacity_bytes"]]
    assert row["longest_unseen_bytes"] == max(start - end for start, end in zip(starts, ends, strict=True))


@pytest.mark.parametrize(
    "row", VECTORS["strata"], ids=lambda row: f"{row['blocks']}-{row['confidence']}-{row['residual']}"
)
def test_the_number_of_places_is_the_least_that_does(row: dict[str, Any]) -> None:
    blocks, n, allowed = row["blocks"], row["strata"], 1 - Fraction(row["confidence"])
    bad = math.ceil(Fraction(row["residual"]) * blocks)
    assert below(blocks, bad, n, allowed) and not below(blocks, bad, n - 1, allowed)


def below(blocks: int, bad: int, n: int, allowed: Fraction) -> bool:
    """missed(...) < allowed, in whole numbers: the formula of docs/verification.md multiplied out."""
    m, r = divmod(blocks, n)
    if bad <= r:
        return bool(Fraction(m, m + 1) ** bad < allowed)
    g, q = divmod(blocks - bad, n)
    good, all_of = (g + 1) ** q * g ** (n - q), (m + 1) ** r * m ** (n - r)
    return bool(good * allowed.denominator < all_of * allowed.numerator)


@pytest.mark.parametrize("row", VECTORS["missed"])
def test_the_chance_of_a_miss(row: dict[str, Any]) -> None:
    chance = missed(row["blocks"], row["bad"], row["strata"], row["each"])
    assert abs(chance - Fraction(row["chance"])) <= chance / 10**15


@pytest.mark.parametrize("row", VECTORS["most_left"], ids=lambda row: f"{row['blocks']}-{row['strata']}")
def test_the_most_that_may_be_left(row: dict[str, Any]) -> None:
    def chance(bad: int) -> float:
        if row["strata"] == 1:
            return math.prod((int(row["blocks"]) - bad - i) / (int(row["blocks"]) - i) for i in range(row["each"]))
        return math.exp(log_missed(row["blocks"], bad, row["strata"]))

    assert chance(row["bad"]) >= float(1 - Fraction(row["confidence"])) > chance(row["bad"] + 1)


def log_missed(blocks: int, bad: int, n: int) -> float:
    m, r = divmod(blocks, n)
    if bad <= r:
        return bad * math.log(m / (m + 1))
    g, q = divmod(blocks - bad, n)
    return q * math.log(g + 1) + (n - q) * math.log(g) - r * math.log(m + 1) - (n - r) * math.log(m)
