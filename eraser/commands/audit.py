"""`eraser audit`: certificates and folders of them, checked offline. Touches no device and needs no root."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

import click

from certificates import station_key
from certificates.audit import Audit, audit_files
from certificates.errors import NotAuthentic, Usage
from eraser import home, rows, trust
from eraser.commands.common import command as make_command
from eraser.commands.common import emit, json_option, option, said, shown, tell
from eraser.home import Home


@make_command("audit")
@click.argument("files", nargs=-1, required=True, metavar="FILE|DIR...", type=click.Path(path_type=Path))
@option("--key", "key", multiple=True, type=click.Path(path_type=Path))
@json_option
def command(files: tuple[Path, ...], key: tuple[Path, ...], json: bool) -> int:
    return report(files, home.here(), key, json=json)


def report(files: Iterable[Path], here: Home, keys: Iterable[Path], *, json: bool) -> int:
    """Audit and tell; 0 if every certificate is authentic, else 6. A folder without certificates is no success."""
    seen = []
    for audited in looked_through(files, trusted(here, keys)):
        seen.append(audited.authentic)
        if json:
            emit(row(audited))
        else:
            tell(text(audited))
    if not seen:
        raise NotAuthentic("audit.nothing", files=", ".join(str(file) for file in files))
    if not json and len(seen) > 1:
        tell(said("audit.summary", count=len(seen), good=seen.count(True), bad=seen.count(False)))
    return 0 if all(seen) else NotAuthentic.exit_code


def looked_through(files: Iterable[Path], keys: dict[str, bytes]) -> Iterator[Audit]:
    for file in files:
        yield from audit_files(file, keys)


def trusted(here: Home, keys: Iterable[Path]) -> dict[str, bytes]:
    """The keys that count here: the station's own, the trusted ones, and those given for this run. Raises Usage."""
    found = trust.trusted_keys(here)
    for path in keys:
        try:
            pem = path.read_bytes()
            found[station_key.key_id_of(pem)] = pem
        except (OSError, NotAuthentic) as error:
            raise Usage("usage.key", path=path, detail=str(error)) from error
    return found


def row(audited: Audit) -> rows.Audited:
    failed = [check for check in audited.checks if check.state == "failed"]
    return rows.Audited(
        file=audited.file,
        authentic=audited.authentic,
        unaltered=audited.unaltered,
        trusted=audited.trusted,
        number=audited.number,
        outcome=audited.outcome,
        key_id=audited.key_id,
        failed=tuple(check.number for check in failed),
        messages=tuple(check.message() for check in failed),
    )


def text(audited: Audit) -> str:
    """One line for what is in order; for what is not, each failed check with its reason and what to do."""
    if audited.authentic:
        outcome = said(f"outcome.{audited.outcome}")
        return said("audit.good", file=shown(audited.file), number=audited.number, outcome=outcome)
    out = [said("audit.bad", file=shown(audited.file))]
    for check in audited.checks:
        if check.state == "failed":
            out.append(f"  {check.number} {check.title()}: {check.message()}")
            out.append(f"    {check.hint()}")
    return "\n".join(out)
