"""The README and --help tell the same story, in complete sentences, in both languages."""

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest
from click import BadOptionUsage, ClickException, Command, Context, Group, MissingParameter

from certificates import judgement, language
from certificates.errors import Environment, LedgerInconsistent, NotAuthentic, Refused, Usage
from eraser import cli
from tests.lab.command import Eraser

README = Path(__file__).parents[2].joinpath("README.md").read_text(encoding="utf-8")


def test_every_command_is_in_the_readme_and_every_one_there_exists() -> None:
    told = set(re.findall(r"^\| `eraser (\w+)", README, re.MULTILINE))
    assert told == set(cli.COMMANDS)


def test_a_newcomer_is_told_what_a_bare_system_lacks_before_the_first_command() -> None:
    """Debian splits venv off; and somebody who reads this page elsewhere has no source yet."""
    before = README[: README.index("make demo")]
    (installed,) = re.findall(r"^ +apt install (.*)$", before, re.MULTILINE)
    assert set(installed.split()) >= {"git", "make", "python3", "python3-venv"} and "git clone" in before


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
    assert command is not None and command.help in language.both(f"help.{name}.text").values()
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


DOCUMENTS = (Path(__file__).parents[2] / "README.md", *sorted(Path(__file__).parents[2].glob("docs/**/*.md")))


def written() -> Iterator[tuple[str, str, bool]]:
    """Every call of eraser that the README and the documentation show: where, as it stands there, and whether it is a whole command,
    as in a block of code or with sudo, or only mentions one."""
    for page in DOCUMENTS:
        text = re.sub(r"\s*\\\n\s*", " ", page.read_text(encoding="utf-8"))
        fenced = "\n".join(re.findall(r"^```[^\n]*\n(.*?)^```", text, re.MULTILINE | re.DOTALL))
        for block, pattern in ((text, "^    "), (fenced, "^")):
            for call in re.findall(rf"{pattern}(?:\$ )?(?:sudo )?(eraser [a-z][^\n]*)$", block, re.MULTILINE):
                yield page.name, call, True
        for sudo, call in re.findall(r"`(sudo )?(eraser [a-z][^`\n]*)`", text):
            yield page.name, call, bool(sudo)


def is_pattern(call: str) -> bool:
    """A form with places to fill in: `wipe TARGET...`, `resume [JOB]`, `show|verify`."""
    return bool(re.search(r"\.\.\.|\[|\|", call))


def leaf(words: list[str]) -> tuple[Command, list[str]]:
    """The command that these words call, and what is left for it."""
    command: Command = cli.build()
    while isinstance(command, Group) and words:
        found = command.get_command(Context(command), words[0].split("|")[0].rstrip("\\"))
        assert found is not None, f"no command {words[0]}"
        command, words = found, words[1:]
    return command, words


def test_every_option_that_the_documentation_uses_exists() -> None:
    for page, call, _ in written():
        command, rest = leaf(call.split(" #")[0].split()[1:])
        known = {opt for param in command.params for opt in (*param.opts, *param.secondary_opts)} | {"--help"}
        used = {word.split("=")[0] for word in rest if re.match("--[a-z]", word)}
        assert used <= known, f"{page}: {call}"


def test_every_command_line_that_the_documentation_shows_is_accepted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By the real commands, as they read their words: names, options, values, arguments. Nothing is carried out."""
    monkeypatch.setenv("ERASER_HOME", str(tmp_path / "station"))
    whole = 0
    for page, call, complete in written():
        if is_pattern(call):
            continue
        words = shlex.split(re.split(r"\s{2,}|\s[#>]\s", call)[0], comments=True)[1:]
        command, rest = leaf(words)
        if isinstance(command, Group):
            assert not complete and not rest, f"{page}: {call}"
            continue
        try:
            command.make_context(command.name, rest)
        except (MissingParameter, BadOptionUsage) as problem:
            assert not complete, f"{page}: {call}: {problem.format_message()}"
        except ClickException as problem:
            pytest.fail(f"{page}: {call}: {problem.format_message()}")
        whole += complete
    assert whole > 40
    assert not (tmp_path / "station").exists()


def test_every_option_that_is_told_by_itself_exists() -> None:
    """As in: add `--reason disposal --photo before.jpg`."""
    known = {opt for command in commands(cli.build()) for param in command.params for opt in param.opts} | {"--help"}
    for page in DOCUMENTS:
        for told in re.findall(r"`(--[a-z][^`\n]*)`", page.read_text(encoding="utf-8")):
            assert {word for word in told.split() if word.startswith("--")} <= known, f"{page.name}: {told}"


def commands(command: Command) -> Iterator[Command]:
    """It and all below it."""
    yield command
    if isinstance(command, Group):
        for name in command.list_commands(Context(command)):
            found = command.get_command(Context(command), name)
            assert found is not None
            yield from commands(found)


@pytest.mark.parametrize(
    "line",
    [
        "wipe /dev/sdb --renamed",
        "wipe",
        "wipe /dev/sdb --reason because",
        "ledger shaw",
        "key trust",
        "verify /dev/sdb",
    ],
)
def test_a_line_that_is_not_accepted_would_be_found(line: str) -> None:
    with pytest.raises((ClickException, AssertionError)):
        command, rest = leaf(line.split())
        command.make_context(command.name, rest)
