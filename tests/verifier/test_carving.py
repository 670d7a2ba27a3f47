"""Finding file beginnings and text: what is there is found, and what is not there is not."""

import bz2
import random
import struct
import subprocess
import zlib
from itertools import product
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.lab.available import needs
from tests.verifier import corpus
from tests.verifier.inspecting import finish_bytes
from verifier.carving import SECTOR, Rule, columns, find_files, kinds, parts_of, peek_into, signatures
from verifier.formats import documents, media
from verifier.readable import BLOCK, SHORTEST, UNPADDED, encoding_of, find_text

RNG = random.Random(7)
OFFICE = ("[Content_Types].xml", "<Types/>")
OPEN_DOCUMENT = "application/vnd.oasis.opendocument"
FTYP = struct.pack(">I4s4sI4s4s", 24, b"ftyp", b"BRND", 0, b"isom", b"mif1") + bytes(64)
HEADERS = b"Received: from a by b\r\nDate: Mon, 1 Jan 2024 00:00:00 +0900\r\nSubject: sample\r\n\r\n"
PST = b"!BDN" + bytes(4) + b"SM" + struct.pack("<HH", 23, 19) + b"\x01\x01"
DOS = b"MZ" + bytes(58) + struct.pack("<I", 128) + bytes(64) + b"PE\0\0\x64\x86" + bytes(64)

SAMPLES: dict[str, bytes] = {name.split(".", 1)[1]: data for name, data in corpus.files(1).items()} | {
    "ppt": corpus.compound("PowerPoint Document", RNG.randbytes(5000)),
    "jtd": corpus.compound("\x04JSRV_SegmentInformation", RNG.randbytes(5000)),
    "msg": corpus.compound("__properties_version1.0", RNG.randbytes(5000)),
    "vsd": corpus.compound("VisioDocument", RNG.randbytes(5000)),
    "ole": corpus.compound("Something else", RNG.randbytes(5000)),
    "pptx": corpus.archive([OFFICE, ("ppt/presentation.xml", "x")]),
    "ooxml": corpus.archive([OFFICE, ("other.xml", "x")]),
    "ods": corpus.archive([("mimetype", f"{OPEN_DOCUMENT}.spreadsheet"), ("content.xml", "x")]),
    "odp": corpus.archive([("mimetype", f"{OPEN_DOCUMENT}.presentation"), ("content.xml", "x")]),
    "epub": corpus.archive([("mimetype", "application/epub+zip"), ("a.xhtml", "x")]),
    "jar": corpus.archive([("META-INF/MANIFEST.MF", "x"), ("a.class", "x")]),
    "txt16be": "\ufeff個人情報保護審議会の会議録\r\n出席者は見本花子ほか\r\n".encode("utf-16-be"),
    "html": b"<!doctype html>\n<html lang='ja'><head><title>sample</title></head><body>sample</body></html>",
    "xml": b'<?xml version="1.0" encoding="UTF-8"?>\n<sample>sample</sample>',
    "vcf": b"BEGIN:VCARD\r\nVERSION:3.0\r\nN:Mihon;Taro\r\nEND:VCARD\r\n",
    "ics": b"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nBEGIN:VEVENT\r\nEND:VEVENT\r\n",
    "jww": b"JwwData." + struct.pack("<I", 600) + RNG.randbytes(600),
    "dwg": b"AC1027" + bytes(5) + RNG.randbytes(600),
    "dcm": bytes(128) + b"DICM\x02\0\0\0UL\x04\0" + RNG.randbytes(600),
    "mbox": b"From mihon@example.jp Mon Jan  1 00:00:00 2024\n" + HEADERS,
    "pst": PST + RNG.randbytes(600),
    "dbx": bytes.fromhex("cfad12fec5fd746f66e3d1119a4e00c0") + RNG.randbytes(600),
    "mdb": b"\0\x01\0\0Standard Jet DB\0" + RNG.randbytes(600),
    "accdb": b"\0\x01\0\0Standard ACE DB\0" + RNG.randbytes(600),
    "rar": bytes.fromhex("526172211a0700cf907300000d00000000000000") + RNG.randbytes(600),
    "lzh": corpus.lha(RNG, 2),
    "tar": corpus.tape(RNG, 1),
    "avi": b"RIFF\0\x10\0\0AVI LIST" + RNG.randbytes(600),
    "mp3": corpus.mpeg_frames(RNG),
    "wmv": bytes.fromhex("3026b2758e66cf11a6d900aa0062ce6c") + RNG.randbytes(600),
    "mkv": bytes.fromhex("1a45dfa39f4286810142f7810142f2810442f381084282886d6174726f736b61") + RNG.randbytes(600),
    "exe": DOS,
    "mp4": FTYP.replace(b"BRND", b"isom"),
    "mov": FTYP.replace(b"BRND", b"qt  "),
    "m4a": FTYP.replace(b"BRND", b"M4A "),
    "3gp": FTYP.replace(b"BRND", b"3gp4"),
    "heic": FTYP.replace(b"BRND", b"heic"),
    "avif": FTYP.replace(b"BRND", b"avif"),
}
TEXTS = {name.split(".", 1)[1]: data for name, data in corpus.texts(1).items()}


def test_every_kind_has_a_sample() -> None:
    assert set(kinds()) - set(SAMPLES) <= {"odg", "vsdx"}


@pytest.mark.parametrize("kind", SAMPLES)
def test_a_file_is_found_where_it_begins_and_nowhere_else(kind: str) -> None:
    before = corpus.random_data(3 * SECTOR)
    found = find_files(before + SAMPLES[kind] + bytes(-len(SAMPLES[kind]) % SECTOR), base=1 << 40)
    assert [(file.offset, file.kind) for file in found] == [((1 << 40) + len(before), kind)]


# What file(1) calls the samples, RAR by its registered name. It does not tell jtd, jww, mbox, ppt, vsd and some ZIP forms from others.
CALLED = {
    "pdf": "application/pdf",
    "doc": "application/msword",
    "xls": "application/vnd.ms-excel",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "odt": "application/vnd.oasis.opendocument.text",
    "ods": "application/vnd.oasis.opendocument.spreadsheet",
    "odp": "application/vnd.oasis.opendocument.presentation",
    "epub": "application/epub+zip",
    "rtf": "text/rtf",
    "txt16be": "text/plain",
    "html": "text/html",
    "xml": "text/xml",
    "vcf": "text/vcard",
    "ics": "text/calendar",
    "dwg": "image/vnd.dwg",
    "jpg": "image/jpeg",
    "png": "image/png",
    "gif": "image/gif",
    "tif": "image/tiff",
    "bmp": "image/bmp",
    "webp": "image/webp",
    "heic": "image/heic",
    "avif": "image/avif",
    "dcm": "application/dicom",
    "eml": "message/rfc822",
    "msg": "application/vnd.ms-outlook",
    "pst": "application/vnd.ms-outlook",
    "dbx": "application/x-ms-dbx",
    "sqlite": "application/vnd.sqlite3",
    "mdb": "application/x-msaccess",
    "accdb": "application/x-msaccess",
    "zip": "application/zip",
    "7z": "application/x-7z-compressed",
    "rar": "application/vnd.rar",
    "gz": "application/gzip",
    "bz2": "application/x-bzip2",
    "xz": "application/x-xz",
    "tar": "application/x-tar",
    "lzh": "application/x-lzh-compressed",
    "wav": "audio/x-wav",
    "avi": "video/x-msvideo",
    "mp3": "audio/mpeg",
    "mp4": "video/mp4",
    "mov": "video/quicktime",
    "m4a": "audio/x-m4a",
    "3gp": "video/3gpp",
    "wmv": "video/x-ms-asf",
    "mkv": "video/x-matroska",
    "exe": "application/vnd.microsoft.portable-executable",
}

BEFORE_REGISTERED = {"application/x-rar": "application/vnd.rar"}


def test_the_samples_are_what_another_tool_says(tmp_path: Path) -> None:
    """A check that only agrees with its own sample would prove nothing."""
    needs("file")
    for kind in CALLED:
        (tmp_path / kind).write_bytes(SAMPLES[kind])
    command = ["file", "--brief", "--mime-type", *(str(tmp_path / kind) for kind in CALLED)]
    said = subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()
    assert dict(zip(CALLED, (BEFORE_REGISTERED.get(name, name) for name in said), strict=True)) == CALLED


@pytest.mark.parametrize("kind", SAMPLES)
def test_evidence_beyond_the_window_is_peeked_at(kind: str) -> None:
    medium = bytes(SECTOR) + SAMPLES[kind]
    found = find_files(medium[: 2 * SECTOR], peek=peek_into(medium))
    assert [(file.offset, file.kind) for file in found] == [(SECTOR, kind)]


def test_a_file_off_the_sector_is_not_found() -> None:
    assert find_files(bytes(100) + SAMPLES["pdf"]) == []


def test_other_forms_of_the_same_kinds() -> None:
    tag = b"ID3\x03\0\0\0\0\x10\0TIT2" + struct.pack(">I", 20) + bytes(3) + b"sample"
    block = b"\x0b\x01\x05\x07\0\x06\x01\x01\x80\x80\x80\0"
    rar5 = b"Rar!\x1a\x07\x01\0" + struct.pack("<I", zlib.crc32(block)) + block
    entries = b"".join(struct.pack(">HHII", tag_id, 3, 1, 8 << 16) for tag_id in (256, 257, 258, 259, 262))
    big_endian = b"MM\0*" + struct.pack(">IH", 8, 5) + entries
    for data, kind in ((tag, "mp3"), (rar5, "rar"), (big_endian, "tif"), (corpus.lha(RNG, 0), "lzh")):
        assert [file.kind for file in find_files(data + bytes(100))] == [kind]
    assert [file.kind for file in find_files(corpus.lha(RNG, 1))] == ["lzh"]
    assert find_files(rar5[:-1] + b"\1" + bytes(100)) == []
    assert find_files(bz2.compress(b""))[0].kind == "bz2"


def test_lengths_that_headers_tell() -> None:
    for kind in ("doc", "xls", "bmp", "webp", "wav", "sqlite", "7z"):
        assert find_files(SAMPLES[kind])[0].length == len(SAMPLES[kind]), kind


def test_a_tar_is_one_file_however_many_members_it_has() -> None:
    rng = random.Random(4)
    tars = [corpus.tape(rng, members) for members in (1, 3, 64, 65, 66, 200)]
    assert [each.kind for each in find_files(tars[0])] == ["tar"]
    for data in (*tars, b"".join(tars)):
        found = finish_bytes(data)
        assert found.counts == {"tar": 1 if data in tars else len(tars)}
        assert found.texts == {}  # what is in them is theirs


def test_a_zip_is_not_named_after_the_file_behind_it() -> None:
    first = SAMPLES["zip"] + bytes(-len(SAMPLES["zip"]) % SECTOR)
    assert [file.kind for file in find_files(first + SAMPLES["docx"])] == ["zip", "docx"]


def test_the_table_is_whole() -> None:
    rows = signatures()
    assert len({row.id for row in rows}) == len(rows)
    answers = {kind for _, kind in (*documents._OLE_STREAMS, *documents._FOLDERS)}
    answers |= {*documents._MIMETYPES.values(), *media._BRANDS, "ooxml", "jar"}
    assert answers <= set(kinds())
    groups = {"document", "image", "mail", "database", "archive", "media", "program"}
    assert {kind.group for kind in kinds().values()} == groups
    assert all(kind.of is None or kind.of in {row.id for row in rows} for kind in kinds().values())
    assert parts_of("docx") == parts_of("zip") == "zip"
    assert parts_of("pdf") is None


RULES = [(column.at, rule) for column in columns() for rules in column.rules.values() for rule in rules if rule.check]


@pytest.mark.parametrize(
    ("at", "rule"), RULES, ids=[f"{rule.signature.id}-{rule.magic[:8].hex()}" for _, rule in RULES]
)
def test_a_magic_in_random_data_is_not_a_file(at: int, rule: Rule) -> None:
    """Bounds each rule's false findings in 10 GB below 0.01, by the rule of three: no success in n trials is below 3/n."""
    sectors = 10**10 // SECTOR
    trials = max(2000, int(300 * sectors / 256 ** len(rule.magic)) + 1)
    pool = random.Random(3).randbytes(1 << 20)
    passed = 0
    for trial in range(trials):
        start = trial * 7919 % (len(pool) - 70_000)

        def peek(offset: int, length: int, start: int = start) -> bytes:
            place = (start + offset) % (len(pool) - 70_000)
            data = bytearray(pool[place : place + length])
            for index in range(max(offset, at), min(offset + length, at + len(rule.magic))):
                data[index - offset] = rule.magic[index - at]
            return bytes(data)

        passed += rule.check is not None and rule.check(peek) is not None
    assert passed == 0


@given(
    kind=st.sampled_from(sorted(SAMPLES)),
    cut=st.integers(0, 2048),
    harm=st.lists(st.tuples(st.integers(0, 2048), st.integers(0, 255)), max_size=4),
)
@settings(max_examples=400, deadline=None)
def test_damaged_and_cut_files_raise_nothing(kind: str, cut: int, harm: list[tuple[int, int]]) -> None:
    data = bytearray(SAMPLES[kind][:cut])
    for at, value in harm:
        if at < len(data):
            data[at] = value
    find_files(bytes(data))
    # What can't be read is peeked at in vain, though the magic was there.
    find_files(bytes(data), peek=lambda offset, length: bytes(data)[offset : offset + length][:30])
    find_files(bytes(data), peek=lambda offset, length: b"")


@given(st.binary(max_size=4096))
def test_nothing_is_found_in_arbitrary_short_data_that_has_no_magic(data: bytes) -> None:
    for file in find_files(data):
        assert any(data[file.offset + row.at :].startswith(bytes.fromhex(m)) for row in signatures() for m in row.magic)


# Text


@pytest.mark.parametrize("encoding", TEXTS)
def test_text_is_found_in_its_encoding(encoding: str) -> None:
    data = TEXTS[encoding] + bytes(-len(TEXTS[encoding]) % SECTOR)
    found = find_text(bytes(SECTOR) + data + corpus.random_data(SECTOR), base=1 << 40)
    assert {piece.encoding for piece in found} <= {encoding, "ascii"}
    assert sum(piece.length for piece in found) >= len(data) - SECTOR
    assert min(piece.offset for piece in found) == (1 << 40) + SECTOR


@pytest.mark.parametrize("encoding", TEXTS)
def test_blocks_and_sectors_agree(encoding: str) -> None:
    data = corpus.text(random.Random(2), encoding, 400)[: 3 * BLOCK]
    together, alone = find_text(data), find_text(data, base=SECTOR)
    assert sum(piece.length for piece in together) == sum(piece.length for piece in alone) == len(data)
    assert [piece.length for piece in together] == [3 * BLOCK]


def test_a_short_text_counts_only_in_front_of_zeros() -> None:
    note = "見本 太郎 電話 000-0000-0000\r\n".encode("cp932")
    assert len(note) >= SHORTEST
    assert encoding_of(note.ljust(SECTOR, b"\0")) == "cp932"
    assert encoding_of(note + corpus.random_data(SECTOR)[len(note) :]) is None
    long = (note * 9)[: UNPADDED + 8]
    assert encoding_of(long + b"\x01" + corpus.random_data(SECTOR)[len(long) + 1 :]) == "cp932"


def test_half_width_katakana_with_spaces_is_text() -> None:
    record = "ﾐﾎﾝ ﾀﾛｳ           0001 00000123456 ﾐﾎﾝｼ ﾚｲｼﾞﾁﾖｳ    ".encode("cp932") * 12
    assert encoding_of(record[:SECTOR]) in ("cp932", "euc-jp")


@pytest.mark.parametrize("period", [1, 2, 3, 4])
def test_overwrite_patterns_are_not_text(period: int) -> None:
    values = (0x20, 0x24, 0x33, 0x41, 0x49, 0x55, 0x66, 0x6D, 0x92, 0xA4, 0xAA, 0xB6, 0xDB, 0xE0)
    for pattern in product(values, repeat=min(period, 3)):
        sector = (bytes(pattern) * SECTOR)[:SECTOR]
        assert encoding_of(sector) is None, bytes(pattern).hex()


@pytest.mark.parametrize("width", [2, 4])
def test_allocation_tables_are_not_text(width: int) -> None:
    code = "<H" if width == 2 else "<I"
    table = b"".join(struct.pack(code, n) for n in range(1, 65536))
    assert find_text(table + bytes(-len(table) % SECTOR)) == []


def test_smooth_pixels_and_sound_are_not_text() -> None:
    for low, span in ((0x41, 24), (0x60, 26), (0x80, 60), (0xA1, 62), (0xB0, 40)):
        slope = bytes(low + (n // 9) % span for n in range(BLOCK))
        assert find_text(slope) == [], (low, span)


def test_random_sectors_hardly_ever_decode() -> None:
    """The numbers in the module's text, from the codecs: how fast the share of valid strings falls with their length."""
    for encoding, expected in (("cp932", 0.826), ("euc-jp", 0.576), ("utf-8", 0.470)):
        allowed = [*b"\t\n\f\r\x1b", *range(0x20, 0x7F), *range(0x80, 0xFE if encoding == "cp932" else 0xFF)]
        by_length = {1: 0, 2: 0, 3: 0}
        for lead in allowed:
            by_length[1] += _is_one_character(bytes([lead]), encoding)
            if lead >= 0x80:
                trails = [t for t in allowed if not _is_one_character(bytes([lead]), encoding)]
                by_length[2] += sum(_is_one_character(bytes([lead, t]), encoding) for t in trails)
        if encoding != "cp932":
            high = range(0x80, 0xFF)
            leads = [0x8F] if encoding == "euc-jp" else range(0xE0, 0xF0)
            by_length[3] = sum(_is_one_character(bytes([a, b, c]), encoding) for a in leads for b in high for c in high)
        shrink = _root(by_length)
        assert shrink == pytest.approx(expected, abs=0.001)
        # Sectors of 20 TB that begin with UNPADDED bytes of it.
        assert 20 * 10**12 / SECTOR * shrink**UNPADDED < 1e-5


def _is_one_character(raw: bytes, encoding: str) -> bool:
    try:
        return len(raw.decode(encoding)) == 1
    except UnicodeDecodeError:
        return False


def _root(by_length: dict[int, int]) -> float:
    low, high = 0.0, 1.0
    for _ in range(60):
        middle = (low + high) / 2
        rest = sum(count / 256**length * middle ** (3 - length) for length, count in by_length.items())
        low, high = (middle, high) if middle**3 < rest else (low, middle)
    return low


@given(st.text(alphabet="見本太郎花子市町あいうえおアイウ0123456789,、。\r\n abcXYZ", min_size=40, max_size=2000))
@settings(deadline=None)
def test_japanese_text_of_any_content_never_raises(content: str) -> None:
    for encoding in ("cp932", "utf-8", "euc-jp", "utf-16-le"):
        raw = content.encode(encoding)
        for start in (0, 1):
            find_text(raw[start:].ljust(-(-len(raw) // SECTOR) * SECTOR, b"\0"))
