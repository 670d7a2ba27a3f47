"""The page of a check: was it the certificate's medium, did it hold what the certificate says, and what that leaves open."""

from __future__ import annotations

from collections.abc import Callable

from certificates import check, judgement
from certificates.check import CheckRecord
from certificates.emptiness import MOST_SECTORS
from certificates.page import figures, front, rows, verification
from certificates.page import typography as ty
from certificates.page.blocks import Block, Cell, fields, hexadecimal, prose, table
from certificates.page.dates import moment
from certificates.page.front import Section
from certificates.page.heading import Title
from certificates.page.say import Phrase
from certificates.page.writer import DASH, MAIN, Limits, Pen
from certificates.values import LbaRange


class CheckPen(Pen):
    """Writes the record of a check."""

    attachment = "check"
    digest_label = "check-digest"

    def __init__(self, record: CheckRecord, limits: Limits) -> None:
        super().__init__(record, limits)
        self.record = record


def title(pen: CheckPen) -> Title:
    """Its own name where the medium is confirmed; else NOT CONFIRMED, as large as that."""
    name, outcome = pen.say("page.check-paper.title"), pen.record.outcome
    if outcome == "not-confirmed":
        issuer = check.finding(pen.record) == "issuer"
        return Title(name, None, pen.say("page.check-paper.content-only" if issuer else "outcome.not-confirmed"))
    return Title(name, pen.say("page.title.exceptions") if outcome == "confirmed-with-exceptions" else None, None)


def statement(pen: CheckPen) -> Phrase:
    record, kind = pen.record, str(pen.record.outcome)
    number = pen.say.told(record.certificate.number) or (DASH,)
    if kind == "confirmed":
        sampled = record.verification is None or record.verification.plan != "full"
        kind += ("-by-content" if record.same_identity is None else "") + ("-sample" if sampled else "")
    if kind == "not-confirmed":
        kind += f"-{check.finding(record)}"
    said = pen.say(f"page.check-paper.statement-{kind}", number=number)
    return pen.together([said, pen.say("page.check-paper.not-wiped")])


def sections(pen: CheckPen) -> tuple[Section, ...]:
    record = pen.record
    sectors = -(-record.medium.capacity_bytes // max(1, record.medium.logical_sector_bytes))
    parts = {
        "medium": (front.medium(pen, record.medium, record.asset_tag, LbaRange(0, max(0, sectors - 1))),),
        "certificate": _certificate(pen),
        "compared": _compared(pen),
        "against": _against(pen),
        "people": (front.people(pen, record.started, record.ended, record.reason, "check-reason"),),
    }
    return tuple(Section(pen.say(f"page.section.{name}"), blocks) for name, blocks in parts.items() if blocks)


def annex(pen: CheckPen) -> tuple[Section, ...]:
    """What the first page only counts."""
    seen = pen.record.verification
    makers: dict[str, Callable[[], Block]] = {
        "texts": lambda: table(rows.columns(pen, entry=30, text=100), list(pen.annexed.texts), MAIN),
        "findings": lambda: rows.findings(pen, seen.findings if seen else ()),
        "unwritable": lambda: rows.ranges(pen, pen.record.certificate.exceptions),
    }
    wanted = pen.annexed.topics | ({"texts"} if pen.annexed.texts else set())
    return tuple(Section(pen.say(f"page.section.{name}"), (make(),)) for name, make in makers.items() if name in wanted)


def _certificate(pen: CheckPen) -> tuple[Block, ...]:
    """Which certificate, by its digest, and whether the checker knows who issued it."""
    certificate, say = pen.record.certificate, pen.say
    standing = "out-of-service" if certificate.out_of_service else "trusted" if certificate.trusted else "untrusted"
    trust = say(f"page.check-paper.{standing}")
    issued = moment(certificate.issued)
    same = {True: "same", False: "other", None: "unknown"}[pen.record.same_identity]
    content = certificate.content
    told = say(f"page.content.{content.kind}", pattern=figures.pattern(content.pattern or ""))
    grid = [
        [
            pen.field("number", say.told(certificate.number), 4, ty.STRONG),
            pen.field("result", say(f"outcome.{certificate.outcome}"), 4, ty.VALUE_BOLD),
            pen.field("issued", (f"{issued.stamp} {issued.zone}",), 4, ty.CODE),
        ],
        [
            pen.field("check-identity", say(f"page.check-paper.{same}"), 4, ty.VALUE_BOLD),
            pen.field("content", told, 4),
            pen.field("check-trust", trust, 4, ty.VALUE_BOLD),
        ],
    ]
    blocks = [
        fields(grid, MAIN),
        hexadecimal(pen.label("digest"), certificate.digest, MAIN),
        hexadecimal(pen.label("fingerprint"), certificate.key_id, MAIN),
    ]
    if pen.record.differences:
        cells: list[tuple[Cell, ...]] = [
            (
                pen.label("capacity" if each.field == "capacity_bytes" else each.field),
                say.told(each.certificate) or (DASH,),
                say.told(each.medium) or (DASH,),
            )
            for each in pen.record.differences
        ]
        blocks.append(table(rows.columns(pen, entry=24, check_told=50, check_found=50), cells, MAIN))
    return tuple(blocks)


def _compared(pen: CheckPen) -> tuple[Block, ...]:
    record, seen, say = pen.record, pen.record.verification, pen.say
    if seen is None:
        return (fields([[pen.field("result", say("page.result.not-done"), 12, ty.VALUE_BOLD)]], MAIN),)
    clean = seen.complete and not seen.different_sectors and not seen.unreadable_sectors
    result = say("page.check-paper.clean") if clean and seen.bytes_compared else verification.result(pen, seen)
    sentences = []
    if seen.claim is not None:
        sentences.append(pen.led(pen.label("claim"), verification.claim(pen, seen)))
    elif clean and seen.plan == "full":
        sentences.append(pen.led(pen.label("claim"), say("page.check-paper.all-listed")))
    else:
        sentences.append(pen.led(pen.label("claim"), say("page.claim.none")))
    if record.replug is not None:
        sentences.append(verification.replugged(pen, record.replug))
    return (
        verification.facts(pen, seen, result, record.medium.capacity_bytes),
        *verification.seed(pen, seen),
        prose(sentences, MAIN),
    )


def _left_open(pen: CheckPen) -> list[Phrase]:
    """What not even a comparison without a finding shows, in the words of a certificate."""
    seen, certificate, say = pen.record.verification, pen.record.certificate, pen.say
    if seen is None:
        return []
    told = []
    if seen.plan != "full":
        values = verification.claim_values(seen)
        told.append(say("risk.sample-unclaimed") if values is None else say("risk.sample", **values))
    if certificate.content.kind == "fixed":
        told.append(say("risk.fixed-content"))
        if any(
            judgement.may_be_unmapped(each, certificate.content) for each in (pen.record.medium, certificate.medium)
        ):
            told.append(say("risk.zeros-unmapped"))
    return told


def _against(pen: CheckPen) -> tuple[Block, ...]:
    """Everything that speaks against it or is left open, sentence by sentence; and where."""
    record, seen, say = pen.record, pen.record.verification, pen.say
    sentences = [say(f"verify.against.{reason}") for reason in record.against]
    if record.same_identity is None and "identity-unknown" not in record.against:
        sentences.append(say("page.check-paper.no-number"))
    sentences += _left_open(pen)
    if record.halt is not None:
        sentences.append(say("page.check-paper.halt", cause=say(f"interruption.{record.halt.cause}")))
    if record.format is not None:
        sentences.append(say(f"verify.format.{record.format}"))
    if record.format_sectors is not None and (reformat := record.certificate.reformat) is not None:
        counts = {"count": record.format_sectors, "number": figures.sectors(reformat.ranges)}
        most = MOST_SECTORS[reformat.file_system]
        told = {name: figures.count(number) for name, number in (counts | {"most": most}).items()}
        sentences.append(say("verify.format.counted", **told))
    if exceptions := record.certificate.exceptions:
        shown = ", ".join(figures.lbas(each) for each in exceptions[: pen.limits.ranges])
        if len(exceptions) > pen.limits.ranges:
            pen.annexed.topics.add("unwritable")
            shown += ", …"
        number = figures.count(figures.sectors(exceptions))
        sentences.append(say("page.check-paper.exceptions", lbas=shown, number=number))
    if seen is not None and seen.true_capacity_bytes is not None:
        capacity = seen.true_capacity_bytes
        sentences.append(say("page.wraps", bytes=figures.count(capacity), size=figures.size(capacity)))
    if seen is not None and seen.findings:
        pen.annexed.topics.add("findings")
        extents = rows.merged([each.lbas for each in seen.findings])
        shown = ", ".join(figures.lbas(each) for each in extents[: pen.limits.ranges])
        listed = (shown + (", …" if len(extents) > pen.limits.ranges else ""),) * len(say.languages)
        sentences.append(pen.led(pen.label("lbas"), listed))
    return (prose(sentences or [say("page.none")], MAIN, ty.NOTE if pen.limits.small else ty.TEXT, mark="■"),)
