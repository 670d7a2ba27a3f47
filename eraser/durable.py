"""Files that survive whatever comes: each is there whole or not at all, also after a power loss."""

from __future__ import annotations

import os
import secrets
from pathlib import Path


def created(path: Path, content: bytes) -> Path:
    """A new file. What is there already is not replaced: FileExistsError, unless it is the same. Raises OSError."""
    if path.is_file() and path.read_bytes() == content:
        sync(path)
        return path
    draft = _written(path, content)
    try:
        path.hardlink_to(draft)
    except FileExistsError:
        if path.read_bytes() != content:
            raise
    except OSError:  # a file system without links (FAT on the auditor's stick)
        if path.exists():
            raise
        draft.rename(path)
    finally:
        draft.unlink(missing_ok=True)
    return path


def replaced(path: Path, content: bytes) -> None:
    """A new file, or another content of one that is there. Raises OSError."""
    draft = _written(path, content)
    try:
        draft.replace(path)
    except OSError:
        draft.unlink()
        raise
    sync(path.parent)


def sync(path: Path) -> None:
    """Make a file's content, or the names in a folder, last. Raises OSError."""
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


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
