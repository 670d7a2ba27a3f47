"""`--replug`: the medium is plugged in again before it is verified, is known again, and nothing else is taken for it."""

import json
import signal
from pathlib import Path
from subprocess import Popen

import msgspec
import pytest

from eraser import devices, replugging
from eraser.control import NotReplugged
from tests.certificates.samples import STICK
from tests.conftest import LoopDiskFactory, LyingDriveFactory
from tests.lab.command import Eraser
from tests.lab.nbd import LyingDrive

pytestmark = [pytest.mark.nbd, pytest.mark.loop]
MiB = 1 << 20


def until_asked(running: Popen[str]) -> list[dict[str, object]]:
    """The events up to the one that asks for the medium to be unplugged."""
    assert running.stdout is not None
    told: list[dict[str, object]] = []
    for line in running.stdout:
        told.append(json.loads(line))
        if told[-1].get("step") == "asked":
            return told
    assert running.stderr is not None
    pytest.fail(f"never asked: {told} {running.stderr.read()}")


def wiped(eraser: Eraser, drive: LyingDrive) -> tuple[int, dict[str, object], Path]:
    """A wipe with --replug, and what came of it: exit code, record, the certificate's page."""
    running = eraser.start("wipe", drive.node, "--confirm", eraser.confirm(drive.node), "--json", "--replug")
    try:
        until_asked(running)
        drive.reopen()
        out, err = running.communicate(timeout=120)
    finally:
        running.kill()
    ended = json.loads(out.splitlines()[-1])
    assert ended["type"] == "job-ended", out + err
    files = [Path(file) for file in ended["files"]]
    record = next(json.loads(file.read_bytes()) for file in files if file.suffix == ".json")
    return running.wait(), record, next(file for file in files if file.suffix == ".pdf")


def test_a_drive_that_answers_from_a_cache_is_found_only_by_plugging_it_in_again(
    eraser: Eraser, lying_drive: LyingDriveFactory
) -> None:
    drive = lying_drive("caches-until-reopened", size=MiB + 4096)
    drive.backing.write_bytes(b"resident record " * ((MiB + 4096) // 16))
    assert eraser.wipe(drive.node).code == 0, "without plugging in again nobody can see it"
    code, record, _ = wiped(eraser, drive)
    assert code == 4 and record["outcome"] == "not-erased"
    assert record["verification"]["different_sectors"] == (MiB + 4096) // 512  # type: ignore[index]


def test_an_honest_drive_is_known_again_and_its_certificate_says_so(
    eraser: Eraser, lying_drive: LyingDriveFactory
) -> None:
    code, record, page = wiped(eraser, lying_drive("honest", size=MiB + 8192))
    assert code == 0 and record["outcome"] == "erased"
    replug, medium = record["replug"], record["medium"]
    assert replug["diskseq_before"] == medium["diskseq"] < replug["diskseq"]  # type: ignore[index]
    assert eraser("audit", page).code == 0


def test_a_medium_that_stays_where_it_is_can_be_waited_for_again(eraser: Eraser, loop_disk: LoopDiskFactory) -> None:
    """Ctrl-C while it is waited for: told, resumable, and the resumed job asks again."""
    disk = loop_disk(MiB + 12288)
    running = eraser.start("wipe", disk.node, "--confirm", eraser.confirm(disk.node), "--json", "--replug")
    try:
        until_asked(running)
        running.send_signal(signal.SIGINT)
        out, err = running.communicate(timeout=60)
    finally:
        running.kill()
    assert running.returncode == 130, out + err
    assert json.loads(out.splitlines()[-1])["outcome"] == "interrupted", out
    again = eraser.start("resume", "--json")
    try:
        until_asked(again)
        again.send_signal(signal.SIGTERM)
        again.communicate(timeout=60)
    finally:
        again.kill()
    assert again.returncode == 143


def test_what_was_never_unplugged_is_not_taken_for_back(loop_disk: LoopDiskFactory) -> None:
    medium = devices.at(str(loop_disk(MiB + 16384).node)).medium
    before = replugging.attachments()
    loop_disk(MiB + 16384)  # another of the same size, and attached later
    with pytest.raises(NotReplugged):
        for step in replugging.awaited(medium, before, lambda: None, patience=1.0):
            pytest.fail(f"{step}")


BACK = msgspec.structs.replace(STICK, diskseq=40, node="/dev/sdz", path="elsewhere")


@pytest.mark.parametrize(
    ("changes", "is_back"),
    [
        ({}, True),
        ({"diskseq": 21}, False),
        ({"diskseq": 20}, False),
        ({"diskseq": None}, False),
        ({"serial": "0401396D7D5A9C0F"}, False),
        ({"wwn": "0x5"}, False),
        ({"capacity_bytes": STICK.capacity_bytes - 512}, False),
        ({"logical_sector_bytes": 4096}, False),
        ({"bus": "ata"}, False),
    ],
)
def test_only_the_same_medium_in_a_later_attachment_is_back(changes: dict[str, object], is_back: bool) -> None:
    assert replugging.is_back(msgspec.structs.replace(BACK, **changes), STICK) is is_back


def test_where_nobody_could_tell_it_is_refused_before_anything_is_written(eraser: Eraser, tmp_path: Path) -> None:
    image = tmp_path / "image.img"
    image.write_bytes(b"precious" * 4096)
    assert eraser("wipe", "--image", image, "--confirm", image.name, "--replug").code == 5
    assert image.read_bytes() == b"precious" * 4096
