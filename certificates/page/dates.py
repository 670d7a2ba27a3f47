"""Dates as people write them: 2025年11月22日（令和7年）, 22 November 2025, and to the second with their zone."""

from __future__ import annotations

import datetime

import msgspec

from certificates.language import Language

# First day, and name. The first year of an era is 元年.
ERAS = (
    (datetime.date(2019, 5, 1), "令和"),
    (datetime.date(1989, 1, 8), "平成"),
    (datetime.date(1926, 12, 25), "昭和"),
    (datetime.date(1912, 7, 30), "大正"),
    (datetime.date(1868, 10, 23), "明治"),
)
_MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)


class Moment(msgspec.Struct, frozen=True):
    """A time of the record, in the zone that it was written in."""

    value: datetime.datetime

    @property
    def iso(self) -> str:
        return self.value.isoformat(timespec="seconds")

    @property
    def pdf(self) -> str:
        hours, minutes = self.iso[19:].split(":")
        return f"D:{''.join(filter(str.isdigit, self.iso[:19]))}{hours}'{minutes}'"

    @property
    def stamp(self) -> str:
        """To the second, the same in every language: 2025-11-22 14:03:22."""
        return self.iso[:19].replace("T", " ")

    @property
    def zone(self) -> str:
        return "UTC" if self.iso[19:] == "+00:00" else f"UTC{self.iso[19:]}"

    def date(self, language: Language) -> str:
        day = self.value.date()
        if language == "en":
            return f"{day.day} {_MONTHS[day.month - 1]} {day.year}"
        return f"{day.year}年{day.month}月{day.day}日" + (f"（{era}）" if (era := era_year(day)) else "")


def moment(time: str) -> Moment:
    """Raises ValueError for a day or hour that no calendar has."""
    value = datetime.datetime.fromisoformat(time)
    if value.tzinfo is None or len(value.isoformat(timespec="seconds")) != 25:
        raise ValueError(f"{time} has no zone in hours and minutes")
    return Moment(value)


def era_year(day: datetime.date) -> str:
    """令和7年, 平成元年; nothing before Meiji."""
    for first, name in ERAS:
        if day >= first:
            year = day.year - first.year + 1
            return f"{name}{'元' if year == 1 else year}年"
    return ""
