"""A job that was killed, stopped or lost its medium goes on where it was, on the same medium and no other."""

import json
import os
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.conftest import LoopDiskFactory, LyingDriveFactory
from tests.lab.command import Eraser
from tests.lab.wait import until

pytestmark = [pytest.mark.nbd, pytest.mark.loop]
MiB = 1 << 20
SIZE = 48 * MiB


def written(node: Path) -> int:
    """Bytes that the kernel has ever written to a node; a loop node keeps counting when it gets another file."""
    return int(Path(f"/sys/class/block/{node.name}/stat").read_text().split()[6]) * 512


@contextmanager
def stopped_at(eraser: Eraser, node: Path, count: int, number: signal.Signals, *arguments: object) -> Iterator[str]:
    """A wipe that is sent a signal after `count` written bytes; gives its output."""
    before = written(node)
    running = eraser.start(
        "wipe", node, "--confirm", eraser.confirm(node), "--json", *(arguments or ("--method", "keyed"))
    )
    try:
        until(lambda: written(node) - before > count or running.poll() is not None, f"{count} bytes to be written", 60)
        assert running.poll() is None, running.communicate()
        running.send_signal(number)
        out, _ = running.communicate(timeout=60)
        yield out
    finally:
        running.kill()


def test_killed_at_60_percent_it_goes_on_where_it_was(eraser: Eraser, lying_drive: LyingDriveFactory) -> None:
    drive = lying_drive("honest", size=SIZE, rate=4 * MiB)
    before = written(drive.node)
    with stopped_at(eraser, drive.node, SIZE * 6 // 10, signal.SIGKILL):
        pass
    journal = next((eraser.home / "jobs").glob("*.json"))
    assert stat.S_IMODE(journal.stat().st_mode) == 0o600
    key = json.loads(journal.read_bytes())["passes"][0]["key"]
    (row,) = eraser("jobs", "--json").lines
    assert (row["state"], row["percent"] >= 25) == ("lost", True)

    ran = eraser("resume", "--json")
    assert ran.code == 0, ran.out + ran.err
    assert written(drive.node) - before < SIZE * 1.45
    record = ran.record
    assert record["outcome"] == "erased" and record["continues"] is None
    assert [one["cause"] for one in record["interruptions"]] == ["process-lost"]
    assert record["passes"][0]["content"]["key"] == key
    assert not list((eraser.home / "jobs").iterdir()), "the journal and its keys are gone"
    assert eraser("ledger", "verify").code == 0
    assert len(eraser("ledger", "show", "--json").lines) == 2


def test_stopped_by_ctrl_c_it_goes_on_under_a_new_number(eraser: Eraser, lying_drive: LyingDriveFactory) -> None:
    drive = lying_drive("honest", size=SIZE // 2, rate=8 * MiB)
    with stopped_at(eraser, drive.node, SIZE // 4, signal.SIGINT) as out:
        first = json.loads(out.splitlines()[-1])
    assert (first["outcome"], first["exit_code"]) == ("interrupted", 130)
    assert eraser("jobs", "--json").lines[0]["state"] == "interrupted"
    ran = eraser("resume", first["number"], "--json")
    assert ran.code == 0, ran.out + ran.err
    assert ran.record["continues"] == first["number"] != ran.record["number"]
    assert [one["cause"] for one in ran.record["interruptions"]] == ["ctrl-c"]
    assert eraser("audit", ran.paper(".pdf")).code == 0
    assert eraser("resume").code == 2, "there is nothing left to resume"
    # The medium has no number to be known by: the ledger tells by the jobs that it is erased by now.
    assert not ran.record["medium"]["serial"] and not ran.record["medium"]["wwn"]
    (report,) = eraser("ledger", "report", "--from", "2020-01-01", "--to", "2120-01-01", "--json").lines
    assert [(each["what"], each["status"]) for each in report["failures"]] == [("interrupted", "proven")]
    assert report["open_items"] == 0


def test_another_medium_of_the_same_model_is_refused(
    eraser: Eraser, lying_drive: LyingDriveFactory, loop_disk: LoopDiskFactory
) -> None:
    drive = lying_drive("honest", size=SIZE // 2, rate=8 * MiB)
    with stopped_at(eraser, drive.node, SIZE // 4, signal.SIGKILL):
        pass
    drive.detach()
    other = loop_disk(SIZE // 2)
    before = other.backing.read_bytes()
    ran = eraser("resume", "--json")
    assert ran.code == 5, ran.out + ran.err
    assert other.backing.read_bytes() == before
    assert eraser("jobs", "--json").lines[0]["state"] == "lost", "and it can still be resumed"


def test_a_medium_that_was_changed_meanwhile_is_refused(eraser: Eraser, lying_drive: LyingDriveFactory) -> None:
    drive = lying_drive("honest", size=SIZE // 2, rate=6 * MiB)
    with stopped_at(eraser, drive.node, SIZE * 4 // 10, signal.SIGKILL):
        pass
    assert eraser("jobs", "--json").lines[0]["percent"] > 0
    with drive.node.open("r+b", buffering=0) as medium:
        os.pwrite(medium.fileno(), b"new data" * MiB, 0)
        os.fsync(medium.fileno())
    ran = eraser("resume", "--json")
    assert ran.code == 5
    assert "does not hold what that job wrote" in ran.of("refused")[0]["message"]


def test_a_job_given_up_gets_its_record(eraser: Eraser, lying_drive: LyingDriveFactory, tmp_path: Path) -> None:
    drive = lying_drive("honest", size=SIZE // 2, rate=8 * MiB)
    with stopped_at(eraser, drive.node, SIZE // 8, signal.SIGKILL):
        pass
    number = eraser("jobs", "--json").lines[0]["number"]

    key = eraser.home / "station.key"
    kept = key.rename(key.with_name("kept.key"))
    ran = eraser("resume", "--json")
    assert ran.code == 5 and "began under another key" in ran.out + ran.err, "its number is not this key's"
    shutil.copytree(eraser.home, tmp_path / "other")
    other = Eraser(tmp_path / "other")
    ran = other("jobs", "--close", number, "--json")
    assert (
        ran.code == 0 and [line["type"] for line in ran.lines] == ["given-up"] and other("ledger", "verify").code == 0
    )
    assert not list((other.home / "jobs").iterdir()) and not list((other.home / "certificates").iterdir())
    kept.rename(key)

    ran = eraser("jobs", "--close", number, "--json")
    assert ran.record["outcome"] == "not-erased"
    assert not list((eraser.home / "jobs").iterdir())
    assert eraser("ledger", "show", "--json").lines[-1]["outcome"] == "not-erased"


@pytest.mark.parametrize("method", ["keyed", "keyed-2"])
def test_a_job_that_left_no_proof_takes_no_other_medium(
    method: str, eraser: Eraser, lying_drive: LyingDriveFactory, loop_disk: LoopDiskFactory
) -> None:
    """Killed before anything of a pass was durable: another disk of the same size must not be taken for the one."""
    drive = lying_drive("honest", size=8 * MiB, rate=8 * MiB)
    count = 2 * MiB if method == "keyed" else 9 * MiB
    with stopped_at(eraser, drive.node, count, signal.SIGKILL, "--method", method):
        pass
    drive.detach()
    other = loop_disk(8 * MiB)
    other.backing.write_bytes(b"SOMEBODY ELSE'S " * (8 * MiB // 16))
    before = other.backing.read_bytes()
    ran = eraser("resume", "--json")
    assert ran.code == 5, ran.out + ran.err
    assert other.backing.read_bytes() == before


def killed_at_once(eraser: Eraser, *arguments: object) -> Path:
    """The journal of a job that was killed before any of its first pass was durable."""
    running = eraser.start("wipe", *arguments, "--json", "--rate", "100k")
    try:
        assert running.stdout is not None and '"job-started"' in running.stdout.readline()
    finally:
        running.kill()
        running.communicate(timeout=60)
    return next((eraser.home / "jobs").glob("*.json"))


def test_a_number_of_an_attachment_counts_only_in_its_run_of_the_kernel(
    eraser: Eraser, loop_disk: LoopDiskFactory
) -> None:
    """After a power loss the numbers begin anew, and another medium of the model may have the same name and the same number."""
    disk = loop_disk(8 * MiB)
    journal = killed_at_once(eraser, disk.node, "--confirm", eraser.confirm(disk.node), "--method", "zero")
    kept = journal.read_text()
    boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    journal.write_text(kept.replace(boot, "11111111-1111-4111-8111-111111111111"))
    disk.backing.write_bytes(before := bytes(5_000_000) + b"SOMEBODY ELSE'S".ljust(8 * MiB - 5_000_000, b"\0"))
    assert eraser("resume", "--json").code == 5
    assert disk.backing.read_bytes() == before
    journal.write_text(kept)
    assert eraser("resume", "--json").code == 0, "in this run of the kernel it never left"


def test_a_new_file_that_was_given_the_old_ones_inode_is_another(eraser: Eraser, tmp_path: Path) -> None:
    image = tmp_path / "disk.img"
    image.write_bytes(bytes(8 * MiB))
    inode = image.stat().st_ino
    killed_at_once(eraser, "--image", image, "--confirm", image.name, "--method", "keyed")
    image.unlink()
    image.write_bytes(before := b"SOMEBODY ELSE'S " * (8 * MiB // 16))
    assert eraser("resume", "--json").code == 5, (inode, image.stat().st_ino)
    assert image.read_bytes() == before


def test_killed_as_soon_as_the_ledger_has_the_end_the_papers_are_there(eraser: Eraser, tmp_path: Path) -> None:
    image = tmp_path / "disk.img"
    image.write_bytes(bytes(MiB))
    dies = "import os; from eraser import cli, papers; papers.proven = lambda *_: os.kill(os.getpid(), 9); cli.main()"
    words = ["wipe", "--image", str(image), "--confirm", image.name, "--method", "keyed"]
    done = subprocess.run([sys.executable, "-c", dies, *words], env=eraser.environment, capture_output=True, timeout=60)
    assert done.returncode == -signal.SIGKILL
    (ended,) = eraser("ledger", "show", "--json").of("job-ended")
    assert eraser("audit", eraser.home / "certificates" / f"{ended['number']}.pdf").code == 0
    assert eraser("jobs", "--close", ended["number"]).code == 0
    assert eraser("ledger", "verify").code == 0


@pytest.mark.tools("mkfs.vfat")
def test_a_medium_formatted_meanwhile_is_refused(eraser: Eraser, lying_drive: LyingDriveFactory) -> None:
    drive = lying_drive("honest", size=SIZE // 2, rate=6 * MiB)
    with stopped_at(eraser, drive.node, SIZE * 4 // 10, signal.SIGKILL):
        pass
    assert eraser("jobs", "--json").lines[0]["percent"] > 0
    subprocess.run(["mkfs.vfat", "-I", str(drive.node)], check=True, capture_output=True)
    before = drive.backing.read_bytes()
    assert eraser("resume", "--json").code == 5
    assert drive.backing.read_bytes() == before


@pytest.mark.skipif(not os.path.ismount("/dev/shm"), reason="no file system in memory")
def test_a_file_in_memory_never_left_as_long_as_it_is_the_same(eraser: Eraser) -> None:
    """Such a file system keeps no generation of a file, but when it was made. Zeros were written last, which prove nothing."""
    with tempfile.TemporaryDirectory(dir="/dev/shm") as folder:
        image = Path(folder) / "medium.img"
        image.write_bytes(bytes(range(256)) * (MiB // 64))

        def stopped() -> None:
            running = eraser.start(
                *("wipe", "--image", image, "--confirm", image.name, "--json"),
                *("--method", "zero", "--rate", "4M"),
            )
            assert running.stdout is not None
            for line in running.stdout:
                if '"progress"' in line and '"verify"' in line:
                    break
            running.send_signal(signal.SIGKILL)
            running.communicate(timeout=60)
            assert running.returncode == -signal.SIGKILL

        stopped()
        other = image.with_suffix(".copy")
        shutil.copy2(image, other)
        kept = image.rename(image.with_suffix(".kept"))
        other.rename(image)
        refused = eraser("resume", "--json")
        assert refused.code == 5 and refused.lines[-1]["reason"] == "resume.other_content", refused.out
        kept.replace(image)
        ran = eraser("resume", "--json")
        assert ran.code == 0, ran.out + ran.err
