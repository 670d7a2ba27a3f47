"""`--verify PLAN` and what goes with it, as `wipe` and `verify` have it."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any, TypeVar, get_args

import click

from certificates.errors import Usage
from eraser.commands.common import option, said
from verifier.plans import MOST_PLACES, PlanName, SampleSize

F = TypeVar("F", bound=Callable[..., Any])


class Percent(click.ParamType[str]):
    """A percentage, given back as the fraction that the record holds: 99.9 -> "0.999"."""

    name = "percent"

    def __init__(self, least: str, most: str) -> None:
        self._least, self._most = Decimal(least), Decimal(most)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        match = re.fullmatch(r"([0-9]{1,3}(?:\.[0-9]{1,6})?) ?%?", str(value))
        if match is None or not self._least <= Decimal(match[1]) <= self._most:
            self.fail(said("usage.percent", value=value, least=self._least, most=self._most), param, ctx)
        return f"{Decimal(match[1]).scaleb(-2).normalize():f}"


# Within these bounds a sample has at most 1.4 million places. Below 50 % a coin would convince as much.
CONFIDENCE = Percent("50", "99.9999")
RESIDUAL = Percent("0.001", "50")


def plan_options(function: F) -> F:
    """Gives the command `verify`, the plan's name, and `size`, which is None but for the plan `sample`."""

    @functools.wraps(function)
    def with_plan(confidence: str | None, residual: str | None, places: int | None, **others: Any) -> Any:
        return function(size=sample_size(others["verify"], confidence, residual, places), **others)

    decorated: Any = with_plan
    for decorate in (
        option("--places", "places", type=click.IntRange(1, MOST_PLACES), metavar="N"),
        option("--residual", "residual", type=RESIDUAL, metavar="PERCENT"),
        option("--confidence", "confidence", type=CONFIDENCE, metavar="PERCENT"),
        option("--verify", "verify", type=click.Choice(get_args(PlanName)), default="full", show_default=True),
    ):
        decorated = decorate(decorated)
    found: F = decorated
    return found


def sample_size(plan: PlanName, confidence: str | None, residual: str | None, places: int | None) -> SampleSize | None:
    """How large a sample is asked for. Raises Usage for options that contradict each other."""
    if plan != "sample":
        if confidence or residual or places:
            raise Usage("usage.only_sample", plan=plan)
        return None
    if places and residual:
        raise Usage("usage.places_or_residual")
    usual = SampleSize()
    return SampleSize(confidence or usual.confidence, None if places else residual or usual.residual, places)
