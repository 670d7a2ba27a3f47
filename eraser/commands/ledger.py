"""`eraser ledger`: what happened on this station, whether the book still tells it as it was written, and how others can see that."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, Literal, NoReturn, get_args

import click
import msgspec

from certificates import foreign, station_key
from certificates.errors import Environment, LedgerInconsistent, NotAuthentic, Usage
from certificates.ledger import Closing, Ending, Entry, Ledger, Opening, checkpoint, export, note, proof, words
from certificates.ledger.book import signed
from certificates.ledger.checkpoint import Checkpoint
from certificates.ledger.selection import Wanted
from certificates.ledger.timing import Times
from certificates.record import Outcome
from eraser import kept, ledger_rows, methods, proofs, station, trust
from eraser.commands import ledger_life, ledger_report
from eraser.commands.common import (
    Group,
    emit,
    json_option,
    lang_option,
    option,
    said,
    shown,
    station_home,
    tell,
    walled_off,
)
from eraser.home import Home

FIRST = 10  # so many are told one by one
DAY = click.DateTime(formats=["%Y-%m-%d"])
Format = Literal["jsonl", "csv", "tiles"]


@click.group("ledger", cls=Group, help=said("help.ledger.text"))
@lang_option
def command() -> None:
    """The group has no action of its own."""


command.add_command(ledger_life.command)
command.add_command(ledger_report.command)


@command.command("show", help=said("help.ledger_show.text"))
@option("--from", "since", type=DAY, metavar="YYYY-MM-DD")
@option("--to", "until", type=DAY, metavar="YYYY-MM-DD")
@option("--outcome", "outcome_filter", type=click.Choice(get_args(Outcome)))
@option("--serial", "serial_filter")
@option("--asset-tag", "asset_tag_filter")
@option("--open", "still_open", is_flag=True, default=False)
@lang_option
@json_option
def show(json: bool, **asked: Any) -> int:
    wanted = Wanted(
        since=_day(asked["from"]),
        until=_day(asked["to"]),
        outcome=asked["outcome"],
        serial=asked["serial"],
        asset_tag=asked["asset_tag"],
        still_open=asked["open"],
    )
    here = station_home()
    book = Ledger(here.ledger, "")
    count, names = 0, {} if json else methods.names(here.root)
    walled: list[LedgerInconsistent] = []
    for first, ending in book.stories(walled.append):
        if not wanted.takes(first, ending):
            continue
        count += 1
        if json:
            for entry in (first, ending) if ending else (first,):
                emit(msgspec.to_builtins(entry))
        else:
            tell(_line(first, ending, names))
    if not book.store.exists():
        tell(said("say.no_ledger", path=shown(book.store.name)), json=json)
    elif not count and not json:
        tell(said("say.no_jobs" if wanted == Wanted() else "ledger.none_wanted"))
    walled_off(walled)
    return LedgerInconsistent.exit_code if walled else 0


@command.command("verify", help=said("help.ledger_verify.text"))
@option("--checkpoint", "checkpoint", multiple=True, type=click.Path(path_type=Path))
@lang_option
@json_option
def verify(json: bool, checkpoint: tuple[Path, ...]) -> None:
    here = station_home()
    book = Ledger(here.ledger, "")
    known = trust.here(here).stations
    earlier = [_earlier(path, known) for path in (*_own(here.checkpoint), *checkpoint)]
    if not book.store.exists():
        _explain_absence(here, book.store.name, checkpoint)
    # Every paper that this station issued has its entry, with its very digest; a ledger that is gone has none.
    times = Times()
    walled: list[LedgerInconsistent] = []
    closed: list[Closing] = []
    # The station's own may be signed by a key that it no longer has; it counts all the same.
    handed_in = earlier[len(earlier) - len(checkpoint) :]
    try:
        head = book.verify(kept.digests(here), [point for point, _ in earlier], times, walled.append, _closings(closed))
    except LedgerInconsistent:
        for path, (_, is_known) in zip(checkpoint, handed_in, strict=True):
            if not is_known:
                tell(said("note.nobody_s", path=path), json=True)
        raise
    for point, is_known in handed_in:
        if not is_known:
            raise NotAuthentic("note.unknown", origin=shown(point.origin))
    sizes = tuple(point.size for point, _ in earlier)
    papers = kept.compared(here, trust.here(here), book)
    for each in papers.troubles:
        tell(said("kept.trouble", number=shown(each.number), file=shown(each.file), why=shown(each.why)), json=json)
    if papers.troubles:
        raise LedgerInconsistent("ledger.kept", count=len(papers.troubles), number=papers.troubles[0].number)
    paperless = _paperless(closed, here)
    for entry in paperless[:FIRST]:
        tell(said("ledger.paperless", number=shown(entry.number), entry=entry.seq), json=json)
    if len(paperless) > FIRST:
        tell(said("ledger.paperless-more", count=len(paperless) - FIRST), json=json)
    own = [entry for entry in paperless if kept.is_own(here, entry.number)]
    if own and not walled:
        raise LedgerInconsistent("ledger.unbacked", count=len(own), number=own[0].number)
    if walled:
        walled_off(walled)
        raise LedgerInconsistent("ledger.unsound", count=len(walled))
    if json:
        emit(
            ledger_rows.LedgerState(
                head.size,
                head.root.hex(),
                consistent=True,
                grown_from=sizes,
                unproven=papers.unproven,
                uncompared=papers.uncompared,
                paperless=tuple(entry.number for entry in paperless),
                backwards=times.count,
                steps_back=tuple(times.steps),
            )
        )
        return
    tell(said("say.ledger_ok", count=head.size, head=head.root.hex()))
    for size in sizes[len(sizes) - len(checkpoint) :]:
        tell(said("ledger.grown", size=size))
    if times.count:
        tell(said("ledger.backwards", count=times.count))
    for step in times.steps[:FIRST]:
        tell("  " + said("ledger.step_back", **msgspec.structs.asdict(step)))
    for number in papers.unproven[:FIRST]:
        tell(said("kept.unproven", number=shown(number)))
    if len(papers.unproven) > FIRST:
        tell(said("kept.more", count=len(papers.unproven) - FIRST))
    if papers.uncompared:
        tell(said("kept.uncompared", count=len(papers.uncompared), number=shown(papers.uncompared[0])))


def _closings(found: list[Closing]) -> Callable[[Entry], None]:
    def take(entry: Entry) -> None:
        if isinstance(entry, Closing):
            found.append(entry)

    return take


def _paperless(closed: Sequence[Closing], here: Home) -> list[Closing]:
    """The ends that no authentic paper in the station's folder backs."""
    backed = proofs.own_digests(here, trust.here(here))
    return [entry for entry in closed if backed.get(entry.number) != entry.certificate]


@command.command("checkpoint", help=said("help.ledger_checkpoint.text"))
@option("--out", "checkpoint_out", type=click.Path(path_type=Path, dir_okay=False), required=True)
@lang_option
@json_option
def make_checkpoint(out: Path, json: bool) -> None:
    opened = _opened()
    opened.check_ledger()
    opened.ledger.verify()
    _write(out, _signed(opened, json=json))


@command.command("prove", help=said("help.ledger_prove.text"))
@click.argument("number", metavar="NUMBER")
@option("--out", "proof_out", type=click.Path(path_type=Path, dir_okay=False))
@lang_option
@json_option
def prove(number: str, out: Path | None, json: bool) -> None:
    opened = _opened()
    opened.check_ledger()
    made = opened.ledger.prove(number, opened.key)
    path = out or opened.home.certificates / f"{number}.proof"
    _write(path, made)
    entry, point, _ = proof.check(proof.read(made), {opened.key.key_id: opened.key.public_pem})
    if json:
        emit(ledger_rows.Proven(number, str(path), entry.seq, point.size, point.root.hex()))
    else:
        tell(said("ledger.proven", number=number, seq=entry.seq, size=point.size, path=shown(path)))


@command.command("export", help=said("help.ledger_export.text"))
@option("--format", "format", type=click.Choice(get_args(Format)), default="jsonl", show_default=True)
@option("--out", "export_out", type=click.Path(path_type=Path), required=True)
@lang_option
@json_option
def make_export(out: Path, format: Format, json: bool) -> int:
    walled: list[LedgerInconsistent] = []
    opened = _opened()
    if out.exists():
        raise Usage("ledger.there", path=out)
    opened.check_ledger()
    with opened.ledger.store.reading() as tables:
        if format == "tiles":
            out.mkdir(parents=True)
            # The checkpoint is of the same moment as the files: both come from one reading.
            export.tiles(tables.rows(), out)
            _write(out / "checkpoint", signed(tables, opened.key))
        else:
            told = (
                export.lines(tables.rows(), walled.append)
                if format == "jsonl"
                else export.table(tables.rows(), methods.names(opened.home.root), walled.append)
            )
            _write_all(out, told)
        count = tables.size() - len(walled)
    if json:
        emit(ledger_rows.Exported(format, str(out), count))
    else:
        tell(said("ledger.exported", count=count, path=shown(out)))
    walled_off(walled)
    return LedgerInconsistent.exit_code if walled else 0


def _opened() -> station.Station:
    """The station that signs what its ledger tells. A place without key and ledger has nothing to sign, and gets no key for that."""
    here = station_home()
    book = Ledger(here.ledger, "").store
    if not here.key.exists() and not book.exists():
        raise Usage("ledger.empty", path=book.name)
    return station.open_station(here)


def _explain_absence(here: Home, name: str, checkpoints: Iterable[Path]) -> NoReturn:
    """No ledger is there. Raises LedgerInconsistent if this very station had one, else Environment: nothing says that one was removed."""
    own = station_key.public_half(here.key)
    mine = {station_key.key_id_of(own): own} if own else {}
    had = here.checkpoint.exists() or any(here.certificates.glob("*.json"))
    if had or any(known for _, known in (_earlier(path, mine) for path in checkpoints)):
        raise LedgerInconsistent("ledger.gone", path=shown(name))
    raise Environment("ledger.none", path=shown(name))


def _day(time: datetime | None) -> Any:
    return None if time is None else time.date()


def _line(first: Entry, ending: Ending | None, names: Mapping[str, str]) -> str:
    """One story on one line."""
    medium = getattr(first, "medium", None)
    ended = words.outcome(ending or first)
    if isinstance(first, Opening) and ending is None:
        ended = said("say.ledger_open")
    parts = [getattr(first, "number", f"#{first.seq}"), first.at, words.kind(first)]
    if medium is not None:
        parts += [shown(getattr(medium, "node", "")), shown(medium.serial or "-")]
    parts += [words.way(first, names), shown(getattr(first, "asset_tag", None) or "")]
    return "  ".join(filter(None, (*parts, ended)))


def _own(path: Path) -> tuple[Path, ...]:
    return (path,) if path.exists() else ()


def _earlier(path: Path, known: Mapping[str, bytes]) -> tuple[Checkpoint, bool]:
    """The checkpoint in a file (or in a certificate's proof), and whether a known key signed it. Raises NotAuthentic, Usage."""
    try:
        raw = foreign.read(path, foreign.LARGEST_PROOF)
    except OSError as error:
        raise Usage("ledger.no_checkpoint", path=path, detail=error.strerror) from error
    if raw.startswith(proof.FIRST_LINE.encode()):
        raw = proof.read(raw).signed
    point = checkpoint.read(raw)
    return point, checkpoint.signer(point, known) is not None


def _signed(opened: station.Station, *, json: bool) -> bytes:
    made = opened.ledger.checkpoint(opened.key)
    point = checkpoint.read(made)
    line = note.verifier_key(point.origin, opened.key.public_pem)
    if json:
        emit(ledger_rows.Signed(point.origin, point.size, point.root.hex(), line))
    else:
        tell(said("ledger.signed", size=point.size, origin=point.origin, line=line))
    return made


def _write(path: Path, content: bytes) -> None:
    _write_all(path, (content,))


def _write_all(path: Path, parts: Iterable[bytes]) -> None:
    """Whole or not at all. Raises Environment."""
    try:
        foreign.check_replaceable(path)
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=path.parent, prefix=f".{path.name}.", delete=False) as draft:
            try:
                for part in parts:
                    draft.write(part)
                draft.flush()
                os.fsync(draft.fileno())
                Path(draft.name).chmod(0o644)
                Path(draft.name).replace(path)
            except BaseException:
                Path(draft.name).unlink()
                raise
    except OSError as error:
        raise Environment("environment", path=path, detail=error.strerror) from error
