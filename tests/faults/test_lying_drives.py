"""Drives that lie or fail. None of them gets a certificate of erasure where reading back can see the lie."""

import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.conftest import LyingDriveFactory
from tests.lab.command import Eraser
from tests.lab.forked import ForkedEraser
from tests.lab.nbd import Parameter

pytestmark = pytest.mark.nbd
MiB = 1 << 20
SIZE = 8 * MiB
OLD = b"resident record "

LIARS: Mapping[str, Mapping[str, Parameter]] = {
    "wraps": {"holds": 2 * MiB},
    "zeros-past-the-end": {"holds": 2 * MiB},
    "ignores-writes": {},
    "ignores-writes-reads-zeros": {},
    "drops-region": {"region": (3 * MiB + 4096, 8192)},
    "drops-every-nth": {"nth": 31},
    "flips-bit": {"at": 5 * MiB + 77},
    "dies": {"after": 4 * MiB},
}


@pytest.fixture
def eraser(tmp_path: Path) -> Eraser:
    """Forked: most of what these tests would cost is starting Python."""
    return ForkedEraser(tmp_path / "station")


@pytest.mark.parametrize("behaviour", LIARS)
@pytest.mark.parametrize("method", ["auto", "keyed", "zero", "dod-5220.22-m"])
def test_no_liar_is_certified(behaviour: str, method: str, eraser: Eraser, lying_drive: LyingDriveFactory) -> None:
    drive = lying_drive(behaviour, size=SIZE, **LIARS[behaviour])  # type: ignore[arg-type]
    drive.backing.write_bytes(OLD * (drive.backing.stat().st_size // len(OLD)))
    ran = eraser.wipe(drive.node, "--method", method)
    assert behaviour == "dies" or drive.lies(), "the drive did what it was told"
    assert ran.code == 4, ran.out + ran.err
    assert ran.job["outcome"] == ran.record["outcome"] == "not-erased"
    if behaviour in ("wraps", "zeros-past-the-end", "ignores-writes", "ignores-writes-reads-zeros"):
        # Found by the challenge, in seconds, before the long part begins.
        assert ran.record["challenge"]["wrong"] and not ran.record["passes"]


def test_a_wrapping_drive_is_told_as_one(eraser: Eraser, lying_drive: LyingDriveFactory) -> None:
    drive = lying_drive("wraps", size=SIZE, holds=2 * MiB)
    wrong = eraser.wipe(drive.node).record["challenge"]["wrong"]
    named = [finding for finding in wrong if finding["kind"] == "another-address"]
    assert named
    for finding in named:
        assert (finding["belongs_to"] - finding["lbas"]["first"] * 512) % (2 * MiB) == 0


def test_an_odd_true_capacity_is_found_within_seconds_and_named(eraser: Eraser, lying_drive: LyingDriveFactory) -> None:
    """No two places of the challenge meet where addresses wrap after no power of two: the probes find it; it is on record, said, and
    on the page. With zeros nothing else could."""
    true = 37 * MiB + 20480
    drive = lying_drive("wraps", size=200 * MiB, holds=true)
    ran = eraser.wipe(drive.node, "--method", "zero")
    assert ran.code == 4, ran.out + ran.err
    record = ran.record
    assert not record["passes"] and record["challenge"]["true_capacity_bytes"] == true
    (found,) = ran.of("found")
    assert (found["phase"], found["true_capacity_bytes"]) == ("challenge", true)
    text = subprocess.run(["pdftotext", "-layout", ran.paper(".pdf"), "-"], capture_output=True, text=True).stdout
    assert f"{true:,}" in text
    assert eraser("audit", ran.paper(".pdf")).code == 0


def overwritten_but(backing: Path, spots: list[tuple[int, int]]) -> None:
    """Only the bad spots still hold old data: told by the backing store, not by our code."""
    truth = backing.read_bytes()
    at = 0
    for start, length in sorted(spots):
        assert OLD not in truth[at:start]
        assert truth[start : start + length] == (OLD * (length // len(OLD)))
        at = start + length
    assert OLD not in truth[at:]


@pytest.mark.parametrize(
    "spots",
    [
        [(3 * MiB + 8192, 4096)],
        [(0, 512)],
        [(SIZE - 512, 512)],
        [(i * 40960 + 1024, 512) for i in range(200)],
    ],
    ids=["one 4 KiB spot", "first sector", "last sector", "200 scattered"],
)
def test_bad_spots_are_listed_exactly_and_all_around_them_is_overwritten(
    spots: list[tuple[int, int]], eraser: Eraser, lying_drive: LyingDriveFactory
) -> None:
    size = 64 * MiB if spots == [(3 * MiB + 8192, 4096)] else SIZE
    drive = lying_drive("bad-spots", size=size, spots=spots)
    drive.backing.write_bytes(OLD * (size // len(OLD)))
    ran = eraser.wipe(drive.node, "--method", "keyed")
    assert ran.code == 3, ran.out + ran.err
    unwritable = ran.record["passes"][-1]["unwritable"]
    assert unwritable == [{"first": s // 512, "last": (s + length) // 512 - 1} for s, length in sorted(spots)]
    overwritten_but(drive.backing, spots)


def test_a_spot_that_can_be_written_but_not_read_is_an_exception(
    eraser: Eraser, lying_drive: LyingDriveFactory
) -> None:
    drive = lying_drive("bad-spots", size=SIZE, spots=[(MiB, 4096)], fails="reads")
    ran = eraser.wipe(drive.node, "--method", "keyed")
    assert ran.code == 3
    verification = ran.record["verification"]
    assert verification["unreadable_sectors"] == 8
    (finding,) = verification["findings"]
    assert finding == {"kind": "unreadable", "lbas": {"first": 2048, "last": 2055}, "belongs_to": None}


def test_a_spot_that_can_be_read_but_not_written_is_an_exception(
    eraser: Eraser, lying_drive: LyingDriveFactory
) -> None:
    drive = lying_drive("bad-spots", size=SIZE, spots=[(MiB, 4096)], fails="writes")
    drive.backing.write_bytes(OLD * (SIZE // len(OLD)))
    ran = eraser.wipe(drive.node, "--method", "keyed")
    assert ran.code == 3
    assert ran.record["passes"][-1]["unwritable"] == [{"first": 2048, "last": 2055}]
    assert ran.record["verification"]["different_sectors"] == 0


def test_a_spot_that_heals_on_the_third_try_is_none(eraser: Eraser, lying_drive: LyingDriveFactory) -> None:
    drive = lying_drive("bad-spots", size=SIZE, spots=[(MiB, 512)], heals_after=2, fails="writes")
    ran = eraser.wipe(drive.node, "--method", "keyed")
    assert ran.code == 0, ran.out + ran.err


def test_a_drive_that_hangs_lets_ctrl_c_through(eraser: Eraser, lying_drive: LyingDriveFactory) -> None:
    """The job ends with its record while the write still hangs."""
    import signal
    import time

    drive = lying_drive("hangs", size=SIZE, at=5 * MiB)
    confirm = eraser.confirm(drive.node)
    running = eraser.start("wipe", drive.node, "--confirm", confirm, "--json", "--method", "keyed")
    try:
        drive.wait_until_it_hangs()
        asked = time.monotonic()
        running.send_signal(signal.SIGINT)
        assert running.stdout is not None
        for line in running.stdout:
            if '"job-ended"' in line:
                break
        else:
            pytest.fail("no record")
        # A second for the answer, one for the descriptor that can't be closed, and the page.
        assert time.monotonic() - asked < 10
        assert '"outcome":"interrupted"' in line
        drive.release()
        assert running.wait(timeout=60) == 130
    finally:
        drive.release()
        running.kill()
        running.wait()
