"""Where a ledger is kept. A store serialises its writers, and what it has taken is durable; all else is the book's business."""

from __future__ import annotations

from contextlib import AbstractContextManager
from pathlib import Path
from typing import Protocol

from certificates.errors import Usage
from certificates.ledger.stores.tables import Tables


class Store(Protocol):
    """A place for one ledger. Threads and processes may use it at once."""

    @property
    def name(self) -> str:
        """What messages call it: a path, or an address without its password."""

    def exists(self) -> bool:
        """Whether anything is there yet."""

    def reading(self) -> AbstractContextManager[Tables]:
        """The ledger as it is at one moment, however long the reading takes. Raises Environment, LedgerInconsistent."""

    def writing(self, *, must_exist: bool = False) -> AbstractContextManager[Tables]:
        """The ledger for one writer alone; at the end everything is durable, or nothing was written. Raises Environment."""


SERVERS = ("postgresql://", "postgres://")


def at(where: Path | str) -> Store:
    """The store at a file's path, or at a server's address. Raises Usage for an address of any other kind."""
    if isinstance(where, Path):
        from certificates.ledger.stores.sqlite import SqliteStore

        return SqliteStore(where)
    if not where.startswith(SERVERS):
        from certificates.ledger.stores.postgresql import bare

        raise Usage("ledger.address", address=bare(where))
    from certificates.ledger.stores.postgresql import PostgresStore

    return PostgresStore(where)
