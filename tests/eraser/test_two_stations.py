"""Whose ledger? Every command that signs or reads one says which; and an ordinary user is not given another one than the machine's.

The machine's own station lies in /var/lib/eraser: these tests have a /var/lib of their own (a mount namespace) and a real second user.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.lab.command import Eraser
from tests.lab.others import open_to_others, opened_checkout

NOBODY = 65534

needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="needs root: a mount namespace, and a second user")


class Machine:
    """A machine whose station belongs to root; commands run as root or as an ordinary user with a home of his own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.user_home = folder / "user"
        self.system = folder / "lib"
        open_to_others(folder)
        for place, mode, owner in ((self.system, 0o755, 0), (self.user_home, 0o755, NOBODY)):
            place.mkdir()
            place.chmod(mode)
            os.chown(place, owner, owner)

    def __call__(self, *arguments: object, user: int = NOBODY, **environment: str) -> subprocess.CompletedProcess[str]:
        """`eraser` with this machine's /var/lib."""
        rights = [] if user == 0 else ["setpriv", f"--reuid={user}", f"--regid={user}", "--clear-groups"]
        command = [*rights, sys.executable, "-m", "eraser", *map(str, arguments)]
        script = f'mount --bind "$0" /var/lib && {opened_checkout()} && exec "$@"'
        return subprocess.run(
            ["unshare", "--mount", "sh", "-c", script, str(self.system), *command],
            env={"PATH": os.environ["PATH"], "HOME": str(self.user_home), "LC_ALL": "C.UTF-8", **environment},
            cwd="/",
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=120,
        )

    @property
    def left_by_the_user(self) -> list[Path]:
        return [path for path in self.user_home.rglob("*") if path.is_file()]


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    made = Machine(tmp_path)
    assert made("key", "create", user=0).returncode == 0
    assert made("custody", "receive", "--serial", "S1", "--person", "A", user=0).returncode == 0
    assert (made.system / "eraser" / "station.key").exists()
    return made


DESTROY = ("destroy", "--serial", "S1", "--media-type", "usb-flash", "--method", "chip-cut", "--witness", "B")
SIGNS_OR_READS = [
    ("ledger", "show"),
    ("ledger", "verify"),
    ("ledger", "life"),
    ("ledger", "report", "--from", "2026-04-01", "--to", "2026-05-01"),
    ("ledger", "checkpoint", "--out", "point"),
    ("ledger", "prove", "X-1"),
    ("ledger", "export", "--out", "out"),
    ("custody", "show", "S1"),
    ("custody", "receive", "--serial", "S1", "--person", "A"),
    DESTROY,
    ("jobs",),
    ("resume",),
    ("wipe", "--image", "x.img", "--confirm", "x.img"),
    ("inspect", "x.img", "--record"),
    ("reconcile", "list.csv"),
    ("key", "create"),
    ("key", "show"),
    ("key", "export"),
]


@needs_root
@pytest.mark.parametrize("command", SIGNS_OR_READS, ids=" ".join)
def test_an_ordinary_user_beside_the_machines_station_is_asked_which_one_he_means(
    machine: Machine, command: tuple[str, ...]
) -> None:
    ran = machine(*command)
    assert ran.returncode == 5, ran
    assert "/var/lib/eraser" in ran.stderr and "sudo" in ran.stderr and "--home" in ran.stderr
    assert "Traceback" not in ran.stderr and not machine.left_by_the_user


@needs_root
def test_a_home_that_is_named_is_used_and_root_has_the_machines(machine: Machine) -> None:
    own = machine.user_home / "station"
    for ran in (machine(*DESTROY, "--home", own), machine("ledger", "verify", ERASER_HOME=str(own))):
        assert ran.returncode == 0 and f"Ledger: {own}/ledger.sqlite" in ran.stderr, ran
    told = machine("ledger", "show", user=0)
    assert "Ledger: /var/lib/eraser/ledger.sqlite" in told.stderr and "S1" in told.stdout
    # Auditing signs nothing and reads no ledger: an auditor at such a machine goes on.
    audited = machine("audit", own / "certificates", "--home", own)
    assert audited.returncode == 0, audited.stderr
    assert machine("methods").returncode == 0 and machine("doctor").returncode in (0, 1)
    assert machine("demo", "--out", machine.user_home / "demo").returncode == 0


def test_home_may_be_named_before_and_behind_the_command(tmp_path: Path) -> None:
    eraser = Eraser(tmp_path / "elsewhere")
    for command in (
        ("--home", tmp_path / "a", "key", "create"),
        ("key", "create", f"--home={tmp_path / 'b'}"),
        ("key", "create", "--home", tmp_path / "c", "--json"),
    ):
        assert eraser(*command).code == 0
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a", "b", "c"]


def test_a_checkpoint_where_there_is_no_ledger_accuses_nobody(tmp_path: Path) -> None:
    """Nothing was removed from a ledger that was never there."""
    station, other = Eraser(tmp_path / "station"), Eraser(tmp_path / "other")
    station("custody", "receive", "--serial", "S1", "--person", "A")
    assert station("ledger", "checkpoint", "--out", tmp_path / "point").code == 0
    ran = other("ledger", "verify", "--checkpoint", tmp_path / "point")
    assert ran.code == 1 and f"There is no ledger at {tmp_path / 'other'}" in ran.err
    assert "removed" not in ran.err and not (tmp_path / "other").exists()
    assert "There is no ledger at" in other("ledger", "show").out
    # The station's own checkpoint tells that there was one.
    (tmp_path / "station" / "ledger.sqlite").unlink()
    gone = station("ledger", "verify", "--checkpoint", tmp_path / "point")
    assert gone.code == 7 and "There is no ledger at" in gone.err


def test_a_ledger_on_a_server_is_named_without_its_password(tmp_path: Path) -> None:
    station = Eraser(tmp_path / "station")
    station.environment = {**station.environment, "ERASER_LEDGER": "postgresql://eraser:hush@127.0.0.1:1/ledger"}
    ran = station("ledger", "show")
    assert "Ledger: postgresql://eraser@127.0.0.1:1/ledger" in ran.err
    assert "hush" not in ran.err + ran.out
