"""What the facts of a job amount to: outcome, category and what remains. Pure, so that an auditor gets the same answer from the paper."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from math import gcd, lcm

from msgspec.structs import replace

from certificates import parts, policy, sampling
from certificates.policy import Policy
from certificates.record import (
    Challenge,
    Content,
    Coverage,
    DataClass,
    Finding,
    Interruption,
    Medium,
    Method,
    Outcome,
    Pass,
    Sufficiency,
    Verdict,
    Verification,
)
from certificates.values import bytes_in

ERASED: frozenset[Outcome] = frozenset({"erased", "erased-with-exceptions"})
ASKED_TO_STOP = frozenset({"ctrl-c", "sigterm", "sigquit"})
EXIT_CODES: dict[Outcome, int] = {"erased": 0, "erased-with-exceptions": 3, "not-erased": 4, "interrupted": 4}
LEAST_WRAPPED_BYTES = 4096  # one block alone may have been misdirected
LONGEST_PATTERNS = 1024  # bytes of two patterns together: no method comes near
INTERRUPTED_EXIT_CODES = {"ctrl-c": 130, "sigterm": 143, "sigquit": 131}


def outcome(
    medium: Medium,
    method: Method,
    passes: tuple[Pass, ...],
    challenge: Challenge | None,
    verification: Verification | None,
    interruptions: tuple[Interruption, ...],
    earlier_verifications: tuple[Verification, ...] = (),
) -> Outcome:
    """The outcome, from facts alone; everything has to be in favour before it says erased."""
    finished = (
        len(passes) == method.passes_asked
        and all(is_complete(each, medium) for each in passes)
        and verification is not None
        and verification.complete
        and verification.of_pass == method.passes_asked
    )
    if not finished or verification is None:
        stopped = bool(interruptions) and interruptions[-1].cause in ASKED_TO_STOP
        return "interrupted" if stopped else "not-erased"
    # What stopped the job after the last comparison (a medium swapped before signing) spoils it as well.
    if any(each.phase == "certify" for each in interruptions):
        return "not-erased"
    checks = (*earlier_verifications, verification)
    if not all(check.complete and sampling.confirms(check) for check in checks):
        return "not-erased"
    if method.check == "each" and not are_all_checked(method.passes_asked, checks):
        return "not-erased"
    # A medium that took or gave back less than nineteen twentieths is broken, not erased with exceptions.
    most = most_failing(medium)
    unread = max(check.unreadable_sectors for check in checks) * medium.logical_sector_bytes
    if bytes_in(passes[-1].unwritable, medium.logical_sector_bytes) > most or unread > most:
        return "not-erased"
    if not verification.bytes_compared:
        return "not-erased"
    if any(check.different_sectors for check in checks) or (challenge is not None and lies(challenge)):
        return "not-erased"
    if any(check.unreadable_sectors for check in checks) or any(each.unwritable for each in passes):
        return "erased-with-exceptions"
    return "erased"


def are_all_checked(passes_asked: int, checks: Sequence[Verification]) -> bool:
    """Each pass was read back, in order, by the plan that the last one was."""
    how = {(check.plan, check.sampling) for check in checks}
    return [check.of_pass for check in checks] == list(range(1, passes_asked + 1)) and len(how) == 1


def most_failing(medium: Medium) -> int:
    """Bytes of a medium that may be left out before it counts as broken: a twentieth (a MiB may fail on the smallest)."""
    return max(medium.capacity_bytes // 20, 1 << 20)


def is_complete(done: Pass, medium: Medium) -> bool:
    """Every byte of the medium was written or is listed as unwritable, and the device confirmed the flush."""
    unwritable = bytes_in(done.unwritable, medium.logical_sector_bytes)
    return done.flushed and done.bytes_written + unwritable >= medium.capacity_bytes


def lies(challenge: Challenge) -> bool:
    """The medium answered with something else than was written to it (unreadable places are another matter)."""
    return any(finding.kind != "unreadable" for finding in challenge.wrong)


def true_capacity(findings: Sequence[Finding], sector_bytes: int, right_bytes: int) -> int | None:
    """What a medium can hold at most whose addresses wrap; None if the findings don't show that they do.

    Where addresses wrap after C bytes, a block and the address where it appears are a multiple of C apart. A misdirected write or two
    could look like that too, but then more bytes came back right (`right_bytes`) than fit into what the distance leaves.
    """
    wrapped = [each for each in findings if each.kind == "another-address" and each.belongs_to is not None]
    seen = bytes_in(tuple(each.lbas for each in wrapped), sector_bytes)
    distance = gcd(*(abs(each.lbas.first * sector_bytes - (each.belongs_to or 0)) for each in wrapped))
    return distance if seen > LEAST_WRAPPED_BYTES and 0 < right_bytes <= distance else None


def with_true_capacity(told: Challenge, sector_bytes: int) -> Challenge:
    """The challenge, and what its findings say of the capacity."""
    right = max(0, told.places - len(told.wrong)) * told.place_bytes
    return replace(told, true_capacity_bytes=true_capacity(told.wrong, sector_bytes, right))


def measured(told: Verification, medium: Medium) -> Verification:
    """The same for a verification. After a pass only the medium's last bytes come back right, as many as it holds: of a sample, no more
    than it reads of so many."""
    sector = medium.logical_sector_bytes
    right = told.bytes_compared - told.different_sectors * sector
    capacity = true_capacity(told.findings, sector, right)
    if capacity is not None and right > sampling.most_read_within(told, medium, capacity):
        capacity = None
    return replace(told, true_capacity_bytes=capacity)


def exit_code(result: Outcome, interruptions: tuple[Interruption, ...]) -> int:
    """The process's exit code for one job."""
    if result == "interrupted":
        return INTERRUPTED_EXIT_CODES[interruptions[-1].cause]
    return EXIT_CODES[result]


def deed(
    medium: Medium,
    technique: str,
    result: Outcome,
    passes: tuple[Pass, ...],
    verification: Verification | None,
    coverage: Coverage,
) -> policy.Deed:
    """What was done, as a policy asks it of the facts of a wipe."""
    return policy.Deed(
        media_type=medium.media_type,
        technique=technique,
        completed=result in ("erased", "erased-with-exceptions"),
        exceptions=result == "erased-with-exceptions",
        verified=verified_by(verification),
        hidden_areas=coverage.hidden_areas,
        is_file=medium.kind == "image-file",
        passes=len(passes),
        complement=has_complement([each.content for each in passes]),
    )


def verified_by(verification: Verification | None) -> policy.Verified:
    """What was read back, in a policy's words: any sample but that of SP 800-88r1 is just a sample."""
    if verification is None or not verification.complete:
        return "no"
    return verified_by_plan(verification.plan)


def verified_by_plan(plan: str) -> policy.Verified:
    """What a plan will have verified once it is done."""
    return "full" if plan == "full" else "nist-r1" if plan == "nist-r1" else "sample"


def has_complement(contents: Sequence[Content]) -> bool:
    """Some pass writes the complement of the one before it."""
    return any(are_complements(a, b) for a, b in pairwise(contents))


def are_complements(first: Content, second: Content) -> bool:
    """The second pass inverts every bit of the first: fixed patterns only."""
    if first.pattern is None or second.pattern is None or len(first.pattern + second.pattern) > 2 * LONGEST_PATTERNS:
        return False
    a, b = bytes.fromhex(first.pattern), bytes.fromhex(second.pattern)
    length = lcm(len(a), len(b))
    return bool(a and b) and a * (length // len(a)) == bytes(each ^ 0xFF for each in b * (length // len(b)))


def verdicts(
    done: policy.Deed, policies: Mapping[str, Policy] | None = None, data_class: DataClass | None = None
) -> tuple[Verdict, ...]:
    """What each policy says of it; without any, the usual ones."""
    by = policies or policy.chosen((), data_class, policy.built_in())
    return tuple(policy.judge(name, table, done, data_class) for name, table in sorted(by.items()))


def shortfall(judged: Iterable[Verdict]) -> tuple[DataClass, Sufficiency] | None:
    """The class of data that the erasure does not, or not surely, suffice for, and the worst that any policy says of it; None where no
    class was given, and where nobody who grades data says anything but `sufficient`."""
    said = [(each.data_class, each.sufficiency) for each in judged if each.data_class is not None]
    graded = [each for each in said if each[1] is not None]
    for data_class, sufficiency in graded:
        if sufficiency == "not-sufficient":
            return data_class, sufficiency
    unsure = not graded or any(sufficiency == "not-confirmed" for _, sufficiency in graded)
    return (said[0][0], "not-confirmed") if said and unsure else None


def residual_risks(
    medium: Medium,
    passes: tuple[Pass, ...],
    challenge: Challenge | None,
    verification: Verification | None,
) -> tuple[str, ...]:
    """What this job leaves open on this medium: keys of the words table, `risk.*`."""
    risks = []
    if medium.kind == "image-file":
        risks.append("image-file")
    else:
        risks.append("spare-areas")
        if medium.media_type != "magnetic-disk":
            risks.append("flash-remapping")
        risks.append("hidden-areas-not-examined")
        if medium.bus == "usb":
            risks.append("usb-bridge-identity")
        risks += parts.risks(medium)
    if any(each.unwritable for each in passes):
        risks.append("unwritable-sectors")
    if verification is not None and verification.unreadable_sectors:
        risks.append("unreadable-sectors")
    if verification is not None and verification.plan != "full":
        risks.append("sample")
    if passes and passes[-1].content.kind == "fixed":
        risks.append("fixed-content")
        if may_be_unmapped(medium, passes[-1].content):
            risks.append("zeros-unmapped")
    return tuple(risks)


def may_be_unmapped(medium: Medium, content: Content) -> bool:
    """The content is zeros, and this medium may answer zeros for blocks that it stores nowhere."""
    zeros = content.kind == "fixed" and not int(content.pattern or "0", 16)
    return zeros and medium.kind == "block-device" and medium.unmaps is not False
