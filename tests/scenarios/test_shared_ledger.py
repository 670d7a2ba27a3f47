"""A ledger that others may append to: what they enter closes no row, and nonsense is named while everything else still answers."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
import pytest

from certificates.ledger import Ledger
from tests.certificates.samples import DISK
from tests.lab import postgres
from tests.lab.command import Eraser
from tests.lab.postgres import STATION, Server

NOW = "2026-11-22T10:00:00+09:00"
Insert = Callable[[int, bytes], None]


@pytest.fixture(scope="module")
def running() -> Iterator[Server]:
    if reason := postgres.why_not():
        pytest.skip(reason)
    with postgres.server() as server:
        yield server


@pytest.fixture
def server(running: Server) -> Server:
    running.sql(f"DROP OWNED BY {STATION}; DROP SCHEMA eraser CASCADE").check_returncode()
    running.psql(postgres.SQL).check_returncode()
    return running


def wiped(eraser: Eraser, folder: Path, tag: str) -> None:
    image = folder / f"{tag}.img"
    image.write_bytes(bytes(1 << 16))
    ran = eraser("wipe", image, "--image", "--confirm", image.name, "--asset-tag", tag)
    assert ran.code == 0, ran.err


def listed(folder: Path, *rows: str) -> Path:
    file = folder / "list.csv"
    file.write_text("\n".join(rows) + "\n", encoding="utf-8")
    return file


@pytest.mark.postgres
def test_a_role_closes_nothing_by_entries_alone(server: Server, eraser: Eraser, tmp_path: Path) -> None:
    """For another station, for one that has no key, and for this one's next number: its paper is asked for."""
    eraser.environment = {**eraser.environment, "ERASER_LEDGER": server.address()}
    wiped(eraser, tmp_path, "A-1")
    own = next(eraser.home.glob("certificates/*.json")).name.partition("-")[0]
    for count, station in enumerate(("OTHER", "GHOST", own), start=1):
        book = Ledger(server.address(), station)
        disk = msgspec.structs.replace(DISK, serial=f"NEVER-{count}", wwn=None)
        book.end(book.start(NOW, disk, "keyed", f"B-{count}"), NOW, "erased", "00" * 32, "00" * 64)
        for rows in ((f"B-{count},",), (f"B-{count},NEVER-{count}",), (f",NEVER-{count}",)):
            ran = eraser("reconcile", listed(tmp_path, "asset tag,serial", *rows), "--images", "--part", "--json")
            assert ran.code == 7 and ran.of("asset")[0]["status"] == "paper-missing", ran.out + ran.err
    ran = eraser("ledger", "verify", "--json")
    assert ran.code == 7 and f"{own}-000002" in ran.out + ran.err, "a number of its own without a paper"
    assert eraser("reconcile", listed(tmp_path, "asset tag", "A-1"), "--images", "--part").code == 0


def by_sql(server: Server) -> Insert:
    def insert(seq: int, body: bytes) -> None:
        values = f"{seq}, 'custody', NULL, NULL, '\\x{body.hex()}', '\\x00'"
        server.sql(f"INSERT INTO eraser.entry VALUES ({values})", role=STATION).check_returncode()

    return insert


def by_file(eraser: Eraser) -> Insert:
    def insert(seq: int, body: bytes) -> None:
        with sqlite3.connect(eraser.home / "ledger.sqlite") as opened:
            opened.execute("INSERT INTO entry VALUES (?, 'custody', NULL, NULL, ?, x'00')", (seq, body))

    return insert


@pytest.mark.parametrize("kept", [pytest.param("server", marks=pytest.mark.postgres), "file"])
def test_a_row_of_nonsense_is_named_and_everything_else_answers(
    kept: str, request: pytest.FixtureRequest, eraser: Eraser, tmp_path: Path
) -> None:
    if kept == "server":
        server: Server = request.getfixturevalue("server")
        eraser.environment = {**eraser.environment, "ERASER_LEDGER": server.address()}
        insert = by_sql(server)
    else:
        insert = by_file(eraser)
    wiped(eraser, tmp_path, "A-1")
    insert(3, b"nonsense")
    inventory = listed(tmp_path, "asset tag", "A-1", "A-2")
    for words, said in (
        (("reconcile", inventory, "--images"), "A-2"),
        (("ledger", "report", "--from", "2000-01-01", "--to", "2999-12-31"), ""),
        (("ledger", "life"), "A-1"),
        (("ledger", "show"), "-000001"),
        (("ledger", "export", "--format", "jsonl", "--out", tmp_path / "all.jsonl"), ""),
        (("ledger", "export", "--format", "csv", "--out", tmp_path / "all.csv"), ""),
        (("custody", "show", "A-1"), "-000001"),
    ):
        ran = eraser(*words)
        assert ran.code == 7 and said in ran.out and "3" in ran.err, (words, ran.out, ran.err)
    assert len((tmp_path / "all.jsonl").read_bytes().splitlines()) == 2

    # Work goes on, and what it enters is found.
    wiped(eraser, tmp_path, "A-2")
    assert eraser("custody", "receive", "--asset-tag", "A-1", "--person", "受入 花子").code == 0
    ran = eraser("reconcile", inventory, "--images", "--json")
    assert ran.code == 7 and [row["status"] for row in ran.of("asset")] == ["outdated", "proven"], ran.out + ran.err
    assert ran.of("reconciled")[0]["walled_off"] == 1
    assert eraser("ledger", "verify").code == 7
