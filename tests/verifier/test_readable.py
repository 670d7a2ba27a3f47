"""Text in bulk: what a run's two ends decide must not join what is no text, nor hide where another text or file begins."""

import random
from functools import cache

import pytest

from tests.verifier import corpus
from tests.verifier.inspecting import finish_bytes
from verifier import readable
from verifier.carving import SECTOR
from verifier.entropy import PIECE
from verifier.readable import BLOCK, GROUP, encoding_of, find_text

INTRUDERS = {
    "zeros": bytes(BLOCK),
    "random": corpus.random_data(BLOCK),
    "a pattern": b"\x55" * BLOCK,
    "a pattern of three": (b"\x92\x49\x24" * BLOCK)[:BLOCK],
    "a table": b"".join(n.to_bytes(4, "little") for n in range(BLOCK // 4)),
}


@cache
def bulk(encoding: str, blocks: int) -> bytes:
    return corpus.text(random.Random(11), encoding, blocks * 150)[2 if encoding == "utf-16-le" else 0 :][
        : blocks * BLOCK
    ]


@pytest.mark.parametrize("encoding", corpus.ENCODINGS)
def test_a_long_text_is_found_whole(encoding: str) -> None:
    data = bulk(encoding, 3 * GROUP // BLOCK)
    assert len(data) == 3 * GROUP
    found = find_text(data, base=1 << 40)
    assert sum(region.length for region in found) == len(data)
    assert {region.encoding for region in found} <= {encoding, "ascii"}
    assert len(found) < 30


@pytest.mark.parametrize("encoding", corpus.ENCODINGS)
@pytest.mark.parametrize("intruder", INTRUDERS)
@pytest.mark.parametrize("place", [1, 31, 32])
def test_what_is_no_text_within_a_text_is_not_counted(encoding: str, intruder: str, place: int) -> None:
    blocks = 64
    data = bytearray(bulk(encoding, blocks))
    data[place * BLOCK : (place + 1) * BLOCK] = INTRUDERS[intruder]
    found = find_text(bytes(data))
    assert all(r.offset + r.length <= place * BLOCK or r.offset >= (place + 1) * BLOCK for r in found)
    assert sum(region.length for region in found) == (blocks - 1) * BLOCK


@pytest.mark.parametrize("sector", range(1, 8))
def test_one_sector_of_random_data_is_not_counted(sector: int) -> None:
    data = bytearray(bulk("cp932", 8))
    at = 3 * BLOCK + sector * SECTOR
    data[at : at + SECTOR] = corpus.random_data(SECTOR, sector * SECTOR)
    found = find_text(bytes(data))
    assert sum(region.length for region in found) == 8 * BLOCK - SECTOR


def test_another_encoding_within_a_text_is_found_as_text() -> None:
    parts = [bulk(encoding, blocks) for encoding, blocks in (("cp932", 5), ("utf-8", 1), ("cp932", 9), ("euc-jp", 4))]
    found = find_text(b"".join(parts))
    assert sum(region.length for region in found) == 19 * BLOCK
    by_offset = {region.offset: region.encoding for region in found}
    assert by_offset[0] == "cp932" and by_offset[15 * BLOCK] == "euc-jp"


@pytest.mark.parametrize(("encoding", "mark"), [("utf-8", b"\xef\xbb\xbf"), ("utf-16-le", b"\xff\xfe")])
def test_a_byte_order_mark_within_a_run_begins_another_text(encoding: str, mark: bytes) -> None:
    one = (mark + bulk(encoding, 4))[: 3 * BLOCK]
    for _ in range(2):
        assert finish_bytes(one * 5).texts == {encoding: 5}


def test_a_file_within_a_run_of_text_begins_where_it_begins() -> None:
    page = b"<!doctype html>\n<html lang='ja'><head><title>sample</title></head><body>sample text, sample text, "
    data = bytearray(bulk("ascii", 12))
    at = 5 * BLOCK + 3 * SECTOR
    data[at : at + len(page)] = page
    result = finish_bytes(bytes(data))
    assert (result.counts, result.texts) == ({"html": 1}, {"ascii": 1})
    assert [(text.offset, text.length) for text in result.text_regions] == [(0, at)]
    assert result.text_bytes == len(data)


def test_all_bytes_of_euc_jp_are_text() -> None:
    """東京 has the highest one; the lists of what rules out text and EUC-JP are those of the codec."""
    address = "東京都見本区例示一丁目、見本太郎\r\n".encode("euc-jp")
    assert 0xFE in address
    assert encoding_of((address * 40)[:SECTOR]) == "euc-jp"
    assert {region.encoding for region in find_text((address * 400)[: 2 * BLOCK])} == {"euc-jp"}
    used = {byte for byte in range(0x80, 0x100) if byte.to_bytes(1, "big").decode("euc-jp", "ignore")}
    for lead in range(0x80, 0x100):
        for trail in range(0x80, 0x100):
            for raw in (bytes((lead, trail)), bytes((0x8F, lead, trail))):
                if len(raw.decode("euc-jp", "ignore").encode("euc-jp")) == len(raw):
                    used |= set(raw)
    assert used <= set(readable._TEXT) and used <= set(readable._MAY_BE_EUC)


def test_where_windows_end_does_not_change_what_is_joined() -> None:
    parts = [bulk(encoding, 23) + INTRUDERS[name] for encoding, name in zip(corpus.ENCODINGS, INTRUDERS, strict=False)]
    data = (b"".join(parts) * 3)[SECTOR:]
    whole = finish_bytes(data, window=64 << 20)
    assert whole.recoverable > len(INTRUDERS)
    for window in (PIECE, 3 * PIECE):
        assert finish_bytes(data, window=window) == whole
