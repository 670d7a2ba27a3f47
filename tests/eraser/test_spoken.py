"""What click says by itself comes in both languages, and lists of commands are whole."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from certificates import language
from certificates.record import Outcome
from eraser import devices, progress
from eraser.cli import COMMANDS, main
from eraser.commands.devices import lines
from eraser.events import JobEnded
from tests.lab.command import Eraser


@pytest.fixture(autouse=True)
def japanese() -> Iterator[None]:
    language.choose("ja")
    yield
    language.choose(None)


def said(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    with pytest.raises(SystemExit):
        main(["--lang", "ja", *arguments])
    heard = capsys.readouterr()
    return heard.out + heard.err


def test_every_msgid_is_one_that_click_asks_for() -> None:
    modules = (
        click.core,
        click.exceptions,
        click.parser,
        click.types,
        click.termui,
        click.formatting,
        click.decorators,
    )
    asked = {
        node.value
        for module in modules
        for node in ast.walk(ast.parse(inspect.getsource(module)))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    assert set(language.written("click")) <= asked


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (("wipe",), "次の引数を指定してください: 'TARGET...'"),
        (("wip",), "'wip' というコマンドはありません。"),
        (("wipe", "x", "--verify", "all"), "'all' は次のいずれでもありません: 'full', 'nist-r1', 'sample'"),
        (("wipe", "x", "--oout", "y"), "'--oout' というオプションはありません。"),
        (("devices", "x"), "余分な引数があります: x"),
        (("custody", "store"), "次のオプションを指定してください: '--person'"),
        (("jobs", "--close"), "オプション '--close' に値を指定してください。"),
    ],
)
def test_wrong_usage_is_told_in_japanese(
    capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], expected: str
) -> None:
    heard = said(capsys, *arguments)
    assert expected in heard
    assert "Usage" not in heard and "Error" not in heard and "Try" not in heard


@pytest.mark.parametrize("command", [(), ("key",), ("ledger",), ("custody",), ("certificate",)])
def test_help_is_japanese_and_whole(eraser: Eraser, command: tuple[str, ...]) -> None:
    heard = eraser(
        "--lang", "ja", *command, "--help"
    ).out  # a process of its own: help is written when a command is imported
    assert "表示" in heard
    assert "..." not in heard.replace("ARGS]...", "")
    assert not any(word in heard for word in ("Usage", "Options", "Commands", "Show this"))


def test_no_command_is_listed_twice() -> None:
    assert len(COMMANDS) == len(set(COMMANDS))


def test_a_device_is_described_in_japanese(tmp_path: Path) -> None:
    (tmp_path / "stick.img").write_bytes(bytes(1 << 20))
    told = lines(devices.image(str(tmp_path / "stick.img")), "stick.img", None)
    assert "シリアル番号 -  WWN -" in told and "不明" in told and "serial" not in told


def ended(outcome: Outcome, *, resumable: bool = False) -> str:
    event = JobEnded(
        target="/dev/sdx",
        number="0A1B2C3D-000001",
        outcome=outcome,
        exit_code=1,
        digest="",
        files=(),
        verdicts=(),
        warnings=(),
        resumable=resumable,
    )
    return "\n".join(progress.lines(event))


def test_exceptions_say_what_they_leave_and_what_to_do() -> None:
    told = ended("erased-with-exceptions")
    assert "従前のデータが残っている可能性" in told and "eraser destroy" in told
    assert "可能性" not in ended("erased")


@pytest.mark.parametrize("resumable", [True, False])
def test_what_can_be_resumed_says_how(resumable: bool) -> None:
    told = ended("interrupted", resumable=resumable)
    assert ("eraser resume 0A1B2C3D-000001" in told) == resumable
    assert "データが残っているものとして" in told


def test_nothing_to_resume_is_told_as_such(eraser: Eraser) -> None:
    ran = eraser("resume", "--lang", "ja")
    assert ran.code == 2 and "再開を待っている処理はありません" in ran.err and ": -" not in ran.err
