"""What stands in a message beside our own words comes from anybody: names of files, what is in them, processes."""

from __future__ import annotations

from pathlib import Path

import pytest

from certificates.errors import Usage
from eraser.commands.common import said
from eraser.guard import Reason

HOSTILE = (
    "x\x1b[2J",
    "x\x9b2J",
    "x\u202efdp",
    "x\u2066y",
    "x\nauthentic",
    "x\rauthentic",
    "x\u2028y",
    "x\x7f",
    "x\u200b",
    "x\udcff",
)


@pytest.mark.parametrize("name", HOSTILE)
def test_no_name_steers_the_terminal_or_stands_there_as_our_words(name: str) -> None:
    for value in (name, Path(name), ValueError(name)):
        problem = Usage("usage.key", path=value, detail=value)
        told = [
            *(part for lang in ("ja", "en") for part in (problem.message(lang), problem.hint(lang))),
            said("usage.no_file.message", path=value),
            Reason("guard.mounted", {"part": name, "where": name}).text("en"),
        ]
        assert all(text.isprintable() for text in told), told
        assert any("\\" in text for text in told)


def test_what_people_write_stays_as_it_is() -> None:
    assert "見本　市\u00a0a\u202fb \\x" in Usage("usage.no_file", path="見本　市\u00a0a\u202fb \\x").message("ja")
