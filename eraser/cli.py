"""The command line: finds the command, chooses the language, and turns problems into messages and exit codes."""

from __future__ import annotations

import importlib
import itertools
import os
import signal
import sys
from collections.abc import Iterator, Sequence
from typing import Any

import click

from certificates import causes, language
from certificates.errors import Environment, Problem
from eraser import __version__, hardening, home, limits, outlets, spoken, streams, zone
from eraser.commands import common

# In the order of a day's work. A command `name` lives in eraser/commands/name.py as the click command `command`.
COMMANDS = (
    "devices",
    "wipe",
    "resume",
    "jobs",
    "inspect",
    "verify",
    "audit",
    "certificate",
    "destroy",
    "custody",
    "ledger",
    "reconcile",
    "key",
    "methods",
    "policies",
    "doctor",
    "demo",
)


JOBS = frozenset({"wipe", "resume", "inspect", "verify", "destroy", "custody", "demo"})
"""What these do counts, and their exit code says it, whether or not somebody reads what they write."""


class Commands(common.Group):
    """Imports a command only when it is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = importlib.import_module(f"eraser.commands.{cmd_name}").command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """One sentence each, from the words table, without importing the commands."""
        with formatter.section(language.text("click.commands")):
            formatter.write_dl([(name, language.text(f"help.{name}.short")) for name in COMMANDS])


def build() -> click.Group:
    """The group, its texts in the language in force."""
    group = Commands("eraser", help=language.text("help.eraser"), epilog=language.text("help.epilog"))
    declared = {"lang": click.Choice(language.LANGUAGES), "home": click.Path()}
    group.params += [
        click.Option([f"--{name}"], type=kind, expose_value=False, help=language.text(f"help.{name}"))
        for name, kind in declared.items()
    ]
    return click.version_option(__version__, prog_name="eraser", help=language.text("help.version"))(group)


def main(arguments: Sequence[str] | None = None) -> None:
    """The entry point. Exits with the codes of the design, never with a traceback for what a user can cause."""
    _fill_closed_streams()
    hardening.apply()
    written = outlets.install()
    streams.write_what_can_be_shown(json="--json" in (sys.argv if arguments is None else arguments))
    # Somebody who asks how far it is must never end it, whenever he asks; commands that take long answer (`commands.stopping`).
    for asking in (signal.SIGUSR1, signal.SIGUSR2):
        signal.signal(asking, signal.SIG_IGN)
    limits.raise_all()
    zone.replace_unusable()
    given = list(sys.argv[1:] if arguments is None else arguments)
    language.choose(_language_in(given))
    for root in _values_of("--home", given):
        home.choose(root)
    spoken.install()
    try:
        result: Any = build().main(given, prog_name="eraser", standalone_mode=False)
    except click.exceptions.Exit as end:
        sys.exit(end.exit_code)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except (click.Abort, KeyboardInterrupt):
        click.echo(language.text("say.aborted"), err=True)
        sys.exit(130)
    except Problem as problem:
        click.echo(problem.message(), err=True)
        click.echo(problem.hint(), err=True)
        sys.exit(problem.exit_code)
    except UnicodeError:
        told = Environment("environment.encoding", encoding=sys.getfilesystemencoding())
        click.echo(f"{told.message()}\n{told.hint()}", err=True)
        sys.exit(told.exit_code)
    except OSError as error:
        why = causes.in_words(error)
        named = isinstance(error.filename, str | bytes)  # it may also be a descriptor's number, or nothing
        told = Environment("environment" if named else "environment.unnamed", path=_path(error), detail=why)
        click.echo(f"{told.message()}\n{told.hint()}", err=True)
        sys.exit(told.exit_code)
    code = result if isinstance(result, int) else 0
    sys.exit(code or _lost(given, written))


def _lost(arguments: Sequence[str], written: Sequence[outlets.Outlet]) -> int:
    """1 if a list could not be written to its end, other than because nobody reads on. What a job did stays done."""
    sys.stdout.flush()
    if (
        not written
        or (lost := written[0].lost) is None
        or next((each for each in arguments if each in COMMANDS), None) in JOBS
    ):
        return 0
    click.echo(language.text("say.output_lost", None, detail=lost.strerror), err=True)
    return 1


def _path(error: OSError) -> str:
    return common.shown(os.fsdecode(error.filename)) if isinstance(error.filename, str | bytes) else ""


def _fill_closed_streams() -> None:
    """A standard stream that came closed leaves its number to the next file that is opened: the medium, and messages would go there."""
    while (descriptor := os.open(os.devnull, os.O_RDWR)) <= 2:
        pass
    os.close(descriptor)
    sys.stdin = sys.stdin or os.fdopen(0, closefd=False)
    sys.stdout = sys.stdout or os.fdopen(1, "w", errors="backslashreplace", closefd=False)
    sys.stderr = sys.stderr or os.fdopen(2, "w", errors="backslashreplace", closefd=False)


def _language_in(arguments: Sequence[str]) -> language.Language | None:
    """`--lang` wherever it stands, before click looks: help texts need it already while commands are built."""
    for value in _values_of("--lang", arguments):
        for known in language.LANGUAGES:
            if value == known:
                return known
    return None


def _values_of(option: str, arguments: Sequence[str]) -> Iterator[str]:
    """What is given for an option before any `--`, in order; an empty value is none."""
    options = list(itertools.takewhile(lambda argument: argument != "--", arguments))
    for position, argument in enumerate(options):
        value = argument.partition("=")[2] if argument.startswith(f"{option}=") else ""
        if argument == option and position + 1 < len(options):
            value = options[position + 1]
        if value:
            yield value
