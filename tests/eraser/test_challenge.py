"""The capacity challenge's places and probes: whatever the true capacity of a medium that wraps, one of them meets it."""

import hashlib
from itertools import pairwise

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from certificates import judgement
from certificates.record import Challenge, Finding, Sampling, Verification
from certificates.values import LbaRange
from eraser.challenge import LARGEST_WINDOW, MOST_PROBES, probes, window_bytes
from tests.certificates import samples
from verifier import plans

SEED = hashlib.sha256(b"eraser test vector").digest()
GB = 10**9
SIZES = st.integers(16, 137 * GB // 4096)


@settings(max_examples=25, deadline=None)
@given(SIZES, st.floats(0.001, 0.97))
def test_no_wrap_of_a_medium_up_to_137_gb_can_be_missed(blocks: int, share: float) -> None:
    """For any true capacity there is a probe whose content is the window's; and the first one names the capacity exactly."""
    size = blocks * 4096
    window = window_bytes(size, 4096)
    capacity = max(window, int(blocks * share) * 4096)
    offsets = list(probes(size, 4096, SEED))
    assert len(offsets) <= MOST_PROBES and all(0 < each <= size - 4096 for each in offsets)
    met = [each for each in offsets if each >= capacity and each % capacity < window]
    # A wrap later than the last step shows at the last place of all, which the challenge writes.
    assert met or capacity > size - 2 * window
    if met:
        assert met[0] - met[0] % capacity == capacity


@pytest.mark.parametrize("size", [512 * GB, 8000 * GB])
def test_a_large_medium_is_probed_everywhere_within_bounds(size: int) -> None:
    offsets = list(probes(size, 4096, SEED))
    assert window_bytes(size, 4096) == LARGEST_WINDOW
    assert len(offsets) <= MOST_PROBES and offsets == sorted(offsets)
    assert max(b - a for a, b in pairwise(offsets)) <= 2 * (size // MOST_PROBES) + 8192


def wrapping(*pairs: tuple[int, int]) -> tuple[Finding, ...]:
    return tuple(Finding("another-address", LbaRange(at // 512, at // 512 + 7), shows) for at, shows in pairs)


@settings(max_examples=50, deadline=None)
@given(st.integers(138, 16_000), st.floats(0.001, 0.97))
def test_a_wrap_of_a_larger_medium_is_missed_as_seldom_as_the_documentation_says(gb: int, share: float) -> None:
    """Each probe is drawn in a step of its own: the chances of all steps to pass the runs that lead into the window, multiplied."""
    size, window = gb * GB, LARGEST_WINDOW
    capacity = max(window, int(size * share) // 4096 * 4096)
    step = -(-size // MOST_PROBES // 4096) * 4096
    runs = (size - window) // capacity
    missed = 1.0
    for start in range(step, size - 4095, step):
        room = min(step, size - start) // 4096
        first = start // capacity  # of the runs, the one before and those within
        leading = sum(
            max(0, min(start + room * 4096, n * capacity + window) - max(start, n * capacity)) // 4096
            for n in range(max(1, first), (start + step) // capacity + 1)
        )
        missed *= 1 - min(1.0, leading / room)
    assert missed <= (1 - window / (2 * step)) ** (2 * runs) * (1 + 1e-9)
    assert capacity > 29 * GB or missed < 0.01


C = 3_999_997_952  # no power of two


@pytest.mark.parametrize(
    ("found", "right", "capacity"),
    [
        (wrapping((C, 0), (2 * C + 4096, 4096)), 300_000, C),
        (wrapping((0, 3 * C), (4096, 4096 + 2 * C)), C, C),
        (wrapping((C, 0)), 300_000, None),  # one misdirected block
        (wrapping((8192, 4096), (40960, 4096)), 300_000, None),  # more came back right than would fit
        (wrapping((C, 0), (2 * C, 0)), 0, None),  # nothing came back right
        ((), 300_000, None),
    ],
)
def test_the_true_capacity_is_named_only_where_it_is_shown(
    found: tuple[Finding, ...], right: int, capacity: int | None
) -> None:
    assert judgement.true_capacity(found, 512, right) == capacity


def test_the_challenge_counts_what_came_back_right() -> None:
    told = Challenge("c0" * 32, 90, 4096, wrapping((C, 0), (2 * C, 0)))
    assert judgement.with_true_capacity(told, 512).true_capacity_bytes == C


def seen_by(plan: str, wrong: tuple[Finding, ...], different: int, size: int) -> Verification:
    drawn = plans.by_name("sample" if plan == "sample" else "nist-r1", size, 512, SEED)
    return Verification(
        plan=drawn.name,
        of_pass=1,
        seed=SEED.hex(),
        places=len(drawn.places),
        bytes_to_read=drawn.bytes_to_read,
        bytes_compared=drawn.bytes_to_read,
        started="2025-11-22T09:58:41+09:00",
        ended="2025-11-22T09:59:41+09:00",
        complete=True,
        different_sectors=different,
        unreadable_sectors=0,
        findings=wrong,
        claim=None,
        sampling=None if plan == "nist-r1" else Sampling(drawn.independent_places, 4096, "0.999", "0.001"),
    )


@pytest.mark.parametrize("plan", ["sample", "nist-r1"])
def test_two_misdirected_places_of_a_sample_are_no_smaller_medium(plan: str) -> None:
    """A sample reads so little that it fits into any capacity; but were the medium so small, most places would have come back wrong."""
    size, apart = 1000 * GB // 4096 * 4096, 300 * GB // 4096 * 4096
    swapped = wrapping((40_960, 40_960 + apart), (apart + 40_960, 40_960))
    medium = msgspec.structs.replace(samples.DISK, capacity_bytes=size)
    assert judgement.measured(seen_by(plan, swapped, 16, size), medium).true_capacity_bytes is None


@pytest.mark.parametrize("plan", ["sample", "nist-r1"])
def test_a_wrap_that_a_sample_meets_is_still_named(plan: str) -> None:
    size, holds = 100 * GB // 4096 * 4096, 37 * GB // 4096 * 4096
    medium = msgspec.structs.replace(samples.DISK, capacity_bytes=size)
    drawn = plans.by_name("sample" if plan == "sample" else "nist-r1", size, 512, SEED)
    lost = [place for place in drawn.places if place.end <= size - holds]
    wrong = tuple(
        Finding(
            "another-address",
            LbaRange(place.offset // 512, place.end // 512 - 1),
            place.offset + (size - 1 - place.offset) // holds * holds,
        )
        for place in lost[:200]
    )
    different = sum(place.length for place in drawn.places if place.offset < size - holds) // 512
    # The first findings, which are listed, lie two rounds before what stands there: it holds no more than two rounds, that is.
    assert judgement.measured(seen_by(plan, wrong, different, size), medium).true_capacity_bytes == 2 * holds
