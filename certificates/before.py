"""Did one thing surely happen before another? Pure.

Within a ledger its order tells, whatever the clocks said; but for another station's papers, which anybody who may append could enter again
when it suits him: for these, their own times have to say the same. Papers of one station are in the order of their numbers. Between two
sources there are only two clocks, which may differ by `DOUBT`. What is not sure is not so.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from certificates.history import Compared, Fact
from certificates.numbering import station_of
from certificates.plausibility import EARLIEST

DOUBT = timedelta(minutes=5)  # so much two stations' clocks may differ


def surely_before(one: Fact | Compared, other: Fact | Compared) -> bool:
    """`one` was over before `other` began."""
    if one.entries is not None and other.entries is not None:
        return _in_the_ledger(one, other)
    station = station_of(one.number)
    if station and station == station_of(other.number):
        return _count(one.number) < _count(other.number) and one.moment <= _began(other)
    # A dead clock's time says nothing.
    return one.moment >= EARLIEST and one.moment + DOUBT < _began(other)


def _in_the_ledger(one: Fact | Compared, other: Fact | Compared) -> bool:
    assert one.entries is not None and other.entries is not None
    (first, last), (begins, _) = one.entries, other.entries
    if last is None:  # its end was not entered, but there is its paper
        return first < begins and one.moment <= _began(other)
    in_order = last < begins and (not other.elsewhere or one.moment <= _began(other))
    if _is_dated_back(other):
        in_order = in_order and one.moment <= other.moment
    if in_order or not _is_dated_back(one):
        return in_order
    # People say that it happened before. That holds if the station's clock was not set back in between.
    entered = one.custody.at if isinstance(one, Fact) and one.custody is not None else one.at
    return one.moment <= _began(other) <= datetime.fromisoformat(entered)


def _is_dated_back(fact: Fact | Compared) -> bool:
    return isinstance(fact, Fact) and fact.dated_back


def _began(fact: Fact | Compared) -> datetime:
    return datetime.fromisoformat(fact.began or fact.at)


def _count(number: str) -> int:
    count = number.rpartition("-")[2]
    return int(count) if count.isascii() and count.isdigit() and len(count) < 16 else 0
