"""The page of a destruction: what was destroyed, how, by whom and before whose eyes, and whether that way suffices."""

from __future__ import annotations

from collections.abc import Sequence

from certificates.destruction import SUFFICES, DestructionRecord, Item
from certificates.page import photographs, rows
from certificates.page import typography as ty
from certificates.page.blocks import Block, Cell, fields, prose, table
from certificates.page.dates import moment
from certificates.page.erasure import reasons
from certificates.page.front import Section
from certificates.page.heading import Title
from certificates.page.say import Phrase
from certificates.page.writer import DASH, MAIN, Limits, Pen
from certificates.record import MediaType, Verdict

ON_THE_FIRST_PAGE = 10


class DestructionPen(Pen):
    """Writes the record of a destruction."""

    def __init__(self, record: DestructionRecord, limits: Limits) -> None:
        super().__init__(record, limits)
        self.record = record


def title(pen: DestructionPen) -> Title:
    """A certificate only where the way suffices; anything else is a report."""
    if pen.record.outcome in SUFFICES:
        return Title(pen.say(f"page.destruction.{pen.record.outcome}"), None, None)
    return Title(pen.say("page.destruction.report"), None, pen.say(f"page.destruction.{pen.record.outcome}"))


def statement(pen: DestructionPen) -> Phrase:
    """What is certified, for how many media; and that people told it, and nothing measured it."""
    count = f"{len(pen.record.items):,}"
    told = pen.say(f"page.destruction.statement.{pen.record.outcome}", count=count)
    return pen.together([told, pen.say("page.destruction.told")])


def sections(pen: DestructionPen) -> tuple[Section, ...]:
    parts = {
        "destruction-way": _way(pen),
        "destruction-media": _media(pen),
        "destruction-verdicts": _verdicts(pen),
        "people": _people(pen),
        "evidence": _evidence(pen),
    }
    return tuple(Section(pen.say(f"page.section.{name}"), blocks) for name, blocks in parts.items() if blocks)


def annex(pen: DestructionPen) -> tuple[Section, ...]:
    """All media of a box, and the photographs."""
    parts: dict[str, Block] = {}
    if len(pen.record.items) > ON_THE_FIRST_PAGE:
        parts["destruction-media"] = _table(pen, pen.record.items)
    if pen.annexed.texts:
        parts["texts"] = table(rows.columns(pen, entry=30, text=100), list(pen.annexed.texts), MAIN)
    if len(pen.record.evidence) > pen.limits.evidence:
        parts["evidence"] = rows.evidence(pen, pen.record.evidence)
    if any(each.copy for each in pen.record.evidence):
        parts["photographs"] = photographs.block(pen, pen.record.evidence)
    return tuple(Section(pen.say(f"page.section.{name}"), (block,)) for name, block in parts.items())


def _way(pen: DestructionPen) -> tuple[Block, ...]:
    record, way, field = pen.record, pen.record.way, pen.field
    name = pen.say.per_language({"ja": way.name.ja, "en": way.name.en})
    figures = {
        "particle": None if way.particle_mm is None else f"{way.particle_mm} mm",
        "holes": None if way.holes is None else f"{way.holes:,}",
        "field": None if way.field_gauss is None else f"{way.field_gauss:,} G ({way.field_gauss / 10_000:.2f} T)",
    }
    told = [field(f"destruction-{key}", (text,), 3) for key, text in figures.items() if text is not None]
    stamp = moment(record.done)
    grid = [
        [field("destruction-technique", name, 8, ty.STRONG), *told],
        [
            field("destruction-equipment", pen.say.given(way.equipment), 6),
            field("destruction-done", (f"{stamp.stamp} {stamp.zone}",), 6),
        ],
    ]
    return (fields(grid, MAIN),)


def _media(pen: DestructionPen) -> tuple[Block, ...]:
    """All of them if they are few; else how many of each kind, and the list in the annex."""
    items = pen.record.items
    if len(items) <= ON_THE_FIRST_PAGE:
        return (_table(pen, items),)
    counts: dict[tuple[MediaType, str], int] = {}
    for item in items:
        key = item.media_type, pen.record.outcome_of(item)
        counts[key] = counts.get(key, 0) + 1
    told: list[tuple[Cell, ...]] = [
        (pen.say(f"page.medium.{kind}"), (f"{count:,}",), pen.say(f"page.destruction.item.{outcome}"))
        for (kind, outcome), count in counts.items()
    ]
    heads = rows.columns(pen, media_type=50, destruction_count=20, destruction_result=50)
    return (table(heads, told, MAIN), prose([pen.say("page.annexed")], MAIN, ty.NOTE))


def _table(pen: DestructionPen, items: Sequence[Item]) -> Block:
    heads = rows.columns(
        pen, destruction_row=8, asset_tag=30, serial=40, model=32, media_type=34, destruction_earlier=34,
        destruction_result=34,
    )  # fmt: skip
    told = [_row(pen, number, item) for number, item in enumerate(items, start=1)]
    return table(heads, told, MAIN)


def _row(pen: DestructionPen, number: int, item: Item) -> tuple[Cell, ...]:
    given, medium = pen.say.given, item.medium
    earlier: Phrase = (DASH,)
    if item.earlier is not None:
        earlier = pen.together(
            [(item.earlier.number,) * len(pen.say.languages), _fact(pen, item.earlier.outcome)], (" ", " ")
        )
    return (
        (str(number),),
        given(medium.asset_tag) or (DASH,),
        given(medium.serial) or given(medium.wwn) or (DASH,),
        given(" ".join(part for part in (medium.vendor, medium.model) if part)) or (DASH,),
        pen.say(f"page.medium.{item.media_type}"),
        earlier,
        pen.say(f"page.destruction.item.{pen.record.outcome_of(item)}"),
    )


def _fact(pen: DestructionPen, outcome: str) -> Phrase:
    return pen.say(f"page.destruction.earlier.{outcome}")


def _verdicts(pen: DestructionPen) -> tuple[Block, ...]:
    """Once for each kind of medium, since nothing else of a medium decides."""
    told = [(judged.media_type, each) for judged in pen.record.judged for each in judged.verdicts]
    if not told:
        return (fields([[pen.field("category", None, 12)]], MAIN),)
    heads = rows.columns(pen, media_type=40, policy=70, category=36, sufficiency=40, reasons=110)
    cells = [_verdict(pen, kind, verdict) for kind, verdict in told]
    shown: list[Block] = [table(heads, cells, MAIN)]
    if pen.record.data_class is not None:
        data = pen.say(f"page.data-class.{pen.record.data_class}")
        shown.append(prose([pen.led(pen.label("data-class"), data)], MAIN, ty.NOTE))
    return tuple(shown)


def _verdict(pen: DestructionPen, kind: MediaType, verdict: Verdict) -> tuple[Cell, ...]:
    suffices = verdict.sufficiency or ("not-graded" if verdict.data_class else "not-asked")
    why = [pen.say(key) for key in reasons(verdict)]
    return (
        pen.say(f"page.medium.{kind}"),
        pen.say.edition(verdict.edition),
        pen.say(f"page.category.{verdict.category}"),
        pen.say(f"page.sufficiency.{suffices}"),
        pen.together(why) if why else (DASH,),
    )


def _added(pen: DestructionPen) -> list[Block]:
    """Why nobody saw it; or which record of the same act this one adds a witness to."""
    record, told = pen.record, []
    if record.unwitnessed is not None:
        told.append(
            pen.led(pen.label("unwitnessed"), (pen.say.given(record.unwitnessed) or (DASH,)) * len(pen.say.languages))
        )
    if record.supplements is not None:
        told.append(pen.say("page.destruction.supplements", number=record.supplements.number))
    return [prose(told, MAIN)] if told else []


def _people(pen: DestructionPen) -> tuple[Block, ...]:
    people, given, field = pen.record.people, pen.say.given, pen.field
    reason = None if pen.record.reason is None else pen.say(f"page.reason.{pen.record.reason}")
    return (
        fields(
            [
                [
                    field("operator", given(people.operator), 2),
                    field("witnesses", pen.names(people.witnesses), 3),
                    field("validator", given(people.validator), 2),
                    field("location", given(people.location), 3),
                    field("destruction-reason", reason, 2),
                ]
            ],
            MAIN,
        ),
        *_added(pen),
    )


def _evidence(pen: DestructionPen) -> tuple[Block, ...]:
    """Which photographs show it before and after; their digests here if they are few."""
    record = pen.record
    if not record.evidence:
        return ()
    words = [
        pen.led(pen.say(f"page.destruction.{name}"), (", ".join(files),) * len(pen.say.languages))
        for name, files in (("before", record.before), ("after", record.after))
        if files
    ]
    shown = [prose(words, MAIN, ty.NOTE)] if words else []
    few = len(record.evidence) <= pen.limits.evidence
    return (*shown, rows.evidence(pen, record.evidence) if few else prose([pen.say("page.annexed")], MAIN))
