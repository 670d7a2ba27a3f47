"""A ledger on a PostgreSQL server: the same book, for many stations, and none of them can take anything back."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from certificates.errors import Environment, LedgerInconsistent, Usage
from certificates.ledger import Ledger, Started, checkpoint, proof, stores
from certificates.ledger.stores import tables
from tests.certificates.ledgers import KEYS, NOW
from tests.certificates.samples import KEY, STICK
from tests.lab import postgres
from tests.lab.command import Eraser
from tests.lab.postgres import OWNER, STATION, Server

pytestmark = pytest.mark.postgres


@pytest.fixture(scope="module")
def running() -> Iterator[Server]:
    if reason := postgres.why_not():
        pytest.skip(reason)
    with postgres.server() as server:
        yield server


@pytest.fixture
def server(running: Server) -> Server:
    """With an empty ledger."""
    running.sql(f"DROP OWNED BY {STATION}; DROP SCHEMA eraser CASCADE").check_returncode()
    running.psql(postgres.SQL).check_returncode()
    return running


def test_many_stations_write_one_book(server: Server) -> None:
    books = [Ledger(server.address(), station) for station in ("ONE", "TWO")]
    for book in (*books, *books):
        book.end(book.start(NOW, STICK, "keyed"), NOW, "erased", "ab" * 32, "cd" * 64)
    head = books[0].verify()
    assert head == books[1].head() and head.size == 8
    started = [entry.number for entry in books[0].entries() if isinstance(entry, Started)]
    assert started == ["ONE-000001", "TWO-000001", "ONE-000002", "TWO-000002"]
    point = checkpoint.read(books[0].checkpoint(KEY))
    assert checkpoint.signer(point, KEYS) and (point.size, point.root) == (head.size, head.root)
    assert proof.check(proof.read(books[1].prove("TWO-000002", KEY)), KEYS)
    books[0].check_grown(point)
    with pytest.raises(Environment):
        books[0].end(next(e for e in books[0].entries() if isinstance(e, Started)), NOW, "erased", "00", "00")


def test_more_than_a_page_is_read(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tables, "PAGE", 3)
    book = Ledger(server.address(), "ONE")
    for _ in range(7):
        book.start(NOW, STICK, "keyed")
    assert book.verify().size == 7


@pytest.mark.parametrize("role", [STATION, OWNER])
def test_nothing_can_be_taken_back(server: Server, role: str) -> None:
    """A station's role has no right to; the owner is held off by triggers, and found if he drops them."""
    book = Ledger(server.address(), "ONE")
    for _ in range(3):
        book.start(NOW, STICK, "keyed")
    for statement in (
        "UPDATE eraser.entry SET kind = 'x'",
        "DELETE FROM eraser.entry WHERE seq = 3",
        "TRUNCATE eraser.entry",
        "INSERT INTO eraser.entry SELECT seq + 5, kind, station, job + 5, body, nodes FROM eraser.entry",
    ):
        refused = server.sql(statement, role=role)
        assert refused.returncode != 0
        assert ("permission denied" in refused.stderr) or "ledger" in refused.stderr
    for statement in ("DROP TABLE eraser.entry", "ALTER TABLE eraser.entry DISABLE TRIGGER ALL"):
        assert role == OWNER or server.sql(statement, role=role).returncode != 0
    assert book.verify().size == 3


def test_an_owner_who_drops_the_triggers_is_found(server: Server) -> None:
    book = Ledger(server.address(), "ONE")
    for _ in range(3):
        book.start(NOW, STICK, "keyed")
    point = checkpoint.read(book.checkpoint(KEY))
    server.sql("ALTER TABLE eraser.entry DISABLE TRIGGER ALL").check_returncode()
    server.sql("DELETE FROM eraser.entry WHERE seq = 3").check_returncode()
    with pytest.raises(LedgerInconsistent):
        book.verify(checkpoints=[point])
    server.sql("UPDATE eraser.entry SET job = 7 WHERE seq = 2").check_returncode()
    with pytest.raises(LedgerInconsistent):
        book.verify()


def test_the_command_on_a_server(server: Server, eraser: Eraser, tmp_path: Path) -> None:
    image = tmp_path / "image.img"
    image.write_bytes(b"SECRET12" * 512)
    eraser.environment = {**eraser.environment, "ERASER_LEDGER": server.address()}
    assert eraser("wipe", "--image", image, "--confirm", image.name).code == 0
    assert eraser("ledger", "verify").code == 0
    assert not (eraser.home / "ledger.sqlite").exists()
    assert [line["type"] for line in eraser("ledger", "show", "--json").lines] == ["job-started", "job-ended"]

    # Another station's job under way is none of this one's.
    Ledger(server.address(), "OTHER").start(NOW, STICK, "keyed")
    assert eraser("jobs", "--json").lines == []

    # A server that is away, or that is none, stops a job before the wipe, and no message tells a password.
    image.write_bytes(b"SECRET12" * 512)
    for address in (server.address().replace("station@", "station:hush@").replace("pg-", "gone-"), "mysql://x/y"):
        eraser.environment = {**eraser.environment, "ERASER_LEDGER": address}
        ran = eraser("wipe", "--image", image, "--confirm", image.name)
        assert (
            ran.code in (1, 2) and "hush" not in ran.err and "ERASER_LEDGER" in ran.err
        ) or "docs/ledger.md" in ran.err
        assert image.read_bytes() == b"SECRET12" * 512


def test_a_ledger_that_is_locked_or_absent_says_so(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    from certificates.ledger.stores import postgresql

    monkeypatch.setattr(postgresql, "LOCK_SECONDS", 1)
    book = Ledger(server.address(), "ONE")
    with book.store.writing(), pytest.raises(Environment) as problem:
        Ledger(server.address(), "TWO").start(NOW, STICK, "keyed")
    assert problem.value.key == "ledger.locked"
    with pytest.raises(Environment) as problem:
        Ledger(server.address(database="postgres"), "ONE").start(NOW, STICK, "keyed")
    assert problem.value.key == "ledger.server"
    with pytest.raises(Usage):
        stores.at("mysql://x/y")
    assert (
        stores.at("postgresql://me:secret@host:5433/eraser?sslmode=require").name == "postgresql://me@host:5433/eraser"
    )


def test_who_is_no_station_can_neither_connect_nor_make_stations_wait(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    from certificates.ledger.stores import postgresql

    monkeypatch.setattr(postgresql, "LOCK_SECONDS", 1)
    server.sql("CREATE ROLE stranger LOGIN")
    assert "permission denied for database" in server.sql("SELECT 1", role="stranger").stderr
    server.sql("GRANT CONNECT ON DATABASE eraser TO stranger").check_returncode()
    assert (
        "permission denied"
        in server.sql("BEGIN; LOCK TABLE eraser.turn IN ACCESS SHARE MODE; COMMIT", role="stranger").stderr
    )
    server.sql("REVOKE CONNECT ON DATABASE eraser FROM stranger").check_returncode()
    assert "permission denied" in server.sql("UPDATE eraser.entry SET body = body", role=STATION).stderr
    assert "permission denied" in server.sql("INSERT INTO eraser.turn VALUES ('')", role=STATION).stderr
    book = Ledger(server.address(), "ONE")
    with book.store.writing():
        assert book.verify().size == 0, "whoever reads doesn't wait"


@pytest.mark.parametrize(
    "address",
    [
        "postgresql://station:hush%2Fhush@127.0.0.1:1/eraser",
        "postgresql://station@127.0.0.1:1/eraser?password=hush/hush",
        "postgresql://station:hush/hush@127.0.0.1:1/eraser",
        "postgresql://station:hu sh/hush@127.0.0.1:1/eraser?nonsense=1",
        "postgres:hush/hush@127.0.0.1/eraser",
        "postgresql://station:hush?hush@127.0.0.1:1/eraser",
        "postgresql://station:hush@hush:1@127.0.0.1:1/eraser",
        "mysql://root:hush/hush@127.0.0.1/eraser",
        "host=127.0.0.1 password=hush/hush",
    ],
)
def test_a_password_is_never_printed(eraser: Eraser, address: str) -> None:
    eraser.environment = {**eraser.environment, "ERASER_LEDGER": address}
    for command in (("doctor",), ("ledger", "verify"), ("key", "show"), ("ledger", "show", "--json")):
        ran = eraser(*command)
        assert "hush" not in ran.out + ran.err and "Traceback" not in ran.err, (command, ran.err)


@pytest.mark.parametrize(
    ("address", "is_open"),
    [
        ("postgresql://s@ledger.example/eraser", True),
        ("postgresql://s@ledger.example/eraser?sslmode=require", True),
        ("postgresql://s@ledger.example/eraser?sslmode=verify-full", False),
        ("postgresql://s@localhost,ledger.example/eraser", True),
        ("postgresql://s@localhost/eraser", False),
        ("postgresql://s@/eraser?host=/run/postgresql", False),
        ("postgresql:///eraser", False),
    ],
)
def test_a_server_that_need_not_show_who_it_is_is_warned_of(
    address: str, is_open: bool, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from certificates.ledger.stores.postgresql import PostgresStore
    from eraser import home

    assert PostgresStore(address).is_open() is is_open
    home._warn_of(address)
    assert ("sslmode=verify-full" in capsys.readouterr().err) is is_open
