"""Whoever stops reading changes neither what a command does nor how it ends."""

import os
import signal
import subprocess
from pathlib import Path

import pytest

from tests.lab.command import Eraser

MiB = 1 << 20
BUFFERED = pytest.mark.parametrize("unbuffered", ["", "1"])


def run(eraser: Eraser, shell: str, unbuffered: str = "", **more: str) -> subprocess.CompletedProcess[str]:
    """A line for bash, in which $ERASER is the command; the exit code is the command's own."""
    command = " ".join(eraser.command())
    environment = {**eraser.environment, "PYTHONUNBUFFERED": unbuffered, "ERASER": command, **more}
    words = ["bash", "-c", f"set -o pipefail; {shell}"]
    return subprocess.run(words, env=environment, capture_output=True, text=True, timeout=120)


@pytest.fixture
def image(tmp_path: Path) -> Path:
    image = tmp_path / "disk.img"
    image.write_bytes(bytes(MiB))
    return image


@BUFFERED
@pytest.mark.parametrize("to", ["| head -1", "| true", ">&-", "> /dev/full", "2>&1 | true", "> /dev/full 2> /dev/full"])
def test_a_wipe_ends_with_its_own_code_and_its_papers(to: str, unbuffered: str, eraser: Eraser, image: Path) -> None:
    done = run(eraser, f"$ERASER wipe --image '{image}' --confirm disk.img --json {to}", unbuffered)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Traceback" not in done.stderr and "Exception" not in done.stderr
    (ended,) = eraser("ledger", "show", "--json").of("job-ended")
    assert ended["outcome"] == "erased" and any(image.read_bytes())


@BUFFERED
def test_checks_audits_and_lists_do_too(unbuffered: str, eraser: Eraser, image: Path) -> None:
    paper = eraser("wipe", "--image", image, "--confirm", "disk.img", "--json").paper(".pdf")
    for words in (f"verify '{image}' --certificate '{paper}'", f"inspect '{image}'", f"audit '{paper}'", "devices"):
        for to in ("| true", ">&-", "--json | true"):
            done = run(eraser, f"$ERASER {words} {to}", unbuffered)
            assert done.returncode == 0, (words, to, done.stderr)
    with image.open("r+b") as file:
        os.pwrite(file.fileno(), b"OTHER", 5000)
    for to in ("| true", "> /dev/full"):
        assert run(eraser, f"$ERASER verify '{image}' --certificate '{paper}' {to}", unbuffered).returncode == 6


def test_a_list_that_could_not_be_written_says_so(eraser: Eraser) -> None:
    done = run(eraser, "$ERASER methods > /dev/full")
    assert done.returncode == 1 and "No space left" in done.stderr and "Traceback" not in done.stderr


def test_a_folder_that_bears_the_name_of_a_command_is_no_job(eraser: Eraser, image: Path, tmp_path: Path) -> None:
    eraser("wipe", "--image", image, "--confirm", "disk.img", "--out", tmp_path / "wipe")
    assert run(eraser, f"cd '{tmp_path}' && $ERASER audit wipe > /dev/full").returncode == 1


def asked_while_it_runs(eraser: Eraser, *words: object) -> tuple[int, str]:
    """SIGUSR1, again and again, from before its first line on."""
    running = subprocess.Popen(
        eraser.command(*words),
        env=eraser.environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=lambda: signal.signal(signal.SIGUSR1, signal.SIG_IGN),
    )
    while True:
        try:
            _, told = running.communicate(timeout=0.3)
            return running.returncode, told
        except subprocess.TimeoutExpired:
            running.send_signal(signal.SIGUSR1)


def test_whoever_asks_how_far_it_is_is_told_and_ends_nothing(eraser: Eraser, image: Path) -> None:
    image.write_bytes(bytes(8 * MiB))
    words = ("--image", image, "--confirm", "disk.img", "--method", "keyed")
    code, told = asked_while_it_runs(eraser, "wipe", *words, "--rate", "3M")
    assert code == 0, told
    assert "write 1/1" in told and "verify" in told and "of 8,388,608 bytes" in told and "%" in told
    paper = next((eraser.home / "certificates").glob("*.pdf"))
    for others in (("verify", image, "--certificate", paper), ("inspect", image), ("audit", paper), ("devices",)):
        code, told = asked_while_it_runs(eraser, *others)
        assert code == 0, told


def test_quit_from_the_keyboard_stops_in_order_and_is_resumed(eraser: Eraser, image: Path) -> None:
    image.write_bytes(bytes(8 * MiB))
    running = eraser.start("wipe", "--image", image, "--confirm", "disk.img", "--json", "--rate", "2M")
    assert running.stdout is not None and '"job-started"' in running.stdout.readline()
    running.send_signal(signal.SIGQUIT)
    out, _ = running.communicate(timeout=60)
    assert running.returncode == 131 and '"outcome":"interrupted"' in out
    assert eraser("resume").code == 0


@pytest.mark.parametrize(("number", "code"), [(signal.SIGUSR2, 0), (signal.SIGALRM, 143), (signal.SIGIO, 143)])
def test_no_other_signal_ends_a_job_without_its_papers(number: int, code: int, eraser: Eraser, image: Path) -> None:
    image.write_bytes(bytes(8 * MiB))
    words = ("--image", image, "--confirm", "disk.img", "--method", "keyed", "--json", "--rate", "4M")
    running = eraser.start("wipe", *words)
    assert running.stdout is not None and '"job-started"' in running.stdout.readline()
    running.send_signal(number)
    out, _ = running.communicate(timeout=60)
    assert running.returncode == code and '"type":"job-ended"' in out
