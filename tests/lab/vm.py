"""One virtual machine with a real kernel and real USB, NVMe and SCSI disks; it runs this checkout and this Python.

The guest sees this machine's root over 9p and may write everywhere, but to memory only: SHARE in the guest
(`work`/share here) is what outlives it. KVM is not needed: under emulation, a boot takes about 25 seconds.
"""

import os
import shlex
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tests.lab.available import ROOT, kernels, vng

MiB = 1 << 20
SHARE = "/run/share"
ROOT_TAG = "labroot"  # the name of the second mount of the root, for QEMU and the guest

# Serial numbers by which the tests find their devices. usb-storage's image sizes are in DISKS.
STICK, SAME_SERIAL, READ_ONLY_STICK = "USB0001", "SAME0001", "RO0001"
CARD_READER, OPTICAL, NVME, STATE = "CARD0001", "CDROM001", "NV0001", "STATE"
TWO_SPACES, SAS, TWO_UNITS = "NV0002", "SAS0001", "SAS0002"
DISKS = {
    "stick": 32 * MiB,
    "same1": 16 * MiB,
    "same2": 16 * MiB,
    "read_only": 16 * MiB,
    "nvme": 32 * MiB,
    "state": 64 * MiB,
    **dict.fromkeys(("space1", "space2", "sas", "unit0", "unit1"), 8 * MiB),
}

# Hardware of the emulated board that no test needs; loading its modules over 9p costs ten seconds.
UNNEEDED = (
    "kvm_amd,kvm,powernow_k8,i6300esb,iTCO_wdt,lpc_ich,i2c_i801,ahci,psmouse,bochs,drm,"
    "aesni_intel,crc32_pclmul,ghash_clmulni_intel,sha256_ssse3,sha512_ssse3"
)

# A plain processor is emulated faster than the `max` that vng asks for; the rest is what OpenSSL and wheels make use of.
PROCESSOR = "qemu64,+ssse3,+sse4.1,+sse4.2,+popcnt,+aes,+pclmulqdq"


@dataclass(frozen=True)
class GuestRun:
    """How a command in the guest ended, and all that was printed."""

    exit_code: int
    output: str


def run_in_vm(
    command: str, *, work: Path, seconds: int, power_fails: Callable[[Path], bool] = lambda share: False
) -> GuestRun:
    """Boot, run a shell command in the project's root as root, and shut down; after `seconds` the machine is killed.

    The same `work` boots on the same disks again. `power_fails(share)` is asked now and then: at its yes, the machine is killed.
    """
    images = work / "images"
    share = work / "share"
    images.mkdir(exist_ok=True)
    share.mkdir(exist_ok=True)
    for name, size in DISKS.items():
        image = images / f"{name}.img"
        if not image.exists():
            image.touch()
            os.truncate(image, size)
    (share / "guest.sh").write_text(_guest_script(command))
    return _boot(_devices(images), share, seconds, power_fails)


def _guest_script(command: str) -> str:
    """virtme's own root asks the host for every page, each time: Python takes 5 s to start. So the command runs in a
    root that is mounted once more, with a cache (nobody changes files meanwhile), below an overlay in memory."""
    return f"""
set -e
mkdir /run/cached /run/upper /run/work /run/root
mount -t 9p -o ro,trans=virtio,version=9p2000.L,msize=524288,cache=loose {ROOT_TAG} /run/cached
mount -t overlay -o lowerdir=/run/cached,upperdir=/run/upper,workdir=/run/work overlay /run/root
for directory in dev proc sys run lib/modules; do
    mkdir -p /run/root/$directory
    mount --rbind /$directory /run/root/$directory
done
export PATH={shlex.quote(str(Path(sys.executable).parent))}:$PATH LANG=C.UTF-8 HOME=/run/home
export ERASER_IN_VM=1 ERASER_HOME=/run/eraser
export SYSTEMD_IGNORE_CHROOT=1  # else "udevadm settle" sees the chroot, says so, and does not wait
export ERASER_LABS={shlex.quote(os.environ.get("ERASER_LABS", ""))}
mkdir $HOME
exec chroot /run/root sh -c {shlex.quote(f"cd {shlex.quote(str(ROOT))} && {command}")}
"""


def _devices(images: Path) -> str:
    """QEMU's options. The reader and the optical drive are empty: they have a drive without a file."""

    def usb_stick(name: str, serial: str, options: str = "") -> list[str]:
        drive = f"if=none,id={name},file={images / name}.img,format=raw{options}"
        return ["-drive", drive, "-device", f"usb-storage,drive={name},serial={serial},removable=on"]

    def empty_usb_slot(name: str, serial: str, device: str) -> list[str]:
        bridge = ["-drive", f"if=none,id={name}", "-device", f"usb-bot,id={name}-bridge,serial={serial}"]
        return [*bridge, "-device", f"{device},bus={name}-bridge.0,drive={name}"]

    root = f"local,path=/,mount_tag={ROOT_TAG},security_model=none,readonly=on,multidevs=remap"
    words = ["-cpu", PROCESSOR, "-virtfs", root, "-device", "qemu-xhci,p2=8,p3=8"]
    words += usb_stick("stick", STICK)
    words += usb_stick("same1", SAME_SERIAL)
    words += usb_stick("same2", SAME_SERIAL)
    words += usb_stick("read_only", READ_ONLY_STICK, ",readonly=on")
    words += empty_usb_slot("card", CARD_READER, "scsi-hd,removable=on")
    words += empty_usb_slot("optical", OPTICAL, "scsi-cd")
    words += ["-drive", f"if=none,id=nvme,file={images / 'nvme'}.img,format=raw"]
    words += ["-device", f"nvme,drive=nvme,serial={NVME}"]
    # A drive of two name spaces; a SAS disk; and one of two logical units, which share its serial number.
    words += ["-device", f"nvme,id=two,serial={TWO_SPACES}"]
    for number in (1, 2):
        words += ["-drive", f"if=none,id=space{number},file={images / f'space{number}'}.img,format=raw"]
        words += ["-device", f"nvme-ns,drive=space{number},bus=two,nsid={number},eui64={number + 0x5254000000000000}"]
    words += ["-device", "virtio-scsi-pci,id=hba"]
    for name, where, serial, wwn in (
        ("sas", "scsi-id=0,lun=0", SAS, 0x5000C50000000001),
        ("unit0", "scsi-id=1,lun=0", TWO_UNITS, 0x5000C50000000002),
        ("unit1", "scsi-id=1,lun=1", TWO_UNITS, 0x5000C50000000003),
    ):
        words += ["-drive", f"if=none,id={name},file={images / name}.img,format=raw"]
        words += ["-device", f"scsi-hd,bus=hba.0,{where},drive={name},serial={serial},wwn={wwn}"]
    # A disk for a station's state, which loses at a power failure what was not flushed.
    words += ["-drive", f"if=none,id=state,file={images / 'state'}.img,format=raw"]
    words += ["-device", f"virtio-blk-pci,drive=state,serial={STATE}"]
    return " ".join(words)


def _boot(devices: str, share: Path, seconds: int, power_fails: Callable[[Path], bool]) -> GuestRun:
    """Run vng in a process group of its own, so that the machine can be ended as a whole and with it nothing else."""
    command = [str(vng()), "--run", str(kernels()[-1]), "--disable-kvm", "--force-9p", "--disable-microvm"]
    command += ["--cpus", "2", "--memory", "2G", f"--rwdir={SHARE}={share}", f"--qemu-opts={devices}"]
    command += ["--append", f"modprobe.blacklist={UNNEEDED}", "--append", "usb-storage.delay_use=0"]
    command += ["--exec", f"sh {SHARE}/guest.sh 2>&1"]
    # vng calls its helpers by name. Its output must be a pipe: into a file it leaves holes.
    environment = os.environ | {"PATH": f"{vng().parent}:{os.environ['PATH']}"}
    process = subprocess.Popen(
        command,
        cwd=ROOT,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )
    deadline = time.monotonic() + seconds
    try:
        while True:
            try:
                output, _ = process.communicate(timeout=0.5)
                return GuestRun(process.returncode, output.decode(errors="replace"))
            except subprocess.TimeoutExpired as error:
                seen = (error.output or b"").decode(errors="replace")
                if power_fails(share):
                    return GuestRun(-signal.SIGKILL, seen)
                if time.monotonic() > deadline:
                    raise TimeoutError(f"the virtual machine was still running after {seconds} s:\n{seen}") from None
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.communicate(timeout=30)
