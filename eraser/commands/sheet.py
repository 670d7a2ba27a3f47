"""What a paper says besides the facts: its options, an order sheet (`--from FILE.toml`) that holds them, and the configuration's defaults.

An order sheet has the long names of a command's options as keys, and the keys of `Form`, for which there are no options. What is given
on the command line goes before the sheet, and the sheet before the configuration. A sheet can't confirm a medium.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import click
import msgspec

from certificates import causes, foreign
from certificates.errors import Environment, Usage
from certificates.people import Handling, Issuer
from eraser import config, home
from eraser.commands.common import said, unless_blank
from eraser.config import Config

# Never from a file: what is wiped, and that somebody looked at it.
NEVER = frozenset({"targets", "confirm", "image", "dry_run", "json", "lang", "sheet", "help"})
# Of one medium: as a default, every medium of this station would get it.
NEVER_CONFIGURED = frozenset({"asset_tag"})
PATHS = frozenset({"photo", "document", "out"})


class Form(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="kebab"):
    """What only an order sheet or the configuration says."""

    operator_title: str | None = None
    operator_contact: str | None = None
    validator_title: str | None = None
    validator_contact: str | None = None
    data: str | None = None
    responsible: str | None = None
    confidentiality_before: str | None = None
    confidentiality_after: str | None = None


class Sheet(msgspec.Struct, frozen=True):
    """What a command gets as `sheet`. `path`: of the order sheet, if there is one."""

    form: Form
    configured: Config
    path: Path | None = None

    @property
    def files(self) -> tuple[Path, ...]:
        """What was read besides the configuration itself."""
        return tuple(path for path in (self.path, self.configured.logo) if path is not None)


def filled(ctx: click.Context, path: Path | None) -> Sheet:
    """Makes what configuration and order sheet say the defaults of the command's options. Raises Environment, Usage."""
    configured = config.read(home.here().root)
    _no_facts_of_one_medium(configured)
    # A default that only another command has an option for is not for this one.
    form = dict(_entered(ctx, configured.defaults, configured.path, strict=ctx.command.name == "wipe"))
    if path is not None:
        form |= _entered(ctx, _read(path), path)
    return Sheet(msgspec.convert(form, Form), configured, path)


def handling(asked: Mapping[str, Any]) -> Handling:
    form: Form = asked["sheet"].form
    return Handling(
        source=unless_blank(asked["source"]),
        data=unless_blank(form.data),
        responsible=unless_blank(form.responsible),
        confidentiality_before=unless_blank(form.confidentiality_before),
        confidentiality_after=unless_blank(form.confidentiality_after),
        destination=unless_blank(asked["destination"]),
    )


def issuer(asked: Mapping[str, Any]) -> tuple[Issuer | None, tuple[bytes, ...]]:
    """The configured issuer and its logo; nothing of it stands on a paper that another organisation issues."""
    configured: Config = asked["sheet"].configured
    found = configured.issuer
    if found is None or (unless_blank(asked["organisation"]) or found.name.ja) not in (found.name.ja, found.name.en):
        return None, ()
    return found, configured.pictures


def _read(path: Path) -> dict[str, Any]:
    try:
        return foreign.read_toml(path)
    except OSError as error:
        raise Usage("sheet.unreadable", path=path, detail=error.strerror) from error
    except ValueError as error:  # of TOML, or of what is no UTF-8
        raise Usage("sheet.unreadable", path=path, detail=causes.in_words(error)) from error


def _entered(ctx: click.Context, table: Mapping[str, Any], path: Path, *, strict: bool = True) -> dict[str, Any]:
    """Enters what are options as their defaults; returns what belongs to the form. Raises Usage for anything else, if `strict`."""
    options = {param.name: param for param in ctx.command.params if param.name and param.name not in NEVER}
    keys = {field.encode_name for field in msgspec.structs.fields(Form)}
    defaults, form = dict(ctx.default_map or {}), {}
    for key, value in table.items():
        name = key.replace("-", "_")
        if key in keys:
            form[key] = _text(key, value, path)
        elif name in options and "_" not in key:
            defaults[name] = _value(ctx, options[name], key, value, path)
        elif strict:
            raise _unknown(key, {*keys, *(each.replace("_", "-") for each in options)}, path)
    ctx.default_map = defaults
    return form


def _no_facts_of_one_medium(configured: Config) -> None:
    """Raises Usage for a default that only one medium can have."""
    for key in configured.defaults:
        if key.replace("-", "_") in NEVER_CONFIGURED:
            raise Usage("sheet.of_one_medium", path=configured.path, key=key)


def _text(key: str, value: object, path: Path) -> str:
    if not isinstance(value, str):
        raise Usage("sheet.value", path=path, key=key, detail=said("sheet.text"))
    return value


def _value(ctx: click.Context, param: click.Parameter, key: str, value: Any, path: Path) -> Any:
    """The value as its option takes it. A file is named from where the sheet is."""
    values = value if isinstance(value, list) and param.multiple else [value]
    is_switch = isinstance(param.type, click.types.BoolParamType)
    if any(isinstance(each, list | dict) or is_switch != isinstance(each, bool) for each in values):
        raise Usage("sheet.value", path=path, key=key, detail=said("sheet.text"))
    if param.name in PATHS:
        values = [_placed(_text(key, each, path), path.parent) for each in values]
    given = values if param.multiple else values[0]
    try:
        param.type_cast_value(ctx, given)
    except (click.ClickException, TypeError, ValueError) as error:
        told = error.message if isinstance(error, click.ClickException) else str(error)
        raise Usage("sheet.value", path=path, key=key, detail=told) from error
    return given


def _placed(text: str, folder: Path) -> str:
    caption, equals, name = text.partition("=")
    if equals and not (folder / text).exists():
        return f"{caption}={folder / name}"
    return str(folder / text)


def _unknown(key: str, known: Iterable[str], path: Path) -> Usage:
    near = difflib.get_close_matches(key.replace("_", "-"), sorted(known), 3, 0.5)
    return Usage("sheet.key", path=path, key=repr(key)[1:-1], known=", ".join(near or sorted(known)))


def checked(command: click.Command, home_root: Path) -> Config:
    """The configuration, looked at as `command` would, and whether a page can show it. Raises Problem (for `eraser doctor`)."""
    from eraser import papers

    configured = config.read(home_root)
    with click.Context(command) as ctx:
        try:
            _no_facts_of_one_medium(configured)
            form = _entered(ctx, configured.defaults, configured.path)
        except Usage as problem:
            raise Environment("config.wrong", path=configured.path, detail=problem.message()) from problem
        printed = {name: value for name, value in (ctx.default_map or {}).items() if name not in PATHS}
        papers.check_names(_texts((msgspec.to_builtins(configured.issuer), printed, form)))
    return configured


def _texts(value: object) -> list[str]:
    if isinstance(value, str):
        return [value]
    parts = value.values() if isinstance(value, dict) else value if isinstance(value, list | tuple) else ()
    return [text for part in parts for text in _texts(part) if text]
