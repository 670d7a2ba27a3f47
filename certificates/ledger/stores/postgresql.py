"""A ledger on a PostgreSQL server, for many stations. The tables are made once, by the server's owner, with postgresql.sql beside this
file; stations only read and append. Needs `psycopg`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from types import ModuleType
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit, urlunsplit

from certificates.errors import Environment
from certificates.ledger.stores.tables import LOCK_SECONDS, Tables

if TYPE_CHECKING:
    import psycopg

CONNECT_SECONDS = 30
# Stations take turns by this number, which nothing else in the ledger's database uses: the bytes of "eraser".
_TURN = int.from_bytes(b"eraser", "big")


class PostgresStore:
    """One database. Every call connects anew: the server may be restarted between two."""

    def __init__(self, address: str) -> None:
        self._address = address

    @property
    def name(self) -> str:
        """The address without its password."""
        parts = urlsplit(self._address)
        user, at, host = parts.netloc.rpartition("@")
        return urlunsplit(parts._replace(netloc=f"{user.partition(':')[0]}{at}{host}", query=""))

    def exists(self) -> bool:
        """A server's ledger is there, or the first use of it says why not."""
        return True

    @contextmanager
    def reading(self) -> Iterator[Tables]:
        driver = self._driver()
        try:
            with self._connected(driver) as connection:
                connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
                yield _tables(connection)
        except driver.Error as error:
            raise Environment("ledger.server", path=self.name, detail=_said(error)) from error

    @contextmanager
    def writing(self, *, must_exist: bool = False) -> Iterator[Tables]:
        """If the connection breaks in the very moment of the commit, nobody knows whether the entry is there: that is an Environment
        too, and what was not acknowledged may still be in the ledger."""
        driver = self._driver()
        try:
            with self._connected(driver) as connection:
                connection.execute("SET LOCAL synchronous_commit = on")
                connection.execute(f"SET LOCAL lock_timeout = '{LOCK_SECONDS:.0f}s'")
                connection.execute("SELECT pg_advisory_xact_lock(%s)", (_TURN,))
                yield _tables(connection)
        except driver.errors.LockNotAvailable as error:
            raise Environment("ledger.locked", path=self.name, detail=_said(error)) from error
        except driver.Error as error:
            raise Environment("ledger.server", path=self.name, detail=_said(error)) from error

    def _driver(self) -> ModuleType:
        try:
            import psycopg
        except ImportError as error:
            raise Environment("ledger.driver", path=self.name, detail=error) from error
        return psycopg

    @contextmanager
    def _connected(self, driver: ModuleType) -> Iterator[psycopg.Connection[Any]]:
        """One transaction: committed at the end, or nothing of it."""
        connection = driver.connect(self._address, connect_timeout=CONNECT_SECONDS, application_name="eraser")
        with connection:
            connection.execute("SET LOCAL search_path TO eraser")
            yield connection


def _tables(connection: psycopg.Connection[Any]) -> Tables:
    def execute(query: str, values: Sequence[object]) -> Sequence[Sequence[Any]]:
        cursor = connection.execute(query.replace("?", "%s"), tuple(values))
        return cursor.fetchall() if cursor.description else ()

    return Tables(execute)


def _said(error: Exception) -> str:
    """The server's sentence, in one line."""
    return " ".join(str(error).split())
