"""The main job on a real USB stick: files before, nothing after, and a paper that says which stick it was."""

import json
import os
import signal
import subprocess
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest

from certificates.errors import Refused
from eraser import devices, guard
from eraser.target import Target
from tests.lab import recovery
from tests.lab.forked import Child, ForkedEraser
from tests.lab.wait import until

pytestmark = pytest.mark.vm


def written_bytes(node: Path) -> int:
    """What the kernel has written to the device since it was plugged in."""
    return int(Path(f"/sys/class/block/{node.name}/stat").read_text().split()[6]) * 512


def started_and_at(eraser: ForkedEraser, stick: Path, count: int) -> Child:
    """A wipe of the stick that has written at least `count` bytes and is under way."""
    start = written_bytes(stick)
    running = eraser.fork("wipe", stick, "--confirm", "USB0001", "--json")
    try:
        until(
            lambda: written_bytes(stick) - start > count or running.poll() is not None,
            f"{count} bytes to be written",
            240,
        )
        assert running.poll() is None, running.communicate()
    except BaseException:
        running.kill()  # else it writes on beneath the next test
        raise
    return running


def test_s07_a_stick_that_only_destruction_would_do_for(eraser: ForkedEraser, stick: Path) -> None:
    """Said before an hour is spent, and with --require-sufficient not a byte is written."""
    asked = ("wipe", stick, "--confirm", "USB0001", "--policy", "mic-r8.3", "--data-class", "mynumber", "--json")
    start = written_bytes(stick)
    dry = eraser(*asked, "--dry-run")
    assert dry.code == 0
    (verdict,) = json.loads(dry.out)["verdicts"]
    assert (verdict["category"], verdict["sufficiency"]) == ("none", "not-sufficient")
    refused = eraser(*asked, "--require-sufficient")
    assert refused.code == 5
    for told in (dry.err, refused.out):
        assert "accepts physical destruction only" in told
    assert written_bytes(stick) == start


def test_the_main_job_on_a_real_stick(eraser: ForkedEraser, stick: Path, tmp_path: Path) -> None:
    ours = recovery.fill_and_format(stick, tmp_path)
    before, after = tmp_path / "before", tmp_path / "after"
    before.mkdir()
    after.mkdir()
    assert recovery.photorec(stick, before, ours) == {"jpg": 10, "pdf": 10}
    assert json.loads(eraser("inspect", stick, "--json").out)["recoverable"] >= 20

    ran = eraser(
        "wipe",
        stick,
        "--confirm",
        "USB0001",
        "--json",
        "--customer",
        "見本市",
        "--operator",
        "髙﨑 𠮷子",
        "--reason",
        "reuse",
    )
    assert ran.code == 0, ran.out + ran.err

    assert recovery.photorec(stick, after, ours) == {}
    assert recovery.foremost(stick, after, ours) == {}
    assert recovery.wipefs(stick) == ""
    assert json.loads(eraser("inspect", stick, "--json").out)["recoverable"] == 0

    medium = ran.record["medium"]
    assert (medium["serial"], medium["bus"], medium["media_type"]) == ("USB0001", "usb", "usb-flash")
    assert ran.record["method"]["id"] == "keyed-2"
    text = subprocess.run(
        ["pdftotext", "-layout", str(ran.paper(".pdf")), "-"], check=True, capture_output=True, text=True, timeout=300
    ).stdout
    for word in ("消去証明書", "Certificate of Erasure", "USB0001", "見本市", "髙﨑", "𠮷子"):
        assert word in text
    assert eraser("audit", ran.paper(".pdf")).code == 0
    assert eraser("verify", stick, "--certificate", ran.paper(".pdf"), seconds=300).code == 0

    # One changed block, and the stick no longer matches its paper.
    with stick.open("r+b", buffering=0) as medium_file:
        os.pwrite(medium_file.fileno(), b"\0" * 4096, 20 << 20)
        os.fsync(medium_file.fileno())
    told = eraser("verify", stick, "--certificate", ran.paper(".pdf"), "--json", seconds=300)
    assert told.code == 6
    assert told.of("verification")[0]["findings"][0]["lbas"] == {"first": 40960, "last": 40967}


def test_a_stick_that_is_pulled_in_the_middle(
    eraser: ForkedEraser, stick: Path, unplug: Callable[[Path], Path]
) -> None:
    running = started_and_at(eraser, stick, 12 << 20)
    try:
        unplug(stick)
        out, err = running.communicate(timeout=300)
    finally:
        running.kill()
    events = [json.loads(line) for line in out.splitlines()]
    ended = events[-1]
    assert ended["type"] == "job-ended", out + err
    assert running.returncode == 4
    assert ended["outcome"] == "not-erased"
    record = json.loads(Path(next(file for file in ended["files"] if file.endswith(".json"))).read_bytes())
    assert record["interruptions"][0]["cause"] == "device-vanished"
    size = record["medium"]["capacity_bytes"]
    assert 0 < record["interruptions"][0]["bytes_done"] < size
    assert 0 < record["passes"][-1]["bytes_written"] < size and not record["passes"][-1]["flushed"]
    text = subprocess.run(
        ["pdftotext", next(file for file in ended["files"] if file.endswith(".pdf")), "-"],
        check=True,
        capture_output=True,
        text=True,
        timeout=300,
    ).stdout
    assert "NOT ERASED" in text and "Certificate of Erasure" not in text and "消去証明書" not in text


def test_a_stick_is_known_again_after_it_was_unplugged_and_no_other_is_taken_for_it(
    eraser: ForkedEraser,
    stick: Path,
    same_serial_sticks: tuple[Path, Path],
    unplug: Callable[[Path], Path],
    replug: Callable[[Path], Path],
) -> None:
    """And then it is formatted, verified against its certificate, and the stick that was in the way is untouched."""
    words = ("--json", "--method", "keyed", "--verify", "nist-r1", "--replug", "--reformat", "fat32")
    running = eraser.fork("wipe", stick, "--confirm", "USB0001", *words)
    try:
        until(lambda: running.has_said('"step":"asked"'), "the stick to be asked for", 300)
        port = unplug(stick)
        until(lambda: running.has_said('"step":"out"'), "the stick to be missed", 300)
        other = replug(unplug(same_serial_sticks[0]))
        before = other.read_bytes()
        until(lambda: running.has_said('"step":"other"'), "another stick to be noticed", 300)
        again = replug(port)
        out, err = running.communicate(timeout=300)
    finally:
        running.kill()
    events = [json.loads(line) for line in out.splitlines()]
    assert running.returncode == 0, out + err
    assert [each["ok"] for each in events if each["type"] == "formatted"] == [True]
    record = json.loads(Path(next(file for file in events[-1]["files"] if file.endswith(".json"))).read_bytes())
    told = record["replug"]
    assert (told["node"], told["diskseq_before"]) == (str(again), record["medium"]["diskseq"])
    assert told["diskseq"] > told["diskseq_before"]
    assert other.read_bytes() == before
    paper = next(file for file in events[-1]["files"] if file.endswith(".pdf"))
    told_again = eraser("verify", again, "--certificate", paper, "--verify", "nist-r1", "--json")
    (row,) = told_again.of("verification")
    assert (row["outcome"], row["format"], row["same_identity"]) == ("confirmed", "as-certified", True)


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_stop_in_the_middle_ends_in_a_record(
    eraser: ForkedEraser, stick: Path, number: signal.Signals, code: int
) -> None:
    running = started_and_at(eraser, stick, 8 << 20)
    try:
        running.send_signal(number)
        out, err = running.communicate(timeout=300)
    finally:
        running.kill()
    ended = json.loads(out.splitlines()[-1])
    assert running.returncode == code, out + err
    assert (ended["type"], ended["outcome"]) == ("job-ended", "interrupted")


def test_two_sticks_of_the_same_serial_are_not_confirmed_by_it(
    eraser: ForkedEraser, same_serial_sticks: tuple[Path, Path]
) -> None:
    first, second = same_serial_sticks
    before = [stick.read_bytes() for stick in same_serial_sticks]
    ran = eraser("wipe", first, "--confirm", "SAME0001", "--json")
    assert ran.code == 5
    assert "more than one medium" in ran.of("refused")[0]["message"]
    assert [stick.read_bytes() for stick in same_serial_sticks] == before

    precise = eraser.confirm(first)
    assert precise.startswith("SAME0001@") and precise != eraser.confirm(second)
    assert eraser("wipe", first, "--confirm", precise, "--json").code == 0
    assert second.read_bytes() == before[1]


def test_a_stick_that_was_exchanged_after_it_was_listed(
    stick: Path, unplug: Callable[[Path], Path], replug: Callable[[Path], Path]
) -> None:
    """The same stick plugged in again is another attachment: what was confirmed before counts no more."""
    listed = devices.at(str(stick))
    again = replug(unplug(stick))
    before = again.read_bytes()
    with pytest.raises(Refused), Target(listed):
        pytest.fail("held")
    assert again.read_bytes() == before


@pytest.mark.parametrize(
    ("fixture", "words"),
    [
        ("empty_card_reader", ("holds no medium",)),
        ("empty_optical", ("optical",)),
        ("read_only_stick", ("write-protected",)),
    ],
)
def test_what_cannot_be_wiped_is_refused_in_words(
    fixture: str, words: tuple[str, ...], eraser: ForkedEraser, request: pytest.FixtureRequest
) -> None:
    node: Path = request.getfixturevalue(fixture)
    ran = eraser.wipe(node)
    assert ran.code == 5, ran.out + ran.err
    for word in words:
        assert word in ran.of("refused")[0]["message"]


def test_an_ordinary_user_is_refused(stick: Path) -> None:
    """He might be allowed to write to the stick, but he can't see who else does."""

    def look() -> None:
        os.setuid(65534)
        print(guard.reasons_against(devices.at(str(stick))))

    told, err = Child(look).communicate()
    assert "guard.unseen" in told, err


def test_a_member_of_a_mapper_and_the_mapper_itself(
    eraser: ForkedEraser, same_serial_sticks: tuple[Path, Path]
) -> None:
    stick = same_serial_sticks[0]
    subprocess.run(["modprobe", "dm-mod"], check=True)
    subprocess.run(["dmsetup", "create", "erasertest"], input=f"0 16384 linear {stick} 0", text=True, check=True)
    try:
        before = stick.read_bytes()
        ran = eraser.wipe(stick)
        assert ran.code == 5
        assert "/dev/mapper/erasertest" in ran.of("refused")[0]["message"]
        above = Path("/dev/mapper/erasertest").resolve()
        ran = eraser("wipe", above, "--json")
        assert ran.code == 5
        assert "built on other disks" in ran.of("refused")[0]["message"]
        assert stick.read_bytes() == before
    finally:
        subprocess.run(["dmsetup", "remove", "--retry", "erasertest"], check=True)


def run(*command: object, given: str | None = None) -> None:
    done = subprocess.run([str(part) for part in command], input=given, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, (command, done.stdout, done.stderr)


@contextmanager
def raid(stick: Path) -> Iterator[str]:
    """A RAID array of one half."""
    run("modprobe", "raid1")
    run(
        "mdadm",
        "--create",
        "/dev/md/eraser",
        "--run",
        "--level=1",
        "--raid-devices=2",
        "--metadata=1.2",
        stick,
        "missing",
    )
    try:
        yield "/dev/md127"
    finally:
        run("mdadm", "--stop", "/dev/md127")


@contextmanager
def volume(stick: Path) -> Iterator[str]:
    """A logical volume."""
    run("modprobe", "dm-mod")
    settings = "devices { use_devicesfile=0 scan_lvs=0 } activation { udev_sync=0 udev_rules=0 monitoring=0 } global { locking_type=1 }"
    for command in (
        ("pvcreate", "--yes", stick),
        ("vgcreate", "--yes", "erasertest", stick),
        ("lvcreate", "--yes", "--zero=n", "--wipesignatures=n", "--size=4M", "--name=data", "erasertest"),
    ):
        run(command[0], "--config", settings, *command[1:])
    try:
        yield "/dev/mapper/erasertest-data"
    finally:
        run("vgchange", "--config", settings, "--activate=n", "erasertest")


@contextmanager
def encrypted(stick: Path) -> Iterator[str]:
    """An opened LUKS container."""
    run("modprobe", "dm-crypt")
    fast = ("--type=luks1", "--pbkdf-force-iterations=1000", "--batch-mode")  # its header is small
    run("cryptsetup", "luksFormat", *fast, stick, "-", given="secret")
    run("cryptsetup", "open", "--key-file=-", stick, "erasertest", given="secret")
    try:
        yield "/dev/mapper/erasertest"
    finally:
        run("cryptsetup", "close", "erasertest")


@pytest.mark.parametrize("built", [raid, volume, encrypted])
def test_what_others_are_built_on_is_refused(
    built: Callable[[Path], AbstractContextManager[str]],
    eraser: ForkedEraser,
    same_serial_sticks: tuple[Path, Path],
) -> None:
    stick = same_serial_sticks[0]
    run("wipefs", "--all", stick)
    with built(stick) as above:
        before = stick.read_bytes()
        ran = eraser.wipe(stick)
        assert ran.code == 5 and above in ran.of("refused")[0]["message"], ran.out
        ran = eraser("wipe", Path(above).resolve(), "--json")
        assert ran.code == 5 and "built on other disks" in ran.of("refused")[0]["message"], ran.out
        assert stick.read_bytes() == before


def test_an_nvme_disk(eraser: ForkedEraser, nvme_disk: Path) -> None:
    ran = eraser("wipe", nvme_disk, "--confirm", "NV0001", "--json")
    assert ran.code == 0, ran.out + ran.err
    assert (ran.record["medium"]["bus"], ran.record["medium"]["media_type"]) == ("nvme", "nvme-ssd")


def test_sectors_of_4096_bytes(eraser: ForkedEraser, debug_disk_4k: Path) -> None:
    ran = eraser.wipe(debug_disk_4k, "--verify", "nist-r1", "--method", "zero")
    assert ran.code == 0, ran.out + ran.err
    assert ran.record["medium"]["logical_sector_bytes"] == 4096
    assert ran.record["coverage"]["addressed"] == {"first": 0, "last": (16 << 20) // 4096 - 1}
