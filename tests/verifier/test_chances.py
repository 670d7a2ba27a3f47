"""What a sample can miss: the numbers against known ones, against every layout, and against media that were drawn by chance."""

from __future__ import annotations

import hashlib
import itertools
import math
from bisect import bisect_right
from collections.abc import Iterator
from decimal import Decimal
from fractions import Fraction
from functools import cache
from pathlib import Path
from random import Random

import pytest

from verifier import chances, claims, plans
from verifier.chances import missed, most_left, places_needed
from verifier.content import Keyed
from verifier.crew import Span
from verifier.looking import Looking
from verifier.plans import Plan, SampleSize
from verifier.reading import Reader

MEDIA = 2000
BLOCK = plans.SAMPLE_BLOCK_BYTES


def seed(number: int) -> bytes:
    return hashlib.sha256(f"medium {number}".encode()).digest()


@pytest.mark.parametrize(
    ("blocks", "places", "confidence", "bad"),
    [
        (1000, 100, "0.95", 28),
        (10_000, 1000, "0.95", 28),
        (10**6, 2000, "0.95", 1495),
        (10**6, 2000, "0.99", 2297),
        (10**6, 10**5, "0.95", 28),
    ],
)
def test_known_values_of_simple_random_sampling(blocks: int, places: int, confidence: str, bad: int) -> None:
    assert most_left(blocks, Fraction(confidence), strata=1, each=places) == bad


def test_the_known_step_between_two_sample_sizes() -> None:
    assert round(missed(1000, 10, 1, 258), 5) == Decimal("0.04980")
    assert round(missed(1000, 10, 1, 257), 5) == Decimal("0.05048")


@pytest.mark.parametrize(
    ("residual", "places"),
    [("0.01", (299, 459, 688)), ("0.001", (2995, 4603, 6905)), ("0.0001", (29_956, 46_050, 69_075))],
)
def test_known_sample_sizes_of_large_media(residual: str, places: tuple[int, ...]) -> None:
    needed = [places_needed(10**12, Fraction(sure), Fraction(residual)) for sure in ("0.95", "0.99", "0.999")]
    assert tuple(needed) == places


def test_no_layout_of_the_residue_is_missed_more_often() -> None:
    """Every way to spread the bad blocks over the strata, on media small enough to try them all."""
    for blocks, strata, each in itertools.product((7, 12, 17), (1, 2, 3, 5), (1, 2)):
        sizes = [(s + 1) * blocks // strata - s * blocks // strata for s in range(strata)]

        @cache
        def worst(s: int, bad: int, sizes: tuple[int, ...] = tuple(sizes), each: int = each) -> Fraction:
            if s == len(sizes):
                return Fraction(not bad)
            here = [
                (Fraction(math.comb(sizes[s] - d, each), math.comb(sizes[s], each)), d) for d in range(sizes[s] + 1)
            ]
            return max(chance * worst(s + 1, bad - d) for chance, d in here if d <= bad)

        if blocks // strata >= each:
            for bad in range(blocks + 1):
                assert abs(missed(blocks, bad, strata, each) - _decimal(worst(0, bad))) < Decimal("1e-25")


def _decimal(number: Fraction) -> Decimal:
    return Decimal(number.numerator) / Decimal(number.denominator)


def test_strata_lie_between_simple_random_sampling_and_drawing_with_replacement() -> None:
    for blocks, n in ((1000, 50), (1200, 300), (10**6, 5000), (2 * 10**9, 8000)):
        for bad in (1, blocks // 1000, blocks // 100, blocks // 3):
            chance = float(missed(blocks, bad, n))
            assert float(missed(blocks, bad, 1, n)) <= chance * (1 + 1e-12)
            assert chance <= (1 - bad / blocks) ** n * (1 + 1e-12)


def test_more_places_never_show_less() -> None:
    for blocks in range(2, 40):
        for bad in range(blocks + 1):
            found = [missed(blocks, bad, n) for n in range(1, blocks + 1)]
            assert all(b - a < Decimal("1e-50") for a, b in itertools.pairwise(found))


def spread_worst(plan: Plan, bad: int) -> set[int]:
    """The residue that is hardest to find: a block here and there, larger strata first."""
    n = plan.independent_places
    starts = [s * plan.blocks // n for s in range(n + 1)]
    strata = sorted((range(a, b) for a, b in itertools.pairwise(starts)), key=lambda stratum: -len(stratum))
    dealt = (stratum[i] for i in range(len(strata[0])) for stratum in strata if i < len(stratum))
    return set(itertools.islice(dealt, bad))


def drawn_blocks(plan: Plan) -> Iterator[int]:
    """The blocks that are read completely; the first and last sector alone are none."""
    for place in plan.places:
        yield from range(-(-place.offset // BLOCK), (place.offset + place.length) // BLOCK)


def within(count: int, trials: int, chance: float) -> bool:
    """Five standard deviations: a wrong rate of a fifth more or less would show."""
    return abs(count - trials * chance) <= 5 * math.sqrt(trials * chance * (1 - chance))


@pytest.mark.parametrize("layout", ["worst", "scattered", "one run"])
def test_two_thousand_media_are_missed_no_more_often_than_stated(layout: str) -> None:
    """95 % against 2 %: of media that hold just as much as the claim excludes, at most a twentieth may pass."""
    blocks, size = 40_000, SampleSize("0.95", "0.02")
    one = plans.sample(blocks * BLOCK, 512, seed(0), size)
    bad = -(-blocks * 2 // 100)
    random = Random(20260101)
    residue = spread_worst(one, bad)
    misses = 0
    for number in range(MEDIA):
        plan = plans.sample(blocks * BLOCK, 512, seed(number), size)
        if layout == "scattered":
            residue = set(random.sample(range(blocks), bad))
        elif layout == "one run":
            start = random.randrange(blocks - bad)
            residue = set(range(start, start + bad))
        misses += residue.isdisjoint(drawn_blocks(plan))
    stated = 0.05
    exact = float(missed(blocks, bad, one.independent_places))
    assert exact < stated
    if layout == "worst":
        assert within(misses, MEDIA, exact), misses  # and no less often: the bound is no idle one
    elif layout == "scattered":
        assert misses <= MEDIA * stated + 5 * math.sqrt(MEDIA * stated)
    else:  # far longer than two strata
        assert misses == 0


@pytest.mark.parametrize("media", [100, pytest.param(MEDIA, marks=pytest.mark.soak)])
def test_nist_r1_misses_no_more_media_than_stated(media: int) -> None:
    """A sector in each of as many strata as the claim needs, in the middle of them, where chances are least."""
    sectors = 40_000
    claim = claims.of_clean(plans.nist_r1(sectors * 512, 512, seed(0)))
    bad = int(Fraction(claim.residual_at_most) * sectors) + 1
    residue = [(s * sectors // 1000 + (20 if s % 2 else 0)) * 512 for s in range(5, 5 + bad)]
    misses = 0
    for number in range(media):
        places = plans.nist_r1(sectors * 512, 512, seed(number)).places
        misses += not any(p.offset <= at < p.offset + p.length for at in residue for p in near(places, at))
    assert misses <= media / 100 + 5 * math.sqrt(media / 100)


def near(places: tuple[Span, ...], at: int) -> tuple[Span, ...]:
    last = bisect_right(places, at, key=lambda place: place.offset)
    return places[max(0, last - 1) : last]


def test_two_places_in_a_stratum_are_as_good_as_two_drawings() -> None:
    """For every residue in strata of 4 to 12 sectors: never missed more often than `nist-r1` counts on, (1 - 1/L)^2 for each sector."""
    for sectors in range(4, 13):
        room = sectors - 1
        drawings = [(1 << min(u, v)) | (1 << (max(u, v) + 1)) for u in range(room) for v in range(room)]
        for residue in range(1, 1 << sectors):
            missing = sum(not drawing & residue for drawing in drawings)
            assert missing <= (1 - 1 / sectors) ** (2 * residue.bit_count()) * len(drawings)


def test_one_changed_block_is_found_as_often_as_the_draw_says(tmp_path: Path) -> None:
    """By reading, not by reckoning: 64 places on 256 blocks, one of which was changed after the wipe."""
    image, blocks, trials = tmp_path / "image", 256, 250
    content, changed = Keyed(bytes(32)), 77
    data = bytearray(blocks * BLOCK)
    content.stream(0, len(data))(memoryview(data))
    data[changed * BLOCK + 100] ^= 1
    image.write_bytes(data)
    found = 0
    with Reader(image) as reader:
        for number in range(trials):
            plan = plans.sample(reader.size, reader.sector_bytes, seed(number), SampleSize("0.95", None, 64))
            looking = Looking(reader, plan, content)
            list(looking)
            assert looking.seen.complete and looking.seen.bytes_compared == plan.bytes_to_read
            found += looking.seen.different_sectors == 1
            assert [f.offset for f in looking.seen.findings] in ([], [changed * BLOCK])
    assert within(found, trials, float(1 - missed(blocks, 1, 64)))


def test_places_stated_by_number_bring_their_own_bound() -> None:
    plan = plans.sample(8 * 10**12, 512, seed(1), SampleSize("0.999", None, 1000))
    assert plan.independent_places == 1000
    claim = claims.of_clean(plan)
    assert (claim.confidence, claim.residual_at_most) == ("0.999", "0.00689")
    bad = int(Fraction(claim.residual_at_most) * plan.blocks) + 1
    assert chances.missed(plan.blocks, bad, 1000) < Decimal("0.001")


@pytest.mark.parametrize("plan_name", ["sample", "nist-r1"])
def test_no_seed_leaves_a_longer_run_than_was_foretold(plan_name: plans.PlanName) -> None:
    for number in range(20):
        for capacity in (9_999_360, 40_000 * 512, 123_456_789 * 512 + 100):
            plan = plans.by_name(plan_name, capacity, 512, seed(number), SampleSize("0.99", None, 500))
            assert 0 < plan.longest_unseen_bytes <= plan.longest_unseen_bytes_of_any_draw
            assert claims.foretold(plan).longest_unseen_bytes == plan.longest_unseen_bytes_of_any_draw
            assert plan.longest_unseen_bytes_of_any_draw <= 2 * -(-capacity // (500 if plan_name == "sample" else 1000))


def test_half_of_the_blocks_is_not_worth_a_sample() -> None:
    assert plans.sample(1 << 20, 512, seed(1), SampleSize()).name == "full"
    assert plans.sample(100 * BLOCK, 512, seed(1), SampleSize("0.99", None, 51)).name == "full"
    assert plans.sample(100 * BLOCK, 512, seed(1), SampleSize("0.99", None, 50)).name == "sample"
