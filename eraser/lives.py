"""The lives of media on this station: what its ledger tells, the limits that its owner set, and the warning that follows."""

from __future__ import annotations

import os
import re

import msgspec

from certificates import canonical, foreign, history, life
from certificates.errors import Usage
from certificates.history import Fact
from certificates.identity import of_medium
from certificates.language import text
from certificates.life import Life, Limits
from certificates.record import Health, Medium, Record
from eraser import config, proofs, trust
from eraser.clock import Clock
from eraser.home import Home


def limits(here: Home) -> Limits:
    """From the environment (ERASER_MAX_WIPES, ERASER_MAX_YEARS), else from the configuration. Raises Usage, Environment."""
    told = config.read(here.root).limits
    wipes, years = _number("ERASER_MAX_WIPES"), _number("ERASER_MAX_YEARS")
    return Limits(told.max_wipes if wipes is None else int(wipes), told.max_years if years is None else years)


def _number(variable: str) -> float | None:
    value = os.environ.get(variable)
    if not value:
        return None
    if not re.fullmatch(r"[0-9]{1,6}(\.[0-9]{1,3})?", value):
        raise Usage("usage.limit", variable=variable, value=value)
    return float(value)


def warning(medium: Medium, asset_tag: str | None, facts: tuple[Fact, ...], wanted: Limits) -> str | None:
    """The sentence for a medium that has reached a limit."""
    told = life.of(history.of_one(facts, of_medium(medium, asset_tag).identity))
    return None if told is None else sentence(told, wanted)


def sentence(told: Life, wanted: Limits) -> str | None:
    over = told.over(wanted, Clock().now())
    if not over:
        return None
    return text("life.over", first=told.first[:10], wipes=told.wipes, reached=text("life.and").join(map(_limit, over)))


def facts_if_limited(here: Home, wanted: Limits) -> tuple[Fact, ...]:
    """What this station knows; nothing is read where no limit was set."""
    return proofs.known(here, trust.here(here))[0].facts if wanted.any else ()


def health(story: tuple[Fact, ...], here: Home) -> Health | None:
    """What the drive last said of itself, on the newest certificate that is here and that the ledger vouches for."""
    for fact in reversed(story):
        if fact.digest is None or fact.began is None:
            continue
        try:
            raw = foreign.read(here.certificates / f"{fact.number}.json", foreign.LARGEST_PROOF)
            record = msgspec.json.decode(raw, type=Record) if canonical.digest(raw) == fact.digest else None
        except (OSError, msgspec.DecodeError, UnicodeDecodeError):
            continue
        if record is not None and (told := record.health_after or record.health_before) is not None:
            return told
    return None


def _limit(name: str) -> str:
    return text(f"life.limit.{name}")
