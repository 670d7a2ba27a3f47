"""The station: the machine and key that issue records. Clock, chance and state come into the job through it, and nowhere else."""

from __future__ import annotations

import contextlib
import os
import platform
import secrets
import socket
from collections.abc import Callable

import msgspec

from certificates import foreign, statements, station_key
from certificates.errors import Environment, NotAuthentic, Refused
from certificates.ledger import Ledger, checkpoint
from certificates.ledger import proof as proofs
from certificates.ledger.checkpoint import Checkpoint
from certificates.numbering import station_of_key
from certificates.people import Station as StationRecord
from certificates.statements import Endorsement
from certificates.station_key import StationKey
from certificates.trust import is_before
from eraser import __version__, dating, durable, limits, passphrase, trust
from eraser.clock import Clock, as_text
from eraser.home import Home


class Station(msgspec.Struct, frozen=True):
    """Everything that a job takes from its surroundings."""

    home: Home
    key: StationKey
    ledger: Ledger
    clock: Clock
    entropy: Callable[[int], bytes]

    def now(self) -> str:
        """The time as the record writes it: RFC 3339, seconds, with the local zone."""
        return as_text(self.clock.now())

    def check_ledger(self) -> None:
        """Raises Environment if the ledger is gone though its papers are there, LedgerInconsistent if it is an older or another one:
        either would give numbers out again."""
        mine = f"{station_of_key(self.key.key_id)}-*.json"
        if not self.ledger.store.exists() and any(self.home.certificates.glob(mine)):
            raise Environment("ledger.missing", path=self.ledger.store.name)
        if (earlier := remembered(self.home)) is not None:
            self.ledger.check_grown(earlier)

    def remember(self, proof: bytes) -> None:
        """Keep the checkpoint of a proof: from now on the ledger has to have grown from it. Raises OSError."""
        signed = proofs.read(proof).signed
        earlier = remembered(self.home)
        if earlier is None or earlier.size < checkpoint.read(signed).size:
            durable.replaced(self.home.checkpoint, signed)

    def check_may_issue(self) -> None:
        """Before a number is taken: raises Environment if the ledger is gone, Refused if the key left service."""
        self.check_ledger()
        self.check_key()

    def check_key(self) -> None:
        """Raises Refused if the key left service: what it signs from then on is accepted by nobody."""
        gone = trust.here(self.home).retired(self.key.key_id)
        if gone is not None and not is_before(self.now(), gone):
            raise Refused("key.retired", retired=gone.retired)

    def endorsement(self) -> bytes | None:
        """What the station's certificates take along, if an organisation endorsed its key."""
        with contextlib.suppress(OSError, NotAuthentic):
            raw = foreign.read(self.home.endorsement)
            said = statements.read(raw)
            if isinstance(said.statement, Endorsement) and said.subject == self.key.key_id:
                return raw
        return None

    def described(self) -> StationRecord:
        return StationRecord(
            key_id=self.key.key_id,
            host=socket.gethostname(),
            tool="eraser",
            tool_version=__version__,
            kernel=f"{os.uname().sysname} {os.uname().release}",
            python=platform.python_version(),
        )


def remembered(home: Home) -> Checkpoint | None:
    """What the station's ledger was when it last signed. None also for what is damaged: whoever could do that could remove it.
    `ledger verify` says so."""
    try:
        return checkpoint.read(foreign.read(home.checkpoint))
    except (FileNotFoundError, NotAuthentic):
        return None


def open_station(home: Home) -> Station:
    """The station whose state is in `home`, its key made on first use. Raises Environment, Refused if the clock can't be right."""
    limits.check()
    dating.check(home)
    key = station_key.load_or_create(home.key, lambda: passphrase.known(home.key), passphrase.given)
    ledger = Ledger(home.ledger, station_of_key(key.key_id))
    return Station(home, key, ledger, Clock(), secrets.token_bytes)
