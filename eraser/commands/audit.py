"""`eraser audit`: certificates and folders of them, checked offline. Touches no device and needs no root."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from certificates.errors import NotAuthentic
from eraser import home
from eraser.commands.common import command as make_command
from eraser.commands.common import emit, json_option, option, said, shown, tell, there
from eraser.home import Home

if TYPE_CHECKING:
    from certificates.audit import Audit
    from certificates.audit.folder import Left
    from eraser import rows

FILE = click.Path(path_type=Path)


@make_command("audit")
@click.argument("files", nargs=-1, required=True, metavar="FILE|DIR...", type=FILE)
@option("--key", "key", multiple=True, type=FILE)
@option("--organisation", "organisation_keys", multiple=True, type=FILE)
@option("--policy", "audit_policy", to="policies", multiple=True, type=FILE)
@option("--table", "table", is_flag=True)
@json_option
def command(
    files: tuple[Path, ...],
    key: tuple[Path, ...],
    organisation: tuple[Path, ...],
    policies: tuple[Path, ...],
    table: bool,
    json: bool,
) -> int:
    return report(files, home.here(), key, organisation, policies, json=json, table=table)


def report(
    files: Sequence[Path],
    here: Home,
    keys: Iterable[Path] = (),
    organisations: Iterable[Path] = (),
    policies: Iterable[Path] = (),
    *,
    json: bool,
    table: bool = False,
) -> int:
    """Audit and tell; 0 if every certificate is authentic and none may lie in what was not audited, else 6. A folder without
    certificates is no success."""
    from eraser import auditing, trust

    whom = trust.judging_by(trust.here(here, keys, organisations), here, policies)
    good = bad = again = noted = 0
    gathered = auditing.gathered([there(file) for file in files], whom)
    for audited in gathered.audits:
        if json:
            emit(row(audited))
        else:
            tell(line(audited) if table else text(audited))
        noted += bool(audited.notes)
        if not audited.authentic:
            bad += 1
        elif audited.same_as is not None:
            again += 1
        else:
            good += 1
    for each in gathered.left:
        if json:
            emit(left_row(each))
        else:
            tell(said("audit.left.one", file=shown(each.path), why=each.message()))
    doubtful = sum(each.doubtful for each in gathered.left)
    if not good + bad + doubtful:
        raise NotAuthentic("audit.nothing", files=", ".join(shown(file) for file in files))
    if good + bad + again > 1:
        tell(said("audit.summary", count=good + bad, good=good, bad=bad, again=again), json=json)
    if gathered.left:
        which = "audit.left.doubt" if doubtful else "audit.left.count"
        tell(said(which, count=len(gathered.left), doubtful=doubtful), json=json)
    if noted and table:
        tell(said("audit.noted", count=noted), json=json)
    return NotAuthentic.exit_code if bad or doubtful else 0


def left_row(left: Left) -> rows.NotAudited:
    from eraser import rows

    return rows.NotAudited(str(left.path), left.why, left.message(), left.doubtful)


def row(audited: Audit) -> rows.Audited:
    from eraser import rows

    failed = [check for check in audited.checks if check.state == "failed"]
    return rows.Audited(
        file=audited.file,
        authentic=audited.authentic,
        unaltered=audited.unaltered,
        trusted=audited.trusted,
        number=audited.number,
        outcome=audited.outcome,
        key_id=audited.key_id,
        failed=tuple(check.number for check in failed),
        messages=tuple(check.message() for check in failed),
        hints=tuple(check.hint() for check in failed),
        notes=tuple(note.message() for note in audited.notes),
        schema=audited.schema,
        digest=audited.digest,
        same_as=audited.same_as,
    )


def line(audited: Audit) -> str:
    """One line a file, in columns: is it authentic, which checks failed, number, outcome, file. What is not authentic only claims it."""
    failed = ",".join(str(check.number) for check in audited.checks if check.state == "failed")
    state = said("audit.state.passed" if audited.authentic else "audit.state.failed")
    same = "=" if audited.same_as else ""
    outcome = said(f"outcome.{audited.outcome}") if audited.outcome else "-"
    if audited.outcome and not audited.authentic:
        outcome = said("audit.claims", outcome=outcome)
    return "\t".join((state + same, failed or "-", audited.number or "-", outcome, shown(audited.file)))


def text(audited: Audit) -> str:
    """One line for what is in order; for what is not, each failed check with its reason and what to do."""
    if audited.authentic:
        outcome = said(f"outcome.{audited.outcome}") if audited.outcome else "-"
        out = [said("audit.good", file=shown(audited.file), number=audited.number or "-", outcome=outcome)]
    else:
        out = [said("audit.bad", file=shown(audited.file))]
    for check in audited.checks:
        if check.state == "failed":
            out.append(f"  {check.number} {check.title()}: {check.message()}")
            out.append(f"    {check.hint()}")
    out += [f"  {note.message()}" for note in audited.notes]
    return "\n".join(out)
