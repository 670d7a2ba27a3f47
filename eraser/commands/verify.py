"""`eraser verify`: the medium in hand against its certificate. The certificate is audited first; the medium is only read; and what came of
it is a signed record of its own."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

import click

from certificates import causes, check
from certificates.audit import audit_files
from certificates.check import Checked, CheckRecord, Difference
from certificates.emptiness import MOST_SECTORS
from certificates.errors import Environment, NotAuthentic, Usage
from certificates.record import Record
from certificates.values import bytes_in
from eraser import (
    checking,
    dating,
    foresight,
    home,
    journal,
    meaning,
    progress,
    rehearsal,
    replugging,
    rows,
    station,
    trust,
)
from eraser.checking import Comparison
from eraser.commands import audit
from eraser.commands.common import command as make_command
from eraser.commands.common import (
    emit,
    json_option,
    option,
    people_of,
    people_options,
    replug_option,
    said,
    shown,
    station_home,
    tag_option,
    tell,
    there,
    warn_of_no_issuer,
)
from eraser.commands.plan_options import plan_options
from eraser.commands.stopping import stopping
from eraser.control import Control
from eraser.devices import Device
from eraser.events import PhaseDone, Replugging
from eraser.inspecting import Asked
from eraser.papers import Recorded
from eraser.station import Station
from verifier import plans
from verifier.faults import MediumGone
from verifier.plans import SEED_BYTES, PlanName, SampleSize


@make_command("verify")
@click.argument("target", type=click.Path(path_type=Path))
@option("--certificate", "certificate", required=True, type=click.Path(path_type=Path))
@plan_options
@replug_option
@option("--key", "key", multiple=True, type=click.Path(path_type=Path))
@people_options
@tag_option
@option("--dry-run", "verify_dry_run", is_flag=True, default=False)
@json_option
def command(
    target: Path,
    certificate: Path,
    verify: PlanName,
    size: SampleSize | None,
    key: tuple[Path, ...],
    replug: bool,
    dry_run: bool,
    json: bool,
    **asked: Any,
) -> int:
    dating.check(home.here())  # by a dead clock every certificate is still to come
    told, record = _audited(certificate, key, json=json)
    device = checking.identify(target)
    medium = device.medium
    foresight.check_sample(
        plans.by_name(verify, medium.capacity_bytes, medium.logical_sector_bytes, bytes(SEED_BYTES), size)
    )
    comparison = Comparison(device, record, told, verify, size)
    if dry_run:
        return _foretell(comparison, told, record, verify, size, json=json)
    if replug:
        replugging.check_possible(device.medium, checking.expected(record))
    try:
        checking.opened(comparison.path, device).close()
    except (OSError, MediumGone) as error:  # nothing to record: no number is taken for what can't be read at all
        raise Environment("verify.unreadable", target=shown(target), detail=causes.in_words(error)) from error
    here = station_home()
    recorded = _recorded(comparison, told, asked, station.open_station(here), replug=replug, json=json)
    _report(target, comparison, record, recorded, json=json)
    return check.exit_code(recorded.record) or (1 if recorded.warnings else 0)


def _audited(path: Path, keys: tuple[Path, ...], *, json: bool) -> tuple[Checked, Record]:
    """The certificate, if a medium can be compared with it. One that was altered is not compared with anything."""
    if there(path).is_dir():
        raise Usage("usage.one_certificate", path=path)
    (audited,) = audit_files(path, trust.here(home.here(), keys))
    if not audited.authentic:
        tell(audit.text(audited), json=json)
    if not audited.unaltered:
        failed = "; ".join(check.message() for check in audited.checks if check.state == "failed")
        raise NotAuthentic("verify.no_certificate", path=path, detail=failed)
    record = audited.record
    if not isinstance(record, Record):
        raise NotAuthentic("verify.no_certificate", path=path, detail=said("verify.other_kind"))
    if record.outcome not in ("erased", "erased-with-exceptions"):
        raise NotAuthentic("verify.no_content", number=record.number, outcome=said(f"outcome.{record.outcome}"))
    # What was read once, and audited, is all that counts: the file may be another by now.
    assert audited.digest is not None
    # An unaltered certificate that is not authentic has a key that is unknown, or known and out of service when it was issued.
    gone = audited.trusted and not audited.authentic
    return check.checked(record, audited.digest, trusted=audited.authentic, out_of_service=gone), record


def _foretell(
    comparison: Comparison, told: Checked, record: Record, plan_name: PlanName, size: SampleSize | None, *, json: bool
) -> int:
    """`--dry-run`: where it would look, how long that would take, and what it would prove."""
    device, path = comparison.device, comparison.path
    content, method, medium = told.content, record.method, device.medium
    if medium.capacity_bytes != told.medium.capacity_bytes:
        raise _other_size(device, told)
    try:
        with checking.opened(path, device) as reader:
            plan = plans.by_name(plan_name, reader.size, reader.sector_bytes, os.urandom(SEED_BYTES), size)
            gaps = bool(told.exceptions or told.reformat)
            passes = method.passes_asked
            row = rehearsal.planned(str(path), method.id, passes, told.medium, content, plan, reader, gaps=gaps)
    except OSError as error:
        raise Environment("verify.unreadable", target=path, detail=causes.in_words(error)) from error
    if json:
        emit(row)
    else:
        tell("\n".join(rehearsal.lines(row)))
    return 0


def _other_size(device: Device, told: Checked) -> NotAuthentic:
    return NotAuthentic(
        "verify.size",
        target=device.medium.node,
        found=device.medium.capacity_bytes,
        number=told.number,
        expected=told.medium.capacity_bytes,
    )


def _recorded(
    comparison: Comparison, told: Checked, asked: dict[str, Any], opened: Station, *, replug: bool, json: bool
) -> Recorded[CheckRecord]:
    """Compare, and keep what came of it, however it ended."""
    from tqdm import tqdm

    wanted = Asked(
        people=people_of(asked),
        languages=("ja", "en") if asked["paper"] == "both" else (asked["paper"],),
        out=(asked["out"] or opened.home.certificates).absolute(),
        asset_tag=asked["asset_tag"],
        reason=asked["reason"],
    )
    warn_of_no_issuer(wanted.people, opened.home)
    entry, control = checking.begin(comparison.device, told, wanted, opened), Control()
    with journal.at_work(opened.home.jobs, entry.number):
        with (
            stopping(control, told="verify.stopping"),
            tqdm(unit="B", unit_scale=True, disable=json or not sys.stderr.isatty()) as bar,
        ):
            for step in comparison.run(opened, control, replug=replug):
                if isinstance(step, Replugging):
                    if json:
                        emit(step)
                    tell(progress.replug_step(step.target, step.step, step.node, step.seconds), json=True)
                    continue
                bar.total = comparison.plan.bytes_to_read if comparison.plan else None
                control.is_at(comparison.device.medium.node, "verify", step, bar.total or step)
                bar.update(step - bar.n)
        return checking.record(comparison, told, wanted, entry, opened)


def _report(
    target: Path, comparison: Comparison, certified: Record, recorded: Recorded[CheckRecord], *, json: bool
) -> None:
    made, seen = recorded.record, recorded.record.verification
    if json:
        if seen is not None:
            passes = certified.method.passes_asked
            number, count = certified.number, seen.bytes_compared
            emit(PhaseDone(str(target), number, "verify", passes, count, comparison.seconds))
        emit(_row(target, comparison, certified, recorded))
    else:
        tell(_as_text(target, comparison, certified, recorded))
    found = check.finding(made)
    came = said("page.check-paper.content-only" if found == "issuer" else f"outcome.{made.outcome}")
    ended = said("say.ended", target=shown(target), outcome=came, number=made.number)
    files = (said("say.file", file=file) for file in recorded.files)
    next_step = () if found == "confirmed" else (_next(made, found),)
    for line in (ended, *files, *recorded.warnings, *next_step):
        tell(line, json=json)


def _next(made: CheckRecord, found: check.Finding) -> str:
    if found == "issuer" and made.certificate.out_of_service:
        return said("verify.next.out-of-service")
    return said(f"verify.next.{found}", key_id=made.certificate.key_id)


def _row(target: Path, comparison: Comparison, certified: Record, recorded: Recorded[CheckRecord]) -> rows.Compared:
    """The result for machines."""
    made, seen = recorded.record, recorded.record.verification
    listed = sum(each.last - each.first + 1 for each in made.certificate.exceptions)
    if made.format == "changed" and made.certificate.reformat is not None:
        listed += sum(each.last - each.first + 1 for each in made.certificate.reformat.ranges)
    return rows.Compared(
        target=str(target),
        number=made.certificate.number,
        matches=made.outcome != "not-confirmed",
        same_content=_same_content(recorded),
        same_identity=made.same_identity,
        plan=seen.plan if seen else "",
        seed=seen.seed if seen else None,
        bytes_compared=seen.bytes_compared if seen else 0,
        not_compared_sectors=listed,
        different_sectors=seen.different_sectors if seen else 0,
        unreadable_sectors=seen.unreadable_sectors if seen else 0,
        findings=seen.findings if seen else (),
        differences=tuple(_difference(each) for each in made.differences),
        true_capacity_bytes=seen.true_capacity_bytes if seen else None,
        sampling=seen.sampling if seen else None,
        claim=seen.claim if seen else None,
        proves=_proves(comparison, certified, recorded),
        check=made.number,
        outcome=made.outcome,
        against=made.against,
        format=made.format,
        papers=tuple(str(file) for file in recorded.files),
    )


def _same_content(recorded: Recorded[CheckRecord]) -> bool:
    made = recorded.record
    return made.verification is not None and not {"content", "incomplete"} & set(made.against)


def _proves(comparison: Comparison, certified: Record, recorded: Recorded[CheckRecord]) -> tuple[str, ...]:
    """What the comparison shows; nothing is spoken of where something was not compared."""
    seen, plan = recorded.record.verification, comparison.plan
    if seen is None or seen.claim is None or plan is None:
        return ()
    return meaning.of_plan(plan, certified.medium, certified.passes[-1].content)


def _difference(each: Difference) -> str:
    field = said(f"page.label.{'capacity' if each.field == 'capacity_bytes' else each.field}")
    return said("verify.identity", field=field, certificate=each.certificate or "-", medium=shown(each.medium or "-"))


def _as_text(target: Path, comparison: Comparison, certified: Record, recorded: Recorded[CheckRecord]) -> str:
    """What was found, first the content, then the identity."""
    made, row = recorded.record, _row(target, comparison, certified, recorded)
    facts = {"target": shown(target), "number": row.number, "compared": row.bytes_compared}
    out = []
    if "capacity" in made.against:
        problem = _other_size(comparison.device, made.certificate)
        out += [problem.message(), problem.hint()]
    elif row.different_sectors or row.unreadable_sectors:
        out.append(said("verify.differ", **facts, different=row.different_sectors, unreadable=row.unreadable_sectors))
        out += progress.findings(row.findings, row.true_capacity_bytes)
    elif row.same_content:
        sampled = "" if row.plan == "full" else "_sample"
        issuer = check.finding(made) == "issuer"
        match = "verify.match" if row.matches else "verify.match_issuer" if issuer else "verify.content_only"
        out.append(said(match + sampled, **facts))
        if made.certificate.exceptions:
            listed = sum(each.last - each.first + 1 for each in made.certificate.exceptions)
            out.append(said("verify.not_compared", count=listed))
    if made.format is not None:
        out.append(said(f"verify.format.{made.format}"))
    if made.format_sectors is not None and (reformat := made.certificate.reformat) is not None:
        number, most = bytes_in(reformat.ranges, 1), MOST_SECTORS[reformat.file_system]
        out.append(said("verify.format.counted", count=made.format_sectors, number=number, most=most))
    out += [said("say.proves", sentence=sentence) for sentence in row.proves]
    if lacking := foresight.lacking(certified.verdicts):
        out.append(said("verify.lacking", number=row.number, lacking=lacking))
    if made.halt is not None:
        cause, detail = said(f"interruption.{made.halt.cause}"), shown(made.halt.detail)
        out.append(said("verify.halted", target=shown(target), cause=cause, detail=detail))
    if row.same_identity is None:
        out.append(said("verify.identity_unknown"))
    out += [said(f"verify.against.{reason}") for reason in made.against if reason not in ("content", "capacity")]
    return "\n".join([*out, *row.differences])
