"""The verdict: what one policy says of what was done to one medium. Pure, so that anybody gets the same from the same facts.

For a wipe, `judgement.deed` makes the Deed from the facts. For a physical destruction make it yourself:

    from certificates import policy
    deed = policy.Deed("usb-flash", "chip-cut", verified="witnessed")
    verdict = policy.judge("mic-r8.3", policy.built_in()["mic-r8.3"], deed, "mynumber")

and put the Verdict into the record as it is; the words for its `reasons` are `verdict.*`, for its fields `page.category.*` and
`page.sufficiency.*`. `policy.techniques()` has the names of the methods; those that act on matter have `acts == "physical"`.
"""

from __future__ import annotations

from typing import Literal

import msgspec

from certificates.policy.table import _RANK, NEVER_PURGED, Policy, Row, techniques
from certificates.record import Category, DataClass, MediaType, Sufficiency, Verdict

Verified = Literal["full", "nist-r1", "sample", "witnessed", "no"]
_SUFFICIENCY: tuple[Sufficiency, ...] = ("not-sufficient", "not-confirmed", "sufficient")


class Deed(msgspec.Struct, frozen=True):
    """What was done, as far as a policy asks.

    `completed`: to its end. `exceptions`: places were left out (bad sectors). `verified`: by reading everything back, by SP 800-88r1's
    sample, by some other sample; for a physical destruction, by a witness or by photographs before and after ("witnessed").
    `passes` and `complement` (some pass wrote the complement of the one before it): host overwrite only. `particle_mm`: the largest
    particle that a shredder leaves, as its maker states it.
    """

    media_type: MediaType
    technique: str
    completed: bool = True
    exceptions: bool = False
    verified: Verified = "no"
    hidden_areas: Literal["none-found", "present", "not-examined"] = "not-examined"
    is_file: bool = False
    passes: int = 1
    complement: bool = False
    particle_mm: float | None = None


class _Finding:
    """A verdict under way. It only ever gets worse."""

    def __init__(self, row: Row | None, data_class: DataClass | None) -> None:
        self.category: Category = "not-confirmed" if row is None else row.category
        self.sufficiency: Sufficiency = "not-confirmed"
        self.reasons: list[str] = [] if row is None else list(row.reasons)
        if self.category == "not-confirmed" and not self.reasons:
            self.reasons.append("edition-silent")
        if row is not None and row.sure == "own":
            self.reasons.append("own-rule")
        if row is not None and data_class is not None:
            if (grade := row.data.get(data_class)) is None:
                self.reasons.append("class-not-seen")
            else:
                self.sufficiency = grade.sufficiency
                self.reasons += [grade.reason] if grade.reason else []

    def limit(self, reason: str, category: Category | None = None, sufficiency: Sufficiency | None = None) -> None:
        """Take back what was granted, as far as it goes beyond what is named here."""
        if category is not None and self.category != "none":
            self.category = category
        if sufficiency is not None:
            self.sufficiency = min(self.sufficiency, sufficiency, key=_SUFFICIENCY.index)
        self.reasons.append(reason)


def judge(name: str, policy: Policy, deed: Deed, data_class: DataClass | None = None) -> Verdict:
    """What the policy `name` says of the deed; with a class of data, also whether it suffices for that.

    Without a class, and where the policy doesn't grade data, `sufficiency` is None. Raises KeyError for an unknown technique.
    """
    technique = techniques()[deed.technique]
    row = policy.row(deed.technique, deed.media_type)
    found = _Finding(row, data_class if policy.grades_data else None)
    if not deed.completed:
        found.reasons = []
        found.limit("not-completed", "none", "not-sufficient")
    else:
        if row is not None:
            _conditions(found, row, deed)
        _coverage(found, deed, acts=technique.acts)
        _verification(found, deed)
    # Whatever a table says: these are not the table's to grant (facts that no policy can change).
    if _RANK[found.category] > _RANK[technique.most]:
        found.category = technique.most
    if found.category == "purge" and deed.media_type in NEVER_PURGED:
        found.limit("usb-flash-ranks", "not-confirmed", "not-confirmed")
    return Verdict(
        policy=name,
        edition=policy.edition,
        category=found.category,
        reasons=tuple(dict.fromkeys(found.reasons)),
        data_class=data_class,
        sufficiency=found.sufficiency if data_class is not None and policy.grades_data else None,
        sure="not-confirmed" if row is None else row.sure,
        table_digest=policy.digest,
    )


def _conditions(found: _Finding, row: Row, deed: Deed) -> None:
    """What the row asks for beyond the technique itself."""
    if deed.passes < row.passes_at_least:
        known = deed.media_type != "unknown"
        found.limit(
            "passes-too-few", "none" if known else "not-confirmed", "not-sufficient" if known else "not-confirmed"
        )
    elif row.asks_complement and not deed.complement:
        found.reasons.append("not-complement")
    if row.particle_mm_at_most is not None:
        if deed.particle_mm is None:
            found.limit("particle-unknown", "not-confirmed", "not-confirmed")
        elif deed.particle_mm > row.particle_mm_at_most:
            found.limit("particle-too-large", "none", "not-sufficient")


def _coverage(found: _Finding, deed: Deed, *, acts: str) -> None:
    """What the deed did not reach."""
    if acts == "physical":
        return
    more_than_clear = _RANK[found.category] > _RANK["clear"]
    if deed.is_file:
        found.limit("image-file", "not-confirmed", "not-confirmed")
    if deed.exceptions:
        found.limit("unwritten-sectors", "not-confirmed" if more_than_clear else None, "not-sufficient")
    if deed.hidden_areas == "present":
        found.limit("hidden-areas-present", "not-confirmed" if more_than_clear else None, "not-sufficient")
    elif deed.hidden_areas == "not-examined" and more_than_clear:
        found.reasons.append("hidden-areas-unknown")  # Clear is about what the host can address, and no more


def _verification(found: _Finding, deed: Deed) -> None:
    """What wasn't verified isn't sufficient."""
    if deed.verified == "no":
        found.limit("not-verified", None, "not-sufficient")
    elif deed.verified == "sample":
        found.limit("sample-not-graded", None, "not-confirmed")


def ceiling(technique: str, media_type: MediaType) -> frozenset[Category]:
    """The categories that any policy, known or not, may grant a technique on a kind of medium."""
    most = techniques()[technique].most
    return frozenset(
        category
        for category, rank in _RANK.items()
        if rank <= _RANK[most] and not (category == "purge" and media_type in NEVER_PURGED)
    )
