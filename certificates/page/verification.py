"""What was checked: plan, amount, result, and what that proves; the capacity test; what the drive says of itself."""

from __future__ import annotations

from certificates import sampling
from certificates.emptiness import MOST_SECTORS
from certificates.page import figures
from certificates.page import typography as ty
from certificates.page.blocks import Block, Cell, Column, fields, hexadecimal, prose, table
from certificates.page.dates import moment
from certificates.page.say import Phrase
from certificates.page.writer import DASH, MAIN, Pen, Writer, until
from certificates.record import Health, Replug, Verification


def blocks(writer: Writer) -> tuple[Block, ...]:
    seen, say = writer.record.verification, writer.say
    if seen is None:
        undone = writer.field("result", say("page.result.not-done"), 12, ty.VALUE_BOLD)
        return (fields([[undone]], MAIN), prose([_challenge(writer)], MAIN), *_health(writer))
    replug = [] if writer.record.replug is None else [replugged(writer, writer.record.replug)]
    shown = writer.led(writer.label("claim"), claim(writer, seen))
    sentences = [shown, _challenge(writer), *replug, *_earlier(writer), *_reformat(writer)]
    style = ty.NOTE if writer.limits.small else ty.TEXT
    checked = facts(writer, seen, result(writer, seen), writer.record.medium.capacity_bytes)
    return (checked, *seed(writer, seen), prose(sentences, MAIN, style), *_health(writer))


def facts(writer: Pen, seen: Verification, came: Phrase, capacity: int) -> Block:
    """The result in a word; when, where and how much of the medium was compared. `capacity`: the medium's, in bytes.

    Places are those that were drawn: in the account of what was read, neighbours that touch count as one, which means nothing to a reader.
    """
    amount = f"{figures.count(seen.bytes_compared)} / {figures.count(capacity)} B"
    share = figures.percent(seen.bytes_compared, capacity)
    places = figures.count(sampling.independent_places(seen))
    when = f"{moment(seen.started).stamp} – {until(seen.started, seen.ended)} {moment(seen.ended).zone}"
    grid = [
        [
            writer.field("result", came, 7, ty.VALUE_BOLD),
            writer.field("plan", _plan(writer, seen), 5),
        ],
        [
            writer.field("duration", (when,), 5, ty.CODE),
            *([] if seen.plan == "full" else [writer.field("places", (places,), 2)]),
            writer.field("compared", (f"{amount} ({share})",), 7 if seen.plan == "full" else 5, ty.CODE),
        ],
    ]
    return fields(grid, MAIN)


def result(writer: Pen, seen: Verification) -> Phrase:
    counts = {
        "different": figures.count(seen.different_sectors),
        "unreadable": figures.count(seen.unreadable_sectors),
    }
    if not seen.complete:
        return writer.say("page.result.incomplete", **counts)
    if seen.different_sectors or seen.unreadable_sectors:
        return writer.say("page.result.found", **counts)
    return writer.say("page.result.clean")


def _plan(writer: Pen, seen: Verification) -> Phrase:
    how = seen.sampling
    if how is None:
        return writer.say(f"page.plan.{seen.plan}")
    drawn, size = figures.count(how.strata), f"{figures.count(how.block_bytes)} B"
    return writer.say(f"page.plan.{seen.plan}", strata=drawn, block=size)


def seed(writer: Pen, seen: Verification) -> list[Block]:
    """Whoever has it can draw the same places again."""
    if not seen.seed:
        return []
    if writer.limits.seed:
        return [hexadecimal(writer.label("seed"), seen.seed, MAIN)]
    writer.annexed.add(writer.label("seed"), (seen.seed,))
    return []


def claim(writer: Pen, seen: Verification) -> Phrase:
    """What the result shows of the medium as a whole."""
    if (values := claim_values(seen)) is not None:
        if seen.plan == "full":
            return writer.say("proof.full")
        return writer.say("proof.sample", **values)
    all_but_listed = seen.plan == "full" and seen.complete and not seen.different_sectors
    return writer.say("page.claim.full-except" if all_but_listed else "page.claim.none")


def claim_values(seen: Verification | None) -> dict[str, Phrase | str | int] | None:
    """The figures of the claim as the page writes them; None where nothing is claimed."""
    if seen is None or (claim := seen.claim) is None:
        return None
    return {
        "places": figures.count(sampling.independent_places(seen)),
        "confidence": figures.fraction_as_percent(claim.confidence),
        "residual": figures.fraction_as_percent(claim.residual_at_most),
        "run": figures.size_at_most(claim.longest_unseen_bytes),
    }


def _challenge(writer: Writer) -> Phrase:
    challenge, say = writer.record.challenge, writer.say
    if challenge is None:
        return writer.led(writer.label("challenge"), say("page.challenge.not-done"))
    size = f"{figures.count(challenge.place_bytes)} B"
    places, wrong = figures.count(challenge.places), len(challenge.wrong)
    if wrong:
        writer.annexed.topics.add("challenge")
    text = say("page.challenge.failed" if wrong else "page.challenge.passed", places=places, size=size, wrong=wrong)
    return writer.led(writer.label("challenge"), writer.together([text, *_true_capacity(writer)]))


def _true_capacity(writer: Writer) -> list[Phrase]:
    """What a medium whose addresses wrap holds in truth."""
    record = writer.record
    told = [check.true_capacity_bytes for check in (record.challenge, record.verification) if check is not None]
    if not (known := [capacity for capacity in told if capacity is not None]):
        return []
    return [writer.say("page.wraps", bytes=figures.count(min(known)), size=figures.size(min(known)))]


def replugged(writer: Pen, replug: Replug) -> Phrase:
    """No cache that does not outlive unplugging answered for the medium."""
    times = {"asked": moment(replug.asked).stamp, "back": until(replug.asked, replug.back)}
    attached = {"before": replug.diskseq_before, "after": replug.diskseq}
    return writer.led(writer.label("replug"), writer.say("page.replug", **times, **attached))


def _reformat(writer: Writer) -> list[Phrase]:
    """What will stand on the medium instead, in which sectors, once this paper is issued."""
    if (reformat := writer.record.reformat) is None:
        return []
    places = ", ".join(figures.lbas(extent) for extent in reformat.ranges)
    file_system = writer.say(f"page.file-system.{reformat.file_system}")
    number = figures.count(figures.sectors(reformat.ranges))
    most = figures.count(MOST_SECTORS[reformat.file_system])
    text = writer.say("page.reformat", file_system=file_system, lbas=places, number=number, most=most)
    return [writer.led(writer.label("reformat"), text)]


def _earlier(writer: Writer) -> list[Phrase]:
    """Verifications of passes before the last, where the method demands them: each in a sentence."""
    earlier = writer.record.earlier_verifications
    if len(earlier) > writer.limits.verifications:
        writer.annexed.topics.add("earlier")
        return [writer.led(writer.label("earlier-all"), writer.say("page.annexed"))]
    return earlier_sentences(writer)


def earlier_sentences(writer: Writer) -> list[Phrase]:
    return [
        writer.led(
            writer.say("page.label.earlier", number=seen.of_pass),
            writer.together([_plan(writer, seen), result(writer, seen)], ("、", "; ")),
        )
        for seen in writer.record.earlier_verifications
    ]


def _health(writer: Writer) -> list[Block]:
    """What the drive said of itself, before and after."""
    told = {"before": writer.record.health_before, "after": writer.record.health_after}
    rows = [_health_row(writer, when, health) for when, health in told.items() if health is not None]
    names = ("state", "temperature", "reallocated", "pending", "errors", "hours", "used")
    heads = [Column(writer.label("health"), 1.5), *(Column(writer.say(f"page.health.{name}"), 1) for name in names)]
    return [table(heads, rows, MAIN)] if rows else []


def _health_row(writer: Writer, when: str, health: Health) -> tuple[Cell, ...]:
    state = {True: writer.say("page.health.passed"), False: writer.say("page.health.failed"), None: (DASH,)}
    counts = (health.reallocated_sectors, health.pending_sectors, health.media_errors, health.power_on_hours)
    return (
        writer.say(f"page.health.{when}"),
        state[health.passed],
        (DASH if health.temperature_celsius is None else f"{health.temperature_celsius} °C",),
        *((DASH if number is None else figures.count(number),) for number in counts),
        (DASH if health.percentage_used is None else f"{health.percentage_used} %",),
    )
