"""When a file was made: tells it from a later one that got its inode number, where the file system keeps no generation (tmpfs)."""

from __future__ import annotations

import ctypes
import struct

# statx(2), which Python offers only from 3.15 on.
_AT_EMPTY_PATH = 0x1000
_STATX_BTIME = 0x800
_BYTES = 256
_BIRTH = struct.Struct("=I76xqI")  # stx_mask; stx_btime: seconds, nanoseconds


def birth(descriptor: int) -> int | None:
    """Nanoseconds since 1970; None where the file system or the C library does not tell."""
    buffer = ctypes.create_string_buffer(_BYTES)
    try:
        failed = ctypes.CDLL(None).statx(descriptor, b"", _AT_EMPTY_PATH, _STATX_BTIME, buffer)
    except (AttributeError, OSError):  # an old C library
        return None
    told, seconds, nanoseconds = _BIRTH.unpack_from(buffer.raw)
    return None if failed or not told & _STATX_BTIME else seconds * 10**9 + nanoseconds
