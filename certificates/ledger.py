"""The ledger: every job from the moment it takes its number. Append-only entries, each one's canonical bytes a leaf of an RFC 6962 tree.

Numbers are taken inside the same transaction that writes the entry "started", so they have no gaps and no job can vanish.
"""

from __future__ import annotations

import errno
import hashlib
import os
import sqlite3
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Literal

import msgspec

from certificates import canonical
from certificates.errors import Environment, LedgerInconsistent, NotAuthentic
from certificates.record import Count, Hex, Medium, Outcome, Time

_TABLES = """
CREATE TABLE IF NOT EXISTS entry (
  seq INTEGER PRIMARY KEY, kind TEXT NOT NULL, job INTEGER NOT NULL, body BLOB NOT NULL, leaf BLOB NOT NULL
) STRICT;
CREATE UNIQUE INDEX IF NOT EXISTS one_of_each ON entry (kind, job);
CREATE TRIGGER IF NOT EXISTS never_changed BEFORE UPDATE ON entry BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END;
CREATE TRIGGER IF NOT EXISTS never_removed BEFORE DELETE ON entry BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END;
"""
LOCK_SECONDS = 30.0


class Started(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag="job-started", tag_field="type"):
    """A job took its number; nothing was written to the medium yet."""

    seq: Count
    job: Count
    number: str
    at: Time
    medium: Medium
    method: str


class Ended(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag="job-ended", tag_field="type"):
    """The job's record was issued. `certificate`: BLAKE3-256 of its JSON; `signature` over the same bytes."""

    seq: Count
    job: Count
    number: str
    at: Time
    outcome: Outcome
    certificate: Hex
    signature: Hex


Entry = Started | Ended
Kind = Literal["job-started", "job-ended"]


class Ledger:
    """One ledger file. Every call opens it anew: threads and processes may share the path."""

    def __init__(self, path: Path, station: str) -> None:
        self._path, self._station = path, station

    def start(self, at: str, medium: Medium, method: str) -> Started:
        """Take the next number. Raises Environment if the entry can't be made durable; then nothing may be written to the medium."""
        with self._writing() as connection:
            job = int(connection.execute("SELECT coalesce(max(job), 0) + 1 FROM entry").fetchone()[0])
            entry = Started(_next(connection), job, f"{self._station}-{job:06d}", at, medium, method)
            _insert(connection, "job-started", entry)
        return entry

    def end(self, started: Started, at: str, outcome: Outcome, certificate: str, signature: str) -> Ended:
        """Close a job, in the very ledger in which it started. Raises Environment."""
        with self._writing(must_exist=True) as connection:
            query = "SELECT body FROM entry WHERE kind = 'job-started' AND job = ?"
            row = connection.execute(query, (started.job,)).fetchone()
            if row is None or row[0] != canonical.encode(started):
                raise Environment("ledger.replaced", path=self._path, number=started.number)
            entry = Ended(_next(connection), started.job, started.number, at, outcome, certificate, signature)
            _insert(connection, "job-ended", entry)
        return entry

    def entries(self) -> Iterator[Entry]:
        """All entries in order, each checked against its leaf. Raises LedgerInconsistent, Environment."""
        if not self._path.exists():
            return
        try:
            with self._connected(readonly=True) as connection:
                rows = connection.execute("SELECT seq, kind, job, body, leaf FROM entry ORDER BY seq")
                for position, (seq, kind, job, body, leaf) in enumerate(rows, start=1):
                    yield _checked(position, seq, kind, job, body, leaf)
        except sqlite3.DatabaseError as error:
            raise LedgerInconsistent("ledger.damaged", path=self._path, detail=error) from error

    @contextmanager
    def _connected(self, *, readonly: bool = False) -> Iterator[sqlite3.Connection]:
        where = f"{self._path.absolute().as_uri()}?mode=ro" if readonly else str(self._path)
        connection = sqlite3.connect(where, timeout=LOCK_SECONDS, isolation_level=None, uri=readonly)
        try:
            yield connection
        finally:
            connection.close()

    @contextmanager
    def _writing(self, *, must_exist: bool = False) -> Iterator[sqlite3.Connection]:
        try:
            if must_exist and not self._path.exists():
                raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT))
            self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            with self._connected() as connection:
                _set_wal(connection)
                connection.execute("PRAGMA synchronous = FULL")
                connection.executescript(_TABLES)
                connection.execute("BEGIN IMMEDIATE")
                try:
                    yield connection
                    connection.execute("COMMIT")
                except BaseException:
                    if connection.in_transaction:
                        connection.execute("ROLLBACK")
                    raise
        except (sqlite3.Error, OSError) as error:
            raise Environment("ledger.unwritable", path=self._path, detail=error) from error


def verify(entries: Iterator[Entry]) -> tuple[int, bytes]:
    """Checks that the entries tell whole stories and returns their count and tree head. Raises LedgerInconsistent. Pure."""
    leaves: list[bytes] = []
    numbers: dict[int, str] = {}
    began: dict[int, str] = {}
    ended: set[int] = set()
    for entry in entries:
        leaves.append(leaf_hash(canonical.encode(entry)))
        if isinstance(entry, Started):
            station = (numbers.get(1) or entry.number).rpartition("-")[0]
            if entry.job != len(numbers) + 1 or entry.number != f"{station}-{entry.job:06d}":
                raise LedgerInconsistent("ledger.gap", entry=entry.seq, number=entry.number)
            numbers[entry.job], began[entry.job] = entry.number, entry.at
        else:
            if numbers.get(entry.job) != entry.number or entry.job in ended:
                raise LedgerInconsistent("ledger.orphan", entry=entry.seq, number=entry.number)
            if datetime.fromisoformat(entry.at) < datetime.fromisoformat(began[entry.job]):
                raise LedgerInconsistent("ledger.orphan", entry=entry.seq, number=entry.number)
            ended.add(entry.job)
    return len(leaves), tree_head(leaves)


def verify_papers(entries: Iterable[Entry], papers: Mapping[str, bytes]) -> None:
    """Checks the ledger against the station's own copies (number -> certificate.json). Raises LedgerInconsistent. Pure."""
    told = {entry.number: entry.certificate for entry in entries if isinstance(entry, Ended)}
    for number, raw in papers.items():
        if told.get(number) != canonical.digest(raw):
            raise LedgerInconsistent("ledger.paper", number=number)


def leaf_hash(body: bytes) -> bytes:
    """RFC 6962 2.1: SHA-256(00 || entry)."""
    return hashlib.sha256(b"\x00" + body).digest()


def tree_head(leaves: list[bytes]) -> bytes:
    """RFC 6962 2.1: the Merkle tree head over leaf hashes; of none, SHA-256 of nothing."""
    stack: list[tuple[int, bytes]] = []  # perfect subtrees, largest first
    for leaf in leaves:
        size, node = 1, leaf
        while stack and stack[-1][0] == size:
            node = hashlib.sha256(b"\x01" + stack.pop()[1] + node).digest()
            size *= 2
        stack.append((size, node))
    if not stack:
        return hashlib.sha256().digest()
    head = stack.pop()[1]
    while stack:
        head = hashlib.sha256(b"\x01" + stack.pop()[1] + head).digest()
    return head


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


def _next(connection: sqlite3.Connection) -> int:
    return int(connection.execute("SELECT coalesce(max(seq), 0) + 1 FROM entry").fetchone()[0])


def _insert(connection: sqlite3.Connection, kind: Kind, entry: Entry) -> None:
    body = canonical.encode(entry)
    connection.execute("INSERT INTO entry VALUES (?, ?, ?, ?, ?)", (entry.seq, kind, entry.job, body, leaf_hash(body)))


def _checked(position: int, seq: int, kind: str, job: int, body: bytes, leaf: bytes) -> Entry:
    if seq != position or leaf_hash(body) != leaf:
        raise LedgerInconsistent("ledger.altered", entry=position)
    try:
        entry: Entry = canonical.decode(body, Started | Ended)  # type: ignore[arg-type]
    except NotAuthentic as error:
        raise LedgerInconsistent("ledger.altered", entry=position) from error
    if (entry.seq, entry.job) != (seq, job) or _kind(entry) != kind:
        raise LedgerInconsistent("ledger.altered", entry=position)
    return entry


def _kind(entry: Entry) -> Kind:
    return "job-started" if isinstance(entry, Started) else "job-ended"
