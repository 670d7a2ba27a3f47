"""Can a lab run on this machine, and are these stock tools there? Asked before each test that needs them; a no is a skip, or
with ERASER_LABS=required a failure."""

import os
import subprocess
import sys
from functools import cache
from pathlib import Path
from shutil import which

import pytest

from tests.lab import postgres, verapdf
from tests.lab.loop import loop_disk

ROOT = Path(__file__).parents[2]
LABS = ("loop", "nbd", "vm", "postgres", "pdfa")
IN_VM = os.environ.get("ERASER_IN_VM") == "1"
REQUIRED = os.environ.get("ERASER_LABS") == "required"


def find_system_programs() -> None:
    """Programs of the system are found by every test and lab: an ordinary user's PATH has no sbin."""
    kept = [each for each in os.environ.get("PATH", os.defpath).split(":") if each]
    os.environ["PATH"] = ":".join([*kept, *(each for each in ("/usr/sbin", "/sbin") if each not in kept)])


def require(lab: str) -> None:
    """The running test is skipped unless this lab can run here."""
    if reason := why_not(lab):
        leave_out(reason)


def needs(*programs: str) -> None:
    """The running test is skipped unless these programs are there. For helpers of tests; a test has the mark `tools`."""
    if absent := [program for program in programs if not which(program)]:
        leave_out(f"not installed: {', '.join(absent)} (as root: tests/lab/install.sh)")


def leave_out(reason: str) -> None:
    """Skip the running test; fail it where labs are required."""
    if REQUIRED:
        pytest.fail(f"ERASER_LABS=required, but {reason}", pytrace=False)
    pytest.skip(reason)


@cache
def why_not(lab: str) -> str | None:
    """Why this lab cannot run here, None when it can."""
    if lab == "vm" and IN_VM:
        return None
    if lab == "postgres":
        return postgres.why_not()
    if lab == "pdfa":
        return verapdf.why_not(ROOT)
    if os.geteuid() != 0:
        return f"the {lab} lab needs root"
    return {"loop": _why_no_loop, "nbd": _why_no_nbd, "vm": _why_no_vm}[lab]()


def kernels() -> list[Path]:
    """The kernel images that tests/lab/install.sh has unpacked, the newest last."""
    return sorted((ROOT / ".lab/kernel/boot").glob("vmlinuz-*"))


def vng() -> Path:
    """virtme-ng's command, beside the Python that runs this."""
    return Path(sys.executable).with_name("vng")


def _why_no_loop() -> str | None:
    """The only way to know is to attach one: containers often show the nodes and refuse to use them."""
    try:
        with loop_disk(1 << 20):
            return None
    except OSError as error:
        return f"the loop lab cannot attach a loop disk: {error}"


def _why_no_nbd() -> str | None:
    if absent := [program for program in ("nbdkit", "nbdfuse", "fusermount3") if not which(program)]:
        return f"the nbd lab lacks {', '.join(absent)} (tests/lab/install.sh)"
    if subprocess.run(["nbdkit", "python", "--dump-plugin"], capture_output=True, timeout=30).returncode:
        return "the nbd lab lacks nbdkit's Python plugin (tests/lab/install.sh)"
    if not Path("/dev/fuse").exists():
        return "the nbd lab lacks /dev/fuse"
    return why_not("loop")


def _why_no_vm() -> str | None:
    needed = ("qemu-system-x86_64", "busybox", "modprobe", "udevadm")
    if absent := [program for program in needed if not which(program)]:
        return f"the vm lab lacks {', '.join(absent)} (tests/lab/install.sh)"
    if not vng().exists():
        return f"the vm lab lacks virtme-ng beside {sys.executable} (pip install -e .[test])"
    return None if kernels() else "the vm lab lacks a kernel in .lab/kernel (tests/lab/install.sh)"
