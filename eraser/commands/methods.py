"""`eraser methods`: the table, and one method explained."""

from __future__ import annotations

import click

from certificates import language
from certificates.errors import Usage
from eraser import methods
from eraser.commands.common import command as make_command
from eraser.commands.common import emit, json_option, said, tell


@make_command("methods")
@click.argument("method_id", required=False, metavar="[ID]")
@json_option
def command(method_id: str | None, json: bool) -> None:
    table = methods.table()
    if method_id is not None and method_id not in table:
        raise Usage("usage.method", method=method_id, known=", ".join(table))
    for name, method in table.items():
        if method_id not in (None, name):
            continue
        passes = [f"fixed {spec.fixed}" if spec.fixed is not None else "keyed stream" for spec in method.passes]
        label = method.name.ja if language.in_force() == "ja" else method.name.en
        if json:
            emit({"type": "method", "id": name, "name": {"en": method.name.en, "ja": method.name.ja}, "passes": passes})
        else:
            tell(f"{name:12} {label}: {', '.join(passes)}")
    if not json:
        tell(said("say.methods_reach"))
