"""The passphrase of a key: from a descriptor, a file or the environment, else from whoever sits at the terminal. Never from arguments,
which every user of the machine can read."""

from __future__ import annotations

import functools
import os
from pathlib import Path

import click

from certificates import causes, foreign
from certificates.errors import Environment, Usage
from eraser import hardening
from eraser.commands.common import is_terminal, said

VARIABLE = "ERASER_KEY_PASSPHRASE"
LONGEST = 1024  # bytes


def given() -> bytes | None:
    """The passphrase that the surroundings name, if they do. Raises Environment if they name one that can't be had."""
    for variable, take in ((f"{VARIABLE}_FD", _from_descriptor), (f"{VARIABLE}_FILE", _from_file)):
        if source := os.environ.get(variable):
            return take(source, variable)
    return _from_environment()


def known(path: Path) -> bytes:
    """The passphrase of the key at `path`. Raises Environment if nobody can be asked."""
    found = given()
    if found is not None:
        return found
    if not is_terminal():
        raise Environment("key.locked", path=path)
    return str(click.prompt(said("key.ask", path=path), hide_input=True, err=True)).encode()


def chosen(path: Path) -> bytes:
    """A passphrase for a new key, asked twice at a terminal. Raises Environment, Usage."""
    found = given()
    if found is None and not is_terminal():
        raise Environment("key.locked", path=path)
    if found is None:
        asked = click.prompt(said("key.choose", path=path), hide_input=True, err=True, confirmation_prompt=True)
        found = str(asked).encode()
    if not found:
        raise Usage("key.no_passphrase", source=path, detail="empty")
    return found


@functools.cache  # a pipe can be read once
def _from_descriptor(number: str, variable: str) -> bytes:
    try:
        with os.fdopen(int(number), "rb") as file:
            return _one_line(file.read(LONGEST + 1), variable)
    except (OSError, ValueError) as error:
        raise Environment("key.no_passphrase", source=variable, detail=causes.in_words(error)) from error


def _from_file(name: str, variable: str) -> bytes:
    try:
        with foreign.opened(Path(name)) as file:
            seen = os.fstat(file.fileno())
            if seen.st_mode & 0o077:
                raise Environment("key.no_passphrase", source=name, detail=f"mode {seen.st_mode & 0o777:o}")
            return _one_line(file.read(LONGEST + 1), name)
    except OSError as error:
        raise Environment("key.no_passphrase", source=name, detail=error.strerror) from error


@functools.cache
def _from_environment() -> bytes | None:
    # Taken out of the environment at the start, so that no program that is started later gets it.
    found = hardening.passphrase() or os.environb.pop(VARIABLE.encode(), None)
    return None if found is None else _one_line(found, VARIABLE)


def _one_line(content: bytes, source: str) -> bytes:
    line = content.removesuffix(b"\n").removesuffix(b"\r")
    if not line or b"\n" in line or len(content) > LONGEST:
        raise Environment("key.no_passphrase", source=source, detail=f"{len(content)} bytes")
    return line
