"""What a process with keys gives up, whose programs it runs, whose folders it trusts, and which files it opens."""

from __future__ import annotations

import ast
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from certificates import foreign
from certificates.errors import Environment
from eraser import durable, ownership
from tests.lab.command import Eraser
from tests.lab.forked import ForkedEraser
from verifier import tools

SOURCES = [
    path
    for package in ("eraser", "certificates", "verifier")
    for path in sorted((Path(__file__).parents[2] / package).rglob("*.py"))
]
ROOT = Path(__file__).parents[2]
# Who may open what by itself: media and the kernel's own files, and files of ours that are made anew.
OPENERS = {
    "certificates/foreign.py": "the one place for files of others",
    "certificates/fonts.py": "comes with the tool",
    "certificates/language.py": "comes with the tool",
    "certificates/policy/table.py": "comes with the tool",
    "certificates/station_key.py": "makes its file",
    "certificates/ledger/export.py": "makes its file",
    "certificates/audit/sniffing.py": "members of an archive",
    "certificates/tables/workbook.py": "members of a workbook",
    "eraser/durable.py": "makes its file",
    "eraser/formatting.py": "makes its file",
    "eraser/journal.py": "locks and drafts of ours, without following or waiting",
    "eraser/practice.py": "makes its file",
    "eraser/cli.py": "/dev/null",
    "eraser/devices.py": "/proc, and a medium, to see whether it can be",
    "eraser/passphrase.py": "a descriptor that was handed over",
    "eraser/ownership.py": "/proc",
    "eraser/alone.py": "/proc",
    "eraser/kernel_users.py": "/proc and /sys",
    "eraser/lease.py": "a medium",
    "eraser/nodes.py": "/sys, and a medium's node",
    "eraser/own_files.py": "/proc",
    "eraser/processes.py": "/proc",
    "eraser/serials.py": "/sys",
    "eraser/sysfs.py": "/sys",
    "eraser/target.py": "a medium",
    "eraser/usage.py": "/proc and /sys",
    "verifier/reading.py": "a medium",
}


def calls(path: Path) -> list[str]:
    """Everything that is called in a module, as it is written."""
    return [ast.unparse(node.func) for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Call)]


def opens(call: str) -> bool:
    of, _, name = call.rpartition(".")
    if name in ("open", "fdopen"):
        return of not in ("Image", "Picture")  # pictures are opened from bytes
    return name in ("read_bytes", "read_text", "write_bytes", "write_text") and "resources" not in call


def test_nothing_opens_files_but_the_one_function_for_it() -> None:
    """A new place that opens files goes by `foreign`, or says above why it need not."""
    opening = {str(path.relative_to(ROOT)) for path in SOURCES if any(map(opens, calls(path)))}
    assert opening == set(OPENERS)


def test_nothing_runs_programs_but_the_one_function_for_it() -> None:
    running = {
        str(path.relative_to(ROOT))
        for path in SOURCES
        for call in calls(path)
        if (
            call.startswith("subprocess.")
            and call.split(".")[1] in ("run", "Popen", "call", "check_output", "check_call")
        )
        or call in ("os.system", "os.popen", "shutil.which")
        or call.startswith(("os.exec", "os.spawn", "os.posix_spawn"))
    }
    assert running == {"verifier/tools.py"}


def test_programs_come_from_the_system_and_get_nothing_of_the_user(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "env").write_text("#!/bin/sh\necho planted\n")
    (tmp_path / "env").chmod(0o755)
    for name, value in {
        "PATH": str(tmp_path),
        "LD_PRELOAD": "/x.so",
        "PYTHONPATH": "/x",
        "LANG": "ja_JP.UTF-8",
    }.items():
        monkeypatch.setenv(name, value)
    found = tools.find("env")
    assert found is not None and not found.startswith(str(tmp_path))
    said = tools.run(found, seconds=60).stdout.decode().splitlines()
    assert sorted(said) == ["LC_ALL=C", f"PATH={tools.PATH}"]


def test_a_planted_program_is_not_run(eraser: Eraser, tmp_path: Path) -> None:
    planted = tmp_path / "bin"
    planted.mkdir()
    for name in ("sfdisk", "mkfs.fat", "wipefs", "blkid", "smartctl"):
        (planted / name).write_text(f"#!/bin/sh\ntouch {tmp_path}/ran\n")
        (planted / name).chmod(0o755)
    image = tmp_path / "medium.img"
    image.write_bytes(bytes(8 << 20))
    eraser.environment = {**eraser.environment, "PATH": f"{planted}:{os.environ['PATH']}"}
    assert eraser("inspect", image, "--json").code in (0, 3, 4)
    assert eraser("doctor", "--json").of("check")
    assert not (tmp_path / "ran").exists()


LOOK = """
import os, resource, sys
from eraser import cli, hardening
try:
    cli.main(["methods"])
except SystemExit:
    pass
try:
    environ = open("/proc/self/environ", "rb").read()
except PermissionError:  # of an ordinary user it is root's now
    environ = b""
print(resource.getrlimit(resource.RLIMIT_CORE), hardening.passphrase(), b"secret" in environ, "ERASER_KEY_PASSPHRASE" in os.environ)
import ctypes
print(ctypes.CDLL(None).prctl(3, 0, 0, 0, 0), os.stat("/proc/self/environ").st_uid)
import subprocess
print(b"secret" in subprocess.run(["/usr/bin/env"], capture_output=True).stdout, oct(os.umask(0)))
"""


def test_a_process_with_keys_cannot_be_looked_into_and_passes_no_passphrase_on(tmp_path: Path) -> None:
    environment = os.environ | {"ERASER_KEY_PASSPHRASE": "secret words", "ERASER_HOME": str(tmp_path / "home")}
    done = subprocess.run([sys.executable, "-c", LOOK], env=environment, capture_output=True, text=True, umask=0o002)
    limits, dumpable, child = done.stdout.splitlines()[-3:]
    assert limits == "(0, 0) b'secret words' False False", done.stderr
    assert dumpable.split()[0] == "0" and child == "False 0o22"


def test_every_folder_on_the_way_to_the_home_is_looked_at(eraser: Eraser, tmp_path: Path) -> None:
    above = tmp_path / "above"
    (above / "deep" / "home").mkdir(parents=True)
    eraser.environment = {**eraser.environment, "ERASER_HOME": str(above / "deep" / "home")}
    assert eraser("key", "create").code == 0
    above.chmod(0o777)
    ran = eraser("key", "show", "--lang", "en")
    assert ran.code == 1 and f"chmod go-w {above}" in ran.err and "mode 0777" in ran.err
    above.chmod(0o1777)
    assert eraser("key", "show").code == 0, "as in /tmp, where nobody may touch what is another's"
    above.chmod(0o775)
    assert eraser("audit", tmp_path).code == 1, "a group is others, too"
    above.chmod(0o755)
    (tmp_path / "link").symlink_to(above / "deep")
    (tmp_path / "link2").symlink_to("link")
    eraser.environment = {**eraser.environment, "ERASER_HOME": str(tmp_path / "link2" / "home")}
    assert eraser("key", "show").code == 0
    above.chmod(0o777)
    assert eraser("key", "show").code == 1
    row = next(row for row in eraser("doctor", "--json").lines if row["name"] == "home")
    assert row["ok"] is False and str(above) in row["found"]


def test_what_lies_in_the_home_is_looked_at(eraser: Eraser, tmp_path: Path) -> None:
    assert eraser("key", "create").code == 0
    (eraser.home / "config.toml").touch(mode=0o644)
    assert eraser("key", "show").code == 0
    for mode in (0o666, 0o664):
        (eraser.home / "config.toml").chmod(mode)
        assert eraser("key", "show").code == 1
    (eraser.home / "config.toml").unlink()
    (tmp_path / "open").mkdir(mode=0o700)
    (tmp_path / "open").chmod(0o777)
    (tmp_path / "open" / "config.toml").touch(mode=0o644)
    (eraser.home / "config.toml").symlink_to(tmp_path / "open" / "config.toml")
    assert eraser("key", "show").code == 1, "where a link leads is looked at as well"


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a folder away")
def test_a_home_below_a_folder_of_somebody_else(tmp_path: Path) -> None:
    (tmp_path / "theirs" / "home").mkdir(parents=True)
    shutil.chown(tmp_path / "theirs", 1000)
    with pytest.raises(Environment, match="chown 0"):
        ownership.check(tmp_path / "theirs" / "home")


ODD = ("pipe", "zero", "folder", "deep", "huge", "link to a pipe")


def odd(place: Path, kind: str) -> Path:
    place.parent.mkdir(parents=True, exist_ok=True)
    if kind == "pipe":
        os.mkfifo(place)
    elif kind == "zero":
        place.symlink_to("/dev/zero")
    elif kind == "folder":
        place.mkdir()
    elif kind == "deep":
        place.write_bytes(b"a = " + b"[" * 50_000 + b"]" * 50_000)
    elif kind == "huge":
        with place.open("wb") as file:
            file.truncate(8 << 40)
    else:
        os.mkfifo(place.with_name("target"))
        place.symlink_to("target")
    return place


@pytest.mark.parametrize("kind", ODD)
def test_a_file_that_never_ends_or_says_nothing_is_words(eraser: Eraser, tmp_path: Path, kind: str) -> None:
    image = tmp_path / "medium.img"
    image.write_bytes(bytes(1 << 20))
    file = odd(tmp_path / "odd" / "x.toml", kind)
    for option in ("--from", "--photo", "--document"):
        if (kind, option) == ("deep", "--document"):
            continue
        ran = eraser("wipe", image, "--image", "--confirm", "medium.img", option, file, "--dry-run", seconds=60)
        assert ran.code == 2 and "Traceback" not in ran.err and "MemoryError" not in ran.err, (option, ran.err)
    for command in (
        ("key", "trust", file),
        ("reconcile", file),
        ("destroy", "--box", file),
        ("ledger", "verify", "--checkpoint", file),
    ):
        ran = eraser(*command, seconds=60)
        assert ran.code in (1, 2, 6, 7) and "Traceback" not in ran.err, (command, ran.err)
    for name in ("config.toml", "methods.toml", "policies.toml"):
        made = odd(eraser.home / name, kind)
        eraser.home.chmod(0o700)
        ran = eraser("wipe", image, "--image", "--confirm", "medium.img", "--dry-run", seconds=60)
        assert ran.code in (1, 2) and "Traceback" not in ran.err, (name, ran.err)
        shutil.rmtree(made) if kind == "folder" else made.unlink()
        (eraser.home / "target").unlink(missing_ok=True)
    (eraser.home / "config.toml").write_text(f'[issuer]\nname = "見本"\nlogo = "{file}"\n')
    ran = eraser("wipe", image, "--image", "--confirm", "medium.img", "--dry-run", seconds=60)
    assert ran.code == 1 and "Traceback" not in ran.err


def test_a_key_of_many_parts_does_not_keep_the_parser_busy(tmp_path: Path) -> None:
    (tmp_path / "x.toml").write_text("a." * 50_000 + "b = 1")
    with pytest.raises(ValueError, match="nested too deep"):
        foreign.read_toml(tmp_path / "x.toml")


@pytest.mark.parametrize("kind", ["pipe", "link to a pipe", "zero", "folder", "file"])
def test_what_is_in_a_new_papers_place_is_neither_waited_for_nor_filled(
    eraser: Eraser, tmp_path: Path, kind: str
) -> None:
    """The wipe is what it was; the station has the papers, and where they should have gone is told."""
    from certificates.numbering import station_of_key
    from certificates.station_key import key_id_of

    assert eraser("key", "create").code == 0
    number = f"{station_of_key(key_id_of((eraser.home / 'station.pem').read_bytes()))}-000001"
    image, out = tmp_path / "medium.img", tmp_path / "out"
    image.write_bytes(bytes(2 << 20))
    place = out / f"{number}.pdf"
    out.mkdir()
    place.write_text("mine") if kind == "file" else odd(place, kind)
    ran = eraser("wipe", image, "--image", "--confirm", "medium.img", "--out", out, "--json")
    assert ran.job["outcome"] == "erased" and ran.code == 1
    assert (eraser.home / "certificates" / f"{number}.pdf").is_file()
    assert not list(out.glob(".*")) and (kind != "file" or place.read_text() == "mine")


@pytest.mark.parametrize("kind", ["pipe", "zero", "folder", "link to a pipe"])
def test_other_files_that_are_made_anew(tmp_path: Path, kind: str) -> None:
    eraser = ForkedEraser(tmp_path / "station")
    assert eraser("custody", "receive", "--serial", "S1", "--person", "A").code == 0
    assert eraser("ledger", "checkpoint", "--out", tmp_path / "made").code == 0, "there is something to write"
    (tmp_path / "list.csv").write_text("asset tag\nA-1\n")
    place = odd(tmp_path / "odd" / "x", kind)
    before = place.lstat()
    for command in (
        ("key", "export", "--out", place),
        ("ledger", "checkpoint", "--out", place),
        ("ledger", "export", "--out", place),
        ("reconcile", tmp_path / "list.csv", "--csv", place),
        ("audit", tmp_path, "--csv", place),
    ):
        ran = eraser(*command, seconds=60)
        assert ran.code in (1, 2) and "Traceback" not in ran.err, (command, ran.err)
        assert place.lstat()[:4] == before[:4], "it is still what it was"


def test_a_new_file_is_whole_or_not_there(tmp_path: Path) -> None:
    durable.new(tmp_path / "x", b"one")
    with pytest.raises(FileExistsError):
        durable.new(tmp_path / "x", b"two")
    (tmp_path / "y").symlink_to(tmp_path / "nowhere")
    with pytest.raises(FileExistsError):
        durable.created(tmp_path / "y", b"two")
    assert not (tmp_path / "nowhere").exists() and [path.name for path in tmp_path.glob(".*")] == []
