"""`eraser inspect`: what it reads, what it says, what it leaves behind, and that it can't write."""

import os
import re
import signal
import subprocess
from pathlib import Path

import msgspec
import pytest

from certificates.inspection import InspectionRecord
from certificates.inspection_consistency import contradictions
from eraser import block_map
from tests.conftest import LoopDiskFactory, LyingDriveFactory
from tests.lab.command import Eraser, Ran
from tests.lab.wait import until
from tests.verifier import corpus
from tests.verifier.test_partitions import gpt
from verifier.entropy import Cell

MiB = 1 << 20


@pytest.fixture
def image(tmp_path: Path) -> Path:
    """A file that holds one of each kind."""
    path = tmp_path / "stick.img"
    corpus.formatted_stick(path, corpus.files(1), 16 * MiB)
    return path


def record_of(ran: Ran) -> InspectionRecord:
    """The record that was issued, checked for contradictions."""
    (row,) = ran.of("inspection")
    file = next(Path(file) for file in row["papers"] if file.endswith(".json"))
    record = msgspec.json.decode(file.read_bytes(), type=InspectionRecord)
    assert contradictions(record) == ()
    return record


def test_without_being_asked_it_leaves_nothing(eraser: Eraser, image: Path) -> None:
    ran = eraser("inspect", image)
    assert ran.code == 0 and "recovery tool would find" in ran.out
    assert not eraser.home.exists() or not list(eraser.home.rglob("*"))


@pytest.mark.parametrize("options", [("--record",), ("--asset-tag", "A-1")])
def test_whoever_says_for_whom_gets_the_paper(options: tuple[str, ...], eraser: Eraser, image: Path) -> None:
    record = record_of(eraser("inspect", image, *options, "--json"))
    assert record.outcome == "inspected" and record.recoverable == len(corpus.files(1))
    assert {kind.kind: kind.count for kind in record.kinds} == {name[2:]: 1 for name in corpus.files(1)}
    assert (record.medium.kind, record.in_use) == ("image-file", False)


def test_the_paper_holds_nothing_of_the_content(eraser: Eraser, tmp_path: Path) -> None:
    """No text, no file's name, no volume's label: any of them may be a resident's name."""
    path = tmp_path / "stick.img"
    corpus.formatted_stick(
        path, {"taro-mihon.txt": "氏名 見本太郎 090-0000-0000\n".encode() * 40}, 16 * MiB, label="MIHONTARO"
    )
    (row,) = eraser("inspect", path, "--record", "--json").of("inspection")
    assert row["texts"]
    assert [each["label"] for each in row["layout"]["structures"]] == ["MIHONTARO"]  # told on the screen, never kept
    for file in map(Path, row["papers"]):
        content = file.read_bytes()
        for secret in ("見本太郎", "090-0000", "taro", "MIHONTARO"):
            assert secret.encode() not in content, (file, secret)


def test_the_numbers_are_the_stations_and_have_no_gaps(eraser: Eraser, image: Path) -> None:
    for _ in range(2):
        assert eraser("inspect", image, "--record").code == 0
    shown = eraser("ledger", "show").out
    assert shown.count("inspect") >= 2 and "000002" in shown
    assert eraser("ledger", "verify").code == 0
    paper = next(eraser.home.glob("certificates/*2.json"))
    paper.write_bytes(paper.read_bytes() + b" ")
    assert eraser("ledger", "verify").code == 7


def test_a_name_that_no_paper_can_show_is_refused_before_anything(eraser: Eraser, image: Path) -> None:
    assert eraser("inspect", image, "--customer", "\U0001f600").code == 5
    assert not list(eraser.home.rglob("*.pdf"))


def test_the_certificate_of_an_inspection_is_nothing_to_verify_with(eraser: Eraser, image: Path) -> None:
    (row,) = eraser("inspect", image, "--record", "--json").of("inspection")
    ran = eraser("verify", image, "--certificate", row["papers"][0])
    assert ran.code == 6 and "not a certificate of erasure" in ran.err


def test_what_does_not_exist_is_said(eraser: Eraser, tmp_path: Path) -> None:
    assert eraser("inspect", tmp_path / "nothing").code == 1
    assert eraser("inspect", tmp_path / "nothing", "--record").code == 5
    assert eraser("inspect", tmp_path, "--record").code == 5
    (tmp_path / "empty").touch()
    os.mkfifo(tmp_path / "pipe")
    for what in (tmp_path / "empty", tmp_path / "pipe", tmp_path, Path("/dev/null")):
        ran = eraser("inspect", what)
        assert ran.code == 1 and "could not be inspected" in ran.err, ran.err


# The map


def cells(count: int) -> list[Cell]:
    return [Cell(n * MiB, MiB, "zeros", {"zeros": MiB}, int(n == 3)) for n in range(count)]


@pytest.mark.parametrize("width", [20, 40, 79, 80, 120, 200, 500])
@pytest.mark.parametrize("count", [1, 63, 200, 256])
def test_the_map_fits_the_width(width: int, count: int) -> None:
    lines = block_map.lines(cells(count), width, ["1000.0 MB"] * count)
    bare = [re.sub("\x1b[^m]*m", "", line) for line in lines]
    assert max(map(len, bare)) <= max(width, 19)
    assert "".join(line[11:] for line in bare) == "".join("F" if n == 3 else "." for n in range(count))


def test_in_a_pipe_there_are_plain_characters_only(eraser: Eraser, image: Path) -> None:
    out = eraser("inspect", image, "--lang", "en").out
    assert "\x1b" not in out and max(map(len, out.splitlines()[-6:-1])) <= 80


# On devices


@pytest.mark.tools("strace")
@pytest.mark.loop
def test_no_program_on_the_way_opens_the_medium_for_writing(
    eraser: Eraser, loop_disk: LoopDiskFactory, image: Path, tmp_path: Path
) -> None:
    """As the kernel saw it: every open of the node, by this tool and by wipefs and blkid that it asks."""
    disk = loop_disk(image)
    before = image.read_bytes()
    log = tmp_path / "opens"
    command = [
        "strace",
        "-f",
        "-e",
        "trace=open,openat,openat2,creat",
        "-o",
        str(log),
        *eraser.command("inspect", disk.node, "--record"),
    ]
    subprocess.run(
        command, env=eraser.environment, stdin=subprocess.DEVNULL, check=True, capture_output=True, timeout=120
    )
    opens = [line for line in log.read_text().splitlines() if f'"{disk.node}"' in line]
    assert len(opens) >= 3, opens  # this tool, wipefs, and what looks after the fact
    assert all("O_RDONLY" in line and not re.search("O_WRONLY|O_RDWR|O_TRUNC|O_CREAT", line) for line in opens), opens
    assert image.read_bytes() == before


@pytest.mark.loop
def test_a_medium_that_can_not_be_written_is_inspected_all_the_same(
    eraser: Eraser, loop_disk: LoopDiskFactory, image: Path
) -> None:
    record = record_of(eraser("inspect", loop_disk(image, read_only=True).node, "--record", "--json"))
    assert record.recoverable == len(corpus.files(1))


@pytest.mark.loop
def test_big_sectors(eraser: Eraser, loop_disk: LoopDiskFactory, image: Path) -> None:
    record = record_of(eraser("inspect", loop_disk(image, sector_size=4096).node, "--record", "--json"))
    assert (record.recoverable, record.medium.logical_sector_bytes) == (len(corpus.files(1)), 4096)


@pytest.mark.nbd
def test_a_bad_place_never_ends_the_inspection(eraser: Eraser, lying_drive: LyingDriveFactory, image: Path) -> None:
    size = image.stat().st_size
    spots = [(0, 512), (5 * MiB, 4096), (9 * MiB + 512, 512), (size - 512, 512)]
    drive = lying_drive("bad-spots", size=size, spots=spots, fails="reads")
    drive.detach()
    drive.backing.write_bytes(image.read_bytes())
    drive.attach()
    ran = eraser("inspect", drive.node, "--record", "--json")
    record = record_of(ran)
    assert (ran.code, record.outcome) == (3, "inspected-in-part")
    assert record.recoverable == len(corpus.files(1))
    lost = {sector for each in record.reading.unreadable for sector in range(each.first, each.last + 1)}
    assert {0, 5 * MiB // 512, 9 * MiB // 512 + 1, size // 512 - 1} <= lost
    # The kernel reads the image behind the drive in pages of 4 KiB, so a bad sector takes its page along.
    assert record.reading.unreadable_bytes == len(lost) * 512 <= 4 * 4096
    assert record.reading.bytes_not_reached == 0 and record.reading.unreadable_places == 4
    told = eraser("inspect", drive.node)
    assert told.code == 3 and told.out.count("unreadable:") == 4


@pytest.mark.nbd
@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_stopped_it_says_how_far_it_came(
    number: signal.Signals, code: int, eraser: Eraser, lying_drive: LyingDriveFactory
) -> None:
    """From the moment that the number is taken, there will be a record. The drive is slow enough to be stopped."""
    drive = lying_drive("honest", size=256 * MiB, rate=16 * MiB)
    process = eraser.start("inspect", drive.node, "--record", "--json")
    until(lambda: bool(list(eraser.home.glob("ledger*"))), "the number to be taken")
    os.kill(process.pid, number)
    out, err = process.communicate(timeout=60)
    assert process.returncode == code, err
    record = record_of(Ran(process.returncode, out, err))
    assert record.outcome == "inspected-in-part" and record.reading.stopped is not None
    assert record.reading.stopped.cause == {130: "ctrl-c", 143: "sigterm"}[code]
    assert record.reading.bytes_not_reached > 0
    assert "not reached" in err
    assert eraser("ledger", "verify").code == 0


@pytest.mark.tools("sfdisk")
@pytest.mark.loop
def test_a_partition_gets_no_paper(eraser: Eraser, loop_disk: LoopDiskFactory) -> None:
    disk = loop_disk(64 * MiB)
    script = "label: dos\nstart=2048, type=c\n"
    subprocess.run(["sfdisk", "--quiet", str(disk.node)], input=script, text=True, check=True, capture_output=True)
    subprocess.run(["partx", "--update", str(disk.node)], check=True, capture_output=True)
    part = Path(f"{disk.node}p1")
    if not part.exists():
        pytest.skip("the kernel makes no nodes for partitions of loop disks here")
    assert eraser("inspect", part).code == 0
    ran = eraser("inspect", part, "--record")
    assert ran.code == 2 and "whole disk" in ran.err
    layout = record_of(eraser("inspect", disk.node, "--record", "--json")).layout
    assert (layout.table, len(layout.partitions)) == ("dos", 1)


def test_a_table_with_numbers_beyond_all_bounds_costs_no_record(eraser: Eraser, tmp_path: Path) -> None:
    """The number is taken before the first read, so a medium that was made to break the record would leave a gap."""
    path = tmp_path / "hostile.img"
    path.write_bytes(gpt(MiB, (34, 2**64 - 1)))
    ran = eraser("inspect", path, "--record", "--json")
    assert ran.code == 0, ran.err
    (partition,) = record_of(ran).layout.partitions
    assert partition.first_byte + partition.bytes == MiB
