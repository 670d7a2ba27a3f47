"""A drive may show itself as several media: what the parts beside one of them mean for a claim, and how they are told. Pure."""

from __future__ import annotations

from certificates import language
from certificates.language import Language
from certificates.record import Medium, Sibling

# Of these, former data may be on the same drive. A slot's medium is another one, as a rule; and only the holder of its key writes to a
# replay-protected area.
OF_THE_DRIVE = frozenset({"namespace", "unit", "area"})
RISKS = ("other-parts", "replay-protected", "other-slots")
MOST_LISTED = 6


def of_the_drive(medium: Medium) -> tuple[Sibling, ...]:
    """The other parts of the drive on which data may be: the drive is erased only when each of them is."""
    return tuple(each for each in medium.siblings if each.kind in OF_THE_DRIVE)


def risks(medium: Medium) -> tuple[str, ...]:
    """What these leave open: those of RISKS that are due, keys of the words table below `risk`."""
    return tuple(risk for risk in RISKS if _others(medium, risk))


def _others(medium: Medium, risk: str) -> list[Sibling]:
    kinds = {"replay-protected": {"replay-protected"}, "other-slots": {"slot"}}.get(risk, OF_THE_DRIVE)
    return [each for each in medium.siblings if each.kind in kinds]


def values(medium: Medium, risk: str, lang: Language | None) -> dict[str, str]:
    """What goes into the sentence of one of these risks."""
    others = _others(medium, risk)
    listed = [told(each, lang) for each in others[:MOST_LISTED]]
    if len(others) > MOST_LISTED:
        listed.append(language.text("part.more", lang, count=len(others) - MOST_LISTED))
    own = next((each.kind for each in others), "unit")
    return {"own": _named(own, medium.part or "-", lang), "others": language.text("part.and", lang).join(listed) or "-"}


def sentences(medium: Medium, lang: Language | None = None) -> tuple[str, ...]:
    """All of it, in words."""
    return tuple(language.text(f"risk.{risk}", lang, **values(medium, risk, lang)) for risk in risks(medium))


def told(sibling: Sibling, lang: Language | None) -> str:
    """One other part: what it is, its node, its size."""
    from certificates.page import figures

    size = figures.size(sibling.capacity_bytes)
    return f"{_named(sibling.kind, sibling.part, lang)} ({sibling.node}, {size})"


def _named(kind: str, part: str, lang: Language | None) -> str:
    return language.text(f"part.{kind}", lang, part=part)
