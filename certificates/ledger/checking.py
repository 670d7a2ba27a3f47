"""Does a ledger still tell what was written? Everything is made anew from the entries' own bytes. Pure.

Who may append to a shared ledger may append nonsense. A caller who can do with the rest gives a `Wall`: it is told what is wrong with a
row, and the row is passed over. What shows that rows are missing, or that this is another ledger, has no rest.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime

import msgspec

from certificates.errors import LedgerInconsistent, NotAuthentic
from certificates.ledger import entries as kinds
from certificates.ledger import merkle
from certificates.ledger.checkpoint import Checkpoint, origin_of
from certificates.ledger.entries import Closing, Ending, Entry, Opening
from certificates.ledger.stores.tables import Row
from certificates.ledger.timing import Times

Wall = Callable[[LedgerInconsistent], None]


def stop(trouble: LedgerInconsistent) -> None:
    """The wall of those who need all of it."""
    raise trouble


def pass_over(trouble: LedgerInconsistent) -> None:
    """The wall of those whose work does not rest on the row: `ledger verify` names it."""


class Head(msgspec.Struct, frozen=True):
    """A ledger's length in entries, and the RFC 6962 tree head over them."""

    size: int
    root: bytes


def verify(
    rows: Iterable[Row],
    papers: Mapping[str, str] | None = None,
    checkpoints: Sequence[Checkpoint] = (),
    times: Times | None = None,
    wall: Wall = stop,
    take: Callable[[Entry], None] | None = None,
) -> Head:
    """Checks that entries and tree are as they were written, and that they tell whole stories: numbers without gaps, each closed once.

    `papers`: the digests of the station's own copies by number; the ledger must know each. `checkpoints`: what the ledger was at earlier
    times; it must have grown from each. `times` and `take`: shown every entry that is sound. Raises LedgerInconsistent; what is wrong with
    a single row goes to `wall`. Needs as much memory as there are open numbers and papers, however long the ledger is.
    """
    tree = merkle.Growing()
    earlier = _Earlier(checkpoints)
    last: dict[str, int] = {}
    open_numbers: dict[str, Opening] = {}
    untold = dict(papers or {})
    for entry, _ in _grown(rows, tree, wall):
        earlier.compare(tree)
        if entry is None:
            continue
        try:
            if times is not None:
                times.see(entry)
            if isinstance(entry, Opening):
                station = kinds.station_of(entry.number)
                due, last[station] = last.get(station, 0) + 1, entry.job
                if entry.job != due or entry.number != kinds.number_of(station, entry.job):
                    raise LedgerInconsistent("ledger.gap", entry=entry.seq, number=entry.number)
                open_numbers[entry.number] = entry
            elif isinstance(entry, Ending):
                opened = open_numbers.get(entry.number)
                if opened is None or not _ends(entry, opened):
                    raise LedgerInconsistent("ledger.orphan", entry=entry.seq, number=entry.number)
                del open_numbers[entry.number]
                if isinstance(entry, Closing) and untold.get(entry.number) == entry.certificate:
                    del untold[entry.number]
        except LedgerInconsistent as trouble:
            wall(trouble)
            continue
        if take is not None:
            take(entry)
    earlier.reached(tree)
    for number in untold:
        raise LedgerInconsistent("ledger.paper", number=number)
    return Head(tree.size, tree.head())


def entries(rows: Iterable[Row], wall: Wall = stop) -> Iterator[Entry]:
    """The entries of all rows in order, each checked against its place, its bytes and the tree. Raises LedgerInconsistent."""
    for entry, _ in checked(rows, wall):
        yield entry


def checked(rows: Iterable[Row], wall: Wall = stop) -> Iterator[tuple[Entry, Row]]:
    """The same, with the row of each."""
    for entry, row in _grown(rows, merkle.Growing(), wall):
        if entry is not None:
            yield entry, row


class _Earlier:
    """Earlier states of the ledger, compared when its tree has grown to their size."""

    def __init__(self, checkpoints: Sequence[Checkpoint]) -> None:
        self._checkpoints = checkpoints

    def compare(self, tree: merkle.Growing) -> None:
        for each in self._checkpoints:
            if tree.size == 1 and each.size and each.origin != origin_of(tree.head()):
                raise LedgerInconsistent("ledger.other", origin=each.origin)
            if tree.size == each.size and tree.head() != each.root:
                raise LedgerInconsistent("ledger.rewritten", size=each.size)

    def reached(self, tree: merkle.Growing) -> None:
        longest = max((each.size for each in self._checkpoints), default=0)
        if longest > tree.size:
            raise LedgerInconsistent("ledger.cut", size=longest, found=tree.size)


def _grown(rows: Iterable[Row], tree: merkle.Growing, wall: Wall) -> Iterator[tuple[Entry | None, Row]]:
    """Each row with its entry; None for one that is not sound."""
    for row in rows:
        position = tree.size + 1
        if row.seq != position:  # rows are missing: who knows what they said
            raise LedgerInconsistent("ledger.altered", entry=position)
        entry: Entry | None = None
        try:
            entry = decoded(row, position)
        except LedgerInconsistent as trouble:
            wall(trouble)
        body, nodes = (each if isinstance(each, bytes) else b"" for each in (row.body, row.nodes))
        if b"".join(tree.add(merkle.leaf_hash(body))) != nodes:
            tree.adopt(nodes)
            if entry is not None:
                wall(LedgerInconsistent("ledger.altered", entry=position))
                entry = None
        yield entry, row


def decoded(row: Row, position: int) -> Entry:
    """The entry, if all columns say the same as its bytes."""
    if row.seq != position:
        raise LedgerInconsistent("ledger.altered", entry=position)
    try:
        entry = kinds.decode(row.body)
    except (NotAuthentic, TypeError) as error:  # TypeError: somebody put something else than bytes there
        raise LedgerInconsistent("ledger.altered", entry=position) from error
    station, job = None, None
    if isinstance(entry, Opening | Ending):
        station, job = kinds.station_of(entry.number), entry.job
    if (entry.seq, kinds.kind(entry), station, job) != (row.seq, row.kind, row.station, row.job):
        raise LedgerInconsistent("ledger.altered", entry=position)
    if not _is_dated(entry):
        raise LedgerInconsistent("ledger.altered", entry=position)
    return entry


def _is_dated(entry: Entry) -> bool:
    """Are its times such as a calendar has?"""
    times = (entry.at, getattr(entry, "happened", None), getattr(entry, "done", None))
    try:
        return all(datetime.fromisoformat(time).tzinfo is not None for time in times if time is not None)
    except ValueError:
        return False


def _ends(entry: Ending, opened: Opening) -> bool:
    if not isinstance(opened, entry.opening) or entry.job != opened.job:
        return False
    return datetime.fromisoformat(entry.at) >= datetime.fromisoformat(opened.at)
