"""Which tables and file systems a medium shows, by libblkid and by the checks here."""

import os
import shutil
import struct
import subprocess
import zlib
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.conftest import LoopDiskFactory
from tests.lab.available import needs
from tests.verifier import corpus
from tests.verifier.inspecting import BadPlaces
from verifier.partitions import layout
from verifier.reading import Reader

MIB = 1 << 20


@pytest.fixture(params=["libblkid", "own checks"])
def source(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    if request.param == "libblkid":
        needs("blkid", "wipefs")
    else:
        monkeypatch.setattr("verifier.tools.find", lambda name: None)
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
    needs(MAKERS[system][0])
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
    needs("sfdisk", "mkfs.fat")
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
    needs("sfdisk", "mkfs.fat")
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


def boot_record(*entries: tuple[int, int, int]) -> bytes:
    """Type, first sector, sectors."""
    packed = b"".join(struct.pack("<4xB3xII", *entry) for entry in entries)
    return bytes(446) + packed.ljust(64, b"\0") + b"\x55\xaa"


@pytest.mark.parametrize("links", ["empty", "circular"])
def test_a_chain_of_logical_partitions_without_end_ends(links: str) -> None:
    """Made to keep an inspector busy for ever: a link in each of 2^31 sectors, or one that leads back."""
    asked: list[int] = []

    def read(offset: int, length: int) -> bytes:
        asked.append(offset)
        first = offset // 512
        following = first if links == "empty" else 3
        sectors = (boot_record((0, 0, 0), (5, following + at, 1)) for at in range(length // 512))
        table = [] if first else [boot_record((5, 1, 2**31))]
        return b"".join((*table, *sectors))[:length]

    seen = layout(read, 1 << 40)
    assert [each.number for each in seen.partitions][:1] == [1] and len(asked) < 2000


def gpt(size: int, *extents: tuple[int, int]) -> bytes:
    entries = b"".join(struct.pack("<16s16sQQ80x", b"\1" * 16, b"\2" * 16, *extent) for extent in extents)
    fields = (
        1,
        size // 512 - 1,
        34,
        size // 512 - 34,
        b"\3" * 16,
        2,
        128,
        128,
        zlib.crc32(entries.ljust(16384, b"\0")),
    )
    head = bytearray(struct.pack("<8sIIIIQQQQ16sQIII", b"EFI PART", 0x10000, 92, 0, 0, *fields))
    struct.pack_into("<I", head, 16, zlib.crc32(head))
    whole = boot_record((0xEE, 1, 0xFFFFFFFF)) + bytes(head).ljust(512, b"\0") + entries
    return whole.ljust(size, b"\0")


def test_no_partition_is_told_larger_than_the_medium(tmp_path: Path, source: str) -> None:
    """Whatever the table says: a copy of a larger disk, or numbers that no record could hold."""
    path = tmp_path / "x.img"
    path.write_bytes(gpt(MIB, (34, 2**63), (64, 2**64 - 1), (40, 99)))
    content = path.read_bytes()
    seen = layout(lambda offset, length: content[offset : offset + length], MIB, path)
    assert (seen.source, seen.table) == (source, "gpt")
    extents = [(each.number, each.offset, each.length) for each in seen.partitions]
    assert extents == [(1, 34 * 512, MIB - 34 * 512), (2, 64 * 512, MIB - 64 * 512), (3, 40 * 512, 60 * 512)]
    path.write_bytes(boot_record((0x83, 1, 0xFFFFFFFF), (7, 0x300, 0xFFFFFFF0)).ljust(MIB, b"\0"))
    content = path.read_bytes()
    seen = layout(lambda offset, length: content[offset : offset + length], MIB, path)
    assert [each.offset + each.length for each in seen.partitions] == [MIB, MIB]


def mbr(path: Path, sector: int) -> None:
    """Counted in sectors of that many bytes: a FAT file system at 1 MiB, and one at 9 MiB in the second of two logical partitions."""
    path.touch()
    os.truncate(path, 32 * MIB)
    unit = MIB // sector
    entry = "<B3xB3xII"
    head = struct.pack(entry, 0, 0x0C, unit, 4 * unit) + struct.pack(entry, 0, 0x0F, 6 * unit, 20 * unit)
    first = struct.pack(entry, 0, 0x0C, unit // 2, unit) + struct.pack(entry, 0, 0x05, 2 * unit, 10 * unit)
    second = struct.pack(entry, 0, 0x0C, unit, 8 * unit)
    with path.open("r+b") as image:
        for at, entries in ((0, head), (6 * MIB, first), (8 * MIB, second)):
            image.seek(at + 446)
            image.write(entries.ljust(64, b"\0") + b"\x55\xaa")
    for at, size in ((MIB, 4 * MIB), (9 * MIB, 8 * MIB)):
        needs("mkfs.fat")
        part = path.with_name("part")
        part.write_bytes(b"")
        os.truncate(part, size)
        subprocess.run(["/usr/sbin/mkfs.fat", str(part)], check=True, capture_output=True)
        with path.open("r+b") as image:
            image.seek(at)
            image.write(part.read_bytes())


@pytest.mark.parametrize("sector", [512, 4096])
def test_a_table_counts_in_the_sectors_of_its_disk(sector: int, tmp_path: Path, source: str) -> None:
    """Also in an image file, which doesn't say of what disk it is."""
    path = tmp_path / "x.img"
    mbr(path, sector)
    _, table, structures = layout_of(path, 32 * MIB)
    assert table == "dos"
    assert {(MIB, "vfat", 1), (9 * MIB, "vfat", 6)} <= set(structures)


@pytest.mark.loop
@pytest.mark.parametrize("table", ["dos", "gpt"])
@pytest.mark.parametrize("sector", [512, 4096])
def test_the_partitions_of_a_disk_are_where_the_kernel_sees_them(
    table: str, sector: int, loop_disk: LoopDiskFactory, source: str
) -> None:
    disk = loop_disk(64 * MIB, sector_size=sector)
    unit = MIB // sector
    script = f"label: {table}\nstart={unit}, size={16 * unit}\nstart={20 * unit}\n"
    subprocess.run(["/usr/sbin/sfdisk", "-q", str(disk.node)], input=script, text=True, check=True, capture_output=True)
    subprocess.run(["partx", "--update", str(disk.node)], check=True, capture_output=True)
    try:
        kernel = sorted(
            (int((part / "start").read_text()) * 512, int((part / "size").read_text()) * 512)
            for part in Path(f"/sys/class/block/{disk.node.name}").glob(f"{disk.node.name}p*")
        )
        with Reader(disk.node) as reader:
            seen = layout(reader.read, reader.size, disk.node, reader.sector_bytes)
    finally:
        subprocess.run(["partx", "--delete", str(disk.node)], check=True, capture_output=True)
    assert seen.table == table and len(kernel) == 2
    assert sorted((each.offset, each.length) for each in seen.partitions) == kernel
