"""Nothing vanishes from the ledger unseen, and its tree is RFC 6962's."""

import hashlib
import sqlite3
from pathlib import Path

import pytest

from certificates import ledger
from certificates.errors import Environment, LedgerInconsistent
from certificates.ledger import Ledger
from certificates.record import Medium

MEDIUM = Medium(
    kind="image-file",
    node="sample.img",
    vendor=None,
    model=None,
    serial=None,
    wwn=None,
    firmware=None,
    bus=None,
    media_type="unknown",
    rotational=None,
    removable=None,
    capacity_bytes=4096,
    logical_sector_bytes=512,
    physical_sector_bytes=512,
    path=None,
    diskseq=None,
)
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


def test_numbers_have_no_gaps_and_entries_verify(book: Ledger) -> None:
    entries = list(book.entries())
    assert [entry.number for entry in entries] == [f"STATION-{n:06d}" for n in (1, 1, 2, 2, 3)]
    count, head = ledger.verify(iter(entries))
    assert count == 5 and len(head) == 32


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM entry WHERE seq = 1",
        "DELETE FROM entry WHERE seq = 2",
        "DELETE FROM entry WHERE seq = 4",
        "UPDATE entry SET body = CAST(replace(CAST(body AS TEXT), 'not-erased', 'erased') AS BLOB) WHERE seq = 4",
        "UPDATE entry SET kind = 'job-ended' WHERE seq = 5",
        "UPDATE entry SET job = 9 WHERE seq = 5",
        "UPDATE entry SET leaf = zeroblob(32) WHERE seq = 3",
        "UPDATE entry SET seq = seq + 100 WHERE seq = 5",
        "UPDATE entry SET body = CAST(CAST(body AS TEXT) || ' ' AS BLOB) WHERE seq = 3",
    ],
)
def test_what_an_attacker_changes_is_found(book: Ledger, tmp_path: Path, statement: str) -> None:
    with pytest.raises(LedgerInconsistent):
        ledger.verify(tampered(book, tmp_path, statement).entries())


def test_two_swapped_entries_are_found(book: Ledger, tmp_path: Path) -> None:
    swap = (
        "UPDATE entry SET seq = -1 WHERE seq = 1",
        "UPDATE entry SET seq = 1 WHERE seq = 3",
        "UPDATE entry SET seq = 3 WHERE seq = -1",
    )
    with pytest.raises(LedgerInconsistent):
        ledger.verify(tampered(book, tmp_path, *swap).entries())


def test_a_job_ends_once(book: Ledger) -> None:
    first = next(book.entries())
    assert isinstance(first, ledger.Started)
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


def naive_head(leaves: list[bytes]) -> bytes:
    """RFC 6962 2.1 word for word: split at the largest power of two below n."""
    if len(leaves) == 1:
        return leaves[0]
    split = 1 << (len(leaves) - 1).bit_length() - 1
    return hashlib.sha256(b"\x01" + naive_head(leaves[:split]) + naive_head(leaves[split:])).digest()


def test_the_tree_head_is_the_standards() -> None:
    assert ledger.tree_head([]) == hashlib.sha256(b"").digest()
    for count in range(1, 40):
        leaves = [ledger.leaf_hash(bytes([n])) for n in range(count)]
        assert ledger.tree_head(leaves) == naive_head(leaves)
