"""A ledger that can't be written stops a job before the wipe; after it, nothing is lost, and it is said loudly."""

import os
import shutil
import sqlite3
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from certificates.errors import Environment, LedgerInconsistent
from certificates.ledger import Ledger
from certificates.ledger.stores import sqlite
from tests.certificates.ledgers import NOW
from tests.certificates.samples import STICK
from tests.lab.command import Eraser, Ran

CONTENT = b"SECRET DATA!" * 10**6


@pytest.fixture
def small(tmp_path: Path) -> Iterator[Path]:
    """A file system of its own, as small as a station's can be."""
    place = tmp_path / "small"
    place.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=6m", "tmpfs", place], check=True)
    try:
        yield place
    finally:
        subprocess.run(["umount", "--lazy", place], check=True)


@pytest.fixture
def image(tmp_path: Path) -> Path:
    made = tmp_path / "image.img"
    made.write_bytes(CONTENT)
    return made


def wipe(eraser: Eraser, image: Path) -> Ran:
    return eraser("wipe", "--image", image, "--confirm", image.name)


def fill(place: Path) -> Path:
    """Take what is left, to the last byte."""
    filler = place / "filler"
    with filler.open("ab", buffering=0) as file:
        for step in (1 << 16, 1):
            try:
                while True:
                    file.write(bytes(step))
            except OSError:
                continue
    return filler


@pytest.mark.loop
def test_a_full_disk_stops_a_job_before_the_wipe(small: Path, image: Path) -> None:
    eraser = Eraser(small / "home")
    eraser("key", "create")
    fill(small)
    ran = wipe(eraser, image)
    assert ran.code == 1 and "No space left" in ran.err and "nothing was written" in ran.err
    assert image.read_bytes() == CONTENT


def test_a_journal_that_cannot_be_written_takes_no_number(eraser: Eraser, image: Path) -> None:
    """Without it the number could never be closed."""
    eraser("key", "create")
    (eraser.home / "jobs").write_text("not a directory")
    ran = wipe(eraser, image)
    assert ran.code == 1 and "journal" in ran.out + ran.err
    assert image.read_bytes() == CONTENT
    assert eraser("ledger", "show", "--json").lines == []


@pytest.mark.loop
def test_a_ledger_on_a_full_disk_takes_no_number(small: Path, tmp_path: Path) -> None:
    """As far as the ledger itself is asked: the last entry is there or not, never half."""
    book = Ledger(small / "ledger.sqlite", "STATION")
    book.start(NOW, STICK, "keyed")
    filler = fill(small)
    taken = 1
    with pytest.raises(Environment) as problem:
        for _ in range(1000):
            book.start(NOW, STICK, "keyed")
            taken += 1
    assert problem.value.key == "ledger.unwritable" and "No space left" in problem.value.message()
    filler.unlink()
    assert book.verify().size == taken
    assert book.start(NOW, STICK, "keyed").job == taken + 1


@pytest.mark.loop
def test_a_disk_that_fills_up_during_a_job_loses_no_record(small: Path, image: Path, tmp_path: Path) -> None:
    eraser = Eraser(small / "home")
    eraser.environment = {**eraser.environment, "TMPDIR": str(tmp_path)}
    running = eraser.start(
        *("wipe", "--image", image, "--confirm", image.name, "--json"), *("--method", "keyed", "--rate", "6M")
    )
    assert running.stdout is not None
    assert '"job-started"' in running.stdout.readline()
    filler = fill(small)
    out, err = running.communicate(timeout=120)
    ended = Ran(running.returncode, out, err).job
    assert running.returncode == 1, out + err
    assert ended["outcome"] == "erased"
    number = ended["number"]
    assert any("ledger" in warning and "No space left" in warning for warning in ended["warnings"]), ended["warnings"]
    # The record is whole, signed, in a place with room; and the number stays open.
    (record,) = (Path(file) for file in ended["files"] if file.endswith(".json"))
    assert record.is_relative_to(tmp_path) and not record.is_relative_to(small)
    assert eraser("audit", record.with_suffix(".pdf")).code == 0
    filler.unlink()
    assert [line["number"] for line in eraser("ledger", "show", "--open", "--json").lines] == [number]

    # It stays the only paper of its number, whatever is done next.
    refused = eraser("jobs", "--close", number)
    assert refused.code == 2 and "papers already" in refused.err
    again = eraser("resume", "--json")
    assert again.code == 0 and again.record["number"] != number == again.record["continues"]

    # Put where it belongs, it is missed in the ledger, and entered as it was issued.
    for file in ended["files"]:
        shutil.copy(file, eraser.home / "certificates")
    assert eraser("ledger", "verify").code == 7
    assert eraser("jobs", "--close", number).code == 0
    assert eraser("ledger", "verify").code == 0
    ends = eraser("ledger", "show", "--json").of("job-ended")
    assert {each["number"]: each["certificate"] for each in ends}[number] == ended["digest"]
    assert eraser("jobs", "--json").lines == []


@pytest.mark.loop
def test_a_read_only_directory_stops_a_job_before_the_wipe(small: Path, image: Path) -> None:
    eraser = Eraser(small / "home")
    assert wipe(eraser, tiny(small)).code == 0
    subprocess.run(["mount", "-o", "remount,ro", small], check=True)
    ran = wipe(eraser, image)
    assert ran.code == 1 and "Read-only" in ran.err
    assert image.read_bytes() == CONTENT
    # What is there can still be read, by root and by an auditor with a copy on a disc.
    assert eraser("ledger", "verify").code == 0
    assert len(eraser("ledger", "show", "--json").lines) == 2


def tiny(place: Path) -> Path:
    made = place / "tiny.img"
    made.write_bytes(bytes(4096))
    return made


def test_a_damaged_ledger_stops_a_job_before_the_wipe(eraser: Eraser, image: Path, tmp_path: Path) -> None:
    assert wipe(eraser, tiny(tmp_path)).code == 0
    whole = (eraser.home / "ledger.sqlite").read_bytes()
    for damaged in (b"no database at all" * 500, whole[:4096] + os.urandom(len(whole) - 4096), whole[:5000]):
        (eraser.home / "ledger.sqlite").write_bytes(damaged)
        ran = wipe(eraser, image)
        assert ran.code in (1, 7), ran.out
        assert "damaged" in ran.err or "not what was written" in ran.err
        assert image.read_bytes() == CONTENT


def test_a_locked_ledger_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sqlite, "LOCK_SECONDS", 0.1)
    book = Ledger(tmp_path / "ledger.sqlite", "STATION")
    book.start(NOW, STICK, "keyed")
    holder = sqlite3.connect(tmp_path / "ledger.sqlite", isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    with pytest.raises(Environment) as problem:
        book.start(NOW, STICK, "keyed")
    assert problem.value.key == "ledger.locked"
    assert book.verify().size == 1, "reading goes on"
    holder.execute("ROLLBACK")
    assert book.start(NOW, STICK, "keyed").seq == 2
    holder.close()


def test_a_ledger_without_its_end_row_starts_nothing(tmp_path: Path) -> None:
    """Holes below the last row, where a new entry has to join the tree."""
    book = Ledger(tmp_path / "ledger.sqlite", "STATION")
    for _ in range(3):
        book.start(NOW, STICK, "keyed")
    with sqlite3.connect(tmp_path / "ledger.sqlite") as connection:
        connection.execute("DROP TRIGGER never_removed")
        connection.execute("DELETE FROM entry WHERE seq = 2")
    with pytest.raises(LedgerInconsistent):
        book.start(NOW, STICK, "keyed")


@pytest.mark.parametrize("command", ["jobs", "resume"])
def test_papers_that_the_station_could_not_keep_are_put_there_later(
    command: str, image: Path, eraser: Eraser, tmp_path: Path
) -> None:
    """The ledger has the end and the customer the papers; the station's folder failed meanwhile, and gets the very same."""
    out, folder, aside = tmp_path / "out", eraser.home / "certificates", eraser.home / "aside"
    running = eraser.start(
        *("wipe", "--image", image, "--confirm", image.name, "--json"),
        *("--method", "keyed", "--rate", "6M", "--out", out),
    )
    assert running.stdout is not None
    assert '"job-started"' in running.stdout.readline()
    folder.rename(aside)
    folder.write_text("not a directory")
    told, err = running.communicate(timeout=120)
    ended = Ran(running.returncode, told, err).job
    assert running.returncode == 1 and ended["outcome"] == "erased", told + err
    number, wiped = ended["number"], image.read_bytes()
    assert any("jobs --close" in warning for warning in ended["warnings"]), ended["warnings"]

    folder.unlink()
    aside.rename(folder)
    again = eraser(*{"jobs": ("jobs", "--close", number), "resume": ("resume", number)}[command], "--json")
    assert again.code == 0, again.out + again.err
    assert image.read_bytes() == wiped
    for suffix in (".pdf", ".json", ".sig"):
        assert (folder / f"{number}{suffix}").read_bytes() == (out / f"{number}{suffix}").read_bytes()
    assert eraser("ledger", "verify").code == 0
    assert eraser("audit", folder, out).code == 0
    assert eraser("jobs", "--json").lines == []
