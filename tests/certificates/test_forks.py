"""A station with two histories: found where papers that it handed to two customers meet."""

from __future__ import annotations

from pathlib import Path

import pytest

from certificates import canonical
from certificates.audit import audit_files
from certificates.audit.result import Audit
from certificates.audit.several import together
from certificates.ledger import Ledger
from certificates.record import Record
from tests.certificates import samples
from tests.certificates.samples import KEY, STICK, number_of

STATION = number_of(KEY, 1).rpartition("-")[0]
RECORDS = tuple(samples.with_key(samples.erased(number=number_of(KEY, job)), f"{job:064x}") for job in range(1, 4))


def entered(book: Ledger, record: Record, method: str = "keyed") -> None:
    started = book.start(record.started, STICK, method)
    raw = canonical.encode(record)
    book.end(started, record.issued, record.outcome, canonical.digest(raw), KEY.sign(raw).hex())


def handed_out(folder: Path, book: Ledger, *records: Record) -> None:
    folder.mkdir(exist_ok=True)
    for record in records:
        raw = canonical.encode(record)
        name = f"{folder.name}-{record.number}"
        (folder / f"{name}.json").write_bytes(raw)
        (folder / f"{name}.sig").write_bytes(KEY.sign(raw))
        (folder / f"{name}.proof").write_bytes(book.prove(record.number, KEY))


def audited(folder: Path) -> list[Audit]:
    return together(audit_files(folder, {KEY.key_id: KEY.public_pem}))


def failed(audits: list[Audit]) -> list[list[str]]:
    return [[str(check.key) for check in audit.checks if check.state == "failed"] for audit in audits]


def told(audits: list[Audit]) -> list[str]:
    return [note.key for audit in audits for note in audit.notes if note.key != "audit.note.at-once"]


@pytest.fixture
def book(tmp_path: Path) -> Ledger:
    return Ledger(tmp_path / "one.sqlite", STATION)


def test_one_ledger_at_many_times(book: Ledger, tmp_path: Path) -> None:
    for index, record in enumerate(RECORDS):
        entered(book, record)
        handed_out(tmp_path / "papers", book, *RECORDS[: index + 1])
    audits = audited(tmp_path / "papers")
    assert failed(audits) == [[], [], []] and not told(audits) and all(audit.logged for audit in audits)


def test_two_histories_of_one_length(book: Ledger, tmp_path: Path) -> None:
    """What the second job was differs, and whoever sees one ledger only can't know."""
    other = Ledger(tmp_path / "other.sqlite", STATION)
    for ledger, method in ((book, "keyed"), (other, "zero")):
        entered(ledger, RECORDS[0])
        entered(ledger, RECORDS[1], method)
        entered(ledger, RECORDS[2])
    handed_out(tmp_path / "papers", book, RECORDS[0])
    handed_out(tmp_path / "papers", other, RECORDS[2])
    audits = audited(tmp_path / "papers")
    assert failed(audits) == [["audit.forked"]] * 2 and not any(audit.authentic for audit in audits)
    (check,) = (check for check in audits[1].checks if check.state == "failed")
    assert check.number == 14 and all(check.message(lang) and check.hint(lang) for lang in ("ja", "en"))


def test_two_entries_in_one_place(book: Ledger, tmp_path: Path) -> None:
    """The ledgers have different lengths when they are shown, but one place has two entries."""
    entered(book, RECORDS[0])
    entered(book, RECORDS[1])
    other = Ledger(tmp_path / "other.sqlite", STATION)
    _, _, third = (other.start(RECORDS[0].started, STICK, "keyed") for _ in range(3))
    raw = canonical.encode(RECORDS[2])
    other.end(third, RECORDS[2].issued, "erased", canonical.digest(raw), KEY.sign(raw).hex())
    other.start(RECORDS[2].issued, STICK, "keyed")
    handed_out(tmp_path / "papers", book, RECORDS[1])
    handed_out(tmp_path / "papers", other, RECORDS[2])
    assert failed(audited(tmp_path / "papers")) == [["audit.forked"]] * 2


@pytest.mark.parametrize("length", [2, 3])
def test_two_histories_of_different_lengths(length: int, book: Ledger, tmp_path: Path) -> None:
    """No head and no place is shown twice, but both proofs tell the hash of what lies before them."""
    other = Ledger(tmp_path / "other.sqlite", STATION)
    for ledger, method in ((book, "keyed"), (other, "zero")):
        entered(ledger, RECORDS[0])
        entered(ledger, RECORDS[1], method)
    for record in RECORDS[2:length]:
        entered(other, record)
    other.start(RECORDS[2].issued, STICK, "keyed")
    handed_out(tmp_path / "papers", book, RECORDS[0])
    handed_out(tmp_path / "papers", other, RECORDS[length - 1])
    assert failed(audited(tmp_path / "papers")) == [["audit.forked"]] * 2


def test_a_second_ledger_under_another_name_is_told(book: Ledger, tmp_path: Path) -> None:
    other = Ledger(tmp_path / "other.sqlite", STATION)
    entered(book, RECORDS[0])
    other.start(RECORDS[0].started, STICK, "zero")
    entered(other, RECORDS[1])
    handed_out(tmp_path / "papers", book, RECORDS[0])
    handed_out(tmp_path / "papers", other, RECORDS[1])
    audits = audited(tmp_path / "papers")
    assert failed(audits) == [[], []] and told(audits) == ["audit.note.two-ledgers"]
    assert all(note.message(lang) for audit in audits for note in audit.notes for lang in ("ja", "en"))
