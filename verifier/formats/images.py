"""Checks for images."""

import struct
import zlib

from verifier.formats.match import Match, Peek, u16, u32

_JPEG_NAMES = (b"JFIF\0", b"JFXX\0", b"Exif\0\0", b"http://ns.adobe.com/", b"ICC_PROFILE\0", b"Photoshop 3.0\0")
_JPEG_SEGMENTS = frozenset((*range(0xC0, 0xD0), *range(0xDA, 0xE0), *range(0xE0, 0xF0), 0xFE))
_START_OF_SCAN = 0xDA
_BMP_HEADERS = frozenset((12, 40, 52, 56, 64, 108, 124))
_TIFF_TYPES = frozenset((*range(1, 14), 16, 17, 18))


def jpg(peek: Peek) -> Match | None:
    """ITU-T T.81 B.1.1.4: each segment's length leads to the next marker. Needs a name, or four segments."""
    at, segments = 2, 0
    while segments < 64:
        head = peek(at, 32)
        if len(head) < 4 or head[0] != 0xFF or head[1] not in _JPEG_SEGMENTS:
            break
        size = struct.unpack_from(">H", head, 2)[0]
        if size < 2:
            break
        if 0xE0 <= head[1] <= 0xEF and size >= 7 and head[4:].startswith(_JPEG_NAMES):
            return Match(head[4:].split(b"\0")[0].decode("ascii", "replace")[:20])
        segments += 1
        if head[1] == _START_OF_SCAN:
            break
        at += 2 + size
    return Match(f"{segments} segments") if segments >= 4 else None


def png(peek: Peek) -> Match | None:
    """PNG specification 5.3: the first chunk is IHDR, 13 bytes, with a CRC-32."""
    head = peek(8, 25)
    if len(head) < 25 or head[:8] != b"\0\0\0\rIHDR":
        return None
    width, height, checksum = *struct.unpack_from(">II", head, 8), struct.unpack_from(">I", head, 21)[0]
    return Match(f"{width} x {height}") if zlib.crc32(head[4:21]) == checksum else None


def gif(peek: Peek) -> Match | None:
    """GIF89a 18: after the screen descriptor and its colour table comes an image or a known extension."""
    head = peek(0, 13)
    if len(head) < 13 or not (0 < u16(head, 6) <= 16384 and 0 < u16(head, 8) <= 16384):
        return None
    table = 3 << ((head[10] & 7) + 1) if head[10] & 0x80 else 0
    block = peek(13 + table, 10)
    if block[:1] == b"\x2c":
        # An image lies within its screen.
        known = len(block) == 10 and u16(block, 5) <= u16(head, 6) and u16(block, 7) <= u16(head, 8)
    else:
        known = block[:1] == b"\x21" and block[1:2] in (b"\xf9", b"\xfe", b"\xff", b"\x01")
    return Match(f"{u16(head, 6)} x {u16(head, 8)}") if known else None


def tif(peek: Peek) -> Match | None:
    """TIFF 6.0, section 2. The directory may lie at the end of the file."""
    head = peek(0, 8)
    if len(head) < 8:
        return None
    order = "<" if head[:2] == b"II" else ">"
    directory = struct.unpack_from(order + "I", head, 4)[0]
    start = peek(directory, 2)
    if directory < 8 or len(start) < 2:
        return None
    count = struct.unpack(order + "H", start)[0]
    if not 4 <= count <= 512:
        return None
    raw = peek(directory + 2, 12 * count)
    if len(raw) < 12 * count:
        return None
    entries = list(struct.iter_unpack(order + "HHII", raw))
    tags = [tag for tag, *_ in entries]
    known = all(kind in _TIFF_TYPES for _, kind, *_ in entries) and {256, 257} <= set(tags)
    return Match(f"directory of {count}") if known and tags == sorted(tags) else None


def bmp(peek: Peek) -> Match | None:
    """BITMAPFILEHEADER and BITMAPINFOHEADER. Some writers leave the size field wrong, so that alone refutes nothing."""
    head = peek(0, 30)
    if len(head) < 30 or head[6:10] != bytes(4) or u32(head, 14) not in _BMP_HEADERS:
        return None
    size, data_at, header = u32(head, 2), u32(head, 10), u32(head, 14)
    if header == 12:
        width, height, planes, depth = struct.unpack_from("<HHHH", head, 18)
    else:
        width, height, planes, depth = struct.unpack_from("<iiHH", head, 18)
    if planes != 1 or depth not in (1, 2, 4, 8, 16, 24, 32) or not (0 < width <= 65536 and 0 < abs(height) <= 65536):
        return None
    if not 14 + header <= data_at <= 14 + header + 4096:
        return None
    return Match(f"{width} x {abs(height)}", length=size if size > data_at else None)


def webp(peek: Peek) -> Match | None:
    """RFC 9649, 2.4."""
    head = peek(0, 16)
    known = len(head) == 16 and head[8:12] == b"WEBP" and head[12:] in (b"VP8 ", b"VP8L", b"VP8X")
    return Match(head[12:].decode().strip(), length=u32(head, 4) + 8) if known else None
