"""Checks for archives, compressed files and programs."""

import re
import struct
import zlib
from functools import lru_cache

from verifier.formats.match import Match, Peek, u16, u32

_BZIP2 = re.compile(rb"BZh[1-9](?:1AY&SY|\x17rE8P\x90)")
_LHA_METHOD = re.compile(rb"-lh[0-7dx]-")
_MACHINES = {0x14C: "x86", 0x8664: "x86-64", 0xAA64: "ARM64", 0x1C0: "ARM", 0x1C4: "ARM"}
_INFLATE_BYTES = 16384
_PLAIN_BYTES = 1 << 16  # a stream made to grow a thousandfold costs no more than another
_TAR_BLOCK = 512
_TAR_MEMBERS = 4  # looked ahead at once: each may be a read of its own, and each is looked at again when it is reached
_TAR_MAGIC = re.compile(rb"ustar(?:\0\d\d|  \0)")
_OCTAL = re.compile(rb"[0-7]+")


def gz(peek: Peek) -> Match | None:
    """RFC 1952. Deflate refutes itself: a random stream breaks a rule of the format within a few hundred bytes."""
    head = peek(0, 10)
    if len(head) < 10 or head[3] & 0xE0 or head[8] not in (0, 2, 4) or not (head[9] <= 13 or head[9] == 255):
        return None
    packed = peek(0, _INFLATE_BYTES)
    inflate = zlib.decompressobj(wbits=31)
    try:
        plain = inflate.decompress(packed, _PLAIN_BYTES)
    except zlib.error:
        return None
    if not inflate.eof and not plain:
        return None
    return Match("inflates")


def bz2(peek: Peek) -> Match | None:
    """The block magic is pi in BCD; an empty file has the end magic (its square root) instead."""
    head = peek(0, 10)
    return Match(f"{head[3:4].decode()}00 kB blocks") if _BZIP2.match(head) else None


def xz(peek: Peek) -> Match | None:
    """The .xz file format 2.1.1: CRC-32 of the stream flags."""
    head = peek(0, 12)
    return Match("stream flags") if len(head) == 12 and zlib.crc32(head[6:8]) == u32(head, 8) else None


def seven_zip(peek: Peek) -> Match | None:
    """7zFormat.txt: CRC-32 of the 20-byte start header, which also tells the length."""
    head = peek(0, 32)
    if len(head) < 32 or zlib.crc32(head[12:32]) != u32(head, 8):
        return None
    offset, size = struct.unpack_from("<QQ", head, 12)
    return Match(f"version {head[6]}.{head[7]}", length=32 + offset + size)


def rar(peek: Peek) -> Match | None:
    """RAR 4: half a CRC-32 of the archive header. RAR 5: CRC-32 of the first header, whose size is a variable number."""
    head = peek(0, 24)
    if len(head) < 24:
        return None
    if head[6] == 0:
        known = head[9] == 0x73 and u16(head, 12) == 13 and zlib.crc32(head[9:20]) & 0xFFFF == u16(head, 7)
        return Match("RAR 4") if known else None
    if head[6:8] != b"\x01\0":
        return None
    size, at = head[12] & 0x7F, 13
    if head[12] & 0x80:
        size, at = size | (head[13] & 0x7F) << 7, 14
    body = peek(12, at - 12 + size)
    return Match("RAR 5") if size and zlib.crc32(body) == u32(head, 8) else None


def lzh(peek: Peek) -> Match | None:
    """LHA headers, levels 0 to 2."""
    head = peek(0, 280)
    if len(head) < 26 or not _LHA_METHOD.match(head, 2) or not 0 <= head[20] <= 2:
        return None
    method = head[3:6].decode()
    if head[20] == 2:
        known = (
            26 <= u16(head, 0) <= 4096 and head[19] == 0x20 and head[23] in b"MUW2mwHKTXJ\0 " and u16(head, 24) < 256
        )
        return Match(f"{method}, level 2") if known else None
    size, name = head[0], head[22 : 22 + head[21]]
    day, month = head[17] & 31, (u16(head, 17) >> 5) & 15
    known = (
        22 + len(name) <= size + 2
        and len(name) > 0
        and all(byte >= 32 and byte != 127 for byte in name)
        and head[19] & 0xC0 == 0
        and 1 <= day <= 31
        and 1 <= month <= 12
        and max(head[10], head[14]) < 0x40  # neither size above 1 GiB
        and len(head) >= 2 + size
        and sum(head[2 : 2 + size]) & 0xFF == head[1]
    )
    return Match(f"{method}, level {head[20]}") if known else None


def tar(peek: Peek) -> Match | None:
    """POSIX ustar and GNU tar: the header's own checksum. The members are walked for the length, a few at a time."""
    size = _tar_member(peek(0, _TAR_BLOCK))
    if size is None:
        return None
    at = _TAR_BLOCK + size
    for _ in range(_TAR_MEMBERS):
        head = peek(at, _TAR_BLOCK)
        if (size := _tar_member(head)) is None:
            # Two blocks of zeros end an archive; anything else means that it is cut here.
            return Match("ustar header", length=at + (2 * _TAR_BLOCK if head == bytes(_TAR_BLOCK) else 0))
        at += _TAR_BLOCK + size
    # It goes on: the next member's header is the same archive's.
    return Match("ustar header", length=at + _TAR_BLOCK)


@lru_cache(maxsize=4 * _TAR_MEMBERS)
def _tar_member(head: bytes) -> int | None:
    """The bytes of content behind a member's header, in whole blocks; None if it is none."""
    if len(head) < _TAR_BLOCK or not _TAR_MAGIC.match(head, 257):
        return None
    told, size = _octal(head[148:156]), _octal(head[124:136])
    if told != sum(head) - sum(head[148:156]) + 8 * 0x20 or size is None:
        return None
    return -(-size // _TAR_BLOCK) * _TAR_BLOCK


def _octal(field: bytes) -> int | None:
    digits = field.strip(b" \0")
    return int(digits, 8) if _OCTAL.fullmatch(digits) else None


def exe(peek: Peek) -> Match | None:
    """Microsoft PE format: the MZ header's field at 60 leads to PE, then the machine."""
    head = peek(0, 64)
    if len(head) < 64 or not 64 <= u32(head, 60) <= 4096:
        return None
    pe = peek(u32(head, 60), 6)
    machine = _MACHINES.get(u16(pe, 4)) if len(pe) == 6 and pe[:4] == b"PE\0\0" else None
    return Match(f"PE, {machine}") if machine else None
