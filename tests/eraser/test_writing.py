"""The engine where a job can't easily be brought to: a stall, a flush that fails, a descriptor that is in use."""

import errno
import subprocess
import threading
from pathlib import Path

import pytest

from certificates.errors import Refused
from eraser import devices, nodes, usage, writing
from eraser.target import Target
from eraser.writing import FlushFailed, Writing
from tests.conftest import LoopDiskFactory, LyingDriveFactory
from verifier.content import Keyed
from verifier.crew import Span, Stalled
from verifier.pacing import Pace

MiB = 1 << 20
STREAM = Keyed(bytes(range(32)))


@pytest.mark.nbd
def test_a_device_that_never_answers_is_a_stall(
    lying_drive: LyingDriveFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writing, "STALL_SECONDS", 1.0)
    drive = lying_drive("hangs", size=4 * MiB, at=2 * MiB)
    with Target(devices.at(str(drive.node))) as target:
        passing = Writing(target, STREAM)
        with pytest.raises(Stalled):
            for _ in passing:
                pass
        assert passing.passed <= 2 * MiB and not passing.flushed
        # The hanging write still has the descriptor: giving the medium back must not close it under the writer.
        held = target.descriptor
        target.close()
        assert target.descriptor == held
        drive.release()
        with pytest.raises(OSError, match=r"."):
            target.write(0, memoryview(bytes(4096)))


@pytest.mark.loop
def test_after_the_medium_is_given_back_nothing_can_be_written(loop_disk: LoopDiskFactory) -> None:
    disk = loop_disk(MiB)
    target = Target(devices.at(str(disk.node)))
    target.close()
    with pytest.raises(OSError) as told:
        target.write(0, memoryview(bytes(4096)))
    assert told.value.errno == errno.EBADF
    assert disk.backing.read_bytes() == bytes(MiB)


@pytest.mark.loop
def test_a_flush_that_fails_is_no_success(loop_disk: LoopDiskFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """No drive here fails a flush and nothing else, so the flush alone is replaced."""
    with Target(devices.at(str(loop_disk(MiB).node))) as target:

        def failing() -> None:
            raise OSError(errno.EIO, "flush")

        monkeypatch.setattr(target, "flush", failing)
        passing = Writing(target, STREAM)
        with pytest.raises(FlushFailed):
            for _ in passing:
                pass
        assert passing.written == MiB and not passing.flushed


@pytest.mark.loop
def test_a_medium_that_changed_after_it_was_listed_is_refused(loop_disk: LoopDiskFactory, tmp_path: Path) -> None:
    """Same node, another disk: the numbers of the attachment differ."""
    first = tmp_path / "first.img"
    first.write_bytes(bytes(MiB))
    disk = loop_disk(first)
    listed = devices.at(str(disk.node))
    subprocess.run(["losetup", "--detach", str(disk.node)], check=True)
    second = tmp_path / "second.img"
    second.write_bytes(b"precious" * (MiB // 8))
    subprocess.run(["losetup", str(disk.node), str(second)], check=True)
    try:
        with pytest.raises(Refused) as told:
            Target(listed)
        assert "diskseq" in told.value.message()
        assert second.read_bytes() == b"precious" * (MiB // 8)
    finally:
        subprocess.run(["losetup", "--detach", str(disk.node)], check=True)
        subprocess.run(["losetup", str(disk.node), str(first)], check=True)


@pytest.mark.loop
def test_what_was_found_unwritable_before_a_break_is_kept(loop_disk: LoopDiskFactory) -> None:
    with Target(devices.at(str(loop_disk(4 * MiB).node))) as target:
        passing = Writing(target, STREAM, first=2 * MiB, unwritable=[Span(MiB, 512)])
        for _ in passing:
            pass
        assert passing.written == 4 * MiB - 512
        assert passing.unwritable == (Span(MiB, 512),)


def test_a_pace_that_is_held_lets_nothing_through_until_it_goes_on() -> None:
    pace, passed = Pace(), threading.Event()
    pace.hold()
    beats = []

    def take() -> None:
        pace.take(1, lambda: beats.append(1))
        passed.set()

    thread = threading.Thread(target=take, daemon=True)
    thread.start()
    assert not passed.wait(0.8)
    assert beats, "waiting is told, so that it is no stall"
    pace.go()
    assert passed.wait(5)


@pytest.mark.loop
def test_a_loop_device_that_gives_no_answer_holds_up_no_listing(
    loop_disk: LoopDiskFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A loop disk on a network share that is gone: no file system here goes away on demand, so the question alone is replaced."""
    over = threading.Event()
    monkeypatch.setattr(nodes, "LOOP_PATIENCE_SECONDS", 0.1)

    def asked(name: str, number: int, path: str) -> nodes.Loop | None:
        over.wait(30)
        return None

    monkeypatch.setattr(nodes, "_asked", asked)
    disk = loop_disk(MiB)
    try:
        loop = usage.look().nodes[disk.node.name].loop
        assert loop is not None and not loop.is_sure
    finally:
        over.set()
