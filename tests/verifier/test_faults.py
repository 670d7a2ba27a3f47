"""A failed transfer is narrowed down to the sectors that fail, and everything around them gets through."""

import errno
import os
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from verifier.crew import Span
from verifier.faults import FaultBudget, MediumGone, TooManyFaults, rescue

SECTOR = 512


def attempts(bad: set[int], done: set[int], heals: int | None = None) -> object:
    tries: dict[int, int] = {}

    def attempt(offset: int, length: int) -> None:
        sectors = range(offset // SECTOR, (offset + length) // SECTOR)
        for sector in bad.intersection(sectors):
            tries[sector] = tries.get(sector, 0) + 1
            if heals is None or tries[sector] <= heals:
                raise OSError(errno.EIO, "bad spot")
        done.update(sectors)

    return attempt


@given(st.sets(st.integers(0, 255), max_size=60), st.integers(0, 1000))
def test_exactly_the_bad_sectors_remain(bad: set[int], first: int) -> None:
    span = Span(first * SECTOR, 256 * SECTOR)
    absolute, done = {first + sector for sector in bad}, set[int]()
    left = rescue(span, SECTOR, attempts(absolute, done), lambda: False, FaultBudget(1 << 30, SECTOR))  # type: ignore[arg-type]
    named = {s for each in left for s in range(each.offset // SECTOR, (each.offset + each.length) // SECTOR)}
    assert named == absolute
    assert done == set(range(first, first + 256)) - absolute
    assert all(a.offset + a.length < b.offset for a, b in pairwise(left)), "neighbours are joined"


def test_a_sector_that_heals_is_no_fault() -> None:
    done: set[int] = set()
    span = Span(0, 8 * SECTOR)
    assert rescue(span, SECTOR, attempts({3}, done, heals=2), lambda: False, FaultBudget(1 << 30, SECTOR)) == []  # type: ignore[arg-type]
    assert done == set(range(8))


def test_a_device_that_is_gone_is_not_bisected() -> None:
    calls = []

    def attempt(offset: int, length: int) -> None:
        calls.append(offset)
        raise OSError(errno.ENOSPC, "no space")

    with pytest.raises(MediumGone):
        rescue(Span(0, 1 << 20), SECTOR, attempt, lambda: True, FaultBudget(1 << 30, SECTOR))
    assert len(calls) == 1


def test_a_dying_drive_ends_the_job() -> None:
    def attempt(offset: int, length: int) -> None:
        raise OSError(errno.EIO, "dead")

    with pytest.raises(TooManyFaults):
        rescue(Span(0, 4 << 20), SECTOR, attempt, lambda: False, FaultBudget(16 << 20, SECTOR))


@pytest.mark.parametrize("number", [errno.ENOMEM, errno.ENOSPC, errno.EFBIG])
def test_what_the_surroundings_lack_makes_no_bad_sector(number: int) -> None:
    def attempt(offset: int, length: int) -> None:
        raise OSError(errno.EIO if length == 1 << 20 else number, os.strerror(number))

    with pytest.raises(OSError) as raised:
        rescue(Span(0, 1 << 20), SECTOR, attempt, lambda: False, FaultBudget(1 << 30, SECTOR))
    assert raised.value.errno == number
    with pytest.raises(MediumGone):  # a pulled stick has no room, either
        rescue(Span(0, 1 << 20), SECTOR, attempt, lambda: True, FaultBudget(1 << 30, SECTOR))
