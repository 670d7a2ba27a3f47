"""The README and --help tell the same story, in complete sentences, in both languages."""

import re
from pathlib import Path

import pytest
from click import Context, Group

from certificates import judgement, language
from certificates.errors import Environment, LedgerInconsistent, NotAuthentic, Refused, Usage
from eraser import cli
from tests.lab.command import Eraser

README = Path(__file__).parents[2].joinpath("README.md").read_text(encoding="utf-8")


def test_every_command_is_in_the_readme_and_every_one_there_exists() -> None:
    told = set(re.findall(r"^\| `eraser (\w+)", README, re.MULTILINE))
    assert told == set(cli.COMMANDS)


def test_every_exit_code_is_in_the_readme() -> None:
    told = {int(code) for row in re.findall(r"^\| ([\d, ]+) \|", README, re.MULTILINE) for code in row.split(",")}
    used = {problem.exit_code for problem in (Environment, Usage, Refused, NotAuthentic, LedgerInconsistent)}
    used |= {*judgement.EXIT_CODES.values(), *judgement.INTERRUPTED_EXIT_CODES.values()}
    assert told == used


@pytest.mark.parametrize("lang", language.LANGUAGES)
def test_every_help_is_a_complete_sentence(lang: language.Language) -> None:
    for key in language.all_keys():
        if key.startswith("help."):
            text = language.text(key, lang)
            assert text.endswith("。" if lang == "ja" else "."), key
            assert lang == "ja" or text[0].isupper(), key


@pytest.mark.parametrize("name", cli.COMMANDS)
def test_every_command_has_its_help(name: str) -> None:
    group = cli.build()
    command = group.get_command(Context(group), name)
    assert command is not None and command.help == language.text(f"help.{name}.text")
    for each in (command, *(command.commands.values() if isinstance(command, Group) else ())):
        for option in each.params:
            assert option.param_type_name == "argument" or getattr(option, "help", None), f"{name} {option.name}"


def test_help_needs_no_heavy_module(eraser: Eraser) -> None:
    """Help answers in a blink: what it imports decides that, so that is what is held."""
    import subprocess
    import sys

    code = (
        "import sys\nfrom eraser import cli\n"
        "try:\n    cli.main(['--help'])\nexcept SystemExit:\n    pass\n"
        "heavy = {'reportlab', 'cryptography', 'pyudev', 'pypdf', 'PIL', 'sqlite3', 'tqdm', 'blake3'} & sys.modules.keys()\n"
        "assert not heavy, heavy"
    )
    subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, timeout=60)


def test_wrong_usage_exits_2(eraser: Eraser) -> None:
    for words in (["wipe"], ["nothing"], ["wipe", "x", "--method"], ["wipe", "x", "--rate", "fast"], ["audit"]):
        assert eraser(*words).code == 2, words


def test_both_languages_have_the_same_places() -> None:
    for key in language.all_keys():
        places = {lang: set(re.findall(r"{(\w+)", language._table()[key][lang])) for lang in language.LANGUAGES}
        assert places["en"] == places["ja"], key


def written_commands() -> set[str]:
    """Every call of eraser that stands in the README or the documentation as code."""
    folder = Path(__file__).parents[2]
    found: set[str] = set()
    for page in (folder / "README.md", *sorted((folder / "docs").glob("*.md"))):
        text = page.read_text(encoding="utf-8").replace("\\\n", " ")
        found |= set(re.findall(r"`(?:sudo )?(eraser [a-z][^`\n]*)`", text))
        found |= set(re.findall(r"^    (?:\$ )?(?:sudo )?(eraser [a-z][^\n]*)$", text, re.MULTILINE))
    return found


def test_every_option_that_the_documentation_uses_exists() -> None:
    calls = written_commands()
    assert len(calls) > 50
    group = cli.build()
    for call in calls:
        name, *rest = call.split(" #")[0].split()[1:]
        command = group.get_command(Context(group), name.split("|")[0])
        assert command is not None, call
        if isinstance(command, Group) and rest:
            command = command.commands[rest[0].split("|")[0].split("\\")[0]]
        known = {opt for param in command.params for opt in (*param.opts, *param.secondary_opts)} | {"--help"}
        used = {word.split("=")[0] for word in rest if re.match("--[a-z]", word)}
        assert used <= known, call
