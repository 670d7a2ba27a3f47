"""A process that dies between any two steps: no paper is lost, no number stays open for ever, and none is ended while it is in use."""

import signal
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
# The same when `step` is called for the n-th time.
DIES_LATER = """
import os, pkgutil, sys
from eraser.cli import main
step, left = sys.argv.pop(1), int(sys.argv.pop(1))
owner, _, name = step.rpartition(".")
real = getattr(pkgutil.resolve_name(owner), name)
def counted(*words, **named):
    global left
    left -= 1
    return real(*words, **named) if left else os._exit(9)
setattr(pkgutil.resolve_name(owner), name, counted)
sys.exit(main())
"""
DESTROY = ("destroy", "--serial", "X1", "--method", "shred", "--particle", "2", "--operator", "O", "--witness", "W")


@pytest.fixture
def image(tmp_path: Path) -> Path:
    made = tmp_path / "image.img"
    made.write_bytes(CONTENT)
    return made


def dying_in(step: str, eraser: Eraser, *arguments: object, time: int = 1) -> None:
    """The command, in a process that ends without a word when it comes to `step` for the time told."""
    dies = [DIES, step] if time == 1 else [DIES_LATER, step, str(time)]
    command = [sys.executable, "-c", *dies, *(str(argument) for argument in arguments)]
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


@pytest.mark.parametrize(
    "time", [1, 2, 3, 4, 6]
)  # before the page, what lies beside it, the proof, and a copy for the customer
def test_what_was_signed_is_the_only_paper_of_its_number(time: int, image: Path, eraser: Eraser) -> None:
    """Dying between any two files of the papers: resuming issues that same record, in all its places, and writes no medium again."""
    out = image.parent / "papers"
    dying_in("eraser.durable.new", eraser, *commands("job-ended", image, eraser), "--out", out, time=time)
    wiped, signed = image.read_bytes(), {file.name: file.read_bytes() for file in eraser.home.glob("certificates/*.*")}

    done = eraser("resume", "--json")
    assert done.code == 0, done.err
    (end,) = done.of("job-ended")
    number, certificates = end["number"], eraser.home / "certificates"
    assert image.read_bytes() == wiped and done.of("job-started") == []
    for folder in (certificates, out):
        assert {file.suffix for file in folder.glob(f"{number}.*")} == {".pdf", ".json", ".sig", ".proof"}
    assert all((certificates / name).read_bytes() == content for name, content in signed.items() if name[0] != ".")
    assert eraser("ledger", "verify").code == 0
    assert len(eraser("ledger", "show", "--json").lines) == 2
    assert eraser("audit", certificates, out, "--json").code == 0
    assert eraser("jobs", "--json").lines == []


def test_an_interrupted_job_whose_papers_were_cut_short_gets_them_and_goes_on(image: Path, eraser: Eraser) -> None:
    words = [*commands("job-ended", image, eraser), "--json", "--rate", "200k", "--method", "keyed"]
    command = [sys.executable, "-c", DIES_LATER, "eraser.durable.new", "2", *map(str, words)]
    with subprocess.Popen(
        command, env=eraser.environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    ) as running:
        assert running.stdout is not None
        for line in running.stdout:
            if b'"progress"' in line:
                running.send_signal(signal.SIGINT)
                break
        running.communicate(timeout=60)
    assert running.returncode == 9
    (first,) = eraser.home.glob("certificates/[!.]*")
    page = first.read_bytes()

    done = eraser("resume", "--json")
    assert done.code == 0, done.err
    assert done.record["outcome"] == "erased" and done.record["continues"] == first.stem != done.record["number"]
    assert first.read_bytes() == page and first.with_suffix(".proof").is_file()
    assert eraser("ledger", "verify").code == 0
    audited = eraser("audit", first.parent, "--json")
    assert audited.code == 0, audited.out
    assert eraser("jobs", "--json").lines == []


@pytest.mark.parametrize("kind", KINDS[1:])
def test_a_page_alone_is_the_paper_that_was_issued(kind: str, image: Path, eraser: Eraser) -> None:
    before = 4 if kind == "check-ended" else 0  # the papers of the wipe that is checked
    dying_in("eraser.durable.new", eraser, *commands(kind, image, eraser), time=2)
    number = open_number(eraser)
    assert len(list(eraser.home.glob("certificates/[!.]*"))) == before + 1, "nothing but the page"

    closed = eraser("jobs", "--close", number)
    assert closed.code == 0, closed.err
    assert eraser("ledger", "verify").code == 0
    assert [line["number"] for line in eraser("ledger", "show", "--json").of(kind)][-1] == number
    assert eraser("audit", eraser.home / "certificates").code == 0
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
