"""`doctor` names every capability that this machine may lack, whether it is there, and what brings it."""

import os
from pathlib import Path

import pytest

from certificates.language import LANGUAGES, Language
from eraser import formatting
from eraser.commands import doctor
from tests.lab.command import Eraser

OPTIONAL = {
    "tool_sfdisk": "apt install fdisk",
    "tool_mkfs_fat": "apt install dosfstools",
    "tool_mkfs_exfat": "apt install exfatprogs",
    "tool_wipefs": "apt install util-linux",
    "tool_blkid": "apt install util-linux",
    "tool_smartctl": "apt install smartmontools",
    "library_pillow_heif": "pip install pillow-heif",
    "library_psycopg": "pip install 'psycopg[binary]'",
}


def test_all_that_reformatting_needs_is_looked_for() -> None:
    assert {*formatting.PACKAGES} <= {*doctor.TOOLS}


def test_what_is_there_and_what_is_not(monkeypatch: pytest.MonkeyPatch) -> None:
    """Against what the machine itself says, tool by tool."""
    for check in doctor.examined():
        if check.name.startswith("tool_") and check.ok:
            assert os.access(check.found, os.X_OK)
        if check.name in OPTIONAL:
            assert not check.needed and check.mend.endswith(OPTIONAL[check.name])
    monkeypatch.setattr("shutil.which", lambda tool, path: None)
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    absent = {check.name for check in doctor.examined() if check.found == doctor.NOT_FOUND}
    assert absent == OPTIONAL.keys()


@pytest.mark.parametrize("lang", LANGUAGES)
def test_it_tells_people_in_their_language(eraser: Eraser, tmp_path: Path, lang: Language) -> None:
    ran = eraser("doctor", "--lang", lang)
    assert ran.code == 0
    lines = [line for line in ran.out.splitlines() if not line.startswith(" ")]
    for named in ("mkfs.fat", "mkfs.exfat", "sfdisk", "HEIC", "PostgreSQL"):
        assert sum(named in line for line in lines) == 1, named
    if lang == "ja":
        assert "not running" not in ran.out and "not found" not in ran.out
    assert {check["name"] for check in eraser("doctor", "--json", "--lang", lang).lines} >= OPTIONAL.keys()
