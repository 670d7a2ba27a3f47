"""Where this station keeps its key, ledger and copies: `--home` or `$ERASER_HOME`, else /var/lib/eraser as root, else the XDG data
directory."""

from __future__ import annotations

import contextlib
import functools
import os
import sys
from pathlib import Path

import msgspec
import platformdirs

from certificates import language
from certificates.errors import Refused
from eraser import ownership

NAMED = "ERASER_HOME"
SYSTEM = Path("/var/lib/eraser")


class Home(msgspec.Struct, frozen=True):
    """The state directory and the places in it. `server`: the address of a ledger that many stations share."""

    root: Path
    server: str | None = None

    @property
    def key(self) -> Path:
        return self.root / "station.key"

    @property
    def ledger(self) -> Path | str:
        """The file, or the server's address."""
        return self.server or self.root / "ledger.sqlite"

    @property
    def checkpoint(self) -> Path:
        """The last checkpoint that this station signed."""
        return self.root / "ledger.checkpoint"

    @property
    def certificates(self) -> Path:
        return self.root / "certificates"

    @property
    def jobs(self) -> Path:
        """Journals of jobs under way or interrupted."""
        return self.root / "jobs"

    @property
    def trusted(self) -> Path:
        """Public keys of other stations that this one accepts, as PEM files, and statements about keys, as JSON files."""
        return self.root / "trusted"

    @property
    def pictures(self) -> Path:
        """Photographs and the logo as they are printed, by digest."""
        return self.root / "pictures"

    @property
    def organisations(self) -> Path:
        """Public keys of organisations whose statements about keys count here."""
        return self.trusted / "organisations"

    @property
    def endorsement(self) -> Path:
        """An organisation's endorsement of the station's own key; it travels with each certificate."""
        return self.root / "endorsement.json"


def here() -> Home:
    """The home that the environment names, with the ledger in it or on a server (`$ERASER_LEDGER`).

    Raises Environment if others could put files of theirs in the place of ours there.
    """
    found = Home(_root(), os.environ.get("ERASER_LEDGER") or None)
    ownership.check(found.root)
    if found.server is not None:
        _warn_of(found.server)
    return found


@functools.cache  # once a command
def _warn_of(server: str) -> None:
    """Over the network, a server that doesn't show who it is may be anybody."""
    from certificates.errors import Problem
    from certificates.ledger.stores.postgresql import PostgresStore

    store = PostgresStore(server)
    with contextlib.suppress(Problem):  # what is wrong with the address is said when the ledger is needed
        if store.is_open():
            print(language.text("ledger.server_open", path=store.name), file=sys.stderr)


def _root() -> Path:
    if named := os.environ.get(NAMED):
        return Path(named).absolute()
    return SYSTEM if os.geteuid() == 0 else platformdirs.user_data_path("eraser")


def choose(root: str) -> None:
    """The home of this process and of those that it starts (`--home`)."""
    os.environ[NAMED] = str(Path(root).absolute())


def of_station() -> Home:
    """The same, for whoever signs or reads the ledger. Raises Refused for an ordinary user where the machine has a station already: with
    another key and an empty ledger he would sign, or find nothing, and not know it."""
    found = here()
    if not os.environ.get(NAMED) and os.geteuid() != 0 and os.path.lexists(SYSTEM):
        raise Refused("home.two", system=SYSTEM, own=found.root)
    return found
