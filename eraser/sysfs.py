"""Reading the kernel's own account of block devices: small files, each of which may be missing."""

from __future__ import annotations

from pathlib import Path

SYS_BLOCK = Path("/sys/class/block")


def text(path: Path) -> str | None:
    """The file's text as it is; None if it can't be read."""
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None


def clean(value: str | None) -> str | None:
    """Trimmed of spaces and NULs, and with its unprintable characters made visible as `?`; nothing left is None."""
    shown = (c if (c.isprintable() and c != "\ufffd") or c.isspace() else "?" for c in (value or "").strip("\0 \t\r\n"))
    return " ".join("".join(shown).split()) or None


def number(path: Path) -> int | None:
    """The file's decimal number; None if it holds none."""
    value = text(path)
    return int(value) if value and value.strip().isdecimal() and value.strip().isascii() else None


def flag(path: Path) -> bool | None:
    """Whether the file's number is another one than 0."""
    found = number(path)
    return None if found is None else found != 0
