"""Ledgers to look at: rows without a database, and a file for attackers."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from certificates.ledger import Ended, Entry, Ledger, Started, entries, merkle
from certificates.ledger.stores.tables import Row
from certificates.station_key import StationKey
from tests.certificates.samples import KEY, STICK

NOW = "2026-11-22T10:00:00+09:00"
KEYS = {KEY.key_id: KEY.public_pem}
OTHER_KEY = StationKey(Ed25519PrivateKey.from_private_bytes(bytes(32)))


def made_entries(count: int) -> Iterator[Entry]:
    """Jobs of one station, one after the other."""
    for seq in range(1, count + 1):
        job = (seq + 1) // 2
        number = entries.number_of("STATION", job)
        if seq % 2:
            yield Started(seq=seq, at=NOW, job=job, number=number, medium=STICK, method="keyed-2", asset_tag=f"A-{job}")
        else:
            digest, signature = f"{job:064x}", f"{job:0128x}"
            yield Ended(
                seq=seq, at=NOW, job=job, number=number, certificate=digest, signature=signature, outcome="erased"
            )


def made_rows(entries_: Iterator[Entry]) -> Iterator[Row]:
    """The rows of a ledger with these entries."""
    tree = merkle.Growing()
    for entry in entries_:
        body = msgspec.json.encode(entry, order="sorted")
        nodes = b"".join(tree.add(merkle.leaf_hash(body)))
        assert isinstance(entry, Started | Ended)
        yield Row(entry.seq, entries.kind(entry), entries.station_of(entry.number), entry.job, body, nodes)


def made_ledger(path: Path, jobs: int) -> Ledger:
    """A file with that many ended jobs and an open one."""
    book = Ledger(path, "STATION")
    for job in range(jobs):
        started = book.start(NOW, STICK, "keyed-2", f"A-{job + 1}")
        book.end(started, NOW, "erased" if job % 3 else "not-erased", f"{job:064x}", f"{job:0128x}")
    book.start(NOW, STICK, "zero")
    return book


def settle(path: Path) -> None:
    """Everything into the one file, as a copy of it needs."""
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")


class Attacker:
    """Somebody with the file in hand, who drops triggers and indexes first."""

    def __init__(self, path: Path) -> None:
        self._connection = sqlite3.connect(path, isolation_level=None)
        for kind, name in self._connection.execute("SELECT type, name FROM sqlite_schema").fetchall():
            if kind in ("trigger", "index") and not name.startswith("sqlite_"):
                self._connection.execute(f"DROP {kind} {name}")

    def __call__(self, statement: str, *values: object) -> None:
        self._connection.execute(statement, values)

    def rows(self) -> list[Row]:
        return [Row(*found) for found in self._connection.execute("SELECT * FROM entry ORDER BY seq")]

    def replace_all(self, rows: list[Row]) -> None:
        self("DELETE FROM entry")
        for row in rows:
            self("INSERT INTO entry VALUES (?, ?, ?, ?, ?, ?)", *(getattr(row, f) for f in Row.__struct_fields__))

    def close(self) -> None:
        self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        self._connection.close()


__all__ = ["KEYS", "NOW", "OTHER_KEY", "Attacker", "made_entries", "made_ledger", "made_rows", "settle"]
