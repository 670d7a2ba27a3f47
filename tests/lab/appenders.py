"""Processes that append to one ledger until they are killed. `python -m tests.lab.appenders LEDGER FOLDER STATION...` starts one for each
station named. Each notes in FOLDER, after the ledger has acknowledged it, every entry that it made; killed ones are replaced.

`--kills N`: kill one of them at N random moments, then the rest, and end. Without it, they go on until this process is ended.
"""

import argparse
import importlib
import os
import random
import signal
import sys
import time
from pathlib import Path

from certificates.errors import Environment
from certificates.ledger import Entry, Ledger, entries
from tests.certificates.ledgers import NOW
from tests.certificates.samples import STICK
from tests.lab.wait import until


def append_for_ever(where: str, station: str, notes: Path) -> None:
    """Jobs that start and end. While the ledger can't be had (its server was killed), try again."""
    book = Ledger(where if "://" in where else Path(where), station)
    noted = os.open(notes, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    while True:
        try:
            started = book.start(NOW, STICK, "keyed")
            _note(noted, started)
            _note(noted, book.end(started, NOW, "erased", "ab" * 32, "cd" * 64))
        except Environment:
            time.sleep(0.02)


def _note(noted: int, entry: Entry) -> None:
    os.write(noted, entries.encode(entry) + b"\n")


def acknowledged(folder: Path) -> list[Entry]:
    """Everything that was noted; a last line that was cut off is none."""
    lines = [line for file in folder.iterdir() for line in file.read_bytes().split(b"\n")[:-1]]
    return [entries.decode(line) for line in lines]


def _noted(folder: Path) -> int:
    """Bytes of all notes."""
    return sum(file.stat().st_size for file in folder.iterdir())


def _fork(where: str, station: str, notes: Path) -> int:
    pid = os.fork()
    if pid == 0:
        try:
            append_for_ever(where, station, notes)
        finally:
            os._exit(1)
    return pid


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("ledger")
    parser.add_argument("folder", type=Path)
    parser.add_argument("stations", nargs="+")
    parser.add_argument("--kills", type=int, default=None)
    given = parser.parse_args()
    if "://" in given.ledger:
        importlib.import_module("psycopg")  # once, before the forks
    chance, running = random.Random(), dict[int, int]()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    try:
        for place, station in enumerate(given.stations):
            running[place] = _fork(given.ledger, station, given.folder / str(place))
        if given.kills is None:
            signal.pause()
        for _ in range(given.kills):
            before = _noted(given.folder)
            until(lambda before=before: _noted(given.folder) > before, "an entry to be made", 60)  # type: ignore[misc]
            time.sleep(chance.uniform(0, 0.03))  # the moment is random, and nothing waits on it
            place = chance.choice(list(running))
            os.kill(running[place], signal.SIGKILL)
            os.waitpid(running[place], 0)
            running[place] = _fork(given.ledger, given.stations[place], given.folder / str(place))
    finally:
        for pid in running.values():
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)


if __name__ == "__main__":
    main()
