"""The kinds of bytes, and the map."""

import math
import random
import statistics

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.verifier import corpus
from verifier.entropy import CELLS, HIGH, PIECE, SAMPLE, SMALLEST_CELL, Map, classify, entropy, is_uniform


def test_entropy_of_known_data() -> None:
    assert entropy(b"") == 0.0
    assert entropy(bytes(100)) == 0.0
    assert entropy(b"ab" * 50) == pytest.approx(1.0)
    assert entropy(bytes(range(256)) * 4) == pytest.approx(8.0)


@given(st.binary(min_size=1, max_size=3000))
def test_entropy_is_between_nothing_and_what_the_length_allows(data: bytes) -> None:
    assert -1e-9 <= entropy(data) <= min(8.0, math.log2(len(data))) + 1e-9


def test_random_samples_lie_far_above_the_bar() -> None:
    values = [entropy(corpus.random_data(SAMPLE, n * SAMPLE)) for n in range(300)]
    expected = 8 - 255 / (2 * SAMPLE * math.log(2))
    assert statistics.mean(values) == pytest.approx(expected, abs=0.01)
    assert (statistics.mean(values) - HIGH) / statistics.stdev(values) > 20


def test_kinds() -> None:
    assert classify(bytes(PIECE)) == "zeros"
    assert classify(b"\xff" * PIECE) == "repeated"
    assert classify(b"\x55") == "repeated"
    assert classify(corpus.random_data(PIECE)) == "high"
    assert classify(corpus.text(random.Random(1), "cp932", 5000)[:PIECE]) == "low"
    assert classify(b"\x92\x49\x24" * 1000) == "low"


@given(st.integers(1, 2000), st.integers(0, 255), st.integers(0, 1999), st.integers(1, 255))
def test_one_other_byte_is_seen(length: int, value: int, place: int, change: int) -> None:
    data = bytearray([value]) * length
    assert is_uniform(bytes(data), 0, length)
    if place < length and length > 1:
        data[place] ^= change
        assert not is_uniform(bytes(data), 0, length)
        assert classify(bytes(data)) not in ("zeros", "repeated")


@pytest.mark.parametrize("place", [0, 1, PIECE // 2, PIECE - 1])
def test_one_byte_in_a_zero_piece_is_seen(place: int) -> None:
    data = bytearray(PIECE)
    data[place] = 1
    assert classify(bytes(data)) == "low"


@given(st.integers(1, 1 << 44))
def test_cells_cover_the_medium_once(size: int) -> None:
    cells = Map(size).cells()
    assert 1 <= len(cells) <= CELLS
    assert sum(cell.length for cell in cells) == size
    ends = [cell.offset + cell.length for cell in cells]
    assert [cell.offset for cell in cells] == [0, *ends[:-1]]
    assert all(cell.length > 0 for cell in cells)


def test_a_cell_claims_a_kind_only_if_all_of_it_is() -> None:
    cell = SMALLEST_CELL
    seen = Map(64 * cell)
    seen.add(0, cell, "zeros")
    seen.add(cell, cell - 1, "zeros")
    seen.add(2 * cell, 512, "zeros")
    seen.add(2 * cell + 512, cell - 512, "low")
    seen.add(10 * cell - 100, 200, "high")
    seen.found(2 * cell + 512)
    cells = seen.cells()
    assert [cell.kind for cell in cells[:4]] == ["zeros", "mixed", "mixed", "unread"]
    assert cells[1].shares == {"zeros": cell - 1, "unread": 1}
    assert cells[2].found == 1
    assert (cells[9].shares["high"], cells[10].shares["high"]) == (100, 100)
