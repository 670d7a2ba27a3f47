"""`eraser wipe`: asks for the confirmation that is missing, runs the jobs, shows how they go, and exits with the worst outcome."""

from __future__ import annotations

import errno
import os
import secrets
from collections.abc import Iterable
from pathlib import Path
from typing import Any, get_args

import click
import msgspec

from certificates import language, policy
from certificates.errors import Refused, Usage
from certificates.ledger.words import named
from certificates.policy import DATA_CLASSES, Policy
from certificates.record import FileSystem
from eraser import (
    devices,
    evidence,
    fleet,
    foresight,
    guard,
    job,
    limits,
    lives,
    methods,
    own_files,
    progress,
    rehearsal,
    signatures,
    station,
    usage,
)
from eraser.commands import sheet, tags
from eraser.commands.common import command as make_command
from eraser.commands.common import (
    emit,
    human_bytes,
    image_option,
    is_terminal,
    json_option,
    option,
    pace_options,
    people_of,
    people_options,
    replug_option,
    said,
    shown,
    station_home,
    tell,
    warn_of_no_issuer,
)
from eraser.commands.contents import contents
from eraser.commands.plan_options import plan_options
from eraser.commands.stopping import stopping
from eraser.control import Control
from eraser.devices import Device
from eraser.events import RefusedTarget
from eraser.home import Home
from eraser.order import Order
from verifier import plans
from verifier.plans import SEED_BYTES


@make_command("wipe")
@click.argument("targets", nargs=-1, required=True, metavar="TARGET...")
@image_option
@option("--confirm", "confirm", multiple=True, metavar="ID")
@option("--method", "method", default=methods.AUTO, show_default=True)
@plan_options
@replug_option
@option("--reformat", "reformat", type=click.Choice(get_args(FileSystem)))
@option("--policy", "policy", multiple=True, metavar="ID|FILE")
@option("--data-class", "data_class", type=click.Choice(DATA_CLASSES))
@option("--require-sufficient", "require_sufficient", is_flag=True, default=False)
@people_options
@option("--asset-tag", "asset_tags", multiple=True, to="asset_tag", metavar="[NAME=]TAG")
@option("--source", "source")
@option("--destination", "destination")
@option("--photo", "photo", multiple=True, metavar="[CAPTION=]FILE")
@option("--document", "document", multiple=True, type=click.Path(path_type=Path))
@pace_options
@option("--dry-run", "dry_run", is_flag=True, default=False)
@json_option
def command(targets: tuple[str, ...], json: bool, dry_run: bool, **asked: Any) -> int:
    here = station_home()
    found, refused = looked_up(targets, image=asked["image"])
    if refused:
        with progress.shown(json=json) as show:
            for each in refused:
                show(each)
        return fleet.worst(fleet.codes_of(refused))
    chosen = orders(targets, found, asked, here)
    if len(chosen) > 1 and chosen[0].evidence:
        tell(said("say.evidence_for_all", count=len(chosen[0].evidence), media=len(chosen)), json=True)
    for order in chosen:
        forewarn(order, here)
    if (process := usage.shielded()) is not None:
        tell(said("say.shielded", process=process), json=True)
    warn_of_age(chosen, here)
    for order in chosen[:1]:
        warn_of_no_issuer(order.people, here)
    if dry_run:
        return foretell(chosen, here, json=json)
    limits.check(len(chosen))
    opened = station.open_station(here)
    chosen = tuple(confirmed(order) for order in chosen)
    control = Control(asked["rate"], asked["total_rate"], asked["max_temperature"], media=len(chosen))
    ended = []
    with stopping(control), progress.shown(json=json) as show:
        for event in fleet.run(chosen, opened, control):
            ended.append(event)
            show(event)
    return fleet.worst(fleet.codes_of(ended))


def warn_of_age(chosen: Iterable[Order], here: Home) -> None:
    """Media that have reached a limit that their owner set. A warning, no refusal: what holds data has to be wiped all the same."""
    wanted = lives.limits(here)
    known = lives.facts_if_limited(here, wanted)
    for order in chosen if known else ():
        if due := lives.warning(order.device.medium, order.asset_tag, known, wanted):
            tell(f"{order.target}: {due}", json=True)


def looked_up(targets: tuple[str, ...], *, image: bool) -> tuple[tuple[Device, ...], tuple[RefusedTarget, ...]]:
    """The first look at each medium, which everything afterwards is about; and what could not be looked at. Raises Usage."""
    found, refused = [], []
    for target in targets:
        if shown(target) != target:
            raise Usage("usage.name", target=target.encode(errors="backslashreplace").decode())
        try:
            device = devices.image(target) if image else devices.at(target)
            # Root may open everything; that a file system or medium is read-only is the guard's business.
            if os.geteuid() and not os.access(target, os.R_OK | os.W_OK):
                raise Refused("refused.permission", node=target, detail=os.strerror(errno.EACCES))
            found.append(device)
        except Refused as problem:
            told = problem.message(), problem.hint()
            refused.append(RefusedTarget(target, problem.exit_code, problem.key, *told))
    return tuple(found), tuple(refused)


def _read_by(asked: dict[str, Any]) -> tuple[Path, ...]:
    """The files that the order is made of."""
    photographs = (evidence.captioned(given)[1] for given in asked["photo"])
    policies = (Path(given) for given in asked["policy"])
    return (*asked["sheet"].files, *photographs, *asked["document"], *policies)


def orders(targets: tuple[str, ...], found: tuple[Device, ...], asked: dict[str, Any], here: Home) -> tuple[Order, ...]:
    """One order a target, each with the first look at it. Raises Usage, Refused, Environment."""
    given = frozenset(asked["confirm"])
    own = own_files.found(here, asked["out"], _read_by(asked))
    seen: dict[devices.Attachment, str] = {}
    nodes: dict[str, str] = {}
    for target, device in zip(targets, found, strict=True):
        if (earlier := seen.setdefault(device.attachment, target)) is not target:
            raise Usage("usage.twice", target=target, earlier=earlier)
        if (path := next((path for path in device.paths if path in nodes), None)) is not None:
            raise Usage("usage.twice", target=target, earlier=nodes[path])
        nodes[device.medium.node] = target
        if asked["image"] and Path(device.precise).is_relative_to(here.root.resolve()):
            raise Refused("refused.own_file", target=target, path=here.root)
        own_files.check(device, own)
    for device in found:
        foresight.check_sample(plans.by_name(asked["verify"], *_size_of(device), bytes(SEED_BYTES), asked["size"]))
    stray = given - {name for device in found for name in guard.identities(device)}
    if stray:
        raise Usage("usage.stray_confirm", confirm=", ".join(sorted(stray)))
    of_each = tags.assigned(asked["asset_tag"], targets, found)
    policies = judged_by(asked, here)
    bound = evidence.gathered(asked["photo"], asked["document"])
    attached = found if asked["image"] else devices.attached()
    issuer, logo = sheet.issuer(asked)
    languages: tuple[language.Language, ...] = ("ja", "en") if asked["paper"] == "both" else (asked["paper"],)
    return tuple(
        Order(
            target=target,
            device=device,
            method=asked["method"],
            plan=asked["verify"],
            confirmed=given,
            attached=attached,
            languages=languages,
            out=(asked["out"] or here.certificates).absolute(),
            people=people_of(asked),
            asset_tag=tag,
            reason=asked["reason"],
            replug=asked["replug"],
            reformat=asked["reformat"],
            evidence=bound.evidence,
            handling=sheet.handling(asked),
            issuer=issuer,
            pictures=(*logo, *bound.pictures),
            policies=tuple(policies.items()),
            data_class=asked["data_class"],
            must_suffice=asked["require_sufficient"],
            size=asked["size"],
        )
        for target, device, tag in zip(targets, found, of_each, strict=True)
    )


def _size_of(device: Device) -> tuple[int, int]:
    return device.medium.capacity_bytes, device.medium.logical_sector_bytes


def judged_by(asked: dict[str, Any], here: Home) -> dict[str, Policy]:
    """The policies of the order. Raises Usage, Environment."""
    data_class = asked["data_class"]
    policies = policy.chosen(asked["policy"], data_class, policy.table(here.root))
    if asked["require_sufficient"] and (data_class is None or not any(each.grades_data for each in policies.values())):
        raise Usage("usage.require_sufficient")
    return policies


def forewarn(order: Order, here: Home) -> None:
    """Say before the wipe what it won't be good for."""
    device = order.device
    table = methods.table(here.root)
    method = methods.resolve(order.method, device.medium, table)
    found = foresight.verdicts(order, device.medium, table[method.id], secrets.token_bytes)
    if notes := guard.notes(device):
        click.echo(
            said("say.unseen_openers", target=order.target, reasons=" ".join(note.text() for note in notes)), err=True
        )
    if not guard.reasons_against(device):
        click.echo(f"{order.target}: {contents(signatures.of(device))}", err=True)
    for line in foresight.warnings(order, device.medium, found):
        click.echo(line, err=True)


def confirmed(order: Order) -> Order:
    """The order with the identity that the user types, if he gave none and there is a terminal to ask on."""
    device = order.device
    if order.confirmed & guard.identities(device) or guard.reasons_against(device) or not is_terminal():
        return order
    medium = device.medium
    described = " ".join(part for part in (medium.vendor, medium.model, human_bytes(medium.capacity_bytes)) if part)
    expected = guard.answers_to(device, order.attached)
    typed = click.prompt(
        said(
            "ask.confirm",
            node=medium.node,
            described=described,
            contents=contents(signatures.of(device)),
            confirm=expected,
        ),
        prompt_suffix="",
        err=True,
    )
    return msgspec.structs.replace(order, confirmed=order.confirmed | {typed})


def foretell(chosen: tuple[Order, ...], here: Home, *, json: bool) -> int:
    """`--dry-run`: what would be done. Nothing is written, to no medium and not at home either (no key is made), so no identity is
    asked for; every other rule of the guard applies."""
    codes = []
    for order in chosen:
        try:
            device = order.device
            asked = order if order.confirmed else msgspec.structs.replace(order, confirmed=frozenset({device.precise}))
            with job.guarded(asked) as held, held.reader() as reader:
                table = methods.table(here.root)
                method = methods.resolve(order.method, device.medium, table)
                foreseen = foresight.verdicts(order, device.medium, table[method.id], secrets.token_bytes)
                foresight.check(order, foreseen)
                last = methods.passes(table[method.id], secrets.token_bytes)[-1]
                job.afterwards(order, device, last, here)
                plan = job.draw_places(order, device.medium, secrets.token_bytes(SEED_BYTES))
                row = rehearsal.planned(
                    order.target, method.id, method.passes_asked, device.medium, last.record, plan, reader
                )
        except Refused as problem:
            codes.append(problem.exit_code)
            tell(said("say.refused", target=order.target, message=problem.message(), hint=problem.hint()), json=json)
            continue
        row = msgspec.structs.replace(row, verdicts=foreseen, signatures=signatures.of(device))
        codes.append(0)
        if json:
            emit(row)
        else:
            told = msgspec.structs.asdict(row) | {"method": named(row.method, methods.names(here.root))}
            tell("\n".join([said("say.dry_run", **told), *rehearsal.lines(row)]))
            for each in foreseen:
                tell(said("say.at_best", target=order.target, verdict=foresight.sentence(each)))
            if not order.confirmed:
                tell(said("say.to_wipe", target=order.target, confirm=guard.answers_to(device, order.attached)))
    return fleet.worst(codes)
