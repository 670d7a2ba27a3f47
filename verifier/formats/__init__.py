"""What proves that a file of some type begins here: one pure function a type, by the name that signatures.toml gives.

A check gets a `Peek` and answers with a `Match`, or None. It reads nothing but what it peeks at.
"""

from verifier.formats.archives import bz2, exe, gz, lzh, rar, seven_zip, tar, xz
from verifier.formats.documents import dwg, jww, ole, pdf, zip_family
from verifier.formats.images import bmp, gif, jpg, png, tif, webp
from verifier.formats.match import Check, Match, Peek
from verifier.formats.media import avi, isobmff, mkv, mp3, wav
from verifier.formats.records import eml, html, mbox, printable, pst, rtf, sqlite, wide_text

_ALL: tuple[Check, ...] = (
    *(avi, bmp, bz2, dwg, eml, exe, gif, gz, html, isobmff, jpg, jww, lzh, mbox, mkv, mp3, ole, pdf, png, printable),
    *(pst, rar, rtf, seven_zip, sqlite, tar, tif, wav, webp, wide_text, xz, zip_family),
)
CHECKS: dict[str, Check] = {check.__name__: check for check in _ALL}

__all__ = ["CHECKS", "Check", "Match", "Peek"]
