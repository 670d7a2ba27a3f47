"""`eraser policies`: the tables that judge an erasure, and one of them explained row by row."""

from __future__ import annotations

from pathlib import Path

import click

from certificates import language, policy
from certificates.errors import Usage
from certificates.policy import Policy, Row
from certificates.values import Words
from eraser import home, rows
from eraser.commands.common import command as make_command
from eraser.commands.common import emit, json_option, said, shown, tell


@make_command("policies")
@click.argument("policy_id", required=False, metavar="[ID|FILE]")
@json_option
def command(policy_id: str | None, json: bool) -> None:
    chosen = asked_for(policy_id)
    for name, table in chosen.items():
        if json:
            emit(rows.PolicyTable(name, table.digest, table))
        elif policy_id is None:
            tell(f"{name:18} {shown(table.edition)} [{'; '.join(marks(table))}]")
        else:
            tell(explained(name, table))
    if not json:
        tell(said("policies.silent"))


def asked_for(policy_id: str | None) -> dict[str, Policy]:
    """All policies, or those of an id or a file. Raises Usage, Environment."""
    if policy_id is not None and policy_id.endswith(".toml"):
        return policy.own(Path(policy_id))
    known = policy.table(home.here().root)
    if policy_id is None:
        return known
    if policy_id not in known:
        raise Usage("usage.policy", policy=policy_id, known=", ".join(known))
    return {policy_id: known[policy_id]}


def marks(table: Policy) -> list[str]:
    """What sets a policy apart."""
    is_own = any(row.sure == "own" for row in table.rows)
    found = [said("policies.withdrawn", date=shown(table.withdrawn)) if table.withdrawn else said("policies.current")]
    found += [said("policies.own")] if is_own else []
    found += [said("policies.by_default")] if table.by_default else []
    found += [said("policies.grades")] if table.grades_data else []
    return found


def explained(name: str, table: Policy) -> str:
    """Everything that is known of one policy."""
    out = [f"{name}: {shown(_in_language(table.name))} [{'; '.join(marks(table))}]"]
    out.append("  " + said("policies.edition", edition=shown(table.edition)))
    out.append("  " + said("policies.digest", digest=table.digest))
    out += ["  " + shown(_in_language(table.note))] if table.note else []
    for row in table.rows:
        out += ["", *(f"  {line}" for line in lines(row))]
    return "\n".join(out)


def lines(row: Row) -> list[str]:
    """A row in words."""
    apart = "、" if language.in_force() == "ja" else ", "
    names = apart.join(_in_language(policy.techniques()[each].name) for each in row.techniques)
    media = apart.join(said(f"page.medium.{each}") for each in row.media)
    told = [said("policies.row", category=said(f"page.category.{row.category}"), techniques=names, media=media)]
    for data_class, grade in row.data.items():
        data, sufficiency = said(f"page.data-class.{data_class}"), said(f"page.sufficiency.{grade.sufficiency}")
        told.append("  " + said("policies.data", data=data, sufficiency=sufficiency))
    reasons = dict.fromkeys([*row.reasons, *(grade.reason for grade in row.data.values() if grade.reason)])
    if reasons:
        told.append("  " + said("policies.reasons", reasons=" ".join(said(f"verdict.{each}") for each in reasons)))
    if row.passes_at_least > 1:
        told.append("  " + said("policies.passes", count=row.passes_at_least))
    if row.particle_mm_at_most is not None:
        told.append("  " + said("policies.particle", mm=row.particle_mm_at_most))
    source = shown(row.source) if row.source else said("policies.no_source")
    told.append("  " + said("policies.sure", sure=said(f"page.sure.{row.sure}"), source=source))
    return told


def _in_language(words: Words) -> str:
    return words.ja if language.in_force() == "ja" else words.en
