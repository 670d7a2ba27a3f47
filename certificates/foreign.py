"""Files that others made, or could have put in the place of ours: opened and read here and nowhere else.

Such a file may be a pipe that never says anything, a device that never ends or that does something when it is opened, a link to
either, or eight terabytes of nothing. What is read is a regular file, no more of it than it said it has, and no more than is wanted.
A link to a regular file is followed: people have such.
"""

from __future__ import annotations

import errno
import os
import stat
import tomllib
from pathlib import Path
from typing import Any, BinaryIO

from certificates import language

LARGEST_TEXT = 1 << 20
"""Bytes of a key, a statement or a checkpoint."""
LARGEST_TOML = 256 << 10
"""Bytes of a configuration, an order sheet, methods or policies."""
LARGEST_PROOF = 16 << 20
"""Bytes of a record, a journal or a proof."""
_MOST_DOTS = 250
"""In one line of a TOML file. The parser's time and memory grow with the square of a key's parts: 50,000 take a minute."""


class Unfit(OSError):
    """A file that is none to read; `strerror` says why, in the language in force."""

    def __str__(self) -> str:
        return self.strerror or ""


def read(path: Path, most: int = LARGEST_TEXT) -> bytes:
    """All of a regular file of at most `most` bytes. Raises OSError, Unfit among them; never blocks on anything but a file system."""
    with opened(path) as file:
        size = os.fstat(file.fileno()).st_size
        if size > most:
            raise too_large(path, most)
        # Not until the end: what says that it is empty, as everything in /proc does, may have none.
        return file.read(size)


def head(path: Path, most: int) -> bytes:
    """The first `most` bytes of a regular file, or all of it. Raises OSError."""
    with opened(path) as file:
        return file.read(min(most, os.fstat(file.fileno()).st_size))


def opened(path: Path) -> BinaryIO:
    """A regular file, for reading. Raises OSError."""
    # Looked at before it is opened, for there are devices that start to do something then; and after, for it may have changed.
    _check(path.stat(), path)
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK | os.O_NOCTTY)
    try:
        _check(os.fstat(descriptor), path)
        return os.fdopen(descriptor, "rb")
    except BaseException:
        os.close(descriptor)
        raise


def read_toml(path: Path) -> dict[str, Any]:
    """A TOML file in UTF-8. Raises OSError; ValueError, whose text says what is wrong with it."""
    text = read(path, LARGEST_TOML).decode("utf-8-sig")
    if any(line.count(".") > _MOST_DOTS for line in text.splitlines()):
        raise ValueError(language.text("foreign.deep"))
    try:
        return tomllib.loads(text)
    except RecursionError as error:
        raise ValueError(language.text("foreign.deep")) from error


def check_replaceable(path: Path) -> None:
    """Before a file is put in the place of what is there: only of a regular file, or of nothing. Raises OSError: what is written to
    /dev/null by name would else take its place, and links are not followed."""
    try:
        _check(path.lstat(), path)
    except FileNotFoundError:
        return


def too_large(path: Path, most: int) -> Unfit:
    size = f"{most >> 20} MiB" if most >= 1 << 20 else f"{most} B"
    return Unfit(errno.EFBIG, language.text("foreign.large", most=size), str(path))


def kind(mode: int) -> str | None:
    """What such a file is called, if it is no regular one."""
    if stat.S_ISREG(mode):
        return None
    names = {stat.S_IFDIR: "folder", stat.S_IFIFO: "pipe", stat.S_IFSOCK: "socket", stat.S_IFLNK: "link"}
    return language.text(f"foreign.{names.get(stat.S_IFMT(mode), 'device')}")


def _check(seen: os.stat_result, path: Path) -> None:
    found = kind(seen.st_mode)
    if found is not None:
        raise Unfit(errno.EINVAL, language.text("foreign.irregular", kind=found), str(path))
