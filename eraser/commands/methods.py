"""`eraser methods`: the table, and one method explained."""

from __future__ import annotations

import click
import msgspec

from certificates import language
from certificates.errors import Usage
from certificates.values import Words
from eraser import home, methods
from eraser.commands.common import command as make_command
from eraser.commands.common import emit, json_option, said, tell
from eraser.methods import Method


@make_command("methods")
@click.argument("method_id", required=False, metavar="[ID]")
@json_option
def command(method_id: str | None, json: bool) -> None:
    table = methods.table(home.here().root)
    if method_id is not None and method_id not in table:
        raise Usage("usage.method", method=method_id, known=", ".join(table))
    chosen = {name: method for name, method in table.items() if method_id in (None, name)}
    for name, method in chosen.items():
        if json:
            emit({"type": "method", "id": name, **msgspec.to_builtins(method)})
        elif method_id is None:
            tell(
                f"{name:20} {len(method.passes):3}  {in_language(method.name)} [{said(f'method.status.{method.status}')}]"
            )
        else:
            tell(explained(name, method))
    if not json:
        tell(said("method.more_passes"))


def in_language(words: Words) -> str:
    return words.ja if language.in_force() == "ja" else words.en


def explained(name: str, method: Method) -> str:
    """Everything that the table knows of one method."""
    out = [f"{name}: {in_language(method.name)}"]
    out += [f"  {number:2}. {_spelt(spec)}" for number, spec in enumerate(method.passes, start=1)]
    if method.shuffled:
        out.append("  " + said("method.shuffled", first=method.shuffled[0], last=method.shuffled[1]))
    out.append(
        "  " + said("method.status_line", status=said(f"method.status.{method.status}"), edition=method.edition or "-")
    )
    out.append("  " + said("method.confidence_line", confidence=said(f"method.confidence.{method.confidence}")))
    out.append("  " + said(f"method.check.{method.check}"))
    if method.note:
        out.append("  " + in_language(method.note))
    out += ["  " + said("method.variant", label=v.label, passes=", ".join(v.passes)) for v in method.variants]
    out += ["  " + said("method.source", source=source) for source in method.sources]
    out.append("  " + said("method.reach"))
    return "\n".join(out)


def _spelt(spec: str) -> str:
    kind, _, value = spec.partition(":")
    return said(f"method.pass.{kind}", value=value.upper() if kind == "fixed" else value)
