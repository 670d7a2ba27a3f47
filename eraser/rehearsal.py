"""`--dry-run`: where reading back would look, how long that would take, and what it would prove. It only reads."""

from __future__ import annotations

from certificates import language
from certificates.record import Content, Medium
from eraser import meaning, progress, rows
from verifier import claims, measuring
from verifier.plans import Plan
from verifier.reading import Reader


def planned(
    target: str,
    method: str,
    passes: int,
    medium: Medium,
    content: Content,
    plan: Plan,
    reader: Reader,
    *,
    gaps: bool = False,
) -> rows.Planned:
    """The row for one target; `content` is what the last pass would have written. Reads from the device for about a second.

    `gaps`: some sectors are not compared, so that nothing could be claimed of the whole.
    """
    seconds = measuring.expected_seconds(reader, plan)
    return rows.Planned(
        target=target,
        method=method,
        passes=passes,
        bytes=medium.capacity_bytes,
        plan=plan.name,
        places=len(plan.places),
        read=plan.bytes_to_read,
        drawn=plan.independent_places,
        seconds=None if seconds is None else round(seconds, 3),
        claim=None if gaps else meaning.kept(claims.foretold(plan)),
        proves=(language.text("proof.gaps"),) if gaps else meaning.foretold(plan, medium, content),
    )


def lines(row: rows.Planned) -> list[str]:
    """The row for a person, without what would be written."""
    reading = language.text(
        "foretold.reading_places" if row.drawn else "foretold.reading",
        target=row.target,
        plan=progress.plan(row.plan),
        places=f"{row.drawn:,}",
        read=f"{row.read:,}",
        time=_about(row.seconds),
    )
    return [reading, *(language.text("say.proves", sentence=sentence) for sentence in row.proves)]


def _about(seconds: float | None) -> str:
    if seconds is None:
        return language.text("foretold.unknown")
    for unit, length in (("hours", 3600), ("minutes", 60), ("seconds", 1)):
        if seconds >= 2 * length or length == 1:
            return language.text(f"foretold.{unit}", count=max(1, round(seconds / length)))
    raise AssertionError("unreachable")
