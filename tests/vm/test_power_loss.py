"""On this machine: the power fails in the middle of a wipe (the virtual machine is killed), and the next boot goes on with it."""

import json
import subprocess
from pathlib import Path

import pytest

from tests.lab import available
from tests.lab.available import IN_VM
from tests.lab.vm import DISKS, SHARE, STATE, STICK, run_in_vm

pytestmark = [
    pytest.mark.soak,
    pytest.mark.skipif(IN_VM, reason="this boots the virtual machine; here we are in it"),
    pytest.mark.timeout(600),
]

SIZE = DISKS["stick"]
# The station's state is on a disk of its own. `written` is what the kernel wrote to the stick, in sectors.
SETUP = f"""
set -e
modprobe -a virtio_blk ext4
udevadm settle
mkdir -p /run/state && mount /dev/disk/by-id/virtio-{STATE} /run/state
export ERASER_HOME=/run/state/eraser
stick=$(basename $(readlink /dev/disk/by-id/usb-*_{STICK}-0:0))
written() {{ awk "{{print \\$7}}" /sys/class/block/$stick/stat; }}
"""


def test_a_power_failure_and_a_resume(tmp_path: Path) -> None:
    available.require("vm")
    state = tmp_path / "images" / "state.img"
    state.parent.mkdir()
    with state.open("wb") as file:
        file.truncate(DISKS["state"])
    subprocess.run(["mkfs.ext4", "-q", str(state)], check=True, capture_output=True)

    wipe = f"python -m eraser wipe /dev/$stick --confirm {STICK} --method keyed --rate 2M --json > {SHARE}/wipe.log 2>&1 & "
    tell = f"while :; do written > {SHARE}/new; mv {SHARE}/new {SHARE}/written; sleep 0.2; done"
    first = run_in_vm(SETUP + wipe + tell, work=tmp_path, seconds=200, power_fails=over_sixty_percent)
    assert first.exit_code < 0, first.output
    before = written(tmp_path / "share")
    assert before >= 0.6 * SIZE

    resume = (
        f"python -m eraser resume --json > {SHARE}/resumed.json; echo $? > {SHARE}/code; written > {SHARE}/written; "
    )
    leave = f"python -m eraser ledger verify > {SHARE}/ledger; umount /run/state"
    second = run_in_vm(SETUP + resume + leave, work=tmp_path, seconds=300)
    share = tmp_path / "share"
    assert second.exit_code == 0, second.output
    assert (share / "code").read_text().strip() == "0", (share / "resumed.json").read_text() + second.output
    assert "consistent" in (share / "ledger").read_text()

    events = [json.loads(line) for line in (share / "resumed.json").read_text().splitlines()]
    assert events[-1]["outcome"] == "erased"
    assert before + written(share) < 1.45 * SIZE
    # The bytes themselves, from outside: keyed from the first to the last, and the number is the first job's.
    assert events[-1]["number"].endswith("-000001")
    assert (tmp_path / "images" / "stick.img").read_bytes().count(bytes(512)) == 0


def written(share: Path) -> int:
    return int((share / "written").read_text()) * 512


def over_sixty_percent(share: Path) -> bool:
    return (share / "written").exists() and written(share) > 0.6 * SIZE
