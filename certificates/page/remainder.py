"""What remains: exceptions, interruptions, and the risks that no overwrite takes away."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from certificates import parts
from certificates.page import figures, rows
from certificates.page import typography as ty
from certificates.page.blocks import Block, Cell, prose, table
from certificates.page.glyphs import spelt
from certificates.page.say import Phrase
from certificates.page.verification import claim_values
from certificates.page.writer import DASH, MAIN, Writer
from certificates.record import Finding
from certificates.values import LbaRange

LONGEST_DETAIL = 90


def blocks(writer: Writer) -> tuple[Block, ...]:
    exceptions = _exceptions(writer)
    found = (
        [table(rows.columns(writer, exceptions=34, sector_count=16, lbas=72), exceptions, MAIN)] if exceptions else []
    )
    found.append(prose([_in_a_line(writer, bool(exceptions))], MAIN))
    if rows.stops(writer.record):
        found.append(_interruptions(writer))
    risks = [_risk(writer, code) for code in writer.record.residual_risks] or [writer.say("page.none")]
    found.append(prose(risks, MAIN, ty.NOTE if writer.limits.small else ty.TEXT, mark="■"))
    return tuple(found)


def _exceptions(writer: Writer) -> list[tuple[Cell, ...]]:
    record, say, found = writer.record, writer.say, []
    unwritable = rows.merged([extent for each in record.passes for extent in each.unwritable])
    if unwritable:
        kind, number = say("page.finding.unwritable"), figures.sectors(unwritable)
        found.append(_exception(writer, kind, number, unwritable, "unwritable"))
    if (seen := record.verification) is not None:
        other = [each for each in seen.findings if each.kind != "unreadable"]
        lost = [each for each in seen.findings if each.kind == "unreadable"]
        if seen.different_sectors or other:
            writer.annexed.topics.add("findings")
            extents = _extents(other)
            found.append(_exception(writer, _kinds(writer, other), seen.different_sectors, extents, "findings"))
        if seen.unreadable_sectors or lost:
            kind, extents = say("page.finding.unreadable"), _extents(lost)
            found.append(_exception(writer, kind, seen.unreadable_sectors, extents, "findings"))
    return found


def _exception(writer: Writer, kind: Phrase, number: int, extents: Sequence[LbaRange], topic: str) -> tuple[Cell, ...]:
    """A kind, how many sectors, and where; what is not listed here is in the annex."""
    listed = ", ".join(figures.lbas(extent) for extent in extents[: writer.limits.ranges]) or DASH
    if len(extents) > writer.limits.ranges or figures.sectors(extents) < number:
        writer.annexed.topics.add(topic)
        listed = f"{listed}, … {writer.say('page.annexed')[0]}"
    return kind, (figures.count(number),), (listed,)


def _extents(findings: Sequence[Finding]) -> tuple[LbaRange, ...]:
    return rows.merged([each.lbas for each in findings])


def _kinds(writer: Writer, findings: Sequence[Finding]) -> Phrase:
    kinds = dict.fromkeys(each.kind for each in findings) or ("different",)
    return writer.together([writer.say(f"page.finding.{kind}") for kind in kinds], ("、", ", "))


def _in_a_line(writer: Writer, exceptions: bool) -> Phrase:
    """What can be said in a word."""
    record, say = writer.record, writer.say
    told = {}
    if not exceptions:
        told["exceptions"] = say("page.none")
    if not rows.stops(record):
        told["interruptions"] = say("page.none")
    told["hidden"] = say(f"page.hidden.{record.coverage.hidden_areas}")
    if record.health_before is None and record.health_after is None:
        told["health"] = say("page.not-recorded")
    if (continues := say.given(record.continues)) is not None:
        told["continues"] = continues * len(say.languages)
    return writer.together([writer.led(writer.label(name), text) for name, text in told.items()], ("　", ";  "))


def _interruptions(writer: Writer) -> Block:
    """The last ones; all of them in the annex if they are many or long."""
    stops = rows.stops(writer.record)
    shown = stops[-writer.limits.interruptions :]
    if len(shown) < len(stops) or any(len(each.detail) > LONGEST_DETAIL for each in stops):
        writer.annexed.topics.add("interruptions")
    return rows.interruptions(writer, [msgspec.structs.replace(each, detail=_short(each.detail)) for each in shown])


def _short(text: str) -> str:
    return text if len(text) <= LONGEST_DETAIL else text[: LONGEST_DETAIL - 1] + "…"


def _risk(writer: Writer, code: str) -> Phrase:
    medium = writer.record.medium
    if code in parts.RISKS:
        told = [parts.values(medium, code, each) for each in writer.say.languages]
        return writer.say(f"risk.{code}", **{name: tuple(spelt(each[name]) for each in told) for name in told[0]})
    if code != "sample":
        return writer.say(f"risk.{code}")
    values = claim_values(writer.record.verification)
    return writer.say("risk.sample-unclaimed") if values is None else writer.say("risk.sample", **values)
