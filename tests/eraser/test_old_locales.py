"""Locales that are not UTF-8: real ones (EUC-JP, Shift_JIS), and POSIX without Python's help. No command ends in a traceback, each with
its own exit code; what a character set lacks is replaced."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest

from tests.certificates import samples
from tests.eraser.test_audit_command import filed
from tests.lab import available
from tests.lab.command import Eraser

CHARMAPS = {"ja_JP.EUC-JP": "EUC-JP", "ja_JP.SHIFT_JIS": "SHIFT_JIS"}
CODECS = {"ja_JP.EUC-JP": "euc_jp", "ja_JP.SHIFT_JIS": "shift_jis", "POSIX": "ascii"}


@pytest.fixture(scope="module")
def locales(tmp_path_factory: pytest.TempPathFactory) -> Path:
    available.needs("localedef")
    if not Path("/usr/share/i18n/charmaps").is_dir():
        available.leave_out("not installed: the character maps of the package locales")
    folder = tmp_path_factory.mktemp("locales")
    for name, charmap in CHARMAPS.items():
        # It warns that Shift_JIS is not quite ASCII, which is the point.
        subprocess.run(["localedef", "-i", "ja_JP", "-f", charmap, folder / name], capture_output=True, check=False)
        assert (folder / name / "LC_CTYPE").exists()
    return folder


class Old(Eraser):
    """`eraser` in such a locale; what it writes is taken as bytes."""

    def __init__(self, home: Path, name: str, folder: Path) -> None:
        super().__init__(home)
        self.codec = CODECS[name]
        kept = {key: value for key, value in os.environ.items() if not key.startswith(("LC_", "LANG"))}
        self.environment = kept | {
            "ERASER_HOME": str(home),
            "LC_ALL": name,
            "LOCPATH": str(folder),
            "PYTHONCOERCECLOCALE": "0",
            "PYTHONUTF8": "0",
        }

    def run(self, *arguments: object, given: bytes = b"") -> tuple[int, str, str]:
        done = subprocess.run(
            self.command(*arguments), env=self.environment, input=given, capture_output=True, timeout=120
        )
        return done.returncode, done.stdout.decode(self.codec, "replace"), done.stderr.decode(self.codec, "replace")


@pytest.mark.parametrize("name", CODECS)
def test_every_command_speaks_in_an_old_locale(name: str, locales: Path, tmp_path: Path) -> None:
    eraser = Old(tmp_path / "station", name, locales)
    image, list_ = tmp_path / "stick.img", tmp_path / "list.csv"
    image.write_bytes(os.urandom(4 << 20))
    list_.write_text("資産番号,シリアル番号\nA-1,S-1\n", encoding="utf-8")
    filed(tmp_path / "papers", "S-1", samples.erased())
    wiped = ("wipe", "--image", image, "--confirm", "stick.img", "--customer", "Sample City", "--out", tmp_path / "out")
    commands: list[tuple[int, tuple[object, ...]]] = [
        (0, ("--help",)),
        (0, ("wipe", "--help")),
        (2, ("wipe",)),
        (5, ("wipe", "/dev/none")),
        (0, ("wipe", "--image", image, "--dry-run", "--data-class", "mynumber")),
        (0, wiped),
        (0, ("devices",)),
        (0, ("jobs",)),
        (2, ("resume",)),
        (0, ("inspect", image)),
        (6, ("audit", tmp_path / "papers")),
        (6, ("audit", tmp_path / "papers", "--table", "--csv", tmp_path / "audited.csv")),
        (0, ("audit", tmp_path / "out")),
        (0, ("ledger", "show")),
        (0, ("ledger", "verify")),
        (0, ("ledger", "life")),
        (0, ("ledger", "report", "--from", "2026-01-01", "--to", "2030-01-01")),
        (0, ("custody", "receive", "--serial", "S-1", "--person", "A")),
        (0, ("custody", "show", "S-1")),
        (7, ("reconcile", list_)),
        (0, ("destroy", "--serial", "S-1", "--media-type", "usb-flash", "--method", "chip-cut", "--witness", "B")),
        (0, ("key", "show")),
        (0, ("methods",)),
        (0, ("methods", "keyed-2")),
        (0, ("policies",)),
        (0, ("policies", "mic-r8.3")),
        (0, ("doctor",)),
        (0, ("demo", "--out", tmp_path / "demo")),
        (2, ("audit", tmp_path / "nowhere")),
    ]
    for code, command in commands:
        ended, out, err = eraser.run(*command, "--lang", "ja")
        assert "Traceback" not in err, (command, err)
        assert ended == code, (command, ended, out, err)


@pytest.mark.parametrize("name", CODECS)
def test_json_is_json_in_an_old_locale(name: str, locales: Path, tmp_path: Path) -> None:
    eraser = Old(tmp_path / "station", name, locales)
    eraser.run("custody", "receive", "--serial", "S-1", "--person", "A", "--json")
    for command in (("policies", "--json"), ("ledger", "show", "--json"), ("methods", "--json")):
        done = subprocess.run(eraser.command(*command), env=eraser.environment, capture_output=True, timeout=60)
        assert done.returncode == 0 and [json.loads(line) for line in done.stdout.decode("utf-8").splitlines()]


def test_what_the_character_set_has_is_written_in_it_and_the_rest_replaced(locales: Path, tmp_path: Path) -> None:
    """Characters that EUC-JP has stay; a dash that it lacks becomes one that it has; the rest is a question mark."""
    eraser = Old(tmp_path / "station", "ja_JP.EUC-JP", locales)
    filed(tmp_path, "S-1", samples.erased())
    _, out, _ = eraser.run("audit", tmp_path / "S-1.json")
    assert "真正性を確認できません" in out
    (tmp_path / "𠮷.json").write_bytes((tmp_path / "S-1.json").read_bytes())
    code, out, err = eraser.run("audit", tmp_path)
    assert code == 6 and "Traceback" not in err


def test_an_answer_that_is_no_text_of_the_locale_confirms_nothing(locales: Path, tmp_path: Path) -> None:
    eraser = Old(tmp_path / "station", "ja_JP.EUC-JP", locales)
    image = tmp_path / "stick.img"
    image.write_bytes(bytes(4 << 20))
    code, _, err = eraser.run("wipe", "--image", image, given=b"\xff\xfe\n")
    assert code == 5 and "Traceback" not in err
