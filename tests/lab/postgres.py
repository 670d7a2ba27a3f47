"""A PostgreSQL server of a test's own: Debian's, on a socket in a directory of its own, run by somebody who is not root."""

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.lab.wait import until

SQL = Path(__file__).parents[2] / "certificates/ledger/stores/postgresql.sql"
DATABASE = "eraser"
OWNER, STATION = "owner", "station"


def programs() -> Path | None:
    """The newest server that is installed."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"), key=lambda path: int(path.parts[-3]))
    return found[-1].parent if found else None


class Server:
    """`address(role)` is what ERASER_LEDGER takes."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._process: subprocess.Popen[bytes] | None = None
        self._run("initdb", "--pgdata", self._data, "--username", OWNER, "--auth", "trust", "--encoding", "UTF8")

    @property
    def _data(self) -> Path:
        return self._folder / "data"

    def address(self, role: str = STATION, database: str = DATABASE) -> str:
        return f"postgresql://{role}@/{database}?host={self._folder}"

    def start(self) -> None:
        """Returns when the server answers, also after it was killed."""

        def answers() -> bool:
            if self._process is None or self._process.poll() is not None:  # what it left behind when killed goes first
                self._process = self._popen()
            ready: list[str | Path] = [
                self._program("pg_isready"),
                "--quiet",
                "--host",
                self._folder,
                "--dbname",
                "postgres",
            ]
            return subprocess.run(ready, timeout=30).returncode == 0

        until(answers, "the PostgreSQL server to answer", 120)

    def kill(self) -> None:
        """As the power does."""
        assert self._process is not None
        self._process.send_signal(signal.SIGKILL)
        self._process.wait(timeout=60)

    def stop(self) -> None:
        if self._process is not None and self._process.poll() is None:
            self._process.send_signal(signal.SIGQUIT)
            self._process.wait(timeout=60)

    def sql(self, statement: str, *, role: str = OWNER, database: str = DATABASE) -> subprocess.CompletedProcess[str]:
        """psql, as that role."""
        command: list[str | Path] = [
            self._program("psql"),
            "--set=ON_ERROR_STOP=1",
            "--no-psqlrc",
            self.address(role, database),
        ]
        return subprocess.run([*command, "--command", statement], capture_output=True, text=True, timeout=60)

    def make_ledger(self) -> None:
        """As docs/ledger.md has it: a database, its tables, and a station's role."""
        self.sql(f"CREATE DATABASE {DATABASE}", database="postgres").check_returncode()
        self.psql(SQL).check_returncode()
        self.sql(f"CREATE ROLE {STATION} LOGIN IN ROLE eraser_station").check_returncode()

    def psql(self, file: Path) -> subprocess.CompletedProcess[str]:
        """A file of SQL, as the owner."""
        command: list[str | Path] = [self._program("psql"), "--set=ON_ERROR_STOP=1", "--quiet", self.address(OWNER)]
        return subprocess.run([*command, f"--file={file}"], capture_output=True, text=True, timeout=60)

    def _popen(self) -> subprocess.Popen[bytes]:
        options = [f"unix_socket_directories={self._folder}", "listen_addresses=", "max_connections=50"]
        command: list[str | Path] = [self._program("postgres"), "-D", self._data]
        log = (self._folder / "log").open("ab")
        with log:
            return subprocess.Popen(
                [*command, *(word for option in options for word in ("-c", option))],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=self._folder,
                user=_nobody(),
                group=_nobody(),
            )

    def _run(self, program: str, *arguments: str | Path) -> None:
        command = [self._program(program), *arguments]
        subprocess.run(
            command, check=True, capture_output=True, cwd=self._folder, timeout=120, user=_nobody(), group=_nobody()
        )

    def _program(self, name: str) -> Path:
        folder = programs()
        assert folder is not None
        return folder / name


@contextmanager
def server() -> Iterator[Server]:
    """Runs until the end; with a ledger that a station can use."""
    folder = Path(tempfile.mkdtemp(prefix="pg-"))
    try:
        if os.geteuid() == 0:
            shutil.chown(folder, "postgres", "postgres")
        made = Server(folder)
        try:
            made.start()
            made.make_ledger()
            yield made
        finally:
            made.stop()
    finally:
        shutil.rmtree(folder)


def why_not() -> str | None:
    """Why no server can run here."""
    if programs() is None:
        return "the postgres lab lacks a PostgreSQL server (tests/lab/install.sh)"
    if os.geteuid() == 0:
        try:
            pwd.getpwnam("postgres")
        except KeyError:
            return "the postgres lab lacks the user postgres (tests/lab/install.sh)"
    return None


def _nobody() -> str | None:
    """PostgreSQL refuses to run as root."""
    return "postgres" if os.geteuid() == 0 else None
