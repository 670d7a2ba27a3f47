"""`eraser custody`: what is recorded, what is refused, and the story that comes out."""

from __future__ import annotations

from pathlib import Path

import pytest

from eraser import cli
from tests.lab.command import Eraser

HERE = ("--person", "受入 花子", "--json")


def test_the_story_of_one_medium(eraser: Eraser) -> None:
    later = ("--at", "2026-01-05T09:00:00+09:00")
    for words in (
        (
            "receive",
            "--serial",
            "ab-12 34",
            "--asset-tag",
            "USB-7",
            "--from",
            "市民課",
            "--place",
            "第2倉庫",
            *HERE,
            *later,
        ),
        ("store", "--serial", "AB1234", "--seal", "S-0099", *HERE),
        ("store", "--serial", "OTHER", *HERE),
        ("handover", "--asset-tag", "ＵＳＢ７", "--to", "リース会社", *HERE),
    ):
        ran = eraser("custody", *words)
        assert ran.code == 0, ran.err
    for who in ("AB1234", "usb-7", "ａｂ１２３４"):
        story = eraser("custody", "show", who, "--json").lines
        assert [each["what"] for each in story] == ["receive", "store", "handover"]
    first, second, third = story
    assert first["at"] == "2026-01-05T09:00:00+09:00" and first["entered"] > first["at"]
    assert second["seal"] == "S-0099" and second["entered"] is None and third["counterpart"] == "リース会社"
    text = eraser("custody", "show", "AB1234", "--lang", "ja").out
    assert "受入れ" in text and "後日入力" in text and "引渡し" in text
    assert eraser("ledger", "verify").code == 0


@pytest.mark.parametrize(
    ("code", "words"),
    [
        (2, ("receive", "--person", "A")),
        (2, ("receive", "--serial", "S1")),
        (2, ("receive", "--serial", "S1", "--person", " ")),
        (2, ("receive", "--serial", "S1", "--person", "A", "--at", "2026-01-05T09:00:00+09:00:30")),
        (2, ("receive", "--serial", " - ", "--person", "A")),
        (2, ("receive", "--serial", "S1", "--person", "A", "--at", "2026-01-05T09:00")),
        (2, ("receive", "--serial", "S1", "--person", "A", "--at", "yesterday")),
        (2, ("receive", "--serial", "S1", "--person", "A", "--at", "2999-01-01T00:00:00+09:00")),
        (5, ("receive", "--serial", "S1", "--person", "\U000f0000")),
        (5, ("receive", "/dev/none", "--person", "A")),
    ],
)
def test_what_is_refused_is_not_recorded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: int, words: tuple[str, ...]
) -> None:
    """In this process: it is refused before the ledger is touched."""
    monkeypatch.setenv("ERASER_HOME", str(tmp_path / "station"))
    with pytest.raises(SystemExit) as ended:
        cli.main(["custody", *words])
    assert ended.value.code == code
    assert not (tmp_path / "station" / "ledger.sqlite").exists()
