"""How a sheet shows a number: as it is kept, with zeros before it, as a date, or as something else. Pure."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

from certificates.tables.table import Fault

# The formats that every workbook has without naming them; those of East Asia are dates as well.
_BUILTIN_DATES = frozenset((*range(14, 23), *range(27, 37), *range(45, 48), *range(50, 59)))
_NOISE = re.compile(r"\[(?!h|m|s)[^\]]*\]|_.|\*.", re.IGNORECASE | re.DOTALL)  # colours, languages, paddings
_LITERALS = re.compile(r'"[^"]*"|\\.', re.DOTALL)
_PLAIN = re.compile(r"(general|標準|standard|@|[#0?,. ]*(e[+-]?[0#]+)?%?)", re.IGNORECASE)
_ZEROS = re.compile(r"0{1,40}")
_EXACT = 10**15  # from here on a spreadsheet no longer keeps every digit
_LAST_DAY = 2_958_466  # 10000-01-01


def shown(value: str, code: int | str) -> tuple[str, Fault | None]:
    """What a number means as a text, and why that isn't the whole of what was typed or is shown.

    `code`: a built-in format's number, or a format. Raises ValueError if it is no number.
    """
    number = float(value)
    if number != number or abs(number) == float("inf"):
        raise ValueError(value)
    if _is_date(code):
        return _day(number), "date"
    if abs(number) >= _EXACT:
        return f"{number:.2E}", "shortened"
    if number != int(number):
        return repr(number), "number"
    whole = int(number)
    section = _NOISE.sub("", code.split(";")[0]).strip() if isinstance(code, str) else ""
    if _ZEROS.fullmatch(section) and whole >= 0:
        return f"{whole:0{len(section)}d}", None
    if whole < 0:
        return str(whole), "number"
    return str(whole), None if _PLAIN.fullmatch(section) else "format"


def _is_date(code: int | str) -> bool:
    if isinstance(code, int):
        return code in _BUILTIN_DATES
    bare = _LITERALS.sub("", _NOISE.sub("", code.split(";")[0]))
    return not _PLAIN.fullmatch(bare.strip()) and re.search("[dmyhsegr年月日]|aaa", bare, re.IGNORECASE) is not None


def _day(number: float) -> str:
    """The day as text. A workbook of the Mac counts from 1904; here a date only has to be told, never matched."""
    if not 0 <= number < _LAST_DAY:
        return repr(number)
    moment = datetime(1899, 12, 30) + timedelta(seconds=round(number * 86400))
    return moment.isoformat()
