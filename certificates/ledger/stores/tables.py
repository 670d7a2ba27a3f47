"""The one table of a ledger, as every database has it.

`nodes` are the nodes of the tree that the entry completes (the leaf, then every whole subtree that ends with it): so a row is written
once and never touched again, and every node of the tree is found in the row of the last leaf below it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import msgspec

from certificates.errors import LedgerInconsistent
from certificates.ledger import merkle
from certificates.ledger.merkle import HASH_BYTES

# A query with ? for each value, and its rows.
Execute = Callable[[str, Sequence[object]], Sequence[Sequence[Any]]]

LOCK_SECONDS = 30.0
PAGE = 1000
FIRST = -(2**63)


class Row(msgspec.Struct, frozen=True):
    """One row. `station` and `job` are those of the number that the entry takes or closes, null for any other entry."""

    seq: int
    kind: str
    station: str | None
    job: int | None
    body: bytes
    nodes: bytes


class Tables:
    """Questions to the table `entry`, inside one transaction of a store."""

    def __init__(self, execute: Execute) -> None:
        self._execute = execute

    def size(self) -> int:
        """How many entries there are."""
        return int(self._execute("SELECT coalesce(max(seq), 0) FROM entry", ())[0][0])

    def rows(self, first: int = FIRST) -> Iterator[Row]:
        """All rows from `first` on, in order, a page at a time."""
        while page := self._page(first):
            yield from page
            first = page[-1].seq + 1

    def row(self, seq: int) -> Row | None:
        """The row at that position."""
        found = self._execute("SELECT seq, kind, station, job, body, nodes FROM entry WHERE seq = ?", (seq,))
        return _row(found[0]) if found else None

    def node(self, level: int, position: int) -> bytes:
        """A node of the tree, for `merkle`. Where a row came without its nodes, they are made from what lies below, so that one row of
        nonsense doesn't stop all who come later. Raises LedgerInconsistent if the row isn't there."""
        seq = (position + 1) << level
        found = self._execute("SELECT nodes FROM entry WHERE seq = ?", (seq,))
        if not found:
            raise LedgerInconsistent("ledger.altered", entry=seq)
        nodes = _bytes(found[0][0])
        if merkle.are_due(nodes, seq):
            return nodes[level * HASH_BYTES : (level + 1) * HASH_BYTES]
        if level == 0:
            return merkle.leaf_hash(_bytes(self._execute("SELECT body FROM entry WHERE seq = ?", (seq,))[0][0]))
        return merkle.node_hash(self.node(level - 1, 2 * position), self.node(level - 1, 2 * position + 1))

    def last_job(self, station: str) -> int:
        """The last number that the station took, 0 for none."""
        return int(self._execute("SELECT coalesce(max(job), 0) FROM entry WHERE station = ?", (station,))[0][0])

    def of_number(self, station: str, job: int) -> tuple[Row, ...]:
        """What took that number and what closed it."""
        query = "SELECT seq, kind, station, job, body, nodes FROM entry WHERE station = ? AND job = ? ORDER BY seq"
        return tuple(_row(found) for found in self._execute(query, (station, job)))

    def of_kind(self, kind: str) -> tuple[Row, ...]:
        """The rows of one kind, in order."""
        query = "SELECT seq, kind, station, job, body, nodes FROM entry WHERE kind = ? ORDER BY seq"
        return tuple(_row(found) for found in self._execute(query, (kind,)))

    def add(self, row: Row) -> None:
        self._execute(
            "INSERT INTO entry (seq, kind, station, job, body, nodes) VALUES (?, ?, ?, ?, ?, ?)",
            (row.seq, row.kind, row.station, row.job, row.body, row.nodes),
        )

    def _page(self, first: int) -> list[Row]:
        query = "SELECT seq, kind, station, job, body, nodes FROM entry WHERE seq >= ? ORDER BY seq LIMIT ?"
        return [_row(found) for found in self._execute(query, (first, PAGE))]


def _row(found: Sequence[Any]) -> Row:
    """The values as they are: somebody may have put anything there, which `checking` then finds."""
    seq, kind, station, job, body, nodes = found
    return Row(seq, kind, station, job, body, nodes)


def _bytes(found: Any) -> bytes:
    """What is none counts as empty, as `checking` has it."""
    return found if isinstance(found, bytes) else b""
