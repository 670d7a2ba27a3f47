"""`eraser audit`: certificates and folders of them, checked offline. Touches no device and needs no root."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from certificates import csv_text
from certificates.errors import NotAuthentic, Usage
from certificates.language import in_force
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
@option("--csv", "audit_csv", to="csv", type=click.Path(path_type=Path, dir_okay=False))
@json_option
def command(
    files: tuple[Path, ...],
    key: tuple[Path, ...],
    organisation: tuple[Path, ...],
    policies: tuple[Path, ...],
    table: bool,
    csv: Path | None,
    json: bool,
) -> int:
    if csv is not None and os.path.lexists(csv):
        raise Usage("usage.exists", path=shown(csv))
    return report(files, home.here(), key, organisation, policies, json=json, table=table, csv=csv)


def report(
    files: Sequence[Path],
    here: Home,
    keys: Iterable[Path] = (),
    organisations: Iterable[Path] = (),
    policies: Iterable[Path] = (),
    *,
    json: bool,
    table: bool = False,
    csv: Path | None = None,
) -> int:
    """Audit and tell; 0 if every certificate is authentic and none may lie in what was not audited, else 6. A folder without
    certificates is no success. In a table what is not authentic comes last, where whoever reads it ends."""
    from eraser import auditing, durable, trust

    whom = trust.judging_by(trust.here(here, keys, organisations), here, policies)
    good = bad = again = noted = 0
    outcomes: Counter[str] = Counter()
    listed: list[tuple[str, ...]] = []
    last: list[str] = []
    gathered = auditing.gathered([there(file) for file in files], whom)
    for audited in gathered.audits:
        if json:
            emit(row(audited))
        elif not table:
            tell(text(audited))
        elif audited.authentic:
            tell(line(audited))
        else:
            last.append(line(audited))
        if csv is not None:
            listed.append(cells(audited))
        noted += bool(audited.notes)
        if not audited.authentic:
            bad += 1
        elif audited.same_as is not None:
            again += 1
        else:
            good += 1
            outcomes[str(audited.outcome)] += 1
    for told in last:
        tell(told)
    if csv is not None and listed:
        # Not over one that came there meanwhile.
        durable.new(csv, csv_text.encode([said(f"audit.column.{name}") for name in COLUMNS], listed))
    for each in gathered.left:
        if json:
            emit(left_row(each))
        else:
            tell(said("audit.left.one", file=shown(each.path), why=each.message()))
    doubtful = sum(each.doubtful for each in gathered.left)
    if not good + bad + doubtful:
        raise NotAuthentic("audit.nothing", files=", ".join(shown(file) for file in files))
    if good + bad + again > 1:
        tell(_summary(good, bad, again, outcomes), json=json)
    if gathered.left:
        which = "audit.left.doubt" if doubtful else "audit.left.count"
        tell(said(which, count=len(gathered.left), doubtful=doubtful), json=json)
    if noted and table:
        tell(said("audit.noted", count=noted), json=json)
    return NotAuthentic.exit_code if bad or doubtful else 0


def _summary(good: int, bad: int, again: int, outcomes: Counter[str]) -> str:
    """How many, and how those that are authentic ended: authentic is also the paper of a wipe that failed."""
    apart = "、" if in_force() == "ja" else ", "
    kinds = apart.join(
        said("audit.count", count=count, outcome=said(f"audit.ended.{outcome}"))
        for outcome, count in outcomes.most_common()
    )
    facts = {"count": good + bad, "good": good, "bad": bad, "again": again}
    return said("audit.summary" if good else "audit.summary_none", outcomes=kinds, **facts)


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


COLUMNS = ("state", "failed", "number", "outcome", "file")


def line(audited: Audit) -> str:
    """One line a file, in the columns of the table."""
    return "\t".join(map(shown, cells(audited)))


def cells(audited: Audit) -> tuple[str, ...]:
    """Is it authentic, which checks failed, number, outcome and what that does not suffice for, file. What is not authentic only claims
    its outcome."""
    failed = ",".join(str(check.number) for check in audited.checks if check.state == "failed")
    state = said("audit.table.authentic" if audited.authentic else "audit.table.not-authentic")
    same = "=" if audited.same_as else ""
    outcome = _outcome(audited)
    if audited.outcome and not audited.authentic:
        outcome = said("audit.claims", outcome=outcome)
    return state + same, failed or "-", audited.number or "-", outcome, audited.file


def _outcome(audited: Audit) -> str:
    """The outcome in words, and what an erasure does not do for its data."""
    from certificates import judgement  # not for --help

    if audited.outcome is None:
        return "-"
    told, verdicts = said(f"outcome.{audited.outcome}"), getattr(audited.record, "verdicts", ())
    short = judgement.shortfall(verdicts) if audited.outcome in judgement.ERASED else None
    if short is None:
        return told
    lacking = said(f"page.lacking.{short[1]}", data=said(f"page.data-class.{short[0]}"))
    return said("audit.outcome_lacking", outcome=told, lacking=lacking)


def text(audited: Audit) -> str:
    """One line for what is in order; for what is not, each failed check with its reason and what to do."""
    if audited.authentic:
        outcome = _outcome(audited)
        out = [said("audit.good", file=shown(audited.file), number=audited.number or "-", outcome=outcome)]
    else:
        out = [said("audit.bad", file=shown(audited.file))]
    for check in audited.checks:
        if check.state == "failed":
            out.append(f"  {check.number} {check.title()}: {check.message()}")
            out.append(f"    {check.hint()}")
    out += [f"  {note.message()}" for note in audited.notes]
    return "\n".join(out)
