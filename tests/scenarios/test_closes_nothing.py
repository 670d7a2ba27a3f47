"""Attempts to have an inventory called closed for a medium that was never erased: through the command, as an auditor runs it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import pytest

from certificates import canonical
from certificates.ledger import Custody, Ledger, Started
from certificates.identity import Named
from certificates.record import Record
from certificates.station_key import StationKey
from tests.certificates import handed_in, samples
from tests.certificates.ledgers import OTHER_KEY
from tests.lab.command import Eraser, Ran

SERIAL = samples.DISK.serial
AFTER = "2025-12-01T10:00:00+09:00"  # later than every sample paper


class Desk:
    """A city's desk: a station whose key is the sample key, what it was handed in, and an inventory."""

    def __init__(self, folder: Path) -> None:
        self.eraser = Eraser(folder / "station")
        self.papers = folder / "papers"
        self.papers.mkdir()
        self._list = folder / "list.csv"
        self._keys = folder / "keys"
        self._keys.mkdir()
        self.key = self.trusted(samples.KEY)

    def trusted(self, key: StationKey) -> Path:
        file = self._keys / f"{key.key_id[:8]}.pem"
        file.write_bytes(key.public_pem)
        return file

    def ledger(self) -> Ledger:
        self.eraser.home.mkdir(exist_ok=True, mode=0o700)
        return Ledger(self.eraser.home / "ledger.sqlite", samples.number_of(samples.KEY, 1).partition("-")[0])

    def closes(self, rows: str, *more: object, no_ledger: bool = True) -> Ran:
        self._list.write_text(rows, encoding="utf-8")
        words = ("--certificates", self.papers, "--key", self.key, *(("--no-ledger",) if no_ledger else ()), *more)
        return self.eraser("reconcile", self._list, *words, "--json")


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def status(ran: Ran) -> list[str]:
    assert ran.code in (0, 7), ran.err
    assert (ran.code == 0) == ran.of("reconciled")[0]["closed"]
    return [row["status"] for row in ran.of("asset")]


def test_an_honest_paper_closes_its_row(desk: Desk) -> None:
    """So that the attempts below fail for what they try, and for nothing else."""
    handed_in.put(desk.papers, handed_in.erasure(tag="A-1"))
    ran = desk.closes(f"asset tag,serial\nA-1,{SERIAL}\n")
    assert ran.code == 0 and status(ran) == ["proven"], ran.out + ran.err
