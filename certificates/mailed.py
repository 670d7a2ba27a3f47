"""Small text files travel by mail and through editors, which change line ends, put a mark in front and blank lines around. Pure.

Nothing that was signed lies in those: a signature is checked over the text as it was written.
"""

from __future__ import annotations

_MARK = b"\xef\xbb\xbf"


def restored(raw: bytes) -> bytes:
    """The text with LF between its lines, without a byte order mark and without blank lines around it; no LF at its end."""
    return raw.removeprefix(_MARK).replace(b"\r\n", b"\n").strip(b" \t\n")
