"""A process that dies between any two steps: no paper is lost, no number stays open for ever, and none is ended while it is in use."""

import subprocess
import sys
from pathlib import Path

import pytest

from eraser import journal
from tests.lab.command import Eraser, Ran

CONTENT = b"SECRET DATA!" * 100_000
DIES = """
import os, pkgutil, sys
from eraser.cli import main
owner, _, name = sys.argv.pop(1).rpartition(".")
setattr(pkgutil.resolve_name(owner), name, lambda *_, **__: os._exit(9))
sys.exit(main())
"""
DESTROY = ("destroy", "--serial", "X1", "--method", "shred", "--particle", "2", "--operator", "O", "--witness", "W")


@pytest.fixture
def image(tmp_path: Path) -> Path:
    made = tmp_path / "image.img"
    made.write_bytes(CONTENT)
    return made


def dying_in(step: str, eraser: Eraser, *arguments: object) -> None:
    """The command, in a process that ends without a word when it comes to `step`."""
    command = [sys.executable, "-c", DIES, step, *(str(argument) for argument in arguments)]
    done = subprocess.run(command, env=eraser.environment, stdin=subprocess.DEVNULL, capture_output=True, timeout=120)
    assert done.returncode == 9, done.stderr.decode()


def commands(kind: str, image: Path, eraser: Eraser) -> tuple[object, ...]:
    """Arguments that issue a paper of that kind."""
    if kind == "job-ended":
        return ("wipe", "--image", image, "--confirm", image.name)
    if kind == "inspection-ended":
        return ("inspect", image, "--operator", "O")
    if kind == "destruction-ended":
        return DESTROY
    wiped = eraser("wipe", "--image", image, "--confirm", image.name, "--json")
    return ("verify", image, "--certificate", wiped.paper(".pdf"))


KINDS = ("job-ended", "inspection-ended", "check-ended", "destruction-ended")


@pytest.mark.parametrize("kind", KINDS)
def test_a_paper_outlives_a_process_that_dies_before_the_ledger_has_its_end(
    kind: str, image: Path, eraser: Eraser
) -> None:
    dying_in("eraser.papers.enter", eraser, *commands(kind, image, eraser))
    number = open_number(eraser)
    assert (eraser.home / "certificates" / f"{number}.pdf").is_file(), "kept before the ledger was asked"
    assert eraser("ledger", "verify").code == 7, "a paper that the ledger doesn't know is not passed over"

    closed = eraser("jobs", "--close", number)
    assert closed.code == 0, closed.err
    assert eraser("ledger", "verify").code == 0
    (end,) = [line for line in eraser("ledger", "show", "--json").of(kind) if line["number"] == number]
    audited = eraser("audit", eraser.home / "certificates" / f"{number}.pdf", "--json").lines[0]
    assert audited["authentic"] and audited["digest"] == end["certificate"]
    assert eraser("ledger", "prove", number).code == 0
    assert eraser("jobs", "--json").lines == []


@pytest.mark.parametrize("kind", KINDS)
def test_a_number_that_led_to_nothing_can_be_ended(kind: str, image: Path, eraser: Eraser) -> None:
    dying_in(
        "eraser.journal.Journal.save" if kind == "job-ended" else "eraser.papers.issue",
        eraser,
        *commands(kind, image, eraser),
    )
    number = open_number(eraser)

    ran = eraser("jobs", "--close", number, "--json")
    assert ran.code == 0, ran.err
    assert [line["number"] for line in ran.of("given-up")] == [number]
    assert eraser("ledger", "verify").code == 0
    assert [line["number"] for line in eraser("ledger", "show", "--json").of("abandoned")] == [number]
    assert "without a paper" in eraser("ledger", "show").out
    assert eraser("jobs", "--json").lines == []
    again = eraser("jobs", "--close", number)
    assert again.code == 2 and "has ended" in again.err
    assert eraser("ledger", "prove", number).code == 2, "there is nothing to prove"


def test_a_wipe_that_was_given_up_without_a_paper_is_a_failure_of_its_period(image: Path, eraser: Eraser) -> None:
    dying_in("eraser.journal.Journal.save", eraser, *commands("job-ended", image, eraser))
    number = open_number(eraser)
    eraser("jobs", "--close", number)
    (report,) = eraser("ledger", "report", "--from", "2020-01-01", "--to", "2099-12-31", "--json").of("period")
    assert report["counts"] == {"abandoned": 1} and report["unended"] == []
    assert [(each["number"], each["what"]) for each in report["failures"]] == [(number, "not-erased")]
    assert report["open_items"] == 1, "its medium is not erased"


def test_what_runs_is_not_ended_by_somebody_else(image: Path, eraser: Eraser) -> None:
    dying_in("eraser.papers.issue", eraser, *commands("inspection-ended", image, eraser))
    number = open_number(eraser)
    with journal.at_work(eraser.home / "jobs", number):  # as the inspection holds it while it runs
        (row,) = eraser("jobs", "--json").of("open")
        assert row["running"] and "running" in eraser("jobs").out
        assert eraser("jobs", "--close", number).code == 5
    assert eraser("jobs", "--json").of("open")[0]["running"] is False
    assert eraser("jobs", "--close", number).code == 0


def open_number(eraser: Eraser) -> str:
    """The one number that is open, as `jobs` tells it."""
    told: Ran = eraser("jobs", "--json")
    (row,) = told.lines
    assert row["number"] in eraser("jobs").out
    number: str = row["number"]
    return number
