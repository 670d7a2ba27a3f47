"""What was done: the method and its passes, the key of the last one, and the category that policies grant for it."""

from __future__ import annotations

from certificates import policy
from certificates.claimwords import claims_too_much
from certificates.page import rows
from certificates.page import typography as ty
from certificates.page.blocks import Block, Cell, Field, fields, hexadecimal, prose, table
from certificates.page.glyphs import spelt
from certificates.page.say import Phrase
from certificates.page.writer import MAIN, Writer
from certificates.record import Verdict
from certificates.values import Words


def blocks(writer: Writer) -> tuple[Block, ...]:
    record = writer.record
    names = _in_languages(writer, record.method.name)
    method = writer.field("method", (f"{names[0]} ({spelt(record.method.id)})", *names[1:]), 7, ty.STRONG)
    technique = writer.field("technique", writer.say(f"page.technique.{record.technique}"), 5)
    return (fields([[method, technique]], MAIN), *_passes(writer), *_why(writer), _key(writer), *_verdicts(writer))


def _why(writer: Writer) -> list[Block]:
    why = writer.record.method.why
    if why is None:
        return []
    words = _in_languages(writer, why)
    if writer.limits.why:
        return [prose([words], MAIN, ty.NOTE)]
    writer.annexed.add(writer.label("why"), words)
    return []


def _in_languages(writer: Writer, words: Words) -> Phrase:
    return writer.say.per_language({"en": words.en, "ja": words.ja})


def _passes(writer: Writer) -> list[Block]:
    """All passes if they are few; else the last one, and the others in the annex."""
    done, asked = writer.record.passes, writer.record.method.passes_asked
    if max(asked, len(done)) <= writer.limits.passes:
        begun = {each.number for each in done}
        return [rows.passes(writer, done, [number for number in range(1, asked + 1) if number not in begun])]
    writer.annexed.topics.add("passes")
    last = rows.passes(writer, done[-1:], () if done else (1,))
    return [last, prose([writer.say("page.pass.more", count=asked)], MAIN, ty.NOTE)]


def _key(writer: Writer) -> Block:
    last = writer.record.passes[-1].content if writer.record.passes else None
    if last is not None and last.key:
        return hexadecimal(writer.label("key"), last.key, MAIN, writer.say("page.content.key-note"))
    fixed = last is not None and last.kind == "fixed"
    value = writer.say("page.content.no-key") if fixed else None
    return fields([[Field(writer.label("key"), value, 12, writer.say("page.not-recorded"))]], MAIN)


def _verdicts(writer: Writer) -> list[Block]:
    """What each policy says, and why. Raises ValueError rather than claim too much."""
    record, say = writer.record, writer.say
    for each in record.verdicts:
        if each.category not in policy.ceiling(record.technique, record.medium.media_type):
            raise ValueError(f"{each.category} is more than {record.technique} can reach")
        if record.technique == "host-overwrite" and (claims_too_much(each.edition) or claims_too_much(each.policy)):
            raise ValueError(f"the name {each.edition!r} claims more than an overwrite can do")
    if not record.verdicts:
        return [fields([[writer.field("category", None, 12)]], MAIN)]
    heads = rows.columns(writer, policy=190, category=115, sufficiency=142)
    shown: list[Block] = [table(heads, [_verdict(writer, each) for each in record.verdicts], MAIN)]
    classes = dict.fromkeys(each.data_class for each in record.verdicts if each.data_class is not None)
    told = [writer.led(writer.label("data-class"), say(f"page.data-class.{each}")) for each in classes]
    if any(reasons(each) for each in record.verdicts):
        told.append(_reasons(writer))
    return [*shown, prose([writer.together(told, ("。", ". "))], MAIN, ty.NOTE)] if told else shown


def _verdict(writer: Writer, verdict: Verdict) -> tuple[Cell, ...]:
    say = writer.say
    suffices = verdict.sufficiency or ("not-graded" if verdict.data_class else "not-asked")
    return (
        say.edition(verdict.edition),
        say(f"page.category.{verdict.category}"),
        say(f"page.sufficiency.{suffices}"),
    )


def _reasons(writer: Writer) -> Phrase:
    """Each reason once; one that isn't every policy's has the names of those whose it is before it. In the annex if there's no room."""
    if not writer.limits.reasons:
        writer.annexed.topics.add("verdicts")
        return writer.led(writer.label("reasons"), writer.say("page.annexed"))
    given = [(each.policy, reasons(each)) for each in writer.record.verdicts]
    groups: dict[tuple[str, ...], list[Phrase]] = {}
    for reason in dict.fromkeys(key for _, keys in given for key in keys):
        whose = tuple(dict.fromkeys(name for name, keys in given if reason in keys))
        groups.setdefault(whose, []).append(writer.say(reason))
    everybody = tuple(dict.fromkeys(name for name, _ in given))
    return writer.together(
        [
            writer.together(said)
            if whose == everybody
            else writer.led(
                writer.say.per_language({"ja": "・".join(whose), "en": ", ".join(whose)}), writer.together(said)
            )
            for whose, said in groups.items()
        ]
    )


def reasons(verdict: Verdict) -> tuple[str, ...]:
    """The words for its reasons, and how sure the table is of its row (`own` and `not-confirmed` have their reasons)."""
    sure = ("page.sure.note",) if verdict.sure == "as-read-by-a-tool" else ()
    return (*(f"verdict.{reason}" for reason in verdict.reasons), *sure)
