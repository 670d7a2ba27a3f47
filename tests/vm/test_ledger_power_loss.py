"""On this machine: the power fails while four processes append to a ledger (the virtual machine is killed), and nothing that was
acknowledged is lost."""

import subprocess
from pathlib import Path

import pytest

from certificates.ledger import Ledger
from tests.lab import available
from tests.lab.appenders import acknowledged
from tests.lab.available import IN_VM
from tests.lab.vm import DISKS, SHARE, STATE, run_in_vm

pytestmark = [
    pytest.mark.soak,
    pytest.mark.skipif(IN_VM, reason="this boots the virtual machine; here we are in it"),
    pytest.mark.timeout(900),
]

# The ledger is on a disk that loses what was not flushed; the notes of what was acknowledged go straight to this machine.
SETUP = f"""
set -e
modprobe -a virtio_blk ext4
udevadm settle
mkdir -p /run/state && mount /dev/disk/by-id/virtio-{STATE} /run/state
"""


def test_the_power_fails_while_four_append(tmp_path: Path) -> None:
    available.require("vm")
    state, share = tmp_path / "images" / "state.img", tmp_path / "share"
    state.parent.mkdir()
    (share / "notes").mkdir(parents=True)
    with state.open("wb") as file:
        file.truncate(DISKS["state"])
    subprocess.run(["mkfs.ext4", "-q", str(state)], check=True, capture_output=True)

    append = f"exec python -m tests.lab.appenders /run/state/ledger.sqlite {SHARE}/notes ONE ONE TWO TWO"
    first = run_in_vm(SETUP + append, work=tmp_path, seconds=300, power_fails=lambda share: noted(share) > 40)
    assert first.exit_code < 0, first.output
    told = acknowledged(share / "notes")
    assert len(told) > 40

    copy = f"cp /run/state/ledger.sqlite* {SHARE}; umount /run/state"
    second = run_in_vm(SETUP + copy, work=tmp_path, seconds=300)
    assert second.exit_code == 0, second.output
    book = Ledger(share / "ledger.sqlite", "")
    size = book.verify().size
    kept = {entry.seq: entry for entry in book.entries()}
    assert [entry for entry in told if kept.get(entry.seq) != entry] == []
    print(f"{size} entries, {len(told)} acknowledged")


def noted(share: Path) -> int:
    return sum(file.read_bytes().count(b"\n") for file in (share / "notes").iterdir())
