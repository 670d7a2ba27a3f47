"""`eraser demo`: the whole job on a practice medium, in a directory of its own. No device is touched, and root is not needed."""

from __future__ import annotations

import itertools
import sys
from pathlib import Path

import click

from certificates.errors import Problem
from eraser import devices, fleet, practice, progress, station
from eraser.commands import audit, inspect, wipe
from eraser.commands.common import command as make_command
from eraser.commands.common import option, said, tell
from eraser.commands.stopping import stopping
from eraser.control import Control
from eraser.events import Event, JobEnded
from eraser.home import Home

PRACTICE_BYTES = 32 << 20
SAMPLE = (
    *("--customer", "見本市 / Sample City"),
    *("--organisation", "見本情報サービス / Sample Information Services"),
    *("--operator", "見本 太郎 / Taro Mihon"),
    *("--witness", "見本 花子 / Hanako Mihon"),
    *("--location", "見本市役所 / Sample City Hall"),
    *("--asset-tag", "DEMO-0001", "--reason", "return"),
)


@make_command("demo")
@option("--out", "demo_out", type=click.Path(path_type=Path, file_okay=False), default=Path("demo"), show_default=True)
def command(out: Path) -> int:
    out = out.absolute()
    out.mkdir(parents=True, exist_ok=True)
    image = _free(out)
    files = practice.make_practice_medium(image, PRACTICE_BYTES, seed=1)
    tell(said("demo.made", count=len(files), path=image))
    _look(image, "demo.before", recoverable=True)
    tell(said("demo.wipe"))
    ended = _wipe(image, out)
    _look(image, "demo.after", recoverable=False)
    tell(said("demo.audit"))
    pdf = next(Path(file) for file in ended.files if file.endswith(".pdf"))
    code = audit.report([pdf], _home(out), (), json=False)
    tell(said("demo.papers", path=pdf))
    return ended.exit_code or code


def _free(out: Path) -> Path:
    """A name that nothing has yet: an earlier practice medium belongs to its certificate."""
    names = (out / f"practice-medium-{number}.img" for number in itertools.count(1))
    return next(name for name in names if not name.exists())


def _home(out: Path) -> Home:
    """A station of its own: practice jobs have no place in the real ledger."""
    return Home(out / "station")


def _look(image: Path, heading: str, *, recoverable: bool) -> None:
    tell(said(heading))
    seen = inspect.looked_at(image, quiet=not sys.stderr.isatty())
    tell(inspect.as_text(image, seen))
    if bool(seen.recoverable) is not recoverable:
        raise Problem("demo.failed", detail=f"inspect: {seen.recoverable}")


def _wipe(image: Path, out: Path) -> JobEnded:
    """The very job that `eraser wipe --image` runs."""
    line = ["--image", "--confirm", image.name, *SAMPLE, "--out", str(out), "--", str(image)]
    # The size of a sample is worked out by the command itself; a full read has none.
    asked = {**wipe.command.make_context("wipe", line).params, "size": None}
    control = Control()
    ended: list[Event] = []
    found = (devices.image(str(image)),)
    orders = wipe.orders(asked.pop("targets"), found, asked, _home(out))
    with stopping(control), progress.shown(json=False) as show:
        for event in fleet.run(orders, station.open_station(_home(out)), control):
            ended.append(event)
            show(event)
    last = ended[-1]
    if not isinstance(last, JobEnded) or last.exit_code:
        raise Problem("demo.failed", detail=str(last))
    return last
