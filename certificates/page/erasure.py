"""What was done: the method and its passes, the key of the last one, and the category that policies grant for it."""

from __future__ import annotations

from certificates.page import rows
from certificates.page import typography as ty
from certificates.page.blocks import Block, Field, fields, hexadecimal, prose
from certificates.page.glyphs import spelt
from certificates.page.say import Phrase
from certificates.page.writer import MAIN, Writer
from certificates.record import Words


def blocks(writer: Writer) -> tuple[Block, ...]:
    record = writer.record
    names = _in_languages(writer, record.method.name)
    method = writer.field("method", (f"{names[0]} ({spelt(record.method.id)})", *names[1:]), 7, ty.STRONG)
    technique = writer.field("technique", writer.say(f"page.technique.{record.technique}"), 5)
    why = [] if record.method.why is None else [prose([_in_languages(writer, record.method.why)], MAIN, ty.NOTE)]
    return (fields([[method, technique]], MAIN), *_passes(writer), *why, _key(writer), *_verdicts(writer))


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
    """Each category with the policies that grant it for the same reasons. Raises ValueError rather than claim too much."""
    record, say = writer.record, writer.say
    if record.technique == "host-overwrite" and any(each.category not in ("clear", "none") for each in record.verdicts):
        raise ValueError("a host overwrite is Clear at most")
    groups: dict[tuple[str, tuple[str, ...]], list[str]] = {}
    for each in record.verdicts:
        groups.setdefault((each.category, each.reasons), []).append(each.edition)
    if not groups:
        return [fields([[writer.field("category", None, 12)]], MAIN)]
    found: list[Block] = []
    for (category, reasons), editions in groups.items():
        name = writer.field("category", say(f"page.category.{category}"), 3, ty.STRONG)
        found.append(fields([[name, writer.field("policy", say.told("; ".join(editions)), 9, ty.TEXT)]], MAIN))
        if reasons:
            found.append(prose([writer.together([say(f"verdict.{code}") for code in reasons])], MAIN, ty.NOTE))
    return found
