"""Checks for sound and video."""

import re

from verifier.formats.match import Match, Peek, u32

_BRANDS = {
    "heic": b"heic heix hevc hevx heim heis mif1 msf1",
    "avif": b"avif avis",
    "mov": b"qt\x20\x20",
    "m4a": b"M4A\x20 M4B\x20",
    "3gp": b"3gp4 3gp5 3gp6 3gp7 3ge6 3gg6 3g2a 3g2b",
    "mp4": b"isom iso2 iso3 iso4 iso5 iso6 mp41 mp42 avc1 M4V\x20 M4VH MSNV dash mmp4 XAVC",
}
_KIND_OF_BRAND = {group[i : i + 4]: kind for kind, group in _BRANDS.items() for i in range(0, len(group), 5)}
_BRAND = re.compile(rb"[ -~]{4}|\0{4}")
_FRAME_NAME = re.compile(rb"[A-Z][A-Z0-9]{2,3}")

# ISO 11172-3 2.4.2.3, layer III, in kbit/s and Hz; version 2 has half the sampling rate and its own rates.
_RATES_1 = (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320)
_RATES_2 = (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160)
_SAMPLES = (44100, 48000, 32000)


def isobmff(peek: Peek) -> Match | None:
    """ISO 14496-12, 4.3: the file type box, its major brand and its compatible brands."""
    head = peek(0, 256)
    size = int.from_bytes(head[:4], "big")
    if not (16 <= size <= 256 and size % 4 == 0) or len(head) < size:
        return None
    kind = _KIND_OF_BRAND.get(head[8:12])
    if kind is None or not all(_BRAND.match(head, at) for at in range(16, size, 4)):
        return None
    return Match(f"brand {head[8:12].decode().strip()}", kind)


def _riff_length(head: bytes) -> int:
    return u32(head, 4) + 8


def wav(peek: Peek) -> Match | None:
    """RIFF, WAVE, and a format chunk of 16, 18 or 40 bytes (or a chunk that broadcasters put first)."""
    head = peek(0, 20)
    if len(head) < 20 or head[8:12] != b"WAVE":
        return None
    known = head[12:16] in (b"bext", b"JUNK", b"LIST") or (head[12:16] == b"fmt " and u32(head, 16) in (16, 18, 40))
    return Match("WAVE", length=_riff_length(head)) if known else None


def avi(peek: Peek) -> Match | None:
    """RIFF, AVI, and the header list."""
    head = peek(0, 16)
    known = len(head) == 16 and head[8:] == b"AVI LIST"
    return Match("AVI", length=_riff_length(head)) if known else None


def mkv(peek: Peek) -> Match | None:
    """RFC 8794 and 9559: the EBML header names the document type."""
    head = peek(0, 64)
    return next((Match(name.decode()) for name in (b"matroska", b"webm") if b"\x42\x82" in head and name in head), None)


def mp3(peek: Peek) -> Match | None:
    """ID3v2 (id3.org), or MPEG layer III frames in a chain."""
    head = peek(0, 24)
    if head[:3] != b"ID3":
        return Match("MPEG frames") if _frames(peek, 4) else None
    if (
        len(head) < 24
        or head[3] not in (2, 3, 4)
        or head[4] != 0
        or head[5] & 0x0F
        or any(b & 0x80 for b in head[6:10])
    ):
        return None
    tag = head[6] << 21 | head[7] << 14 | head[8] << 7 | head[9]
    size = int.from_bytes(head[13:16] if head[3] == 2 else head[14:18], "big")
    named = _FRAME_NAME.match(head, 10)
    return Match(f"ID3v2.{head[3]}") if named and 0 < size < min(tag, 1 << 24) else None


def _frames(peek: Peek, wanted: int) -> bool:
    """Whether `wanted` frames of one version, layer and sampling rate follow each other."""
    at, first = 0, None
    for _ in range(wanted):
        head = peek(at, 4)
        if len(head) < 4 or head[0] != 0xFF or head[1] & 0xE6 != 0xE2 or not head[1] & 0x10:
            return False
        rate, sample = head[2] >> 4, head[2] >> 2 & 3
        if rate in (0, 15) or sample == 3 or first not in (None, (head[1] & 0xFE, sample)):
            return False
        first = (head[1] & 0xFE, sample)
        if head[1] & 8:
            at += 144_000 * _RATES_1[rate] // _SAMPLES[sample] + (head[2] >> 1 & 1)
        else:
            at += 72_000 * _RATES_2[rate] // (_SAMPLES[sample] // 2) + (head[2] >> 1 & 1)
    return True
