"""What several commands share: their options, and writing for people and for machines."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from typing import Any, TypeVar

import click
import msgspec

from certificates import language

F = TypeVar("F", bound=Callable[..., Any])


def said(key: str, **values: object) -> str:
    return language.text(key, None, **values)


def command(name: str) -> Callable[[Callable[..., Any]], click.Command]:
    """A click command whose help stands in the words table under `help.NAME`, with `--lang` as every command has it."""

    def decorate(function: Callable[..., Any]) -> click.Command:
        return click.command(name, help=said(f"help.{name}.text"))(lang_option(function))

    return decorate


def lang_option(function: F) -> F:
    """`--lang`, as every command has it."""
    # The language was chosen before click parsed anything (eraser.cli); here the option is only declared.
    return click.option("--lang", type=click.Choice(language.LANGUAGES), expose_value=False, help=said("help.lang"))(
        function
    )


def option(name: str, key: str, **options: Any) -> Callable[[F], F]:
    """An option whose help stands in the words table under `help.option.KEY`."""
    return click.option(name, help=said(f"help.option.{key}"), **options)


class Bytes(click.ParamType[int]):
    """A number of bytes, with k, M, G or T (decimal) behind it if wanted."""

    name = "bytes"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        if isinstance(value, int):
            return value
        match = re.fullmatch(r"(\d{1,15})([kMGT]?)B?", str(value))
        if match is None or int(match[1]) == 0:
            self.fail(said("usage.bytes", value=value), param, ctx)
        thousands: int = 1000 ** " kMGT".index(match[2] or " ")
        return int(match[1]) * thousands


BYTES = Bytes()
json_option = option("--json", "json", is_flag=True, default=False)
plan_option = option("--verify", "verify", type=click.Choice(("full", "nist-r1")), default="full", show_default=True)
image_option = option("--image", "image", is_flag=True, default=False)


def emit(value: object) -> None:
    """One JSON line on standard output."""
    click.echo(msgspec.json.encode(value).decode())


def tell(text: str, *, json: bool = False) -> None:
    """A line for people: standard output, or standard error when standard output belongs to a machine."""
    click.echo(text, err=json)


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
