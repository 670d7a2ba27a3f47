"""`eraser devices`: what is attached, and in words why it may not be wiped."""

from __future__ import annotations

import msgspec

from certificates import parts
from eraser import devices as attached_devices
from eraser import guard, home, lives, nodes, rows, signatures, usage
from eraser.commands.common import command as make_command
from eraser.commands.common import emit, human_bytes, json_option, said, tell
from eraser.commands.contents import contents
from eraser.devices import Device
from eraser.signatures import Signature
from eraser.usage import Use


@make_command("devices")
@json_option
def command(json: bool) -> None:
    found = tuple(asked_of_the_kernel(device) for device in attached_devices.attached())
    held = signatures.of_each(found)
    wanted = lives.limits(home.here())
    known = lives.facts_if_limited(home.here(), wanted)
    for device in found:
        confirm = guard.answers_to(device, found)
        due = lives.warning(device.medium, None, known, wanted)
        if json:
            emit(row(device, confirm, due, held[device.medium.node]))
        else:
            tell(lines(device, confirm, held[device.medium.node]) + (f"\n    {due}" if due else ""))
    if not found and not json:
        tell(said("say.nothing_attached"))


def asked_of_the_kernel(device: Device) -> Device:
    """The device; with a use of it that the kernel keeps to itself, if there is no other reason against it."""
    if guard.reasons_against(device):
        return device
    claimed = [node for node in (device.medium.node, *device.nodes_beside) if usage.is_claimed(nodes.name_at(node))]
    return msgspec.structs.replace(device, uses=(*device.uses, *(Use("claimed", node, "") for node in claimed)))


def row(device: Device, confirm: str, due: str | None, held: tuple[Signature, ...] | None) -> rows.Device:
    """The JSON line of one device."""
    against = guard.reasons_against(device)
    return rows.Device(
        node=device.medium.node,
        confirm=confirm,
        kind=device.kind,
        medium=device.medium,
        read_only=device.read_only,
        uses=device.uses,
        may_be_wiped=not against,
        reasons=tuple(rows.ReasonRow(reason.key, reason.text()) for reason in against),
        due=due,
        same_medium=device.nodes_beside,
        signatures=held,
    )


def lines(device: Device, confirm: str, held: tuple[Signature, ...] | None) -> str:
    medium, against = device.medium, guard.reasons_against(device)
    named = " ".join(part for part in (medium.vendor, medium.model) if part) or "-"
    kind = said(f"page.medium.{medium.media_type}")
    head = f"{medium.node}  {human_bytes(medium.capacity_bytes)}  {named}  {medium.bus or '-'}  {kind}"
    facts = said("say.device", serial=medium.serial or "-", wwn=medium.wwn or "-", sector=medium.logical_sector_bytes)
    if against:
        rule = said("say.may_not", reasons=" ".join(reason.text() for reason in against))
    else:
        rule = said("say.may_be_wiped", confirm=confirm)
    told = list(parts.sentences(medium))
    if device.nodes_beside:
        told.append(said("say.paths", nodes=", ".join(device.nodes_beside)))
    if medium.capacity_bytes:
        told.append(contents(held))
    return "\n    ".join([head, facts, *told, rule])
