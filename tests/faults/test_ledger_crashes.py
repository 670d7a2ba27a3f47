"""Processes and servers are killed at any moment: no gap, no duplicate, and nothing that was acknowledged is lost."""

import random
import subprocess
import sys
import time
from pathlib import Path

import pytest

from certificates.ledger import Entry, Ledger
from tests.lab import postgres
from tests.lab.appenders import acknowledged
from tests.lab.available import ROOT
from tests.lab.wait import until


def appenders(where: Path | str, notes: Path, stations: tuple[str, ...], *more: str) -> subprocess.Popen[bytes]:
    notes.mkdir()
    command = [sys.executable, "-m", "tests.lab.appenders", str(where), str(notes), *stations, *more]
    return subprocess.Popen(command, cwd=ROOT)


def nothing_is_lost(where: Path | str, notes: Path) -> int:
    """Returns how many entries were acknowledged."""
    book = Ledger(where, "")
    size = book.verify().size  # no gap, no duplicate, each end once: or LedgerInconsistent
    kept: dict[int, Entry] = {entry.seq: entry for entry in book.entries()}
    told = acknowledged(notes)
    assert len({entry.seq for entry in told}) == len(told), "two processes were given the same place"
    assert [entry for entry in told if kept.get(entry.seq) != entry] == []
    print(f"{size} entries, {len(told)} acknowledged")
    return len(told)


@pytest.mark.parametrize("stations", [("ONE",) * 4, ("ONE", "TWO", "THREE", "FOUR")], ids=["one station", "four"])
@pytest.mark.parametrize("kills", [20, pytest.param(200, marks=pytest.mark.soak)])
def test_processes_killed_while_four_append(tmp_path: Path, stations: tuple[str, ...], kills: int) -> None:
    where, notes = tmp_path / "ledger.sqlite", tmp_path / "notes"
    process = appenders(where, notes, stations, "--kills", str(kills))
    assert process.wait(timeout=280) == 0
    assert nothing_is_lost(where, notes) > 0


@pytest.mark.postgres
@pytest.mark.timeout(900)
@pytest.mark.parametrize("kills", [1, pytest.param(30, marks=pytest.mark.soak)])
def test_the_server_is_killed_while_four_append(tmp_path: Path, kills: int) -> None:
    notes, chance = tmp_path / "notes", random.Random()
    with postgres.server() as server:
        process = appenders(server.address(), notes, ("ONE", "TWO", "THREE", "ONE"))
        try:
            for _ in range(kills):
                before = len(acknowledged(notes))
                until(lambda before=before: len(acknowledged(notes)) > before, "entries to be made", 120)  # type: ignore[misc]
                time.sleep(chance.uniform(0, 0.2))  # the moment is random, and nothing waits on it
                server.kill()
                server.start()
        finally:
            process.terminate()
            process.wait(timeout=60)
        assert nothing_is_lost(server.address(), notes) > kills


@pytest.mark.postgres
@pytest.mark.parametrize("kills", [20, pytest.param(200, marks=pytest.mark.soak)])
def test_processes_killed_while_four_append_to_a_server(tmp_path: Path, kills: int) -> None:
    notes = tmp_path / "notes"
    with postgres.server() as server:
        process = appenders(server.address(), notes, ("ONE", "ONE", "TWO", "TWO"), "--kills", str(kills))
        assert process.wait(timeout=280) == 0
        assert nothing_is_lost(server.address(), notes) > 0
