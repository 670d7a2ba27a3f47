"""Photographs and documents that go with a job: bound by their digests, photographs also copied, smaller, onto the paper.

The original stays with whoever took it. The copy is made from its pixels alone: what a camera writes beside them (place, owner, serial
numbers, a thumbnail of more than is shown) never gets onto a paper that is handed on.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from io import BytesIO
from pathlib import Path

import msgspec

from certificates import canonical, causes, foreign
from certificates.errors import Usage
from certificates.people import Copy, Evidence

MOST_PHOTOGRAPHS = 24
LARGEST_FILE = 256 << 20
MOST_PIXELS = 120_000_000  # a decoded picture of this size takes 360 MB
LONGEST_SIDE = 1280  # 300 dots an inch in half the annex's width, with room to read a serial number
QUALITY = 82

KINDS = {"JPEG": "image/jpeg", "MPO": "image/jpeg", "PNG": "image/png", "HEIF": "image/heic"}
_HEIC_BRANDS = (b"heic", b"heix", b"heim", b"heis", b"hevc", b"mif1", b"msf1", b"avif")


class Gathered(msgspec.Struct, frozen=True):
    """What the record says of the files, and the copies that are printed."""

    evidence: tuple[Evidence, ...] = ()
    pictures: tuple[bytes, ...] = ()


class Reduced(msgspec.Struct, frozen=True):
    """A picture as it goes onto paper: baseline JPEG in greys or RGB, without metadata."""

    content: bytes
    width: int
    height: int
    media_type: str

    def named(self, name: str) -> Copy:
        return Copy(name, len(self.content), canonical.digest(self.content), self.width, self.height)


def gathered(photographs: Sequence[str], documents: Sequence[Path]) -> Gathered:
    """`photographs`: `FILE` or `CAPTION=FILE`. Raises Usage: nothing was written to any medium yet."""
    if len(photographs) > MOST_PHOTOGRAPHS:
        raise Usage("usage.photos_many", most=MOST_PHOTOGRAPHS)
    named = [captioned(text) for text in photographs]
    names = [path.name for path in (*(path for _, path in named), *documents)]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise Usage("usage.photo_twice", names=", ".join(twice))
    found, pictures = [], []
    for number, (caption, path) in enumerate(named, start=1):
        content = _content(path)
        copy = reduced(content, path)
        bound = Evidence(path.name, copy.media_type, len(content), canonical.digest(content))
        found.append(msgspec.structs.replace(bound, caption=caption, copy=copy.named(f"photo-{number}.jpg")))
        pictures.append(copy.content)
    for path in documents:
        content = _content(path)
        kind = "application/pdf" if content.startswith(b"%PDF-") else "application/octet-stream"
        found.append(Evidence(path.name, kind, len(content), canonical.digest(content)))
    return Gathered(tuple(found), tuple(pictures))


def captioned(text: str) -> tuple[str | None, Path]:
    """The caption of `FILE` or `CAPTION=FILE`, and the file."""
    caption, equals, name = text.partition("=")
    if not equals or Path(text).exists():
        return None, Path(text)
    return caption.strip() or None, Path(name)


def _content(path: Path) -> bytes:
    try:
        return foreign.read(path, LARGEST_FILE)
    except OSError as error:
        raise Usage("usage.photo", path=path, detail=error.strerror) from error


def reduced(content: bytes, path: Path, longest: int = LONGEST_SIDE) -> Reduced:
    """The picture, upright, on white, no side longer than `longest` pixels. Raises Usage if it can't be read."""
    from PIL import Image, ImageOps

    formats = ["JPEG", "PNG", *_heif_formats(content, path)]
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            with Image.open(BytesIO(content), formats=formats) as opened:
                if opened.width * opened.height > MOST_PIXELS:
                    raise Usage("usage.photo_pixels", path=path, most=MOST_PIXELS // 1_000_000)
                kind = KINDS[opened.format or ""]
                opened.draft("RGB" if opened.mode == "RGB" else "L", (longest, longest))
                upright = ImageOps.exif_transpose(opened)
                upright.thumbnail((longest, longest), Image.Resampling.LANCZOS, reducing_gap=3.0)
                if upright.mode.startswith("I"):  # sixteen bits of grey
                    upright = upright.convert("I").point(lambda value: value * (1 / 256)).convert("L")
                grey = upright.mode in ("1", "L", "LA")
                # A new picture, of which nothing is known but its pixels.
                flat = Image.new("RGB", upright.size, "white")
                seen = upright.convert("RGBA")
                flat.paste(seen, mask=seen.getchannel("A"))
                out = BytesIO()
                (flat.convert("L") if grey else flat).save(out, "JPEG", quality=QUALITY, optimize=True)
                return Reduced(out.getvalue(), *flat.size, kind)
    except Usage:
        raise
    except Exception as error:  # a broken picture makes Pillow raise nearly anything
        raise Usage("usage.photo_unreadable", path=path, detail=causes.in_words(error)) from error


def _heif_formats(content: bytes, path: Path) -> list[str]:
    """What telephones take, if the optional library is there. Raises Usage if it isn't."""
    if content[4:8] != b"ftyp" or content[8:12] not in _HEIC_BRANDS:
        return []
    try:
        import pillow_heif
    except ImportError as error:
        raise Usage("usage.photo_heic", path=path) from error
    pillow_heif.register_heif_opener()
    return ["HEIF"]
