"""Which tables and file systems a medium shows, by libblkid and by the checks here."""

import os
import shutil
import struct
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.verifier import corpus
from tests.verifier.inspecting import BadPlaces
from verifier.partitions import layout

MIB = 1 << 20


@pytest.fixture(params=["libblkid", "own checks"])
def source(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    if request.param == "libblkid":
        corpus.needs("blkid", "wipefs")
    else:
        monkeypatch.setattr("verifier.partitions._tool", lambda name: None)
    yield request.param


def layout_of(path: Path, size: int) -> tuple[str, str | None, list[tuple[int, str, int | None]]]:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        seen = layout(lambda offset, length: os.pread(descriptor, length, offset), size, path)
    finally:
        os.close(descriptor)
    assert seen.remarks == ()
    return seen.source, seen.table, sorted((s.offset, s.name, s.partition) for s in seen.structures if s.name != "PMBR")


MAKERS = {
    "vfat": ("mkfs.fat", "-n", "SAMPLE"),
    "ntfs": ("mkfs.ntfs", "-q", "-F"),
    "exfat": ("mkfs.exfat",),
    "ext4": ("mkfs.ext4", "-q", "-F"),
}


@pytest.mark.parametrize("system", MAKERS)
def test_a_file_system_without_a_table(system: str, tmp_path: Path, source: str) -> None:
    corpus.needs(MAKERS[system][0])
    path = tmp_path / "x.img"
    path.touch()
    os.truncate(path, 16 * MIB)
    subprocess.run([*MAKERS[system], str(path)], check=True, capture_output=True)
    _, table, structures = layout_of(path, 16 * MIB)
    assert table is None
    assert len(structures) == 1
    assert structures[0][1].startswith(system[:3])


@pytest.mark.parametrize("table", ["dos", "gpt"])
def test_partitions_and_what_is_in_them(table: str, tmp_path: Path, source: str) -> None:
    corpus.needs("sfdisk", "mkfs.fat")
    path = tmp_path / "x.img"
    path.touch()
    os.truncate(path, 64 * MIB)
    script = f"label: {table}\nstart=2048, size=32768\nstart=40960\n"
    subprocess.run(["/usr/sbin/sfdisk", "-q", str(path)], input=script, text=True, check=True, capture_output=True)
    subprocess.run(["/usr/sbin/mkfs.fat", "--offset", "2048", str(path), "16384"], check=True, capture_output=True)
    used, seen_table, structures = layout_of(path, 64 * MIB)
    assert (used, seen_table) == (source, table)
    assert (MIB, "vfat", 1) in structures
    assert any(name == table and partition is None for _, name, partition in structures)
    if table == "gpt":
        with path.open("r+b") as image:
            image.write(bytes(MIB))
        assert (MIB, "vfat", 1) in layout_of(path, 64 * MIB)[2]


def test_logical_partitions_are_followed(tmp_path: Path, source: str) -> None:
    corpus.needs("sfdisk", "mkfs.fat")
    path = tmp_path / "x.img"
    path.touch()
    os.truncate(path, 64 * MIB)
    script = "label: dos\nstart=2048, size=8192\nstart=10240, type=5\nstart=12288, size=32768\nstart=47104, size=8192\n"
    subprocess.run(["/usr/sbin/sfdisk", "-q", str(path)], input=script, text=True, check=True, capture_output=True)
    subprocess.run(["/usr/sbin/mkfs.fat", "--offset", "12288", str(path), "16384"], check=True, capture_output=True)
    assert (12288 * 512, "vfat", 5) in layout_of(path, 64 * MIB)[2]
    with path.open("rb") as image:
        seen = layout(lambda offset, length: os.pread(image.fileno(), length, offset), 64 * MIB)
    assert [(p.number, p.offset // 512, p.length // 512, p.type) for p in seen.partitions] == [
        (1, 2048, 8192, "0x83"),
        (2, 10240, 120832, "0x05"),
        (5, 12288, 32768, "0x83"),
        (6, 47104, 8192, "0x83"),
    ]


def test_where_libblkid_fails_the_own_checks_answer(tmp_path: Path) -> None:
    seen = layout(lambda offset, length: bytes(length), MIB, tmp_path / "missing")
    assert seen.source == "own checks"
    assert (seen.remarks != ()) == bool(shutil.which("wipefs", path="/usr/sbin:/sbin"))


def test_nothing_and_nonsense_have_no_layout(tmp_path: Path, source: str) -> None:
    path = tmp_path / "x.img"
    for content in (bytes(MIB), corpus.random_data(MIB), corpus.random_data(510) + b"\x55\xaa" + bytes(MIB)):
        path.write_bytes(content)
        assert layout_of(path, len(content))[1:] == (None, [])


@given(st.binary(min_size=1, max_size=3000), st.booleans())
@settings(deadline=None)
def test_own_checks_survive_any_bytes(data: bytes, marked: bool) -> None:
    raw = bytearray(data.ljust(1024, b"\0"))
    if marked:
        raw[510:512] = b"\x55\xaa"
        raw[512:520] = b"EFI PART"
        struct.pack_into("<I", raw, 524, 92)
    layout(lambda offset, length: bytes(raw)[offset : offset + length], len(raw))


def test_unreadable_boot_sectors_are_a_remark() -> None:
    seen = layout(BadPlaces(bytes(MIB), {0}), MIB)
    assert seen.structures == ()
    assert any("unreadable at 0" in remark for remark in seen.remarks)
