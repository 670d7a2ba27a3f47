"""Files that are whole or absent after a crash or a power loss."""

from __future__ import annotations

import errno
import os
import secrets
from pathlib import Path

from certificates import foreign


def created(path: Path, content: bytes) -> Path:
    """A new file. What is there already is not replaced: FileExistsError, unless it is the same. Raises OSError."""
    if _holds(path, content):
        sync(path)
        return path
    try:
        new(path, content)
    except FileExistsError:
        if not _holds(path, content):
            raise
    return path


def new(path: Path, content: bytes) -> None:
    """A new file, in the place of nothing at all: a link, a pipe or a device of that name is neither followed nor written to.

    Raises OSError; FileExistsError if there is anything.
    """
    if os.path.lexists(path):
        raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(path))
    draft = _written(path, content)
    try:
        path.hardlink_to(draft)
    except FileExistsError:
        raise
    except OSError:  # a file system without links (FAT on the auditor's stick)
        if os.path.lexists(path):
            raise
        draft.rename(path)
    finally:
        draft.unlink(missing_ok=True)


def replaced(path: Path, content: bytes) -> None:
    """A new file, or another content of one that is there. Raises OSError."""
    foreign.check_replaceable(path)
    draft = _written(path, content)
    try:
        draft.replace(path)
    except OSError:
        draft.unlink()
        raise
    sync(path.parent)


def sync(path: Path) -> None:
    """Make a file's content, or the names in a folder, last. Raises OSError."""
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _holds(path: Path, content: bytes) -> bool:
    """Is it a file of this content? A link to one is none."""
    try:
        return (
            not path.is_symlink()
            and path.stat().st_size == len(content)
            and foreign.read(path, len(content)) == content
        )
    except OSError:
        return False


def _written(path: Path, content: bytes) -> Path:
    draft = path.with_name(f".{path.name}.{secrets.token_hex(6)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o666)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
    except OSError:
        draft.unlink(missing_ok=True)
        raise
    return draft
