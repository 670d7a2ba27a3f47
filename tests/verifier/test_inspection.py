"""The inspector as a whole: against PhotoRec, on wiped media, on media that can't be read everywhere, in any windows."""

import errno
import os
import random
import time
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.verifier import corpus
from tests.verifier.inspecting import BadPlaces, Memory, finish, finish_bytes, finish_image, found
from verifier.carving import SECTOR
from verifier.entropy import PIECE
from verifier.faults import MediumGone
from verifier.inspection import MOST_LISTED, WINDOW, Inspecting

MIB = 1 << 20


# Against a real recovery tool


@pytest.fixture(scope="module")
def stick(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A formatted stick that held seven of every kind."""
    path = tmp_path_factory.mktemp("stick") / "stick.img"
    contents = {name: data for seed in range(7) for name, data in (corpus.files(seed) | corpus.texts(seed)).items()}
    corpus.formatted_stick(path, contents)
    return path


TEXT_KINDS = {"eml", *corpus.ENCODINGS}  # PhotoRec joins neighbouring texts, and knows few encodings


def test_all_that_a_formatted_stick_held_is_found(stick: Path) -> None:
    result = finish_image(stick)
    assert result.counts == {name.split(".", 1)[1]: 7 for name in corpus.files(0)}
    assert result.texts == dict.fromkeys(corpus.ENCODINGS, 7)
    assert result.recoverable == 7 * (len(corpus.files(0)) + len(corpus.ENCODINGS))
    assert sum(cell.found for cell in result.map) == result.recoverable
    assert (result.bytes_read, result.unreadable_bytes) == (result.size_bytes, 0)
    assert [s.name for s in result.layout.structures] == ["vfat"]
    assert result.layout.source == "libblkid"


def test_the_counts_are_those_of_photorec(stick: Path) -> None:
    theirs, ours = corpus.photorec(stick), finish_image(stick)
    their_counts = Counter(kind for kind in theirs.values() if kind != "txt")
    our_counts = {kind: count for kind, count in ours.counts.items() if kind not in TEXT_KINDS}
    assert set(our_counts) == set(their_counts)
    for kind, count in their_counts.items():
        assert our_counts[kind] == pytest.approx(count, rel=0.1), kind
    missed = {offset: kind for offset, kind in theirs.items() if offset not in found(ours)}
    assert len(missed) <= len(theirs) // 10, missed


def test_after_a_wipe_neither_finds_anything(stick: Path, tmp_path: Path) -> None:
    wiped = tmp_path / "wiped.img"
    wiped.write_bytes(corpus.random_data(16 * MIB))
    assert finish_image(wiped).recoverable == 0
    assert corpus.photorec(wiped) == {}


# Media without anything


def test_random_data_has_no_findings() -> None:
    size = 256 * MIB

    def read(offset: int, length: int) -> bytes:
        return corpus.random_data(length, offset)

    result = finish(read, size)
    assert (result.recoverable, result.text_bytes, result.counts) == (0, 0, {})
    assert result.bytes_read == size
    assert {cell.kind for cell in result.map} == {"high"}
    assert result.layout.structures == ()


@pytest.mark.soak
@pytest.mark.timeout(3600)
def test_ten_gigabytes_of_random_data_have_no_findings() -> None:
    """Fresh chance at every run, not the stream that the short test knows."""
    key, size = os.urandom(32), 10 * 10**9

    def read(offset: int, length: int) -> bytes:
        return corpus.random_data(length, offset, key)

    result = finish(read, size)
    assert (result.recoverable, result.text_bytes, result.counts) == (0, 0, {}), key.hex()
    assert (result.bytes_read, result.layout.structures) == (size, ()), key.hex()


@pytest.mark.parametrize(("byte", "kind"), [(0x00, "zeros"), (0xFF, "repeated"), (0x55, "repeated")])
def test_one_byte_everywhere_has_no_findings(byte: int, kind: str) -> None:
    window = bytes([byte]) * WINDOW
    result = finish(lambda offset, length: window[:length], 64 * MIB)
    assert result.recoverable == 0
    assert {cell.kind for cell in result.map} == {kind}


# Windows, gaps and bad places


def medium(seed: int) -> bytes:
    """Random data, zeros, files and texts, on sector boundaries; about 3 MiB."""
    rng = random.Random(seed)
    pool = [*corpus.files(seed % 5).values(), *corpus.texts(seed % 5).values()]
    parts = []
    for _ in range(40):
        data = rng.choice(
            [rng.choice(pool), rng.randbytes(rng.randrange(1, 200_000)), bytes(rng.randrange(1, 300_000))]
        )
        parts.append(data + bytes(-len(data) % SECTOR))
    return b"".join(parts)


@pytest.mark.parametrize("seed", range(4))
def test_windows_do_not_change_the_result(seed: int) -> None:
    data = medium(seed)
    whole = finish_bytes(data, window=64 * MIB)
    assert whole.recoverable > 5
    for window in (PIECE, 2 * PIECE, 3 * PIECE):
        assert finish_bytes(data, window=window) == whole


@pytest.mark.parametrize("kind", ["docx", "doc", "gz", "tif", "jpg"])
def test_a_header_in_the_last_sector_of_a_window_is_proven_from_the_next(kind: str) -> None:
    file = corpus.files(3)[f"3.{kind}"]
    data = corpus.random_data(PIECE - SECTOR) + file + bytes(-len(file) % SECTOR)
    assert found(finish_bytes(data, window=PIECE)) == {PIECE - SECTOR: kind}


def test_a_text_across_a_window_is_one_region() -> None:
    note = corpus.text(random.Random(1), "cp932", 300)
    note = note[: len(note) // SECTOR * SECTOR - 3]
    data = corpus.random_data(PIECE - 5 * SECTOR) + note.ljust(-(-len(note) // SECTOR) * SECTOR, b"\0")
    result = finish_bytes(data + bytes(PIECE), window=PIECE)
    assert [(t.offset, t.length, t.encoding) for t in result.text_regions] == [
        (PIECE - 5 * SECTOR, -(-len(note) // SECTOR) * SECTOR, "cp932")
    ]


def test_bad_places_are_narrowed_to_the_sector_and_listed() -> None:
    data = bytearray(corpus.random_data(8 * MIB))
    file = corpus.files(2)["2.png"]
    data[4 * MIB : 4 * MIB + len(file)] = file
    data[4 * MIB + len(file) : 5 * MIB] = bytes(MIB - len(file))
    bad = {100, 101, 102, 4 * MIB // SECTOR - 1, 16383}
    reader = BadPlaces(bytes(data), bad)
    result = finish(reader, len(data))
    listed = [(gap.offset // SECTOR, gap.length // SECTOR) for gap in result.unreadable]
    assert listed == [(100, 3), (4 * MIB // SECTOR - 1, 1), (16383, 1)]
    assert result.unreadable_bytes == 5 * SECTOR
    assert result.bytes_read == len(data) - 5 * SECTOR
    assert found(result) == {4 * MIB: "png"}
    assert result.map[-1].shares["unread"] == SECTOR
    assert reader.failures < 80


def test_a_header_in_front_of_a_bad_place_is_judged_by_what_is_left() -> None:
    file = corpus.files(2)["2.docx"]
    data = bytes(PIECE - SECTOR) + file + bytes(-len(file) % SECTOR)
    result = finish(BadPlaces(data, {PIECE // SECTOR}), len(data), window=PIECE)
    assert found(result) == {PIECE - SECTOR: "docx"}
    assert result.unreadable_bytes == SECTOR


def test_a_medium_that_cannot_be_read_at_all_is_not_called_empty() -> None:
    size = 2 * MIB
    result = finish(BadPlaces(bytes(size), set(range(size // SECTOR))), size)
    assert (result.bytes_read, result.unreadable_bytes) == (0, size)
    assert {cell.kind for cell in result.map} == {"unread"}
    assert len(result.unreadable) == 1


def test_more_bad_places_than_are_listed_are_still_counted() -> None:
    size = MIB
    result = finish(BadPlaces(bytes(size), set(range(0, size // SECTOR, 2))), size)
    assert len(result.unreadable) == MOST_LISTED
    assert result.unreadable_bytes == size // 2


def test_a_medium_that_goes_away_ends_the_inspection_with_what_was_seen() -> None:
    gone = []

    def read(offset: int, length: int) -> bytes:
        if offset + length > 2 * WINDOW:
            gone.append(True)
            raise OSError(errno.ENODEV, "No such device")
        return bytes(length)

    looking = Inspecting(Memory(read, 4 * WINDOW, gone=lambda: bool(gone)))
    with pytest.raises(MediumGone, match="No such device"):
        list(looking)
    result = looking.result
    assert result.bytes_read + result.bytes_not_reached == 4 * WINDOW
    assert result.bytes_not_reached >= 2 * WINDOW
    assert sum(cell.shares.get("unread", 0) for cell in result.map) == result.bytes_not_reached


def test_a_dying_medium_is_given_up_in_pieces_and_read_to_its_end() -> None:
    """More fails than the budget narrows down: 5 % of the medium, or 1 MiB of a small one."""
    size = 16 * MIB
    data = bytearray(corpus.random_data(size))
    file = corpus.files(2)["2.png"]
    data[15 * MIB : 15 * MIB + len(file)] = file
    bad = set(range(100, 200, 2)) | set(range(4 * MIB // SECTOR, 12 * MIB // SECTOR, 2))
    reader = BadPlaces(bytes(data), bad)
    result = finish(reader, size)
    assert "png" in result.counts
    assert (result.bytes_not_reached, result.bytes_read + result.unreadable_bytes) == (0, size)
    assert result.unreadable_bytes >= len(bad) * SECTOR
    assert [gap.length for gap in result.unreadable] == [SECTOR] * 50 + [8 * MIB]
    assert reader.failures < 4 * 4 * MIB // SECTOR


def test_it_can_be_left_early() -> None:
    looking = Inspecting(Memory(lambda offset, length: bytes(length), 1 << 40))
    steps = iter(looking)
    for done in steps:
        if done:
            break
    steps.close()
    result = looking.result
    assert 0 < result.bytes_read < 1 << 40
    assert result.bytes_not_reached == (1 << 40) - result.bytes_read
    assert result.recoverable == 0


@given(
    bad=st.sets(st.integers(0, 2 * PIECE // SECTOR - 1), max_size=12),
    short=st.integers(1, 300),
    size=st.integers(2 * PIECE - 600, 2 * PIECE),
)
@settings(max_examples=40, deadline=None)
def test_every_byte_is_either_read_or_listed(bad: set[int], short: int, size: int) -> None:
    inner = BadPlaces(corpus.random_data(-(-size // 16) * 16)[:size], bad)

    def read(offset: int, length: int) -> bytes:
        """Kernels may return less than asked, up to the bad place."""
        return inner(offset, min(length, short * SECTOR))

    result = finish(read, size, window=PIECE)
    missing = sum(min(SECTOR, size - sector * SECTOR) for sector in bad if sector * SECTOR < size)
    assert result.unreadable_bytes == missing
    assert result.bytes_read + missing == size
    assert {gap.offset % SECTOR for gap in result.unreadable} <= {0}


def test_arguments() -> None:
    for size, window in ((0, PIECE), (1, PIECE - 1), (1, 0)):
        with pytest.raises(ValueError, match="whole pieces"):
            finish(lambda offset, length: bytes(length), size, window=window)


def test_findings_are_limited_in_the_list_but_not_in_the_count() -> None:
    file = corpus.mail(random.Random(1))
    one = file + bytes(-len(file) % SECTOR) + bytes(SECTOR)
    result = finish_bytes(one * 500)
    assert (len(result.files), result.counts, result.recoverable) == (MOST_LISTED, {"eml": 500}, 500)


# What belongs to a file


@pytest.mark.parametrize("size", [600, 4096, 1_200_000])
def test_there_is_never_more_text_than_bytes(size: int) -> None:
    """An image file may end within a sector."""
    seen = finish_bytes((b"The quick brown fox jumps over the lazy dog. " * 30_000)[:size])
    assert (seen.text_bytes, seen.recoverable) == (size, 1)


def test_text_inside_a_file_is_not_counted_again() -> None:
    body = corpus.text(random.Random(1), "utf-8")
    inside = b"%PDF-1.4\n" + body + b"\x01\x02" + corpus.random_data(2048) + body
    after = body
    data = b"".join(part + bytes(SECTOR - len(part) % SECTOR) for part in (inside, after))
    result = finish_bytes(data)
    assert (result.counts, result.texts) == ({"pdf": 1}, {"utf-8": 1})
    assert result.text_bytes > 2 * (len(body) - 2 * SECTOR)


@pytest.mark.parametrize(("encoding", "padding"), [("cp932", 1), ("ascii", 3), ("utf-16-le", 2)])
def test_even_a_short_padding_ends_a_text(encoding: str, padding: int) -> None:
    note = corpus.text(random.Random(1), encoding)[2 if encoding == "utf-16-le" else 0 :]
    one = note[: 3 * SECTOR - padding] + bytes(padding)
    if encoding == "cp932":
        one = note[: note.rindex(b"\n", 0, 3 * SECTOR - 20)].ljust(3 * SECTOR - padding, b"-") + bytes(padding)
    assert finish_bytes(one * 4).texts == {encoding: 4}


def test_the_later_parts_of_an_archive_are_not_files() -> None:
    rng = random.Random(1)
    member = corpus.archive([("a.bin", rng.randbytes(3 * SECTOR - 38))])
    parts = member[: member.index(b"PK\x01\x02")]
    head = parts + corpus.random_data(-len(parts) % SECTOR or SECTOR)
    assert finish_bytes(head * 5 + bytes(PIECE)).counts == {"zip": 1}
    assert finish_bytes((head + bytes(SECTOR)) * 5).counts == {"zip": 5}


def test_a_window_full_of_proofs_that_lie_far_away_is_no_stall(monkeypatch: pytest.MonkeyPatch) -> None:
    """Made so, or a disk full of old documents: each proof is a look elsewhere, and each answer a sign of life."""
    monkeypatch.setattr("verifier.inspection.STALL_SECONDS", 0.4)
    head = bytearray(bytes.fromhex("d0cf11e0a1b11ae1").ljust(SECTOR, b"\0"))
    head[24:32] = bytes.fromhex("3e000300feff0900")
    head[48:52] = (PIECE // SECTOR + 8).to_bytes(4, "little")  # its directory

    def read(offset: int, length: int) -> bytes:
        if length < PIECE:
            time.sleep(0.003)
        return bytes(head) * (length // SECTOR) if offset < PIECE else bytes(length)

    assert finish(read, 2 * PIECE, window=PIECE).counts == {"ole": PIECE // SECTOR}
