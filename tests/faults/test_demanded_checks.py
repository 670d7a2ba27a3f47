"""A method that demands a check after each pass gets all of them, wherever its job was ended and taken up again."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.lab.command import Eraser, Ran

MiB = 1 << 20
OWN = """
[ours]
name = { en = "Our two passes", ja = "当庁方式" }
check = "each"
passes = ["fixed:55", "keyed"]
"""
# Ends the process as SIGKILL does, just before its journal is saved for the n-th time.
DIES = """
import os, sys
from eraser import cli
from eraser.journal import Journal
left, save = int(sys.argv.pop(1)), Journal.save
def counted(self, state):
    global left
    left -= 1
    if left == 0: os.kill(os.getpid(), 9)
    save(self, state)
Journal.save = counted
cli.main()
"""


@pytest.fixture
def image(tmp_path: Path) -> Path:
    image = tmp_path / "disk.img"
    image.write_bytes(b"OLD DATA" * MiB)
    return image


def words(image: Path, method: str) -> list[str]:
    return ["wipe", "--image", str(image), "--confirm", image.name, "--method", method, "--json"]


def owners_method(eraser: Eraser) -> None:
    eraser.home.mkdir()
    (eraser.home / "methods.toml").write_text(OWN, encoding="utf-8")


def has_all_checks(ran: Ran) -> None:
    assert ran.code == 0, ran.out + ran.err
    record = ran.record
    assert record["outcome"] == "erased" and record["method"]["check"] == "each"
    checks = [*record["earlier_verifications"], record["verification"]]
    assert [each["of_pass"] for each in checks] == list(range(1, record["method"]["passes_asked"] + 1))
    assert all(each["complete"] and each["plan"] == "full" for each in checks)


@pytest.mark.parametrize(
    ("method", "number"),
    [("ncsc-tg-025", signal.SIGKILL), ("ours", signal.SIGKILL), ("ours", signal.SIGINT), ("ours", signal.SIGTERM)],
)
def test_ended_while_a_pass_is_read_back_the_check_is_made_after_resuming(
    method: str, number: signal.Signals, eraser: Eraser, image: Path
) -> None:
    owners_method(eraser)
    running = eraser.start(*words(image, method), "--rate", "4M")
    assert running.stdout is not None
    for line in running.stdout:
        if '"progress"' in line and '"verify"' in line:
            break
    running.send_signal(number)
    running.communicate(timeout=60)
    ran = eraser("resume", "--json")
    has_all_checks(ran)
    audited = eraser("audit", ran.paper(".pdf"))
    assert audited.code == 0, audited.out + audited.err


def test_killed_at_any_state_of_its_journal_it_ends_with_all_checks(eraser: Eraser, image: Path) -> None:
    owners_method(eraser)
    for save in range(2, 30):  # before the first there is a number and nothing else: nothing to go on with
        image.write_bytes(b"OLD DATA" * (MiB // 8))
        wiped = [sys.executable, "-c", DIES, str(save), *words(image, "ours")]
        done = subprocess.run(wiped, env=eraser.environment, capture_output=True, timeout=60)
        if done.returncode != -signal.SIGKILL:
            assert done.returncode == 0 and save > 6, done.stdout + done.stderr
            break
        has_all_checks(eraser("resume", "--json"))
    audited = eraser("audit", eraser.home / "certificates")
    assert audited.code == 0, audited.out + audited.err
