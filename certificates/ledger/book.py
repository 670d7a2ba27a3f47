"""The book: takes numbers, appends entries, reads them. Every entry fits those before it, or it isn't written."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TypeVar

from certificates.errors import Environment, LedgerInconsistent, NotAuthentic, Usage
from certificates.ledger import checking, checkpoint, entries, merkle, proof, stores
from certificates.ledger.checking import Head, Wall
from certificates.ledger.checkpoint import Checkpoint
from certificates.ledger.entries import Closing, Ended, Ending, Entry, Opening, Place, Started
from certificates.ledger.proof import Proof
from certificates.ledger.stores.tables import Row, Tables
from certificates.ledger.timing import Times
from certificates.record import Medium, Outcome
from certificates.station_key import StationKey
from certificates.values import whole

E = TypeVar("E", bound=Entry)


class Ledger:
    """One ledger, written by `station`. Threads, processes and, on a server, other stations may use it at once."""

    def __init__(self, where: Path | str, station: str) -> None:
        self.store = stores.at(where)
        self._station = station

    def start(
        self, at: str, medium: Medium, method: str, asset_tag: str | None = None, continues: str | None = None
    ) -> Started:
        """A job takes the next number; `continues` names the interrupted one that it takes up.

        Raises Environment if that can't be made durable; then nothing may be written to the medium.
        """
        return self.append(
            lambda place: Started(
                seq=place.seq,
                at=at,
                job=place.job,
                number=place.number,
                medium=medium,
                method=method,
                asset_tag=asset_tag,
                continues=continues,
            )
        )

    def end(self, started: Started, at: str, outcome: Outcome, certificate: str, signature: str) -> Ended:
        """Close a job, in the very ledger in which it started. Raises Environment."""
        return self.append(
            lambda place: Ended(
                seq=place.seq,
                at=at,
                job=started.job,
                number=started.number,
                certificate=certificate,
                signature=signature,
                outcome=outcome,
            ),
            closes=started,
        )

    def append(self, make: Callable[[Place], E], *, closes: Opening | None = None) -> E:
        """Write the entry that `make` makes of its place, in one transaction with the taking of its number, if it is an Opening.

        An Ending names what it ends. Raises Environment if it can't be made durable, LedgerInconsistent if the ledger is damaged.
        """
        with self.store.writing(must_exist=closes is not None) as tables:
            seq, job = tables.size() + 1, tables.last_job(self._station) + 1
            entry = make(Place(seq, job, entries.number_of(self._station, job)))
            self._fits(entry, seq, job, closes, tables)
            body = entries.encode(entry)
            nodes = b"".join(merkle.completed(seq - 1, merkle.leaf_hash(body), tables.node))
            numbered = entry if isinstance(entry, Opening | Ending) else None
            tables.add(
                Row(
                    seq=seq,
                    kind=entries.kind(entry),
                    station=entries.station_of(numbered.number) if numbered else None,
                    job=numbered.job if numbered else None,
                    body=body,
                    nodes=nodes,
                )
            )
        return entry

    def entries(self, wall: Wall = checking.stop) -> Iterator[Entry]:
        """All entries in order, each checked against its bytes and the tree. Raises LedgerInconsistent, Environment; with a `wall`, what is
        wrong with a single row is told there, and the row left out."""
        with self.store.reading() as tables:
            yield from checking.entries(tables.rows(), wall)

    def newest(self) -> Entry | None:
        """The last entry; None if there is none. Raises LedgerInconsistent, Environment."""
        if not self.store.exists():
            return None
        with self.store.reading() as tables:
            row = tables.row(tables.size())
            return None if row is None else checking.decoded(row, row.seq)

    def of_kind(self, kind: type[E]) -> tuple[E, ...]:
        """The entries of one kind, in order, without a look at any other; rows that are not sound are left out. Raises Environment."""
        found: list[Entry] = []
        with self.store.reading() as tables:
            for row in tables.of_kind(str(kind.__struct_config__.tag)):
                with contextlib.suppress(LedgerInconsistent):
                    found.append(checking.decoded(row, row.seq))
        return tuple(entry for entry in found if isinstance(entry, kind))

    def stories(self, wall: Wall = checking.stop) -> Iterator[tuple[Entry, Ending | None]]:
        """Every entry but the endings, in order, each with what ended it. Raises, and spares, as `entries` does."""
        with self.store.reading() as tables:
            for entry in checking.entries(tables.rows(), wall):
                if isinstance(entry, Opening):
                    yield entry, _ending(tables, entry.number)
                elif not isinstance(entry, Ending):
                    yield entry, None

    def ending(self, number: str) -> Ending | None:
        """What ended that number. Raises LedgerInconsistent, Environment."""
        with self.store.reading() as tables:
            return _ending(tables, number)

    def verify(
        self,
        papers: Mapping[str, str] | None = None,
        checkpoints: Sequence[Checkpoint] = (),
        times: Times | None = None,
        wall: Wall = checking.stop,
        take: Callable[[Entry], None] | None = None,
    ) -> Head:
        """`checking.verify` over this ledger, as it is at one moment. Raises LedgerInconsistent, Environment."""
        with self.store.reading() as tables:
            return checking.verify(tables.rows(), papers, checkpoints, times, wall, take)

    def head(self) -> Head:
        """Size and head of the tree, from the nodes as they are kept; only `verify` makes them anew."""
        with self.store.reading() as tables:
            return _head(tables)

    def checkpoint(self, key: StationKey) -> bytes:
        """The ledger as it is now, as a signed note. Raises LedgerInconsistent, and Usage for an empty ledger, which has no name yet."""
        with self.store.reading() as tables:
            if not tables.size():
                raise Usage("ledger.empty", path=self.store.name)
            return signed(tables, key)

    def prove(self, number: str, key: StationKey) -> bytes:
        """The proof that the paper of that number is in the ledger. Raises LedgerInconsistent; Usage if it has no paper."""
        with self.store.reading() as tables:
            found = _ending(tables, number)
            if not isinstance(found, Closing):
                raise Usage("ledger.no_paper", number=number)
            path = merkle.inclusion(found.seq - 1, tables.size(), tables.node)
            return proof.write(Proof(entries.encode(found), found.seq - 1, path, signed(tables, key)))

    def check_grown(self, earlier: Checkpoint) -> None:
        """Quickly, from the nodes as they are kept: has the ledger grown from this state? Raises LedgerInconsistent."""
        with self.store.reading() as tables:
            size = tables.size()
            if earlier.size > size:
                raise LedgerInconsistent("ledger.cut", size=earlier.size, found=size)
            if earlier.size and earlier.origin != checkpoint.origin_of(tables.node(0, 0)):
                raise LedgerInconsistent("ledger.other", origin=earlier.origin)
            if merkle.head(earlier.size, tables.node) != earlier.root:
                raise LedgerInconsistent("ledger.rewritten", size=earlier.size)

    def _fits(self, entry: Entry, seq: int, job: int, closes: Opening | None, tables: Tables) -> None:
        number = entries.number_of(self._station, job)
        if entry.seq != seq or (isinstance(entry, Opening) and (entry.job, entry.number) != (job, number)):
            raise ValueError(f"an entry takes its place as it is given: {entry}")
        if isinstance(entry, Ending) is not (closes is not None):
            raise ValueError("an Ending, and nothing else, ends something")
        if closes is None or not isinstance(entry, Ending):
            return
        if (entry.job, entry.number) != (closes.job, closes.number) or not isinstance(closes, entry.opening):
            raise ValueError(f"{entry.number} does not end {closes.number}")
        kept = {row.kind: row for row in tables.of_number(entries.station_of(closes.number), closes.job)}
        opened = kept.get(entries.kind(closes))
        if opened is None or opened.body != entries.encode(closes):
            raise Environment("ledger.replaced", path=self.store.name, number=closes.number)
        if len(kept) > 1:
            raise Environment("ledger.closed", path=self.store.name, number=closes.number)


def _ending(tables: Tables, number: str) -> Ending | None:
    station, _, job = number.rpartition("-")
    count = whole(job)
    for row in tables.of_number(station, count) if count is not None else ():
        try:
            entry = entries.decode(row.body)
        except (NotAuthentic, TypeError) as error:
            raise LedgerInconsistent("ledger.altered", entry=row.seq) from error
        if isinstance(entry, Ending) and entry.number == number:
            return entry
    return None


def _head(tables: Tables) -> Head:
    size = tables.size()
    return Head(size, merkle.head(size, tables.node))


def signed(tables: Tables, key: StationKey) -> bytes:
    """The checkpoint of a ledger that is being read and has entries."""
    head = _head(tables)
    return checkpoint.sign(checkpoint.origin_of(tables.node(0, 0)), head.size, head.root, key)
