"""The report of a period, and the life of a medium: what they count, what they leave open."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

import msgspec
import pytest

from certificates import history, life, period
from certificates.history import Fact
from certificates.identity import Named
from certificates.ledger import Custody, DestroyedMedium, DestructionEnded, DestructionStarted, Ledger, merkle
from certificates.ledger.entries import Entry
from certificates.life import Limits
from certificates.period import Period
from certificates.proving import Known
from certificates.reconcile import reconcile
from certificates.record import Medium, Outcome
from tests.certificates.samples import STICK


def at(day: int, hour: int = 10) -> str:
    return f"2026-11-{day:02d}T{hour:02d}:00:00+09:00"


@pytest.fixture
def book(tmp_path: Path) -> Ledger:
    """A failed stick on day 2 that is destroyed on day 20; one that is proven; one that never ended."""
    made = Ledger(tmp_path / "ledger.sqlite", "STATION")
    job(made, 2, "BAD", "not-erased")
    job(made, 3, "GOOD", "erased")
    job(made, 9, "GOOD", "erased")
    made.start(at(10), msgspec.structs.replace(STICK, serial="LOST"), "keyed")
    made.append(lambda place: held(place.seq, at(11), "store", "GOOD"))
    begun = made.append(
        lambda place: DestructionStarted(
            seq=place.seq, at=at(20), job=place.job, number=place.number, technique="chip-cut", media=1
        )
    )
    made.append(
        lambda place: DestructionEnded(
            seq=place.seq,
            at=at(20),
            job=begun.job,
            number=begun.number,
            certificate="ab" * 32,
            signature="cd" * 64,
            outcome="destroyed",
            technique="chip-cut",
            done=at(20, 9),
            media=(DestroyedMedium(Named(serial="bad"), "usb-flash", "destroyed"),),
        ),
        closes=begun,
    )
    return made


def job(book: Ledger, day: int, serial: str, outcome: Outcome) -> None:
    started = book.start(at(day), msgspec.structs.replace(STICK, serial=serial), "keyed")
    book.end(started, at(day, 11), outcome, f"{day:02d}" * 32, "cd" * 64)


def held(seq: int, when: str, event: str, serial: str) -> Entry:
    return Custody(
        seq=seq, at=when, event=event, medium=Named(serial=serial), happened=None, person="花子", counterpart=None,
        place=None, seal=None, note=None,
    )  # fmt: skip


def told(book: Ledger, first: int, end: int) -> Period:
    with book.store.reading() as tables:

        def head_at(size: int) -> bytes:
            return merkle.head(size, tables.node)

        begin, over = (datetime.fromisoformat(at(day, 0)) for day in (first, end))
        entries = tuple(book.entries())
        return period.of(entries, begin, over, head_at, papers(entries))


def told_of(book: Ledger) -> tuple[Fact, ...]:
    entries = tuple(book.entries())
    return Known([*history.from_ledger(entries), *papers(entries)]).facts


def papers(entries: Iterable[Entry]) -> list[Fact]:
    """As if every paper of this ledger were here."""
    facts = history.from_ledger(entries)
    return [msgspec.structs.replace(fact, has_paper=True, looked=history.EVERYTHING) for fact in facts if fact.digest]


def test_a_period_counts_what_was_entered_in_it(book: Ledger) -> None:
    whole = told(book, 1, 30)
    assert whole.counts == {"erased": 2, "not-erased": 1, "destroyed": 1, "custody.store": 1}
    assert period.started(whole) == 4 and whole.strays == 0
    assert (whole.before.size, whole.after.size) == (0, 10) and whole.after.root == book.head().root
    early = told(book, 1, 5)
    assert (early.before.size, early.after.size) == (0, 4) and early.counts == {"erased": 1, "not-erased": 1}
    assert told(book, 5, 12).before == early.after, "periods join without a gap"
    empty = told(book, 25, 28)
    assert empty.entries == () and empty.before == empty.after == whole.after


def test_what_failed_is_told_as_it_stands_today(book: Ledger) -> None:
    (failure,) = told(book, 1, 5).failures
    assert failure.status == "proven" and not failure.is_open, "it was destroyed later"
    job(book, 21, "GOOD", "interrupted")
    (failure,) = told(book, 21, 22).failures
    assert failure.status == "interrupted" and failure.is_open


def test_an_interrupted_job_stands_as_the_one_that_took_it_up(tmp_path: Path) -> None:
    """On media without any number, nothing else tells that they are the same."""
    book, nameless = Ledger(tmp_path / "other.sqlite", "STATION"), msgspec.structs.replace(STICK, serial=None, wwn=None)

    def ended(day: int, outcome: Outcome, continues: str | None = None, medium: Medium = nameless) -> str:
        started = book.start(at(day), medium, "keyed", continues=continues)
        return book.end(started, at(day, 11), outcome, f"{day:02d}" * 32, "cd" * 64).number

    first = ended(1, "interrupted")
    ended(2, "erased")
    assert [each.status for each in told(book, 1, 9).failures] == ["interrupted"], "that was another stick"
    second = ended(3, "interrupted", first)
    assert [each.status for each in told(book, 1, 9).failures] == ["interrupted"] * 2
    ended(4, "erased", second)
    assert [each.status for each in told(book, 1, 9).failures] == ["proven"] * 2 and not told(book, 1, 9).open_items
    strangers = reconcile([], Known(history.from_ledger(book.entries()))).strangers
    assert [each.what for each in strangers] == ["erased"] * 2, "two media, not four"

    # Not by a job on a medium of another size, nor one that took up what had not been interrupted.
    third = ended(5, "interrupted")
    ended(6, "erased", third, msgspec.structs.replace(nameless, capacity_bytes=1 << 30))
    fourth = ended(7, "not-erased")
    ended(8, "erased", fourth)
    assert [each.status for each in told(book, 5, 9).failures] == ["interrupted", "not-erased"]

    numbered = ended(10, "interrupted", medium=STICK)
    ended(11, "erased", numbered, STICK)
    lived = life.of(history.of_one(told_of(book), Named(serial=STICK.serial).identity))
    assert lived is not None and (lived.wipes, lived.failures) == (1, 0)


def test_what_never_ended_stays_open_in_every_later_report(book: Ledger) -> None:
    assert [entry.number for entry in told(book, 25, 28).unended] == ["STATION-000004"]
    assert told(book, 1, 5).unended == ()


def test_a_clock_that_was_set_back_is_told(book: Ledger) -> None:
    book.append(lambda place: held(place.seq, at(1), "store", "GOOD"))
    early, joined = told(book, 1, 2), told(book, 1, 5)
    assert early.strays == 0 and joined.strays == 6
    # The entry that was dated back is all that the report of that day has, so it says where it really stands.
    (step,) = early.steps
    assert (step.seq, step.at, step.after, step.reached) == (11, at(1), 9, at(20))
    assert joined.steps == early.steps and told(book, 25, 28).steps == ()


def test_the_life_of_a_medium(book: Ledger) -> None:
    facts = told_of(book)
    good, bad = (life.of(history.of_one(facts, Named(serial=serial).identity)) for serial in ("good", "BAD"))
    assert good is not None and bad is not None
    assert (good.wipes, good.failures, good.ended, good.first) == (2, 0, False, at(3))
    assert (bad.wipes, bad.failures, bad.ended) == (0, 1, True)
    now = datetime.fromisoformat("2029-11-22T10:00:00+09:00")
    assert good.over(Limits(), now) == () and good.over(Limits(3, 4), now) == ()
    assert good.over(Limits(2, 3), now) == ("wipes", "years") and good.over(Limits(None, 3.0), now) == ("years",)
    assert bad.over(Limits(None, 0), now) == (), "what was destroyed is due no more"
    assert {story[0].identity.serial for story in life.all_of(facts)} == {"bad", "good", "lost"}
