"""Dates as a Japanese office writes them."""

from __future__ import annotations

import datetime

import pytest

from certificates.page.dates import era_year, moment


@pytest.mark.parametrize(
    ("day", "era"),
    [
        ("2025-11-22", "令和7年"),
        ("2019-05-01", "令和元年"),
        ("2019-12-31", "令和元年"),
        ("2020-01-01", "令和2年"),
        ("2019-04-30", "平成31年"),
        ("1989-01-08", "平成元年"),
        ("1989-01-07", "昭和64年"),
        ("1926-12-25", "昭和元年"),
        ("1926-12-24", "大正15年"),
        ("1912-07-30", "大正元年"),
        ("1912-07-29", "明治45年"),
        ("1868-10-23", "明治元年"),
        ("1868-10-22", ""),
    ],
)
def test_eras(day: str, era: str) -> None:
    assert era_year(datetime.date.fromisoformat(day)) == era


def test_a_day_is_told_in_the_zone_it_was_written_in() -> None:
    late = moment("2019-04-30T23:59:59+09:00")
    assert late.date("ja") == "2019年4月30日（平成31年）"
    assert late.date("en") == "30 April 2019"
    assert late.stamp == "2019-04-30 23:59:59"
    assert (late.zone, moment("2019-04-30T23:59:59Z").zone) == ("UTC+09:00", "UTC")
    assert late.pdf == "D:20190430235959+09'00'"


@pytest.mark.parametrize(
    "time", ["2025-02-30T00:00:00Z", "2025-01-01T25:00:00Z", "2025-01-01T00:00:00+99:99", "2025-01-01T00:00:00"]
)
def test_times_that_do_not_exist(time: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        moment(time)
