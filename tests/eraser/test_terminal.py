"""At a terminal the user types the medium's identity; anything else is a refusal."""

import os
import pty
import select
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.lab.command import Eraser


def at_a_terminal(
    eraser: Eraser,
    *arguments: object,
    typed: str,
    prompt: str = "go on: ",
    meanwhile: Callable[[], object] = lambda: None,
) -> tuple[int, str]:
    """Run the command on a terminal of its own, type one line at its prompt; exit code and everything shown.

    `meanwhile` happens while the prompt waits.
    """
    ours, theirs = pty.openpty()
    # A session of its own: a passphrase is asked at the controlling terminal, and that must not be the tester's.
    process = subprocess.Popen(
        eraser.command(*arguments),
        env=eraser.environment,
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        start_new_session=True,
    )
    os.close(theirs)
    shown, answered, deadline = "", False, time.monotonic() + 120
    try:
        while time.monotonic() < deadline:
            if not select.select([ours], [], [], 0.2)[0]:
                if process.poll() is not None:
                    break
                continue
            try:
                shown += os.read(ours, 4096).decode(errors="replace")
            except OSError:  # the other end is closed
                break
            if not answered and prompt in shown:
                meanwhile()
                os.write(ours, typed.encode() + b"\n")
                answered = True
        return process.wait(timeout=30), shown
    finally:
        process.kill()
        os.close(ours)


@pytest.fixture
def image(tmp_path: Path) -> Path:
    file = tmp_path / "practice.img"
    file.write_bytes(b"precious" * 20_000)
    return file


def test_the_identity_typed_right(eraser: Eraser, image: Path) -> None:
    code, shown = at_a_terminal(eraser, "wipe", "--image", image, typed="practice.img")
    assert code == 0, shown
    assert "Type its identity practice.img" in shown and "Erased and verified" in shown
    assert b"precious" not in image.read_bytes()


@pytest.mark.parametrize("typed", ["yes", "practice", "PRACTICE.IMG"])
def test_the_identity_typed_wrong(typed: str, eraser: Eraser, image: Path) -> None:
    before = image.read_bytes()
    code, shown = at_a_terminal(eraser, "wipe", "--image", image, typed=typed)
    assert code == 5, shown
    assert image.read_bytes() == before


def test_no_bars_in_a_pipe(eraser: Eraser, image: Path) -> None:
    ran = eraser("wipe", "--image", image, "--confirm", image.name)
    assert ran.code == 0
    assert "%|" not in ran.err and "\r" not in ran.err and ran.out == ""


def test_a_closed_terminal_does_not_stop_a_wipe_silently(eraser: Eraser, image: Path) -> None:
    """SIGHUP and a broken standard error: the wipe goes on to its end and is recorded."""
    with image.open("r+b") as file:
        file.truncate(12 * 10**6)
    running = eraser.start(
        "wipe", "--image", image, "--confirm", image.name, "--json", "--method", "keyed", "--rate", "4M"
    )
    assert running.stdout is not None and running.stderr is not None
    assert '"job-started"' in running.stdout.readline()
    running.stdout.close()
    running.stderr.close()
    running.send_signal(signal.SIGHUP)
    assert running.wait(timeout=120) == 0
    assert eraser("ledger", "show", "--json").lines[-1]["outcome"] == "erased"


def test_a_stop_is_answered_at_once_and_before_the_record(eraser: Eraser, image: Path) -> None:
    """In either language, once however often it is asked, on standard error; standard output stays the machine's."""
    for lang, told in (("en", "Stopping."), ("ja", "中止の指示を受け付けました。")):
        with image.open("r+b") as file:
            file.truncate(12 * 10**6)
        words = ("wipe", "--image", image, "--confirm", image.name, "--json", "--lang", lang)
        running = eraser.start(*words, "--method", "keyed", "--rate", "2M")
        assert running.stdout is not None and running.stderr is not None
        assert '"job-started"' in running.stdout.readline()
        running.send_signal(signal.SIGINT)
        assert "\n" in iter(running.stderr.readline, ""), "the answer begins on a line of its own"
        assert running.stderr.readline().startswith(told)
        running.send_signal(signal.SIGTERM)
        out, err = running.communicate(timeout=60)
        assert running.returncode == 130, out + err
        assert told not in err and '"outcome":"interrupted"' in out and '"resumable":true' in out


def test_no_message_goes_to_a_medium_that_took_the_number_of_a_closed_stream(eraser: Eraser, image: Path) -> None:
    words = eraser.command("wipe", "--image", image, "--confirm", image.name, "--json", "--rate", "50k")
    with subprocess.Popen(
        ["sh", "-c", 'exec "$@" <&- 2>&-', "sh", *words], env=eraser.environment, stdout=subprocess.PIPE, text=True
    ) as running:
        assert running.stdout is not None
        assert '"job-started"' in running.stdout.readline()
        if os.geteuid() == 0:  # nobody else may look into a process that holds keys
            assert {Path(f"/proc/{running.pid}/fd/{number}").readlink() for number in (0, 2)} == {Path(os.devnull)}
        running.send_signal(signal.SIGINT)
        assert '"outcome":"interrupted"' in running.communicate(timeout=60)[0]
    assert running.returncode == 130


def test_closed_streams_are_no_error(eraser: Eraser, image: Path) -> None:
    words = eraser.command("wipe", "--image", image, "--confirm", image.name)
    done = subprocess.run(["sh", "-c", 'exec "$@" <&- >&- 2>&-', "sh", *words], env=eraser.environment, timeout=60)
    assert done.returncode == 0
    assert b"precious" not in image.read_bytes()
