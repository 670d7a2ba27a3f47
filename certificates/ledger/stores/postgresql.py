"""A ledger on a PostgreSQL server, for many stations. The tables are made once, by the server's owner, with postgresql.sql beside this
file; stations only read and append. Needs `psycopg`.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from types import ModuleType
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from certificates import causes
from certificates.errors import Environment
from certificates.ledger.stores.tables import LOCK_SECONDS, Tables

if TYPE_CHECKING:
    import psycopg

CONNECT_SECONDS = 30
ANSWER_SECONDS = 120.0  # for one statement: a server that answers no more is told as such


class PostgresStore:
    """One database. Every call connects anew: the server may be restarted between two."""

    def __init__(self, address: str) -> None:
        self._address = address

    @property
    def name(self) -> str:
        """The address without its password."""
        return bare(self._address)

    def is_open(self) -> bool:
        """Whether it goes over the network, and whoever pretends to be the server is believed: no `sslmode=verify-full`.

        Raises Environment if there is no driver.
        """
        driver = self._driver()
        try:
            told = driver.conninfo.conninfo_to_dict(self._address)
        except driver.Error:
            return False  # nothing can be reached by it; the first use says so
        hosts = str(told.get("hostaddr") or told.get("host") or os.environ.get("PGHOST") or "").split(",")
        mode = told.get("sslmode") or os.environ.get("PGSSLMODE")
        return mode != "verify-full" and not all(_is_here(host) for host in hosts)

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
        except driver.errors.LockNotAvailable as error:
            raise Environment("ledger.locked", path=self.name, detail=self._said(error)) from error
        except driver.Error as error:
            raise Environment("ledger.server", path=self.name, detail=self._said(error)) from error

    @contextmanager
    def writing(self, *, must_exist: bool = False) -> Iterator[Tables]:
        """If the connection breaks in the very moment of the commit, nobody knows whether the entry is there: that is an Environment
        too, and what was not acknowledged may still be in the ledger."""
        driver = self._driver()
        try:
            with self._connected(driver) as connection:
                connection.execute("SET LOCAL synchronous_commit = on")
                # Stations take turns by a table that nobody can hold who is no station; readers don't wait.
                connection.execute("LOCK TABLE turn IN EXCLUSIVE MODE")
                yield _tables(connection)
        except driver.errors.LockNotAvailable as error:
            raise Environment("ledger.locked", path=self.name, detail=self._said(error)) from error
        except driver.Error as error:
            raise Environment("ledger.server", path=self.name, detail=self._said(error)) from error

    def _driver(self) -> ModuleType:
        try:
            import psycopg
        except ImportError as error:
            raise Environment("ledger.driver", path=self.name, detail=causes.in_words(error)) from error
        return psycopg

    @contextmanager
    def _connected(self, driver: ModuleType) -> Iterator[psycopg.Connection[Any]]:
        """One transaction: committed at the end, or nothing of it."""
        connection = driver.connect(
            self._address,
            connect_timeout=CONNECT_SECONDS,
            application_name="eraser",
            keepalives_idle=30,
            tcp_user_timeout=int(ANSWER_SECONDS * 1000),
        )
        with connection:
            connection.execute(f"SET LOCAL statement_timeout = '{ANSWER_SECONDS:.0f}s'")
            connection.execute(f"SET LOCAL lock_timeout = '{LOCK_SECONDS:.0f}s'")
            connection.execute("SET LOCAL search_path TO eraser, pg_temp")
            yield connection

    def _said(self, error: Exception) -> str:
        """The server's sentence, in one line, without the password that the driver may quote."""
        said = " ".join(str(error).split())
        for secret in _secrets(self._address):
            said = said.replace(secret, "***")
        return said


def _tables(connection: psycopg.Connection[Any]) -> Tables:
    def execute(query: str, values: Sequence[object]) -> Sequence[Sequence[Any]]:
        cursor = connection.execute(query.replace("?", "%s"), tuple(values))
        return cursor.fetchall() if cursor.description else ()

    return Tables(execute)


def bare(address: str) -> str:
    """The address with neither its password nor its options, though its password be written with what parts an address."""
    scheme, parted, rest = address.partition("://")
    place, _, options = rest.partition("?")
    if not parted or ("@" in options and "@" not in place):  # nobody knows where a password begins and ends
        return "ERASER_LEDGER"
    user, at, host = place.rpartition("@")
    return f"{scheme}://{user.partition(':')[0]}{at}{host}"


def _secrets(address: str) -> Iterator[str]:
    """What must not be printed, the longest first: the password as it stands there, as it is meant, and the pieces that a driver takes
    for a host or a port."""
    found = [address.partition("://")[2].rpartition("@")[0].partition(":")[2]]
    found += re.findall(r"(?:password|passfile)\s*=\s*([^&\s]+)", address)
    whole = {each for text in found for each in (text, unquote(text)) if each}
    pieces = {piece for each in whole for piece in re.split(r"[/:@?#&=\s]", each) if len(piece) > 2}
    yield from sorted(whole | pieces, key=len, reverse=True)


def _is_here(host: str) -> bool:
    """A socket, or this very machine."""
    return not host or host.startswith(("/", "@", "127.")) or host in ("localhost", "::1")
