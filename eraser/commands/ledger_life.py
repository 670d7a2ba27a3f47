"""`eraser ledger life`: since when a medium is in use, how often it was wiped, how its drive was, and whether it is due."""

from __future__ import annotations

import click

from certificates import history, life
from certificates.errors import LedgerInconsistent, Usage
from certificates.identity import identity
from certificates.life import Life, Limits
from eraser import ledger_rows, lives, proofs, trust
from eraser.clock import Clock
from eraser.commands.common import (
    Command,
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


@click.command("life", cls=Command, help=said("help.ledger_life.text"))
@lang_option
@click.argument("who", required=False, metavar="[SERIAL]")
@option("--max-wipes", "life.max_wipes", type=click.IntRange(1))
@option("--max-years", "life.max_years", type=click.FloatRange(0))
@json_option
def command(who: str | None, max_wipes: int | None, max_years: float | None, json: bool) -> int:
    here = station_home()
    set_limits = lives.limits(here)
    limits = Limits(max_wipes or set_limits.max_wipes, max_years if max_years is not None else set_limits.max_years)
    known, book = proofs.known(here, trust.here(here))
    facts = known.facts
    stories = life.all_of(facts) if who is None else (history.of_one(facts, identity(who, who, who)),)
    if who is not None and not stories[0]:
        raise Usage("usage.unknown_medium", who=who)
    for story in stories:
        told = life.of(story, lives.health(story, here))
        if told is not None:
            _show(told, limits, json=json)
    walled_off(book.walled)
    return LedgerInconsistent.exit_code if book.walled else 0


def _show(told: Life, limits: Limits, *, json: bool) -> None:
    now = Clock().now()
    if json:
        emit(
            ledger_rows.LifeRow(
                medium=told.named,
                first=told.first,
                last=told.last,
                years=round(told.years(now), 2),
                wipes=told.wipes,
                failures=told.failures,
                ended=told.ended,
                health=told.health,
                over=told.over(limits, now),
            )
        )
        return
    tell(
        shown(
            said(
                "life.line",
                who=told.named,
                first=told.first[:10],
                years=f"{told.years(now):.1f}",
                wipes=told.wipes,
                failures=told.failures,
            )
        )
    )
    if told.health is not None:
        tell("  " + said("life.health", at=told.health.at, state=said(f"life.state.{_state(told)}")))
    if warning := lives.sentence(told, limits):
        tell("  " + warning)


def _state(told: Life) -> str:
    passed = told.health.passed if told.health else None
    return "unknown" if passed is None else "good" if passed else "bad"
