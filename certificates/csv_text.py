"""CSV that a spreadsheet in Japan opens rightly (UTF-8 with a mark, CRLF) and takes for data, never for formulas. Pure."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence

_BEGINS_A_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def encode(heading: Sequence[str], rows: Iterable[Sequence[object]]) -> bytes:
    """The file's bytes. A text that a spreadsheet would calculate gets an apostrophe before it."""
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(heading)
    writer.writerows([cell(value) for value in row] for row in rows)
    return b"\xef\xbb\xbf" + out.getvalue().encode("utf-8", "backslashreplace")


def cell(value: object) -> str:
    """A value as its cell has it; None is empty."""
    text = "" if value is None else str(value)
    return f"'{text}" if text.startswith(_BEGINS_A_FORMULA) else text
