"""Two erasures of one medium at the same time: found in a folder, by a reconciliation and by a report; and what only looks like it."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest

from certificates import canonical, history, overlap, period, reconciled
from certificates.audit import audit_files
from certificates.audit.several import together
from certificates.history import Fact
from certificates.identity import identity
from certificates.inventory import Asset
from certificates.ledger import Ledger, merkle
from certificates.proving import Known
from certificates.reconcile import reconcile
from certificates.record import Record
from tests.certificates import samples
from tests.certificates.samples import KEY, number_of

FIRST = samples.erased()


def second(hours: float, **more: Any) -> Record:
    """The same medium, erased so many hours later."""
    medium = msgspec.structs.replace(FIRST.medium, **more.pop("medium", {}))
    started, ended = (datetime.fromisoformat(time).timestamp() + hours * 3600 for time in (FIRST.started, FIRST.ended))
    times = {"started": _said(started), "ended": _said(ended), "issued": _said(ended)}
    return msgspec.structs.replace(FIRST, **{"number": number_of(KEY, 124), "medium": medium, **times, **more})


def _said(seconds: float) -> str:
    return datetime.fromtimestamp(seconds).astimezone().isoformat(timespec="seconds")


def fact(record: Record) -> Fact:
    return history.from_record(record, canonical.digest(canonical.encode(record)), record.number)


@pytest.mark.parametrize(
    ("other", "found", "told_apart"),
    [
        (second(1), True, False),
        (second(-1), True, False),
        (second(1, asset_tag="見本-R07-0043"), True, True),
        (second(1, medium={"serial": "OTHER"}), True, False),  # the same WWN, which no two media have
        (second(1, medium={"wwn": None}), True, False),
        (second(6), False, False),
        (second(1, medium={"serial": "OTHER", "wwn": "0x5000000000000001"}), False, False),
        (second(1, medium={"serial": None, "wwn": None}), False, False),
        (second(1, medium={"wwn": "0x5000000000000001"}), False, False),
        (second(1, medium={"wwn": None, "capacity_bytes": 1 << 30}), False, False),  # two media, as anybody sees
        (second(1, number="0A1B2C3D-000123"), False, False),  # two stations, two clocks
        (second(1, outcome="interrupted"), False, False),  # another job took it up
        (second(1, number=FIRST.number), False, False),  # that is what `single` and `torn` are for
    ],
)
def test_what_can_not_be_true_together(other: Record, found: bool, told_apart: bool) -> None:
    for order in ((FIRST, other), (other, FIRST)):
        told = overlap.among(map(fact, order))
        assert len(told) == found and all(each.told_apart == told_apart for each in told)


def test_image_files_have_no_number_to_share() -> None:
    one = samples.image()
    assert overlap.among([fact(one), fact(msgspec.structs.replace(one, number=number_of(KEY, 7)))]) == ()


def test_neither_proves_an_asset_unless_tags_tell_them_apart() -> None:
    def status(*facts: Fact, tags: tuple[str | None, ...] = (None,)) -> str:
        serial = FIRST.medium.serial
        assets = [Asset(row, tag, serial, None, identity(tag, serial)) for row, tag in enumerate(tags, start=2)]
        result = reconcile(assets, Known(facts))
        line = result.lines[0]
        if line.status == "at-once":
            assert result.is_gap(line) and line.beside is not None
            assert all(line.beside.number in reconciled.said(line, lang) for lang in ("ja", "en"))
        return line.status

    first = fact(FIRST)
    assert status(first) == "proven" and status(first, fact(second(6))) == "proven"
    assert status(first, fact(second(1))) == "at-once"
    # Wiped once more by itself, it is proven.
    assert status(first, fact(second(1)), fact(second(8, number=number_of(KEY, 125)))) == "proven"
    first, other = (fact(second(0, **more, medium={"wwn": None})) for more in ({}, {"asset_tag": "見本-R07-0043"}))
    other = msgspec.structs.replace(other, number=number_of(KEY, 126))
    assert status(first, other, tags=(FIRST.asset_tag, other.named.asset_tag)) == "proven"
    other = fact(second(1, asset_tag="見本-R07-0043"))
    assert status(fact(FIRST), other, tags=(FIRST.asset_tag, other.named.asset_tag)) == "twice", (
        "no two media have one WWN"
    )


def test_an_audit_of_several_tells_it(tmp_path: Path) -> None:
    for index, record in enumerate(
        (
            FIRST,
            samples.with_key(second(0), "ab" * 32),
            samples.with_key(samples.stick(number=number_of(KEY, 125)), "cd" * 32),
        )
    ):
        raw = canonical.encode(record)
        (tmp_path / f"{index}.json").write_bytes(raw)
        (tmp_path / f"{index}.sig").write_bytes(KEY.sign(raw))
    audits = together(audit_files(tmp_path, {KEY.key_id: KEY.public_pem}))
    told = [[note.message("en") for note in audit.notes] for audit in audits]
    assert [len(notes) for notes in told] == [0, 1, 0] and FIRST.number in told[1][0] and "0.json" in told[1][0]
    assert [note.message("ja") for note in audits[1].notes]


def at(hour: int) -> str:
    return f"2026-11-22T{hour:02d}:00:00+09:00"


def test_a_ledger_knows_a_clock_set_back_and_an_end_entered_late(tmp_path: Path) -> None:
    book = Ledger(tmp_path / "ledger.sqlite", "STATION")

    def ended(started: Any, hour: int) -> None:
        book.end(started, at(hour), "erased", f"{started.job:064x}", "cd" * 64)

    def pairs() -> list[tuple[str, str]]:
        day = datetime.fromisoformat(at(0))
        told = period.of(
            tuple(book.entries()), day, day.replace(day=23), lambda size: merkle.head(size, merkle_nodes(book))
        )
        return [(each.fact.number[-1], each.other.number[-1]) for each in told.at_once]

    ended(book.start(at(10), samples.STICK, "keyed"), 12)
    ended(book.start(at(11), samples.STICK, "keyed"), 13)
    assert pairs() == [], "the clock was set back after the first had ended"
    late = book.start(at(14), samples.STICK, "keyed")
    ended(book.start(at(16), samples.STICK, "keyed"), 17)
    ended(late, 15)
    assert pairs() == [], "its paper was issued before the next began, and entered later"
    one, other = (book.start(at(18), samples.STICK, "keyed") for _ in range(2))
    ended(one, 19)
    ended(other, 20)
    assert pairs() == [("6", "5")]


def merkle_nodes(book: Ledger) -> Any:
    def node(level: int, index: int) -> bytes:
        with book.store.reading() as tables:
            return tables.node(level, index)

    return node
