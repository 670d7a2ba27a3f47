"""Loop disks attach, have the asked properties, and are gone afterwards, also where someone is slow to let go."""

import os
import threading
from pathlib import Path

import pytest

from tests.conftest import LoopDiskFactory
from tests.lab.loop import loop_disk as attach

pytestmark = pytest.mark.loop

MiB = 1 << 20


def in_sysfs(node: Path, name: str) -> str:
    return Path(f"/sys/block/{node.name}/{name}").read_text().strip()


def test_a_file_is_a_disk(loop_disk: LoopDiskFactory, tmp_path: Path) -> None:
    backing = tmp_path / "disk.img"
    backing.write_bytes(bytes(MiB))
    disk = loop_disk(backing)
    with disk.node.open("r+b", buffering=0) as opened:
        opened.write(b"x" * 4096)
        os.fsync(opened.fileno())
    assert disk.backing.read_bytes()[:4097] == b"x" * 4096 + b"\0"


def test_sector_size_and_direct_and_read_only(loop_disk: LoopDiskFactory) -> None:
    disk = loop_disk(MiB, sector_size=4096, read_only=True)
    assert in_sysfs(disk.node, "queue/logical_block_size") == "4096"
    assert in_sysfs(disk.node, "loop/dio") == "1"
    assert in_sysfs(disk.node, "ro") == "1"
    assert in_sysfs(loop_disk(MiB, direct=False).node, "loop/dio") == "0"


def test_two_at_once(loop_disk: LoopDiskFactory) -> None:
    assert loop_disk(MiB).node != loop_disk(MiB).node


def test_detaching_waits_for_the_last_who_has_it_open(tmp_path: Path) -> None:
    backing = tmp_path / "disk.img"
    backing.write_bytes(bytes(MiB))
    with attach(backing) as disk:
        descriptor = os.open(disk.node, os.O_RDONLY)
        late = threading.Timer(0.3, os.close, [descriptor])
        late.start()
    late.join()
    file = Path(f"/sys/block/{disk.node.name}/loop/backing_file")
    assert not file.exists() or file.read_text().strip() != str(backing)
