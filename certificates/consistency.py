"""Does a record contradict itself? Its outcome, verdicts and risks are worked out again from its facts. Pure.

A signature proves who issued a record, not that it makes sense: a station that was tampered with can sign anything.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterator, Sequence
from itertools import pairwise

import msgspec

from certificates import emptiness, judgement, methods, policy, sampling
from certificates.claimwords import claims_too_much
from certificates.numbering import NUMBER, is_given_by, station_of_key
from certificates.people import PICTURE, pictures_of
from certificates.record import Medium, Pass, Record, Reformat, Verdict, Verification
from certificates.values import LbaRange, bytes_in

_ANOTHER = re.compile("[0-9A-F]{8}-[0-9]{6,15}")
_SECTORS = frozenset(1 << power for power in range(9, 17))  # Linux: 512 to 64 Ki
_KEY = re.compile("[0-9a-f]{64}")


class Contradiction(msgspec.Struct, frozen=True):
    """`key` names a sentence of the words table (`consistency.*`); `values` fill its places."""

    key: str
    values: dict[str, str]


def contradictions(record: Record) -> tuple[Contradiction, ...]:
    """Everything in the record that can't be true together."""
    rules = (
        *(_form, _medium, _times, _extents, _passes, _verifications, _outcome),
        *(_verdicts, _names, _risks, _capacities, _replugs, _reformats, _custody),
    )
    return tuple(found for rule in rules for found in rule(record))


def _against(key: str, **values: object) -> Contradiction:
    return Contradiction(f"consistency.{key}", {name: str(value) for name, value in values.items()})


def numbered(number: str, key_id: str) -> Iterator[Contradiction]:
    """A paper's number is one that its station gives out: nobody issues papers under another station's numbers. No honest case differs: a
    number is taken under the key that signs, also in a ledger that many stations share, and a job goes on under the key that began it."""
    if not NUMBER.fullmatch(number):
        yield _against("number")
    elif not is_given_by(number, key_id):
        yield _against("other-station", number=number, station=station_of_key(key_id))


def sectors(medium: Medium) -> Iterator[Contradiction]:
    """Sectors are of a size that a kernel takes. With one of a GiB, a single unwritable sector would excuse a GiB of old data."""
    if medium.logical_sector_bytes not in _SECTORS:
        yield _against("sector", bytes=medium.logical_sector_bytes)


def siblings(medium: Medium) -> Iterator[Contradiction]:
    """The parts of a drive are told apart by their names, and a file has none."""
    names = [each.part for each in medium.siblings if each.kind != "slot"]
    whole = medium.part is None and bool(names)
    doubled = len(set(names)) < len(names) or medium.part in names
    blank = any(not name.strip() for name in (*names, *([medium.part] if medium.part is not None else [])))
    is_file = medium.kind == "image-file" and (medium.part is not None or bool(medium.siblings))
    if whole or doubled or blank or is_file:
        yield _against("siblings")


def _form(record: Record) -> Iterator[Contradiction]:
    yield from numbered(record.number, record.station.key_id)
    if record.continues is not None and (not _ANOTHER.fullmatch(record.continues) or record.continues == record.number):
        yield _against("continues", number=record.continues[:64])
    if not record.languages or len(set(record.languages)) < len(record.languages):
        yield _against("languages")
    pictures = pictures_of(record.issuer, record.evidence)
    digests = [record.station.key_id, record.method.table_digest]
    digests += [each.blake3 for each in record.evidence] + [each.blake3 for each in pictures]
    if not all(_KEY.fullmatch(digest) for digest in digests):
        yield _against("digest")
    if len({each.name for each in record.evidence}) < len(record.evidence):
        yield _against("evidence")
    names = [each.name for each in pictures]
    if len(set(names)) < len(names) or not all(PICTURE.fullmatch(name) for name in names):
        yield _against("picture")


def _medium(record: Record) -> Iterator[Contradiction]:
    """A file has no identity of a device; and what turns is no solid-state drive, nor the other way round."""
    medium = record.medium
    if medium.capacity_bytes:
        yield from sectors(medium)
    yield from siblings(medium)
    identity = (medium.vendor, medium.model, medium.serial, medium.wwn, medium.firmware, medium.bus, medium.diskseq)
    named = any(each is not None for each in identity) or medium.media_type != "unknown"
    turns: dict[str, bool] = {"magnetic-disk": True, "sata-ssd": False, "nvme-ssd": False}
    other = medium.rotational is not None and turns.get(medium.media_type, medium.rotational) != medium.rotational
    blank = any(isinstance(each, str) and not each.strip() for each in identity)
    if other or blank or (medium.kind == "image-file" and named):
        yield _against("medium")


def _times(record: Record) -> Iterator[Contradiction]:
    """In order: the job's start, each pass, each verification after its pass and before the next, the job's end, the issue."""
    spans: list[Pass | Verification] = []
    for done in record.passes:
        spans += [done, *(each for each in record.earlier_verifications if each.of_pass == done.number)]
    spans += [record.verification] if record.verification is not None else []
    chain = [record.started, *(time for each in spans for time in (each.started, each.ended)), record.ended]
    healths = (record.health_before, record.health_after)
    noted = (record.clock_jumps, record.interruptions, [each for each in healths if each is not None])
    chains = [chain, *([each.at for each in several] for several in noted)]
    try:
        ordered = all(_ascending([record.started, *times, record.issued]) for times in chains)
    except (ValueError, TypeError):  # no such day, or no zone
        yield _against("time")
        return
    if not ordered or any(each.seconds == 0 for each in record.clock_jumps):
        yield _against("order")


def _ascending(times: Sequence[str]) -> bool:
    """Raises ValueError, TypeError for what is no time."""
    return all(a <= b for a, b in pairwise([datetime.datetime.fromisoformat(time) for time in times]))


def _extents(record: Record) -> Iterator[Contradiction]:
    """Every range lies on the medium, runs forward, and overlaps no other of its list."""
    medium = record.medium
    if not medium.capacity_bytes or not medium.logical_sector_bytes:
        yield _against("capacity")
        return
    sectors = -(-medium.capacity_bytes // medium.logical_sector_bytes)
    checks = [check for check in (record.verification, *record.earlier_verifications) if check is not None]
    lists: list[Sequence[LbaRange]] = [each.unwritable for each in record.passes]
    lists += [[finding.lbas for finding in check.findings] for check in checks]
    lists += [[finding.lbas] for finding in (record.challenge.wrong if record.challenge else ())]
    for extents in (*lists, [record.coverage.addressed]):
        ascending = sorted(extents, key=lambda each: each.first)
        overlapping = any(a.last >= b.first for a, b in pairwise(ascending))
        if overlapping or any(each.first > each.last or each.last >= sectors for each in extents):
            yield _against("extent")
            return
    if _claims_erasure(record) and record.coverage.addressed != LbaRange(0, sectors - 1):
        yield _against("coverage")


def _passes(record: Record) -> Iterator[Contradiction]:
    if [each.number for each in record.passes] != list(range(1, len(record.passes) + 1)):
        yield _against("pass-numbers")
    if len(record.passes) > record.method.passes_asked:
        yield _against("pass-count", asked=record.method.passes_asked, done=len(record.passes))
    if any(each.content.key is not None for each in record.passes[:-1]):
        yield _against("early-key")
    for each in record.passes:
        if not _fits_its_kind(each):
            yield _against("content", number=each.number)
        if each.bytes_written > record.medium.capacity_bytes:
            yield _against("too-much-written", number=each.number)
    last = record.passes[-1] if record.passes else None
    if _claims_erasure(record) and last is not None and last.content.kind == "keyed" and last.content.key is None:
        yield _against("no-key")


def _fits_its_kind(done: Pass) -> bool:
    content = done.content
    if content.kind == "fixed":
        return content.key is None and bool(content.pattern)
    return content.pattern is None and (content.key is None or bool(_KEY.fullmatch(content.key)))


def _verifications(record: Record) -> Iterator[Contradiction]:
    asked = record.method.passes_asked
    checks = [(check, asked) for check in (record.verification,) if check is not None]
    # Reading back the last pass is the verification itself.
    checks += [(check, min(check.of_pass, asked - 1)) for check in record.earlier_verifications]
    # All of them are drawn again; nobody is kept waiting by a record that asks for more than any job does.
    if sum(check.sampling.strata for check, _ in checks if check.sampling is not None) > sampling.MOST_STRATA * 7:
        yield _against("verification")
        return
    for check, of_pass in checks:
        if check.of_pass != of_pass or not any(each.number == of_pass for each in record.passes):
            yield _against("verified-pass", number=check.of_pass)
        unwritable = [extent for each in record.passes if each.number == check.of_pass for extent in each.unwritable]
        sector = record.medium.logical_sector_bytes
        if not adds_up(check, record.medium, bytes_in(tuple(unwritable), sector), sector):
            yield _against("verification")
        gaps = bool(unwritable)
        if not claim_is_due(check, record.medium, gaps=gaps):
            yield _against("claim")


def adds_up(check: Verification, medium: Medium, excused_bytes: int, sector_bytes: int) -> bool:
    """Amounts and counts that belong together. `excused_bytes`: at most so many were not to be compared; `sector_bytes`: at most so
    large is a sector that was counted."""
    if check.plan == "full":
        alone = (check.places, check.seed, check.sampling) == (1, None, None)
        whole = check.bytes_to_read == medium.capacity_bytes and alone
    else:
        drawn = sampling.drawn_again(check, medium)
        whole = drawn is not None and (drawn.places, drawn.bytes) == (check.places, check.bytes_to_read)
    # What could not be written or read was not compared, and is not counted as if it had been.
    missing = excused_bytes + check.unreadable_sectors * sector_bytes
    least = check.bytes_to_read - missing if check.complete else 0
    compared = least <= check.bytes_compared <= check.bytes_to_read
    lost = sum(each.lbas.last - each.lbas.first + 1 for each in check.findings if each.kind == "unreadable")
    other = sum(each.lbas.last - each.lbas.first + 1 for each in check.findings if each.kind != "unreadable")
    return whole and compared and lost <= check.unreadable_sectors and other <= check.different_sectors


def claim_is_due(check: Verification, medium: Medium, *, gaps: bool) -> bool:
    """A claim for a clean and complete result without gaps only, and no smaller a residue than the plan can show."""
    clean = check.complete and not check.different_sectors and not check.unreadable_sectors and not gaps
    if check.claim is None:
        return not clean
    confidence, residual, run = check.claim.confidence, check.claim.residual_at_most, check.claim.longest_unseen_bytes
    if not clean:
        return False
    if check.plan == "full":
        return (confidence, residual, run) == ("1", "0", 0)
    drawn = sampling.drawn_again(check, medium)
    if drawn is None or run != drawn.longest_unseen_bytes:
        return False
    return sampling.supports(check, medium, confidence, residual)


def _outcome(record: Record) -> Iterator[Contradiction]:
    facts = judgement.outcome(
        record.medium,
        record.method,
        record.passes,
        record.challenge,
        record.verification,
        record.interruptions,
        record.earlier_verifications,
    )
    if facts != record.outcome:
        yield _against("outcome", stated=record.outcome, facts=facts)
    if record.outcome == "erased" and record.coverage.hidden_areas == "present":
        yield _against("hidden")
    if record.coverage.hidden_areas == "none-found" and "hidden-areas-not-examined" in record.residual_risks:
        yield _against("hidden-unexamined")
    fixed = bool(record.passes) and record.passes[-1].content.kind == "fixed"
    challenge = record.challenge
    sound = challenge is not None and challenge.place_bytes > 0 and bool(_KEY.fullmatch(challenge.seed))
    right = challenge.places - len(challenge.wrong) if challenge is not None and sound else 0
    least = min(2, record.medium.capacity_bytes // challenge.place_bytes) if challenge is not None and sound else 2
    if _claims_erasure(record) and fixed and right < max(1, least) and record.medium.kind == "block-device":
        yield _against("no-challenge")


def _verdicts(record: Record) -> Iterator[Contradiction]:
    """What a known table says, worked out again; under a table that isn't known here, never more than any could grant."""
    if not record.verdicts or len({(each.policy, each.table_digest) for each in record.verdicts}) < len(
        record.verdicts
    ):
        yield _against("verdicts")
    done = _deed(record)
    most = policy.ceiling(record.technique, record.medium.media_type) if done.completed else {"none"}
    for each in record.verdicts:
        if (known := policy.find(each)) is not None:
            right = each == policy.judge(each.policy, known, done, each.data_class)
        else:
            suffices = each.sufficiency == "sufficient" and (record.outcome != "erased" or done.verified == "no")
            right = each.category in most and not suffices and not (each.sure == "own" and policy.is_ours(each))
        if not right:
            yield _against("verdict", policy=each.edition, category=each.category)


def judged(record: Record) -> tuple[tuple[Verdict, policy.Deed], ...]:
    """Each verdict with what it was given on."""
    done = _deed(record)
    return tuple((each, done) for each in record.verdicts)


def _deed(record: Record) -> policy.Deed:
    return judgement.deed(
        record.medium, record.technique, record.outcome, record.passes, record.verification, record.coverage
    )


def _names(record: Record) -> Iterator[Contradiction]:
    """No name of a method or policy says what the technique can't do."""
    if "purge" in policy.ceiling(record.technique, "magnetic-disk"):
        return
    method = record.method
    if not methods.is_as_named(record):
        yield _against("method", name=method.name.en[:64], passes=method.passes_asked)
    told = [method.id, method.name.en, method.name.ja]
    told += [method.why.en, method.why.ja] if method.why else []
    told += [record.station.tool, record.station.tool_version]
    told += [text for each in record.verdicts for text in (each.policy, each.edition)]
    for text in filter(claims_too_much, told):
        yield _against("name", name=text)


def _risks(record: Record) -> Iterator[Contradiction]:
    """A risk that follows from the facts may not be kept back."""
    due = judgement.residual_risks(record.medium, record.passes, record.challenge, record.verification)
    if kept_back := [risk for risk in due if risk not in record.residual_risks]:
        yield _against("risk", risks=", ".join(kept_back))


def _capacities(record: Record) -> Iterator[Contradiction]:
    """The capacity that a check names is the one that its findings show."""
    sector, challenge = record.medium.logical_sector_bytes, record.challenge
    if challenge is not None and judgement.with_true_capacity(challenge, sector) != challenge:
        yield _against("true-capacity")
    checks = [check for check in (record.verification, *record.earlier_verifications) if check is not None]
    if any(judgement.measured(check, record.medium) != check for check in checks):
        yield _against("true-capacity")


def _replugs(record: Record) -> Iterator[Contradiction]:
    """Plugged in again after the last pass, before the verification, and as a later attachment."""
    replug, seen = record.replug, record.verification
    if replug is None:
        return
    times = [*(each.ended for each in record.passes[-1:]), replug.asked, replug.back, *([seen.started] if seen else [])]
    moments = [datetime.datetime.fromisoformat(time) for time in times]
    ascending = all(a <= b for a, b in pairwise(moments))
    if not ascending or replug.diskseq <= replug.diskseq_before or replug.diskseq_before != record.medium.diskseq:
        yield _against("replug")


def _reformats(record: Record) -> Iterator[Contradiction]:
    """Only what was erased without exceptions is made ready for use, and what that writes lies on the medium, in order."""
    if record.reformat is not None and not format_fits(record.reformat, record.medium, record.outcome):
        yield _against("reformat")


def format_fits(reformat: Reformat, medium: Medium, outcome: str) -> bool:
    """What a format takes can't be compared with the last pass any more, so it is no more than an empty file system takes."""
    sector = medium.logical_sector_bytes or 1
    sectors = medium.capacity_bytes // sector
    apart = all(a.last < b.first for a, b in pairwise(reformat.ranges))
    inside = all(each.first <= each.last < sectors for each in reformat.ranges)
    little = bytes_in(reformat.ranges, sector) <= emptiness.most_bytes(reformat.file_system, medium)
    digest = _KEY.fullmatch(reformat.blake3)
    return outcome == "erased" and bool(reformat.ranges) and apart and inside and little and digest is not None


def _custody(record: Record) -> Iterator[Contradiction]:
    """In order of time, each entry once, and nothing that happened after the issue."""
    if not record.custody:
        return
    told = [(each.at, each.entered or each.at) for each in record.custody]
    moments = [datetime.datetime.fromisoformat(at) for at, _ in told]
    issued = datetime.datetime.fromisoformat(record.issued)
    ascending = all(a <= b for a, b in pairwise(moments))
    over = all(datetime.datetime.fromisoformat(entered) <= issued for _, entered in told)
    once = len({each.seq for each in record.custody}) == len(record.custody)
    if not ascending or not over or not once or any(moment > issued for moment in moments):
        yield _against("custody")


def _claims_erasure(record: Record) -> bool:
    return record.outcome in ("erased", "erased-with-exceptions")
