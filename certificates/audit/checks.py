"""The numbered checks, each a small pure function of the file under audit that raises NotAuthentic or lets it pass.

To add a check: a function, a line at the end of `CHECKS` (numbers are for ever), its title and sentences in words/audit.toml, and its
row in docs/certificate.md; a test holds the three together.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable, Iterator

import msgspec
import rfc8785

from certificates import causes, methods, plausibility, policy, station_key, trust
from certificates.audit import forks, kinds
from certificates.audit.case import Case, endorsement_in
from certificates.audit.result import Audit, Check, Note
from certificates.canonical import digest
from certificates.consistency import Contradiction
from certificates.emptiness import MOST_SECTORS
from certificates.errors import NotAuthentic, Problem
from certificates.ledger import closings, proof
from certificates.ledger.closings import Signed
from certificates.record import Record
from certificates.values import bytes_in


class Contradictory(NotAuthentic):
    """A check that fails for reasons of its own making: sentences of the words table."""

    def __init__(self, key: str, because: tuple[Contradiction, ...]) -> None:
        super().__init__(key)
        self.because = because


class Rule(msgspec.Struct, frozen=True):
    """One check. `needs`: what of the case must be there, or the check is not reached. `applies`: does it concern this file at all?"""

    name: str
    look: Callable[[Case], None]
    needs: tuple[str, ...] = ()
    applies: Callable[[Case], bool] = lambda case: True


def file(case: Case) -> None:
    if case.broken is not None:
        raise case.broken


def canonical(case: Case) -> None:
    raw = case.parts.raw if case.parts else b""
    try:
        same = rfc8785.dumps(msgspec.json.decode(raw)) == raw
    except Exception as error:  # not JSON, or a value that RFC 8785 has no form for
        raise NotAuthentic("authentic.canonical", detail=str(error)[:200]) from error
    if not same:
        raise NotAuthentic("authentic.canonical", detail="bytes differ from their RFC 8785 form")


def schema(case: Case) -> None:
    if case.senseless is not None:
        raise case.senseless


def beside(case: Case) -> None:
    assert case.parts is not None
    inside = {".json": case.parts.raw, ".sig": case.parts.signature}
    differing = [suffix for suffix, content in inside.items() if case.beside.get(suffix, content) != content]
    if differing:
        raise NotAuthentic("audit.beside", files=", ".join(f"*{suffix}" for suffix in differing))


def signature(case: Case) -> None:
    assert case.parts is not None and case.pem is not None
    station_key.verify(case.pem, case.parts.raw, case.parts.signature)


def key(case: Case) -> None:
    if case.record.station.key_id != case.key_id:
        raise NotAuthentic("audit.key", stated=case.record.station.key_id, found=case.key_id)


def trusted(case: Case) -> None:
    if case.key_id is None or not case.trust.knows(case.key_id):
        # A record alone does not bring its key along: nothing but the name of the key is known.
        raise NotAuthentic("audit.trusted.keyless" if case.pem is None else "audit.trusted.unknown", key_id=case.key_id)


def page(case: Case) -> None:
    """Made again, the page is the same file. A byte of difference is one too many."""
    assert case.pdf is not None
    if case.undrawn is not None:
        raise case.undrawn
    if case.drawn != case.pdf:
        raise _difference(case.drawn or b"", case.pdf)


def _difference(made: bytes, pdf: bytes) -> NotAuthentic:
    if pdf.startswith(made):
        return NotAuthentic("audit.page.appended", count=len(pdf) - len(made))
    ours, theirs = (re.search(rb"/Producer \(eraser page (\d{1,4})\)", each) for each in (made, pdf))
    if ours is not None and theirs is not None and int(ours[1]) != int(theirs[1]):
        return NotAuthentic("audit.page.form", form=int(theirs[1]), ours=int(ours[1]))
    offset = next((at for at, (a, b) in enumerate(zip(made, pdf, strict=False)) if a != b), min(len(made), len(pdf)))
    return NotAuthentic("audit.page.different", offset=offset)


def consistent(case: Case) -> None:
    try:
        against = (*case.kind.contradictions(case.record), *_other_verdicts(case))
        if case.now is not None:
            with contextlib.suppress(ValueError, TypeError):  # a time that is none is found by the kind's own rules
                against += plausibility.contradictions(case.record, case.now)
    except Exception as error:  # numbers that no rule was made for
        against = (Contradiction("consistency.senseless", {"detail": causes.in_words(error)}),)
    if against:
        raise Contradictory("audit.consistent", against)


def _other_verdicts(case: Case) -> Iterator[Contradiction]:
    """Verdicts by owners' tables that the auditor has, worked out again; those by the tool's own are among the contradictions."""
    for verdict, deed in case.kind.judged(case.record):
        known = None if policy.find(verdict) else policy.find(verdict, case.trust.policies)
        if known is not None and verdict != policy.judge(verdict.policy, known, deed, verdict.data_class):
            yield Contradiction("consistency.verdict", {"policy": verdict.edition, "category": verdict.category})


def bound(case: Case) -> None:
    """The page would be made again with whatever is attached, so each further attachment has to be vouched for by what is signed."""
    assert case.parts is not None
    known = (
        {kinds.ENDORSEMENT_NAME} if [each.subject for each in endorsement_in(case.parts)] == [case.key_id] else set()
    )
    strange = [
        name
        for name, content in case.parts.more.items()
        if name not in known and not kinds.is_bound(case.record, name, content)
    ]
    if strange:
        raise NotAuthentic("audit.bound", files=", ".join(repr(name)[1:-1][:60] for name in strange[:8]))


def evidence(case: Case) -> None:
    """Files of evidence that lie beside the certificate are those that the record binds."""
    due = {each.name: each.blake3 for each in getattr(case.record, "evidence", ())}
    other = [name for name, found in case.evidence.items() if found != due.get(name, found)]
    if other:
        raise NotAuthentic("audit.evidence", files=", ".join(repr(name)[1:-1][:60] for name in other[:8]))


def in_service(case: Case) -> None:
    """Was the key in service when the record says it was issued? Its own word is all there is for that: see docs/keys.md."""
    assert case.key_id is not None
    issued = case.record.issued
    try:
        if outside := case.trust.outside(case.key_id, issued):
            last = outside[-1]
            raise NotAuthentic(
                "audit.in-service.outside",
                issued=issued,
                organisation=last.organisation,
                valid_from=last.valid_from,
                valid_until=last.valid_until,
            )
        retirement = case.trust.retired(case.key_id)
        if retirement is not None and not trust.is_before(issued, retirement):
            raise NotAuthentic("audit.in-service.retired", issued=issued, retired=retirement.retired)
    except ValueError as error:  # no such day
        raise NotAuthentic("audit.in-service.undated", issued=issued) from error


def single(case: Case) -> None:
    """One file can't tell; `certificates.audit.several` looks at it when more than one is audited."""


def logged(case: Case) -> None:
    """The proof beside the file: the ledger had an entry about this very paper when the station signed its checkpoint."""
    assert case.parts is not None and case.pem is not None and case.key_id is not None
    # A proof that was made again later may be signed by a later key of the station.
    raw, signed, keys = case.parts.raw, case.parts.signature, {**case.trust.stations, case.key_id: case.pem}
    entry = proof.check_for(proof.read(case.beside[".proof"]), case.record.number, digest(raw), signed, keys)
    # What else the entry says of the paper (how it ended, when, of which media) is what counts in a reconciliation at the station.
    if entry != closings.entry_of(Signed(case.record, digest(raw), signed), entry.seq, entry.job):
        raise NotAuthentic("proof.otherwise", number=case.record.number)


def _has_proof(case: Case) -> bool:
    return ".proof" in case.beside


def _has_page(case: Case) -> bool:
    return case.pdf is not None


# Numbered from 1 in this order, in messages and in docs/certificate.md.
CHECKS = (
    Rule("file", file),
    Rule("canonical", canonical, ("parts",)),
    Rule("schema", schema, ("parts",)),
    Rule("beside", beside, ("parts",), _has_page),
    Rule("signature", signature, ("parts", "pem")),
    Rule("key", key, ("record", "pem")),
    Rule("trusted", trusted, ("key_id",)),
    Rule("page", page, ("record",), _has_page),
    Rule("consistent", consistent, ("record",)),
    Rule("bound", bound, ("record",), _has_page),
    Rule("evidence", evidence, ("record",)),
    Rule("in-service", in_service, ("record", "key_id")),
    Rule("single", single, (), lambda case: False),
    Rule("logged", logged, ("record", "pem", "key_id"), _has_proof),
)
NAMES = tuple(rule.name for rule in CHECKS)
MOST_NOTES = 8  # a record made to fill the screen says no more than that
# Whose key it is says nothing about whether the file was altered.
OF_THE_KEY = frozenset({"trusted", "in-service"})


def run(case: Case, file: str) -> Audit:
    """All checks of one file. No input makes it raise."""
    checks = {rule.name: _checked(number, rule, case) for number, rule in enumerate(CHECKS, start=1)}
    unaltered = all(
        check.state in ("passed", "not-applicable") for name, check in checks.items() if name not in OF_THE_KEY
    )
    if checks["trusted"].key == "audit.trusted.unknown" and not unaltered:
        # Nobody should trust a key for the sake of a file that is wrong anyway.
        checks["trusted"] = msgspec.structs.replace(checks["trusted"], key="audit.trusted.unproven")
    record = case.record
    return Audit(
        file=file,
        number=kinds.number_of(record) if record else None,
        outcome=record.outcome if record else None,
        authentic=unaltered and all(checks[name].state == "passed" for name in OF_THE_KEY),
        unaltered=unaltered,
        key_id=case.key_id,
        trusted=checks["trusted"].state == "passed",
        checks=tuple(checks.values()),
        schema=case.kind.schema if record else None,
        record=record,
        digest=digest(case.parts.raw) if case.parts else None,
        signature=case.parts.signature if case.parts else None,
        logged=forks.logged(case.beside[".proof"]) if checks["logged"].state == "passed" else None,
        notes=(
            *(_notes(case) if checks["in-service"].state == "passed" else ()),
            *(
                (*_not_recomputed(case), *_own_method(case), *_too_fast(case), *_formatted(case))
                if checks["consistent"].state == "passed"
                else ()
            ),
        ),
    )


def _notes(case: Case) -> tuple[Note, ...]:
    """What an auditor should know although no check failed."""
    retirement = case.trust.retired(case.key_id) if case.key_id is not None else None
    return (Note("audit.note.retired", {"retired": retirement.retired}),) if retirement is not None else ()


def _not_recomputed(case: Case) -> tuple[Note, ...]:
    """Verdicts by tables that nobody here has: they are the issuer's word, and that is said."""
    unknown = [each for each, _ in case.kind.judged(case.record) if policy.find(each, case.trust.policies) is None]
    return tuple(
        Note("audit.note.policy", {"policy": each.policy, "edition": each.edition}) for each in unknown[:MOST_NOTES]
    )


def _own_method(case: Case) -> Iterator[Note]:
    """A method that nobody here knows may be called anything."""
    if isinstance(case.record, Record) and methods.is_own(case.record):
        method = case.record.method
        yield Note("audit.note.own-method", {"name": method.name.en[:64], "passes": str(method.passes_asked)})


def _too_fast(case: Case) -> Iterator[Note]:
    if isinstance(case.record, Record) and plausibility.is_faster_than_a_disk(case.record):
        yield Note("audit.note.fast", {})


def _formatted(case: Case) -> Iterator[Note]:
    """What was verified before a format is not what stands there since."""
    reformat = getattr(case.record, "reformat", None)
    if reformat is not None:
        sectors = bytes_in(reformat.ranges, 1)
        share = sectors * case.record.medium.logical_sector_bytes / case.record.medium.capacity_bytes
        values = {"sectors": f"{sectors:,}", "share": f"{share:.3%}", "most": str(MOST_SECTORS[reformat.file_system])}
        yield Note("audit.note.reformat", values)


def _checked(number: int, rule: Rule, case: Case) -> Check:
    if not rule.applies(case):
        return Check(number, rule.name, "not-applicable")
    if any(getattr(case, need) is None for need in rule.needs):
        return Check(number, rule.name, "not-reached")
    try:
        rule.look(case)
    except Problem as problem:
        because = problem.because if isinstance(problem, Contradictory) else ()
        values = {name: str(value) for name, value in problem.values.items()}
        return Check(number, rule.name, "failed", problem.key, values, because)
    return Check(number, rule.name, "passed")
