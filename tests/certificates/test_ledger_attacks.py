"""Whoever has the database file in hand can change it, and is found: every single row, every way, and the whole of it."""

import random
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
import pytest

from certificates.errors import Environment, LedgerInconsistent
from certificates.ledger import Ledger, checkpoint, entries
from certificates.ledger.checkpoint import Checkpoint
from certificates.ledger.stores.tables import Row
from tests.certificates.ledgers import NOW, Attacker, made_ledger, made_rows, settle
from tests.certificates.samples import KEY, STICK
from tests.lab.command import Eraser

JOBS = 4
SIZE = 2 * JOBS + 1


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Checkpoint]:
    """A ledger's file, and the checkpoint that somebody else keeps."""
    file = tmp_path_factory.mktemp("ledger") / "ledger.sqlite"
    signed = made_ledger(file, JOBS).checkpoint(KEY)
    settle(file)
    return file, checkpoint.read(signed)


def is_found(written: tuple[Path, Checkpoint], folder: Path, change: Callable[[Attacker], None]) -> str:
    """The key of the problem that `verify` has with a copy of the ledger that was changed."""
    file, point = written
    copy = folder / "copy.sqlite"
    shutil.copy(file, copy)
    attacker = Attacker(copy)
    before = attacker.rows()
    change(attacker)
    assert attacker.rows() != before, "this changed nothing"
    attacker.close()
    with pytest.raises(LedgerInconsistent) as problem:
        Ledger(copy, "").verify(checkpoints=[point])
    assert problem.value.exit_code == 7
    return problem.value.key


def changed(column: str, seq: int) -> tuple[str, tuple[object, ...]]:
    values: dict[str, object] = {
        "seq": seq + 100, "kind": "job-resumed", "station": "OTHER", "job": 99, "body": b"{}", "nodes": bytes(32),
    }  # fmt: skip
    return f"UPDATE entry SET {column} = ? WHERE seq = ?", (values[column], seq)


@pytest.mark.parametrize("column", ["seq", "kind", "station", "job", "body", "nodes"])
def test_every_change_of_a_row_is_found(written: tuple[Path, Checkpoint], tmp_path: Path, column: str) -> None:
    for seq in range(1, SIZE + 1):
        is_found(written, tmp_path, lambda attacker, seq=seq: attacker(*_flat(changed(column, seq))))  # type: ignore[misc]


def _flat(statement: tuple[str, tuple[object, ...]]) -> tuple[str, *tuple[object, ...]]:
    return statement[0], *statement[1]


def test_every_bit_of_meaning_in_a_body_is_found(written: tuple[Path, Checkpoint], tmp_path: Path) -> None:
    """A failed job made a good one, with its own nodes made to fit: the rest of the tree doesn't."""

    def forge(attacker: Attacker) -> None:
        rows = attacker.rows()
        body = rows[1].body.replace(b'"not-erased"', b'"erased"')
        forged = list(made_rows(iter([entries.decode(rows[0].body), entries.decode(body)])))[1]
        attacker("UPDATE entry SET body = ?, nodes = ? WHERE seq = 2", forged.body, forged.nodes)

    assert is_found(written, tmp_path, forge) == "ledger.altered"


def test_every_removal_is_found(written: tuple[Path, Checkpoint], tmp_path: Path) -> None:
    for seq in range(1, SIZE + 1):
        found = is_found(written, tmp_path, lambda attacker, seq=seq: attacker("DELETE FROM entry WHERE seq = ?", seq))  # type: ignore[misc]
        assert found == ("ledger.cut" if seq == SIZE else "ledger.altered")


def test_every_insertion_is_found(written: tuple[Path, Checkpoint], tmp_path: Path) -> None:
    """A copy of any row at any place: before, between (the later ones moved up), and behind all."""
    for seq in range(1, SIZE + 1):
        for place in (0, -1, seq, SIZE + 1):

            def insert(attacker: Attacker, seq: int = seq, place: int = place) -> None:
                attacker("CREATE TEMP TABLE copied AS SELECT * FROM entry WHERE seq = ?", seq)
                attacker("UPDATE entry SET seq = -seq - 9 WHERE seq >= ?", place)
                attacker("UPDATE entry SET seq = -seq - 8 WHERE seq < -8")
                attacker(
                    "INSERT INTO entry SELECT ?, kind, station, job, body, nodes FROM copied", place or -(2**63) + 1
                )

            is_found(written, tmp_path, insert)


def test_every_swap_is_found(written: tuple[Path, Checkpoint], tmp_path: Path) -> None:
    for first in range(1, SIZE + 1):
        for second in range(first + 1, SIZE + 1):

            def swap(attacker: Attacker, first: int = first, second: int = second) -> None:
                attacker("UPDATE entry SET seq = 0 WHERE seq = ?", first)
                attacker("UPDATE entry SET seq = ? WHERE seq = ?", first, second)
                attacker("UPDATE entry SET seq = ? WHERE seq = 0", second)

            is_found(written, tmp_path, swap)


def test_what_is_no_longer_bytes_is_found(written: tuple[Path, Checkpoint], tmp_path: Path) -> None:
    """A table that was made anew without its types takes anything."""
    for column in ("body", "nodes"):
        for value in ("text", 7, None):

            def loosen(attacker: Attacker, column: str = column, value: object = value) -> None:
                rows = attacker.rows()
                attacker("DROP TABLE entry")
                attacker("CREATE TABLE entry (seq INTEGER PRIMARY KEY, kind, station, job, body, nodes)")
                attacker.replace_all(rows)
                attacker(f"UPDATE entry SET {column} = ? WHERE seq = 3", value)

            is_found(written, tmp_path, loosen)


def rewritten(rows: list[Row], change: Callable[[list[entries.Entry]], object]) -> list[Row]:
    """The rows that somebody makes who knows how a ledger is made: with a tree, places and numbers that fit."""
    told = [entries.decode(row.body) for row in rows]
    change(told)
    return list(made_rows(msgspec.structs.replace(entry, seq=seq) for seq, entry in enumerate(told, start=1)))


REWRITINGS: dict[str, Callable[[list[entries.Entry]], object]] = {
    "another outcome": lambda told: told.__setitem__(1, msgspec.structs.replace(told[1], outcome="erased")),
    "another time": lambda told: told.__setitem__(8, msgspec.structs.replace(told[8], at=NOW.replace("10:", "11:"))),
    "an end less": lambda told: told.pop(3),
    "the open job gone": lambda told: told.pop(),
    "two ends swapped": lambda told: told.insert(3, told.pop(5)),
    "everything gone": lambda told: told.clear(),
}


@pytest.mark.parametrize("name", REWRITINGS)
def test_a_whole_ledger_made_anew_is_found_by_its_checkpoint(
    written: tuple[Path, Checkpoint], tmp_path: Path, name: str
) -> None:
    def rewrite(attacker: Attacker) -> None:
        attacker.replace_all(rewritten(attacker.rows(), REWRITINGS[name]))

    assert is_found(written, tmp_path, rewrite) in ("ledger.rewritten", "ledger.cut", "ledger.orphan")


def test_bytes_changed_in_the_file_are_found_or_mean_nothing(written: tuple[Path, Checkpoint], tmp_path: Path) -> None:
    """Anywhere in the file: the database's own pages, too."""
    file, point = written
    whole, chance = file.read_bytes(), random.Random(1)
    original = list(Ledger(file, "").entries())
    copy = tmp_path / "copy.sqlite"
    found = 0
    for _ in range(150):
        at = chance.randrange(len(whole))
        copy.write_bytes(whole[:at] + bytes([whole[at] ^ (1 << chance.randrange(8))]) + whole[at + 1 :])
        for helper in ("-wal", "-shm"):
            copy.with_name(copy.name + helper).unlink(missing_ok=True)
        try:
            Ledger(copy, "").verify(checkpoints=[point])
        except (LedgerInconsistent, Environment):
            found += 1
        else:
            assert list(Ledger(copy, "").entries()) == original
    assert found


def test_a_ledger_that_grew_is_the_same_ledger(written: tuple[Path, Checkpoint], tmp_path: Path) -> None:
    file, point = written
    copy = tmp_path / "copy.sqlite"
    shutil.copy(file, copy)
    book = Ledger(copy, "STATION")
    for _ in range(3):
        book.start(NOW, STICK, "zero")
    assert book.verify(checkpoints=[point]).size == SIZE + 3
    book.check_grown(point)


@pytest.fixture
def station(eraser: Eraser, tmp_path: Path) -> Iterator[Callable[[], None]]:
    """A station; each call is a job."""
    image = tmp_path / "image.img"
    image.write_bytes(bytes(4096))

    def job() -> None:
        assert eraser("wipe", "--image", image, "--confirm", image.name).code == 0

    yield job


def test_rollback_and_exchange_of_a_whole_home(eraser: Eraser, station: Callable[[], None], tmp_path: Path) -> None:
    """The command, as an auditor uses it: he keeps the checkpoint, and everything at the station may be exchanged."""
    point, backup = tmp_path / "checkpoint", tmp_path / "backup"
    station()
    shutil.copytree(eraser.home, backup)
    station()
    assert eraser("ledger", "checkpoint", "--out", point).code == 0
    assert eraser("ledger", "verify", "--checkpoint", point).code == 0
    proof = next(eraser.home.glob("certificates/*-000002.proof"))
    shutil.copy(proof, tmp_path / "kept.proof")
    assert eraser("ledger", "verify", "--checkpoint", tmp_path / "kept.proof").code == 0

    # The file alone, put back: without any checkpoint of the auditor's, and before a number is given out twice.
    current = tmp_path / "current"
    shutil.copytree(eraser.home, current)
    shutil.copy(backup / "ledger.sqlite", eraser.home / "ledger.sqlite")
    ran = eraser("wipe", "--image", tmp_path / "image.img", "--confirm", "image.img")
    assert ran.code == 7 and "4" in ran.err
    assert eraser("ledger", "verify").code == 7

    (eraser.home / "ledger.checkpoint").write_bytes(b"")  # as a power failure may leave it: no reason to stop
    assert eraser("ledger", "verify").code == 6

    # The whole home, put back: only the checkpoint (or a certificate's proof) tells.
    shutil.rmtree(eraser.home)
    shutil.copytree(backup, eraser.home)
    assert eraser("ledger", "verify").code == 0
    for kept in (point, tmp_path / "kept.proof"):
        ran = eraser("ledger", "verify", "--checkpoint", kept)
        assert ran.code == 7 and "had 4" in ran.err and "no evidence" not in ran.err

    # The whole home with another, its key and all.
    shutil.rmtree(eraser.home)
    for _ in range(3):
        station()
    ran = eraser("ledger", "verify", "--checkpoint", point)
    assert ran.code == 7 and "another ledger" in ran.err

    assert "is no evidence against it" in ran.err, "that key is not known here: anybody can make such a checkpoint"

    # A checkpoint that fits but was signed by nobody that is known here; one that was changed.
    shutil.rmtree(eraser.home)
    shutil.copytree(current, eraser.home)
    (eraser.home / "station.key").unlink()
    assert eraser("ledger", "verify", "--checkpoint", point).code == 6
    point.write_bytes(point.read_bytes().replace(b"\n4\n", b"\n3\n"))
    assert eraser("ledger", "verify", "--checkpoint", point).code != 0


def test_triggers_and_index_hold_off_the_honest_mistake(written: tuple[Path, Checkpoint], tmp_path: Path) -> None:
    copy = tmp_path / "copy.sqlite"
    shutil.copy(written[0], copy)
    with sqlite3.connect(copy) as connection:
        for statement in (
            "DELETE FROM entry",
            "UPDATE entry SET job = 1",
            "INSERT INTO entry SELECT seq + 100, kind, station, job, body, nodes FROM entry",
        ):
            with pytest.raises(sqlite3.IntegrityError):
                connection.execute(statement)
