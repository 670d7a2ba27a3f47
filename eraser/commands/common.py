"""What several commands share: their options, and writing for people and for machines."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

import click
import msgspec

from certificates import language
from certificates.errors import LedgerInconsistent, Usage
from certificates.people import People
from eraser import home
from eraser.home import Home

REASONS = ("disposal", "return", "renewal", "reuse", "repair")

MOST_TOLD = 10  # of a kind, one by one

F = TypeVar("F", bound=Callable[..., Any])


def said(key: str, **values: object) -> str:
    """The sentence in the language in force, for people at a terminal."""
    return language.for_terminal(key, None, **values)


def command(name: str) -> Callable[[Callable[..., Any]], click.Command]:
    """A click command whose help stands in the words table under `help.NAME`, with `--lang` as every command has it."""

    def decorate(function: Callable[..., Any]) -> click.Command:
        return click.command(name, cls=Command, help=said(f"help.{name}.text"))(lang_option(function))

    return decorate


class Command(click.Command):
    """Refuses an option that takes one value and is given two: click would take the last one without a word."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        _, _, order = self.make_parser(ctx).parse_args(args=list(args))
        seen: set[str] = set()
        for each in order:
            if not isinstance(each, click.Option) or each.multiple or each.is_flag:
                continue
            if each.name in seen:
                raise Usage("usage.given_twice", option=each.opts[0])
            seen.add(each.name or "")
        return super().parse_args(ctx, args)


class Group(Command, click.Group):
    """A command that has commands. Lists each with the whole first sentence of its help: click cuts where there are no spaces."""

    command_class = Command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        commands = [(name, self.commands[name].help or "") for name in self.list_commands(ctx)]
        with formatter.section(said("click.commands")):
            formatter.write_dl([(name, re.split(r"(?<=。)|(?<=\.) ", text, maxsplit=1)[0]) for name, text in commands])


def lang_option(function: F) -> F:
    """`--lang` and `--home`, as every command has them."""
    # Both were taken before click parsed anything (eraser.cli); here the options are only declared.
    for name, key, kind in (
        ("--home", "help.home", click.Path()),
        ("--lang", "help.lang", click.Choice(language.LANGUAGES)),
    ):
        function = click.option(name, type=kind, expose_value=False, help=said(key))(function)
    return function


def station_home() -> Home:
    """The station's home, for a command that signs or reads the ledger; people are told which ledger that is. Raises Refused."""
    from certificates.ledger import stores  # not for --help

    found = home.of_station()
    tell(said("say.ledger", ledger=shown(stores.at(found.ledger).name)), json=True)
    return found


def option(name: str, key: str, *, to: str | None = None, **options: Any) -> Callable[[F], F]:
    """An option whose help stands in the words table under `help.option.KEY`. `to`: its parameter, if not called as the option is."""
    return click.option(*filter(None, (name, to)), help=said(f"help.option.{key}"), **options)


class Bytes(click.ParamType[int]):
    """A number of bytes, with k, M, G or T (decimal) behind it if wanted."""

    name = "bytes"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        if isinstance(value, int):
            return value
        match = re.fullmatch(r"([0-9]{1,15})([kMGT]?)B?", str(value))
        if match is None or int(match[1]) == 0:
            self.fail(said("usage.bytes", value=value), param, ctx)
        thousands: int = 1000 ** " kMGT".index(match[2] or " ")
        return int(match[1]) * thousands


BYTES = Bytes()
json_option = option("--json", "json", is_flag=True, default=False)
replug_option = option("--replug", "replug", is_flag=True, default=False)
image_option = option("--image", "image", is_flag=True, default=False)


def pace_options(function: F) -> F:
    """How fast a job may go and how warm a drive may get."""
    for decorate in (
        option("--max-temperature", "max_temperature", type=click.IntRange(1, 120), metavar="CELSIUS"),
        option("--total-rate", "total_rate", type=BYTES, metavar="BYTES/S"),
        option("--rate", "rate", type=BYTES, metavar="BYTES/S"),
    ):
        function = decorate(function)
    return function


def _sheet(ctx: click.Context, param: click.Parameter, value: Path | None) -> Any:
    from eraser.commands import sheet  # not for --help

    return sheet.filled(ctx, value)


def people_options(function: F) -> F:
    """What a paper says about people and purpose, in which languages, and where it goes; `people_of` reads them."""
    for decorate in (
        option("--paper", "paper", type=click.Choice(("both", "ja", "en")), default="both", show_default=True),
        option("--out", "out", type=click.Path(path_type=Path, file_okay=False)),
        option("--reason", "reason", type=click.Choice(REASONS)),
        option("--location", "location"),
        option("--validator", "validator"),
        option("--witness", "witness", multiple=True),
        option("--operator", "operator"),
        option("--organisation", "organisation"),
        option("--customer-is-person", "customer_is_person", is_flag=True, default=False),
        option("--customer", "customer"),
        # Read first: what it says are the other options' defaults. The command gets all of it as `sheet`.
        click.option(
            "--from",
            "sheet",
            is_eager=True,
            callback=_sheet,
            type=click.Path(path_type=Path, dir_okay=False),
            help=said("help.option.from"),
        ),
    ):
        function = decorate(function)
    return function


def tag_option(function: F) -> F:
    """The asset tag of the one medium."""
    return option("--asset-tag", "asset_tag")(function)


def people_of(asked: Mapping[str, Any]) -> People:
    """The people among the options, the order sheet and the configuration."""
    sheet, issuer = asked["sheet"].form, asked["sheet"].configured.issuer
    return People(
        customer=unless_blank(asked["customer"]),
        organisation=unless_blank(asked["organisation"]) or (issuer.name.ja if issuer else None),
        operator=unless_blank(asked["operator"]),
        witnesses=tuple(filter(unless_blank, asked["witness"])),
        validator=unless_blank(asked["validator"]),
        location=unless_blank(asked["location"]),
        customer_is_person=asked["customer_is_person"],
        operator_title=unless_blank(sheet.operator_title),
        operator_contact=unless_blank(sheet.operator_contact),
        validator_title=unless_blank(sheet.validator_title),
        validator_contact=unless_blank(sheet.validator_contact),
    )


def warn_of_no_issuer(people: People, here: Home) -> None:
    """Before the paper is made: its place would be blank."""
    if not people.organisation:
        tell(said("say.no_issuer", path=here.root / "config.toml"), json=True)


def unless_blank(text: str | None) -> str | None:
    """The text; None if it is blank, which would be a blank on the paper where "not recorded" belongs."""
    return text if text and text.strip() else None


def emit(value: object) -> None:
    """One JSON line on standard output."""
    plain = msgspec.to_builtins(value)
    click.echo(msgspec.json.encode(_printable(plain)).decode())


def _printable(value: Any) -> Any:
    """The value with what no UTF-8 can hold (a file's name may be any bytes) spelt out."""
    if isinstance(value, str):
        return value.encode("utf-8", "backslashreplace").decode()
    if isinstance(value, dict):
        return {key: _printable(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_printable(each) for each in value]
    return value


def there(path: Path) -> Path:
    """The path, if there is anything. Raises Usage: a mistyped name says nothing about a certificate."""
    if not os.path.lexists(path):
        raise Usage("usage.no_file", path=shown(path))
    return path


def shown(name: object) -> str:
    """A file's name on a terminal."""
    return language.visible(str(name))


def tell(text: str, *, json: bool = False) -> None:
    """A line for people: standard output, or standard error when standard output belongs to a machine."""
    click.echo(text, err=json)


def walled_off(troubles: Sequence[LedgerInconsistent]) -> None:
    """Names the rows of the ledger that are not sound and were passed over: what was told is told of the rest."""
    for trouble in troubles[:MOST_TOLD]:
        click.echo(said("ledger.walled", why=trouble.message()), err=True)
    if troubles:
        click.echo(said("ledger.walled-off", count=len(troubles)), err=True)


def is_terminal() -> bool:
    """True if somebody can see progress and answer questions."""
    return sys.stdin.isatty() and sys.stderr.isatty()


def human_bytes(count: int) -> str:
    """Decimal units, as printed on the medium: 31457280 -> 31.5 MB."""
    size = float(count)
    for unit in ("B", "kB", "MB", "GB", "TB"):
        if size < 1000 or unit == "TB":
            return f"{size:.0f} B" if unit == "B" else f"{size:.1f} {unit}"
        size /= 1000
    raise AssertionError("unreachable")
