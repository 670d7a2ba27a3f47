"""`eraser verify`: the medium in hand against its certificate. The certificate is audited first; the medium is only read."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

import click
import msgspec

from certificates import attachments, judgement
from certificates.audit import ATTACHED, audit_files
from certificates.errors import Environment, NotAuthentic, Usage
from certificates.record import SCHEMA, Medium, Record
from eraser import devices, drafting, home, meaning, progress, rehearsal, rows, trust
from eraser.commands import audit
from eraser.commands.common import command as make_command
from eraser.commands.common import emit, json_option, option, said, tell
from eraser.commands.plan_options import plan_options
from eraser.events import PhaseDone
from verifier import claims, plans
from verifier.content import Content, Keyed, Repeated
from verifier.faults import MediumGone, TooManyFaults
from verifier.looking import Looking
from verifier.pipeline import Span, Stalled
from verifier.plans import SEED_BYTES, Plan, PlanName, SampleSize
from verifier.reading import Reader

# What names a medium beyond doubt; where it is plugged in, and through what, may differ.
_NAMING = ("vendor", "model", "serial", "wwn")


@make_command("verify")
@click.argument("target", type=click.Path(path_type=Path))
@option("--certificate", "certificate", required=True, type=click.Path(path_type=Path))
@plan_options
@option("--key", "key", multiple=True, type=click.Path(path_type=Path))
@option("--dry-run", "verify_dry_run", is_flag=True, default=False)
@json_option
def command(
    target: Path,
    certificate: Path,
    verify: PlanName,
    size: SampleSize | None,
    key: tuple[Path, ...],
    dry_run: bool,
    json: bool,
) -> int:
    authentic, record = _audited(certificate, key, json=json)
    expected = _expected(record)
    if dry_run:
        return _foretell(target, record, verify, size, json=json)
    result, seconds = _compared(target, record, expected, verify, size, quiet=json or not sys.stderr.isatty())
    result = msgspec.structs.replace(result, matches=result.matches and authentic)
    if json:
        passes = record.method.passes_asked
        emit(PhaseDone(str(target), record.number, "verify", passes, result.bytes_compared, seconds))
        emit(result)
    else:
        tell(_as_text(result))
    if not result.matches:
        return NotAuthentic.exit_code
    return 3 if result.not_compared_sectors else 0


def _audited(path: Path, keys: tuple[Path, ...], *, json: bool) -> tuple[bool, Record]:
    """Is the certificate authentic, and what does it say? One that was altered is not compared with anything."""
    if path.is_dir():
        raise Usage("usage.one_certificate", path=path)
    (audited,) = audit_files(path, trust.here(home.here(), keys))
    if not audited.authentic:
        tell(audit.text(audited), json=json)
    if not audited.unaltered:
        failed = "; ".join(check.message() for check in audited.checks if check.state == "failed")
        raise NotAuthentic("verify.no_certificate", path=path, detail=failed)
    if audited.schema != SCHEMA:  # an inspection says what was found, not what should be there
        raise NotAuthentic("verify.no_content", number=audited.number, outcome=said(f"outcome.{audited.outcome}"))
    content = path.read_bytes()
    raw = dict(attachments.read(content))[ATTACHED[0]] if content.startswith(b"%PDF-") else content
    return audited.authentic, msgspec.json.decode(raw, type=Record)


def _expected(record: Record) -> Content:
    """What the last pass left. Raises NotAuthentic if the certificate promises nothing."""
    if record.outcome not in ("erased", "erased-with-exceptions"):
        raise NotAuthentic("verify.no_content", number=record.number, outcome=said(f"outcome.{record.outcome}"))
    content = record.passes[-1].content
    return Keyed(bytes.fromhex(content.key)) if content.key else Repeated(bytes.fromhex(content.pattern or ""))


def _foretell(target: Path, record: Record, plan_name: PlanName, size: SampleSize | None, *, json: bool) -> int:
    """`--dry-run`: where it would look, how long that would take, and what it would prove."""
    content, method = record.passes[-1].content, record.method
    try:
        with Reader(target) as reader:
            plan = _drawn(reader, target, record, plan_name, size)
            row = rehearsal.planned(str(target), method.id, method.passes_asked, record.medium, content, plan, reader)
    except OSError as error:
        raise Environment("verify.unreadable", target=target, detail=str(error)) from error
    if json:
        emit(row)
    else:
        tell("\n".join(rehearsal.lines(row)))
    return 0


def _drawn(reader: Reader, target: Path, record: Record, name: PlanName, size: SampleSize | None) -> Plan:
    """The plan, with a fresh seed. Raises NotAuthentic for a medium of another size than the certificate's."""
    if reader.size != record.medium.capacity_bytes:
        raise NotAuthentic(
            "verify.size",
            target=target,
            found=reader.size,
            number=record.number,
            expected=record.medium.capacity_bytes,
        )
    return plans.by_name(name, reader.size, reader.sector_bytes, os.urandom(SEED_BYTES), size)


def _compared(
    target: Path, record: Record, expected: Content, plan_name: PlanName, size: SampleSize | None, *, quiet: bool
) -> tuple[rows.Compared, float]:
    """Read the medium after a plan with a fresh seed. Raises NotAuthentic for another size, Environment if it can't be read."""
    from tqdm import tqdm

    medium, number, excused = record.medium, record.number, _excused(record)
    try:
        with Reader(target) as reader:
            plan = _drawn(reader, target, record, plan_name, size)
            looking = Looking(reader, plan, expected, excused=excused)
            began = time.monotonic()
            with tqdm(total=plan.bytes_to_read, unit="B", unit_scale=True, disable=quiet) as bar:
                for done in looking:
                    bar.update(done - bar.n)
            seconds = round(time.monotonic() - began, 3)
    except (OSError, MediumGone, TooManyFaults, Stalled) as error:
        raise Environment("verify.unreadable", target=target, detail=str(error) or type(error).__name__) from error
    seen = looking.seen
    findings, differences = drafting.findings(seen, medium), _differences(medium, target)
    same_identity = _same_identity(medium, target)
    # A keyed stream is known by itself, unless the medium says that it is another one; zeros could be anybody's.
    is_the_medium = same_identity is True or (same_identity is None and isinstance(expected, Keyed))
    same_content = (
        seen.complete and not seen.different_sectors and not seen.unreadable_sectors and seen.bytes_compared > 0
    )
    proven = same_content and not excused
    result = rows.Compared(
        target=str(target),
        number=number,
        matches=same_content and is_the_medium,
        same_content=same_content,
        same_identity=same_identity,
        plan=plan.name,
        seed=plan.seed.hex() if plan.seed else None,
        bytes_compared=seen.bytes_compared,
        not_compared_sectors=sum(span.length for span in excused) // medium.logical_sector_bytes,
        different_sectors=seen.different_sectors,
        unreadable_sectors=seen.unreadable_sectors,
        findings=findings,
        differences=differences,
        true_capacity_bytes=judgement.true_capacity(
            findings, medium.logical_sector_bytes, seen.bytes_compared - seen.different_sectors * reader.sector_bytes
        ),
        sampling=drafting.sampling(plan),
        claim=meaning.kept(claims.of_clean(plan)) if proven else None,
        proves=meaning.of_plan(plan, medium, record.passes[-1].content) if proven else (),
    )
    return result, seconds


def _same_identity(told: Medium, target: Path) -> bool | None:
    """Does the medium bear the certificate's own number? None where nobody says one: a file, or a medium without a number."""
    if not target.is_block_device():
        return None
    now = devices.at(str(target)).medium
    pairs = [(told.serial, now.serial), (told.wwn, now.wwn)]
    if any(one != other for one, other in pairs if one or other):
        return False
    return True if any(one for one, _ in pairs) else None


def _excused(record: Record) -> list[Span]:
    """Sectors that the certificate itself lists: unwritable, or unreadable when they were checked."""
    sector = record.medium.logical_sector_bytes
    listed = list(record.passes[-1].unwritable)
    if record.verification is not None:
        listed += [finding.lbas for finding in record.verification.findings if finding.kind == "unreadable"]
    return [Span(r.first * sector, (r.last - r.first + 1) * sector) for r in listed]


def _differences(told: Medium, target: Path) -> tuple[str, ...]:
    """The identity on the certificate against the medium's, in words. A copy in a file has no identity to compare."""
    if not target.is_block_device():
        return ()
    now = devices.at(str(target)).medium
    return tuple(
        said("verify.identity", field=field, certificate=getattr(told, field) or "-", medium=getattr(now, field) or "-")
        for field in _NAMING
        if getattr(told, field) != getattr(now, field)
    )


def _as_text(result: rows.Compared) -> str:
    """What was found, first the content, then the identity. No proof is spoken of where something was not compared."""
    facts = {"target": result.target, "number": result.number, "compared": result.bytes_compared}
    if not result.same_content:
        out = [said("verify.differ", **facts, different=result.different_sectors, unreadable=result.unreadable_sectors)]
        out += progress.findings(result.findings, result.true_capacity_bytes)
    else:
        out = [said("verify.match" if result.matches else "verify.content_only", **facts)]
        if result.not_compared_sectors:
            out.append(said("verify.not_compared", count=result.not_compared_sectors))
        out += [said("say.proves", sentence=sentence) for sentence in result.proves]
        if result.same_identity is None:
            out.append(said("verify.identity_unknown"))
    return "\n".join([*out, *result.differences])
