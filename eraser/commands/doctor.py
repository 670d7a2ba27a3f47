"""`eraser doctor`: what this machine can and can't do, and the command that mends it."""

from __future__ import annotations

import importlib.util
import os
import sys
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from certificates import causes, station_key
from certificates.errors import Problem
from certificates.ledger import Ledger
from eraser import dating, devices, formatting, home, udev
from eraser.commands.common import command as make_command
from eraser.commands.common import emit, json_option, said, tell
from eraser.rows import Check
from verifier import tools

# What some commands can do more with, and the package that has it.
TOOLS = {"wipefs": "util-linux", "blkid": "util-linux", "smartctl": "smartmontools", **formatting.PACKAGES}
LIBRARIES = {"pillow_heif": "pillow-heif", "psycopg": "'psycopg[binary]'"}
NOT_FOUND, RUNNING, NOT_RUNNING = "not found", "running", "not running"
FOUND = {NOT_FOUND: "absent", RUNNING: "running", NOT_RUNNING: "stopped"}


@make_command("doctor")
@json_option
def command(json: bool) -> int:
    checks = list(examined())
    for check in checks:
        if json:
            emit(check)
        else:
            mark = "ok" if check.ok else ("!!" if check.needed else "--")
            mend = "" if check.ok else f"\n      {check.mend}"
            tell(f"{mark}  {said(f'doctor.{check.name}')}: {_told(check)}{mend}")
    return 1 if any(check.needed and not check.ok for check in checks) else 0


def examined() -> Iterator[Check]:
    """Everything that a job leans on."""
    version = ".".join(str(part) for part in sys.version_info[:3])
    yield Check("python", sys.version_info >= (3, 11), True, version, "apt install python3.11")
    root = os.geteuid() == 0
    yield Check("root", root, False, "uid 0" if root else f"uid {os.geteuid()}", "sudo eraser ...")
    runs = Path("/run/udev/control").exists()
    mend = "apt install udev && systemctl start systemd-udevd"
    yield Check("udev", runs, False, RUNNING if runs else NOT_RUNNING, mend)
    usable = udev.is_usable()
    yield Check("libudev", usable, False, "libudev" if usable else NOT_FOUND, "apt install libudev1")
    yield _kernel()
    yield _devices()
    yield _home()
    yield _clock()
    yield configuration()
    yield _fonts()
    for tool, package in TOOLS.items():
        path = tools.find(tool)
        name = f"tool_{tool.replace('.', '_')}"
        yield Check(name, path is not None, False, path or NOT_FOUND, f"apt install {package}")
    for library, package in LIBRARIES.items():
        there = importlib.util.find_spec(library) is not None
        mend = f"{sys.executable} -m pip install {package}"
        yield Check(f"library_{library}", there, False, library if there else NOT_FOUND, mend)


def _told(check: Check) -> str:
    """What was found, in words where it is no name, number or path."""
    return said(f"doctor.found.{FOUND[check.found]}") if check.found in FOUND else check.found


def _kernel() -> Check:
    release = os.uname().release
    numbers = tuple(int(part) for part in release.split("-")[0].split(".")[:2] if part.isascii() and part.isdigit())
    return Check("kernel", numbers >= (5, 15), False, release, "apt full-upgrade")


def _devices() -> Check:
    try:
        count = len(devices.attached())
    except OSError as error:
        return Check("devices", False, True, causes.in_words(error), "mount -t sysfs sysfs /sys")
    return Check("devices", True, True, str(count), "")


def _home() -> Check:
    try:
        here = home.here()
        # A key with a passphrase is looked at from outside; and looking makes no key where there is none.
        if here.key.exists() and not station_key.is_encrypted(here.key):
            station_key.load(here.key)
        public = station_key.public_half(here.key)
        count = sum(1 for _ in Ledger(here.ledger, "").entries())
    except Problem as problem:
        return Check("home", False, True, problem.message(), problem.hint())
    key = station_key.key_id_of(public)[:16] if public else said("doctor.no_key")
    return Check(
        "home",
        public is not None or not here.key.exists(),
        True,
        f"{here.root}, {key}, {count}",
        said("key.unreadable.hint"),
    )


def _clock() -> Check:
    """Would a paper of today be believed?"""
    now = datetime.now().astimezone()
    try:
        dating.check(home.here())
    except Problem as problem:
        return Check("clock", False, True, problem.message(), problem.hint())
    return Check("clock", True, True, now.isoformat(timespec="seconds"), "")


def configuration() -> Check:
    """Does the configuration make sense, and can a page show it?"""
    from eraser.commands import sheet, wipe

    try:
        configured = sheet.checked(wipe.command, home.here().root)
    except Problem as problem:
        return Check("config", False, True, problem.message(), problem.hint())
    named = configured.issuer.name.ja if configured.issuer else said("doctor.unset")
    mend = said("doctor.set_issuer", path=configured.path)
    return Check("config", configured.issuer is not None, False, f"{configured.path}: {named}", mend)


def _fonts() -> Check:
    from certificates.page import glyphs

    try:
        missing = glyphs.missing("消去証明書 髙﨑𠮷")
    except Exception as error:
        return Check("fonts", False, True, causes.in_words(error), "pip install --force-reinstall eraser")
    return Check("fonts", not missing, True, "Noto Sans JP", "pip install --force-reinstall eraser")
