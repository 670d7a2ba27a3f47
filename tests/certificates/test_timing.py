"""Times that step back: told, counted, and no inconsistency."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path

import msgspec
import pytest

from certificates.errors import LedgerInconsistent
from certificates.ledger import Ledger, checking
from certificates.ledger.entries import Entry
from certificates.ledger.timing import MOST, Times, steps_back
from certificates.numbering import station_of_key
from certificates.station_key import key_id_of
from tests.certificates.ledgers import made_entries, made_rows
from tests.certificates.samples import STICK
from tests.lab.forked import ForkedEraser


def dated(*times: str) -> list[Entry]:
    """Entries with these times, in this order."""
    return [
        msgspec.structs.replace(entry, at=f"2026-11-22T{time}:00+09:00" if len(time) == 5 else time)
        for entry, time in zip(made_entries(len(times)), times, strict=True)
    ]


@pytest.mark.parametrize(
    ("times", "at"),
    [
        (("10:00", "10:00", "10:05"), ()),
        (("10:00", "09:59", "10:05"), ()),  # noted, then entered after another job
        (("10:00", "09:58", "10:05", "10:06"), (2,)),
        (("10:00", "09:59", "09:58", "09:57"), (3,)),  # little by little
        (("10:00", "09:00", "09:30", "11:00", "10:30"), (2, 5)),
        (("10:00", "08:00", "10:05", "10:06"), (2,)),  # one that was entered late
        # Summer time ends: the wall's clock goes back, the time does not.
        (("2026-10-25T02:30:00+02:00", "2026-10-25T02:10:00+01:00"), ()),
        (("2026-11-22T10:00:00+09:00", "2026-11-22T02:00:00Z"), ()),
    ],
)
def test_where_times_step_back(times: tuple[str, ...], at: tuple[int, ...]) -> None:
    assert tuple(step.seq for step in steps_back(dated(*times))) == at


def test_all_are_counted_and_the_first_are_remembered() -> None:
    times = Times()
    for entry in dated(*("10:00", "09:00") * (MOST + 5)):
        times.see(entry)
    assert (times.count, len(times.steps)) == (MOST + 5, MOST)


def test_a_time_that_no_calendar_has_is_an_inconsistency() -> None:
    rows = list(made_rows(iter(dated("10:00", "2026-02-30T10:00:00Z"))))
    for times in (Times(), None):
        with pytest.raises(LedgerInconsistent):
            checking.verify(rows, times=times)


def test_a_number_is_not_given_up_before_it_was_taken(tmp_path: Path) -> None:
    """The clock ran ahead when the job began, and was set right since."""
    eraser = ForkedEraser(tmp_path)
    assert eraser("key", "create").code == 0
    book = Ledger(tmp_path / "ledger.sqlite", station_of_key(key_id_of((tmp_path / "station.pem").read_bytes())))
    begun = book.start("2099-11-22T10:00:00+09:00", STICK, "keyed")
    today = {"ERASER_DATE": datetime.now().astimezone().date().isoformat()}  # that entry makes today look wrong
    eraser.environment = {**eraser.environment, **today}
    assert eraser("jobs", "--close", begun.number).code == 0
    ran = eraser("ledger", "verify")
    assert ran.code == 0, ran.out + ran.err


def test_a_clock_set_back_is_told_and_the_ledger_consistent(tmp_path: Path) -> None:
    eraser, book = ForkedEraser(tmp_path), Ledger(tmp_path / "ledger.sqlite", "STATION")
    for day in (20, 21, 3, 4):
        started = book.start(f"2026-11-{day:02d}T10:00:00+09:00", STICK, "keyed")
        book.end(started, f"2026-11-{day:02d}T11:00:00+09:00", "erased", f"{day:02d}" * 32, "cd" * 64)
    place = '{"seq":5,"at":"2026-11-03T10:00:00+09:00","after":4,"reached":"2026-11-21T11:00:00+09:00"}'
    ran = eraser("ledger", "verify")
    assert ran.code == 0 and "entry 5 says 2026-11-03" in ran.out and "in 1 place " in ran.out, ran.out + ran.err
    (row,) = eraser("ledger", "verify", "--json").lines
    assert row["consistent"] and row["backwards"] == 1 and row["steps_back"] == [json.loads(place)]
    report = ("ledger", "report", "--from", "2026-11-03", "--to", "2026-11-03")
    (told,) = eraser(*report, "--json").lines
    assert told["steps_back"] == row["steps_back"] and told["strays"] == 0
    assert "entry 5 says 2026-11-03" in eraser(*report, "--pdf", tmp_path / "report.pdf").out
