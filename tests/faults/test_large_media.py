"""A disk of 8 TB, computed as it is read: a sample takes its reads and no more, in memory that doesn't grow with the disk."""

import os
from pathlib import Path

import msgspec
import pytest

from certificates import canonical
from tests.certificates import samples
from tests.conftest import LyingDriveFactory
from tests.lab.command import Eraser
from tests.lab.nbd import LyingDrive
from verifier import plans
from verifier.plans import SampleSize

pytestmark = pytest.mark.nbd
TB = 10**12
OTHERS_BYTES = 4 << 20  # whoever else looks at a new disk (the kernel for partitions, udev)

OVERTAKING = 64  # places out of 6,907


def certificate(capacity: int, folder: Path) -> Path:
    """Of a disk without a number, as if it had been wiped and read back in full."""
    medium = msgspec.structs.replace(
        samples.DISK, capacity_bytes=capacity, vendor=None, model=None, serial=None, wwn=None
    )
    made = samples.record(medium, (samples.pass_of(1, medium, samples.LAST),), samples.full(medium, 1))
    raw = canonical.encode(made)
    folder.mkdir()
    (folder / "c.json").write_bytes(raw)
    (folder / "c.sig").write_bytes(samples.KEY.sign(raw))
    (folder / "station.pem").write_bytes(samples.KEY.public_pem)
    return folder / "c.json"


def sampled(
    eraser: Eraser, drive: LyingDrive, paper: Path, *options: str
) -> tuple[dict[str, object], list[tuple[int, int]], int]:
    """`verify --verify sample`: the row, what was read, and the most memory that the process had, in bytes."""
    before, key = len(drive.reads()), paper.with_name("station.pem")
    running = eraser.start(
        "verify", drive.node, "--certificate", paper, "--key", key, "--verify", "sample", "--json", *options
    )
    out, err = running.stdout, running.stderr
    assert out is not None and err is not None
    told = out.read()
    _, status, used = os.wait4(running.pid, 0)
    running.returncode = os.waitstatus_to_exitcode(status)
    assert running.returncode == 0, told + err.read()
    (row,) = [line for line in map(msgspec.json.decode, told.splitlines()) if line["type"] == "verification"]
    return row, drive.reads()[before:], used.ru_maxrss * 1024


def test_a_sample_of_8_tb_is_its_reads(eraser: Eraser, lying_drive: LyingDriveFactory, tmp_path: Path) -> None:
    drive = lying_drive("computed", size=8 * TB, holds=0, key=str(samples.LAST.key))
    row, reads, memory = sampled(eraser, drive, certificate(8 * TB, tmp_path / "large"))
    assert row["matches"] and row["plan"] == "sample"
    claim = row["claim"]
    assert isinstance(claim, dict) and (claim["confidence"], claim["residual_at_most"]) == ("0.999", "0.001")
    plan = plans.sample(8 * TB, 512, bytes.fromhex(str(row["seed"])), SampleSize())
    assert plan.independent_places == 6905
    wanted = {tuple(place) for place in plan.places}
    mine = [read for read in reads if read in wanted]
    ascending = sorted(wanted)
    assert sorted(mine) == ascending, "each place once, in one request"
    # Several hands read at a time, so neighbours may overtake each other; nobody goes back over the disk.
    rank = {place: number for number, place in enumerate(ascending)}
    assert all(abs(rank[place] - number) <= OVERTAKING for number, place in enumerate(mine)), "ascending"
    assert sum(length for _, length in reads) <= plan.bytes_to_read + OTHERS_BYTES

    small = lying_drive("computed", size=TB // 1000, holds=0, key=str(samples.LAST.key))
    _, _, less = sampled(eraser, small, certificate(TB // 1000, tmp_path / "small"), "--places", "2000")
    assert memory < less + (16 << 20), "memory grows with the disk or with the sample"
