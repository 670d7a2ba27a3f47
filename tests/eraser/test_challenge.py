"""The capacity challenge's places and probes: whatever the true capacity of a medium that wraps, one of them meets it."""

import hashlib
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from certificates import judgement
from certificates.record import Challenge, Finding
from certificates.values import LbaRange
from eraser.challenge import LARGEST_WINDOW, MOST_PROBES, probes, window_bytes

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
