"""The map of the medium never shows a place as better than what was seen there."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings

from certificates.page import mediummap
from certificates.record import Record
from certificates.values import LbaRange
from tests.certificates import samples
from tests.certificates.reading import pages, words
from tests.certificates.strategies import any_record

change = msgspec.structs.replace


def seen(record: Record) -> set[str]:
    return set(mediummap.cells(record))


def test_nothing_is_mapped_where_all_is_well() -> None:
    assert seen(samples.erased()) == {"read"} and seen(samples.stick()) == {"sampled"}
    for make in (samples.erased, samples.stick, samples.image):
        assert not mediummap.tells(make()) and pages(make()) == 1
        assert "媒体の状態図" not in words(make())


def test_bad_sectors_are_where_they_are() -> None:
    record = samples.exceptions(1)
    bad = [index for index, state in enumerate(mediummap.cells(record)) if state == "bad"]
    each = mediummap.per_cell(record.medium.capacity_bytes // 512)
    listed = [record.passes[0].unwritable[0].first, record.verification.findings[0].lbas.first]  # type: ignore[union-attr]
    assert bad == sorted({lba // each for lba in listed})
    assert "媒体の状態図" in words(record)


def test_no_place_is_right_while_differences_are_unlisted() -> None:
    assert seen(samples.not_erased()) == {"written", "bad"}


def test_an_interrupted_pass_ends_where_it_came_to() -> None:
    record = samples.interrupted()
    states = mediummap.cells(record)
    assert set(states) == {"written", "earlier"}
    reached = record.passes[-1].bytes_written / record.medium.capacity_bytes * len(states)
    assert states.index("earlier") == int(reached)
    alone = change(record, passes=record.passes[:1])
    assert seen(alone) == {"earlier"}, "the last pass was not begun"
    assert seen(change(record, passes=())) == {"untouched"}


def test_a_verification_that_stopped_shows_only_what_it_read() -> None:
    record = samples.erased()
    assert record.verification is not None
    half = change(record.verification, complete=False, claim=None, bytes_compared=record.medium.capacity_bytes // 2)
    states = mediummap.cells(change(record, verification=half))
    assert states.count("read") in (len(states) // 2 - 1, len(states) // 2) and set(states) == {"read", "written"}


@pytest.mark.parametrize("sectors", [1, 2, 1023, 1024, 1025, 2**40])
def test_every_size_of_medium_has_its_squares(sectors: int) -> None:
    medium = change(samples.DISK, capacity_bytes=sectors * 512)
    record = samples.record(medium, (samples.pass_of(1, medium, samples.LAST),), samples.full(medium, 1))
    states = mediummap.cells(record)
    assert len(states) == -(-sectors // mediummap.per_cell(sectors)) <= 1024
    lost = change(record.passes[0], unwritable=(LbaRange(sectors - 1, sectors - 1),))
    assert mediummap.cells(change(record, passes=(lost,)))[-1] == "bad"


@given(any_record())
@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
def test_whatever_a_record_says_there_is_a_map(record: Record) -> None:
    assert len(mediummap.cells(record)) <= 1024
