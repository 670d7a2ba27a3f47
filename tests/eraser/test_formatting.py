"""The format after a wipe: exactly what stock tools made, in the sectors that the record names, and only on the medium that is held."""

import shutil
import subprocess
from pathlib import Path

import msgspec
import pytest

from certificates.consistency import format_fits
from certificates.errors import Environment, Refused
from certificates.record import FileSystem
from certificates.values import LbaRange
from eraser import devices, formatting
from eraser.formatting import FormatFailed, Layout
from eraser.home import Home
from eraser.target import Target
from tests.certificates.samples import STICK
from verifier import tools

pytestmark = pytest.mark.tools("sfdisk", "mkfs.fat", "mkfs.exfat")

MiB = 1 << 20
SIZE = 48 * MiB
OLD = b"\xa5" * SIZE


@pytest.fixture
def image(tmp_path: Path) -> Path:
    file = tmp_path / "stick.img"
    file.write_bytes(OLD)
    return file


def layout_of(image: Path, file_system: FileSystem = "fat32") -> Layout:
    return formatting.prepare(file_system, devices.image(str(image)).medium, Home(image.parent))


def is_in(ranges: tuple[LbaRange, ...], lba: int) -> bool:
    return any(each.first <= lba <= each.last for each in ranges)


@pytest.mark.tools("fsck.fat", "fsck.exfat")
@pytest.mark.parametrize(("file_system", "check"), [("fat32", ["fsck.fat", "-n"]), ("exfat", ["fsck.exfat", "-n"])])
def test_stock_tools_accept_it_and_nothing_else_was_written(
    file_system: FileSystem, check: list[str], image: Path, tmp_path: Path
) -> None:
    layout = layout_of(image, file_system)
    with Target(devices.image(str(image))) as target:
        formatting.carry_out(layout, target)
    after = image.read_bytes()
    partition = tmp_path / "partition"
    partition.write_bytes(after[MiB:])
    subprocess.run([*check, str(partition)], check=True, capture_output=True, timeout=60)
    listed = subprocess.run(["sfdisk", "--dump", str(image)], check=True, capture_output=True, text=True).stdout
    assert "start=        2048" in listed and "label: dos" in listed
    changed = {at // 512 for at in range(0, SIZE, 512) if after[at : at + 512] != OLD[at : at + 512]}
    assert changed and all(is_in(layout.record.ranges, lba) for lba in changed)
    # Every sector of the ranges was written: none shows the wiped content any more.
    assert len(changed) == sum(each.last - each.first + 1 for each in layout.record.ranges)


@pytest.mark.parametrize("sector", [512, 4096])
@pytest.mark.parametrize("size", [4 * MiB, 40 * MiB, 261 * MiB, 273 * MiB, 9 << 30, 64 << 30])
@pytest.mark.parametrize("file_system", ["fat32", "exfat"])
def test_an_empty_file_system_takes_what_records_allow(
    file_system: FileSystem, size: int, sector: int, tmp_path: Path
) -> None:
    """Nearly all of it zeros: what a format may be is held to what the tools write."""
    medium = msgspec.structs.replace(STICK, capacity_bytes=size, logical_sector_bytes=sector)
    if sector == 4096 and file_system == "exfat":
        with pytest.raises(Refused):
            formatting.prepare(file_system, medium, Home(tmp_path))
        return
    made = formatting.prepare(file_system, medium, Home(tmp_path)).record
    assert format_fits(made, medium, "erased")


def test_a_tool_that_writes_more_is_not_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "mkfs.fat").write_text(
        "#!/bin/sh\nfor last; do :; done\nyes files | dd of=$last bs=1M count=1 conv=notrunc\n"
    )
    (tmp_path / "mkfs.fat").chmod(0o755)
    monkeypatch.setattr("verifier.tools.PATH", f"{tmp_path}:{tools.PATH}")
    with pytest.raises(Environment, match=r"mkfs\.fat"):
        formatting.prepare("fat32", msgspec.structs.replace(STICK, capacity_bytes=SIZE), Home(tmp_path))


@pytest.mark.tools("b3sum")
def test_the_digest_is_what_anybody_can_compute(image: Path) -> None:
    layout = layout_of(image)
    with Target(devices.image(str(image))) as target:
        formatting.carry_out(layout, target)
    script = "; ".join(
        f"dd if={image} bs=512 skip={each.first} count={each.last - each.first + 1} status=none"
        for each in layout.record.ranges
    )
    told = subprocess.run(["sh", "-c", f"({script}) | b3sum --no-names"], check=True, capture_output=True, text=True)
    assert told.stdout.strip() == layout.record.blake3


def test_another_medium_is_never_formatted(image: Path, tmp_path: Path) -> None:
    layout = layout_of(image)
    other = tmp_path / "other.img"
    other.write_bytes(OLD)
    with Target(devices.image(str(image))) as target:
        shutil.move(other, image)
        with pytest.raises(FormatFailed):
            formatting.carry_out(layout, target)
    assert image.read_bytes() == OLD


def test_what_does_not_come_back_as_written_is_no_format(image: Path) -> None:
    layout = layout_of(image)
    wrong = layout._replace(record=msgspec.structs.replace(layout.record, blake3="00" * 32))
    with Target(devices.image(str(image))) as target, pytest.raises(FormatFailed, match="does not hold"):
        formatting.carry_out(wrong, target)


@pytest.mark.parametrize(
    ("file_system", "changes"),
    [
        ("exfat", {"logical_sector_bytes": 4096}),
        ("fat32", {"capacity_bytes": 3 << 40}),
        ("fat32", {"capacity_bytes": MiB}),
    ],
)
def test_what_cannot_be_formatted_is_refused_before_the_wipe(
    file_system: FileSystem, changes: dict[str, int], tmp_path: Path
) -> None:
    with pytest.raises(Refused):
        formatting.prepare(file_system, msgspec.structs.replace(STICK, **changes), Home(tmp_path))


def test_large_media_get_a_large_table(tmp_path: Path) -> None:
    layout = formatting.prepare(
        "exfat", msgspec.structs.replace(STICK, capacity_bytes=4_000_000_000_000), Home(tmp_path)
    )
    assert layout.record.table == "gpt"
    assert layout.record.ranges[-1].last == 4_000_000_000_000 // 512 - 1, "the copy at the end"


def test_sectors_of_4096_bytes(tmp_path: Path) -> None:
    layout = formatting.prepare("fat32", msgspec.structs.replace(STICK, logical_sector_bytes=4096), Home(tmp_path))
    table = next(formatting._pieces(layout.parts[0]))
    assert int.from_bytes(table[446 + 8 : 446 + 12], "little") * 4096 == MiB
    assert layout.record.ranges[1].first == MiB // 4096
