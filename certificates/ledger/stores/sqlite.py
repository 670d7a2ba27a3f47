"""A ledger in one SQLite file: write-ahead log, every commit flushed to the disk."""

from __future__ import annotations

import errno
import os
import sqlite3
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from certificates import causes
from certificates.errors import Environment, LedgerInconsistent
from certificates.ledger.stores.tables import LOCK_SECONDS, Tables

VERSION = 2
_TABLES = f"""
BEGIN IMMEDIATE;
CREATE TABLE IF NOT EXISTS entry (
  seq INTEGER PRIMARY KEY, kind TEXT NOT NULL, station TEXT, job INTEGER, body BLOB NOT NULL, nodes BLOB NOT NULL
) STRICT;
CREATE UNIQUE INDEX IF NOT EXISTS one_of_each ON entry (station, job, kind);
CREATE TRIGGER IF NOT EXISTS never_changed BEFORE UPDATE ON entry BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END;
CREATE TRIGGER IF NOT EXISTS never_removed BEFORE DELETE ON entry BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END;
PRAGMA user_version = {VERSION};
COMMIT;
"""
_LITTLE = 64 << 10  # bytes; less room than this is none
_DAMAGED = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)
_LOCKED = (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)


class SqliteStore:
    """One file. Every call opens it anew: threads and processes may share the path."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._idle: sqlite3.Connection | None = None

    @property
    def name(self) -> str:
        return str(self._path)

    def exists(self) -> bool:
        return self._path.exists()

    @contextmanager
    def reading(self) -> Iterator[Tables]:
        """Raises Environment if the file can't be read, LedgerInconsistent if it is damaged."""
        try:
            with _connected(*self._read_from()) as connection:
                self._same_version(connection)
                connection.execute("BEGIN")
                yield _tables(connection)
        except sqlite3.Error as error:
            if _code(error) in _DAMAGED:
                raise LedgerInconsistent("ledger.damaged", path=self.name, detail=causes.in_words(error)) from error
            raise Environment("ledger.unreadable", path=self.name, detail=causes.in_words(error)) from error

    @contextmanager
    def writing(self, *, must_exist: bool = False) -> Iterator[Tables]:
        try:
            if must_exist and not self._path.exists():
                raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT))
            self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            with _connected(str(self._path)) as connection:
                self._prepare(connection)
                connection.execute("BEGIN IMMEDIATE")
                try:
                    yield _tables(connection)
                    connection.execute("COMMIT")
                    self._stay()
                except BaseException:
                    if connection.in_transaction:
                        connection.execute("ROLLBACK")
                    raise
        except (sqlite3.Error, OSError) as error:
            key = {**dict.fromkeys(_DAMAGED, "ledger.broken"), **dict.fromkeys(_LOCKED, "ledger.locked")}
            problem = key.get(_code(error), "ledger.unwritable")
            raise Environment(problem, path=self.name, detail=self._cause(error)) from error

    def _cause(self, error: Exception) -> str:
        """What SQLite says; on a full disk that is often just an I/O error."""
        try:
            room = os.statvfs(self._path.parent)
        except OSError:
            return causes.in_words(error)
        return os.strerror(errno.ENOSPC) if room.f_bavail * room.f_frsize < _LITTLE else causes.in_words(error)

    def _stay(self) -> None:
        """A connection that does nothing. The last one to leave moves the whole log into the file, which costs as much as several
        entries: so after its first entry a process stays until it ends. Every call still opens the path anew."""
        if self._idle is None:
            self._idle = sqlite3.connect(self._path, isolation_level=None, check_same_thread=False)
            self._idle.execute("SELECT seq FROM entry LIMIT 1").fetchall()

    def _read_from(self) -> tuple[str, bool]:
        """What to open for reading: a new ledger is empty; one in a place where nothing can be written has no helper files to share."""
        if not self._path.exists():
            return ":memory:", False
        uri = f"{self._path.absolute().as_uri()}?mode=ro"
        log = self._path.with_name(f"{self._path.name}-wal")
        if not os.access(self._path.parent, os.W_OK) and not (log.exists() and log.stat().st_size):
            uri += "&immutable=1"
        return uri, True

    def _prepare(self, connection: sqlite3.Connection) -> None:
        self._same_version(connection)
        _set_wal(connection)
        connection.execute("PRAGMA synchronous = FULL")
        if _version(connection) != VERSION:
            connection.executescript(_TABLES)

    def _same_version(self, connection: sqlite3.Connection) -> None:
        """Raises Environment for the file of another version of this tool, which says nothing about what is in it."""
        if connection.execute("PRAGMA database_list").fetchone()[2] == "":  # in memory
            connection.executescript(_TABLES)
            return
        # In one statement: between two, another process may have made the tables.
        query = "SELECT user_version, (SELECT count(*) FROM sqlite_schema) FROM pragma_user_version"
        version, tables = connection.execute(query).fetchone()
        if version != VERSION and tables:
            raise Environment("ledger.version", path=self.name, found=version, ours=VERSION)


def _tables(connection: sqlite3.Connection) -> Tables:
    def execute(query: str, values: Sequence[object]) -> list[Any]:
        return connection.execute(query, tuple(values)).fetchall()

    return Tables(execute)


@contextmanager
def _connected(where: str, uri: bool = False) -> Iterator[sqlite3.Connection]:
    connection = sqlite3.connect(where, timeout=LOCK_SECONDS, isolation_level=None, uri=uri)
    try:
        yield connection
    finally:
        connection.close()


def _set_wal(connection: sqlite3.Connection) -> None:
    """Changing the journal's mode doesn't wait for its lock as other statements do, so the first users of a new ledger take turns."""
    deadline = time.monotonic() + LOCK_SECONDS
    while connection.execute("PRAGMA journal_mode").fetchone()[0] != "wal":
        try:
            connection.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.02)


def _version(connection: sqlite3.Connection) -> int:
    return int(connection.execute("PRAGMA user_version").fetchone()[0])


def _code(error: BaseException) -> int:
    """The primary result code of SQLite, 0 for any other error."""
    return int(getattr(error, "sqlite_errorcode", None) or 0) & 0xFF
