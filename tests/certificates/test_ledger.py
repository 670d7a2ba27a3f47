"""Nothing vanishes from the ledger unseen."""

import sqlite3
from pathlib import Path

import msgspec
import pytest
from hypothesis import given

from certificates import canonical
from certificates.errors import Environment, LedgerInconsistent
from certificates.ledger import Closing, Ended, Entry, Head, Ledger, Opening, Place, Started, entries, verify
from tests.certificates.samples import IMAGE as MEDIUM
from tests.certificates.strategies import any_entry

NOW = "2026-11-22T10:00:00+09:00"


@pytest.fixture
def book(tmp_path: Path) -> Ledger:
    """Three jobs: two ended, one open."""
    made = Ledger(tmp_path / "ledger.sqlite", "STATION")
    for outcome in ("erased", "not-erased"):
        made.end(made.start(NOW, MEDIUM, "keyed"), NOW, outcome, "ab" * 32, "cd" * 64)
    made.start(NOW, MEDIUM, "zero")
    return made


def tampered(book: Ledger, tmp_path: Path, *statements: str) -> Ledger:
    """The ledger after an attacker with the file in hand, who drops the triggers first."""
    with sqlite3.connect(tmp_path / "ledger.sqlite") as connection:
        connection.execute("DROP TRIGGER never_changed")
        connection.execute("DROP TRIGGER never_removed")
        for statement in statements:
            connection.execute(statement)
    return book


def verified(book: Ledger) -> Head:
    with book.store.reading() as tables:
        return verify(tables.rows())


def test_numbers_have_no_gaps_and_entries_verify(book: Ledger) -> None:
    numbers = [entry.number for entry in book.entries() if isinstance(entry, Opening | Closing)]
    assert numbers == [f"STATION-{n:06d}" for n in (1, 1, 2, 2, 3)]
    assert verified(book) == book.head()
    assert book.head().size == 5


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM entry WHERE seq = 1",
        "DELETE FROM entry WHERE seq = 2",
        "DELETE FROM entry WHERE seq = 4",
        "UPDATE entry SET body = CAST(replace(CAST(body AS TEXT), 'not-erased', 'erased') AS BLOB) WHERE seq = 4",
        "UPDATE entry SET kind = 'job-ended' WHERE seq = 5",
        "UPDATE entry SET job = 9 WHERE seq = 5",
        "UPDATE entry SET nodes = zeroblob(32) WHERE seq = 3",
        "UPDATE entry SET nodes = zeroblob(64) WHERE seq = 2",
        "UPDATE entry SET station = 'OTHER' WHERE seq = 5",
        "UPDATE entry SET seq = seq + 100 WHERE seq = 5",
        "UPDATE entry SET body = CAST(CAST(body AS TEXT) || ' ' AS BLOB) WHERE seq = 3",
    ],
)
def test_what_an_attacker_changes_is_found(book: Ledger, tmp_path: Path, statement: str) -> None:
    with pytest.raises(LedgerInconsistent):
        verified(tampered(book, tmp_path, statement))


def test_two_swapped_entries_are_found(book: Ledger, tmp_path: Path) -> None:
    swap = (
        "UPDATE entry SET seq = -1 WHERE seq = 1",
        "UPDATE entry SET seq = 1 WHERE seq = 3",
        "UPDATE entry SET seq = 3 WHERE seq = -1",
    )
    with pytest.raises(LedgerInconsistent):
        verified(tampered(book, tmp_path, *swap))


def test_a_job_ends_once(book: Ledger) -> None:
    first = next(book.entries())
    assert isinstance(first, Started)
    with pytest.raises(Environment):
        book.end(first, NOW, "erased", "ab" * 32, "cd" * 64)


def test_triggers_stop_the_honest_mistake(book: Ledger, tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "ledger.sqlite") as connection:
        for statement in ("DELETE FROM entry", "UPDATE entry SET job = 1"):
            with pytest.raises(sqlite3.IntegrityError):
                connection.execute(statement)


def test_a_damaged_file_is_told_as_one(tmp_path: Path, book: Ledger) -> None:
    file = tmp_path / "ledger.sqlite"
    with sqlite3.connect(file) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    file.write_bytes(b"no database at all" * 100)
    with pytest.raises(LedgerInconsistent):
        list(book.entries())
    with pytest.raises(Environment):
        book.start(NOW, MEDIUM, "keyed")


def test_a_directory_that_is_a_file_stops_before_anything(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(Environment):
        Ledger(tmp_path / "file" / "ledger.sqlite", "X").start(NOW, MEDIUM, "keyed")


def test_each_station_counts_its_own_numbers(tmp_path: Path) -> None:
    """As after a new key, or on a server with many stations."""
    file = tmp_path / "ledger.sqlite"
    for station in ("ONE", "TWO", "ONE", "TWO", "TWO"):
        Ledger(file, station).start(NOW, MEDIUM, "keyed")
    started = [entry.number for entry in Ledger(file, "").entries() if isinstance(entry, Started)]
    assert started == ["ONE-000001", "TWO-000001", "ONE-000002", "TWO-000002", "TWO-000003"]
    verified(Ledger(file, ""))


def test_an_entry_takes_the_place_that_it_is_given(book: Ledger) -> None:
    before = book.head()
    first = next(book.entries())
    assert isinstance(first, Started)

    def other(place: Place) -> Started:
        return Started(seq=place.seq, at=NOW, job=9, number="STATION-000009", medium=MEDIUM, method="zero")

    def ended(place: Place) -> Ended:
        return Ended(
            seq=place.seq, at=NOW, job=2, number="STATION-000002", certificate="", signature="", outcome="erased"
        )

    for make, closes in ((other, None), (ended, None), (ended, first), (other, first)):
        with pytest.raises(ValueError):
            book.append(make, closes=closes)
    assert book.head() == before


@given(any_entry())
def test_an_entry_has_one_spelling(entry: Entry) -> None:
    """The quick form that `decode` compares with is RFC 8785's."""
    body = canonical.encode(entry)
    assert msgspec.json.encode(entry, order="sorted") == body
    assert entries.decode(body) == entry


def test_the_ledger_of_another_version_is_left_alone(tmp_path: Path) -> None:
    file = tmp_path / "ledger.sqlite"
    with sqlite3.connect(file) as connection:
        connection.execute("CREATE TABLE entry (seq INTEGER PRIMARY KEY, body BLOB)")
    before = file.read_bytes()
    for use in (lambda: Ledger(file, "A").start(NOW, MEDIUM, "keyed"), lambda: list(Ledger(file, "A").entries())):
        with pytest.raises(Environment) as told:
            use()
        assert told.value.key == "ledger.version"
    assert file.read_bytes() == before
