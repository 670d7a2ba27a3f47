"""The one tree of errors. Each has an exit code and, in both languages, a message (cause and consequence) and a hint (what to do next)."""

from __future__ import annotations

from certificates import language


class Problem(Exception):
    """An end that the user must hear about. `key` names `KEY.message` and `KEY.hint` in the words table."""

    exit_code = 1

    def __init__(self, key: str, /, **values: object) -> None:
        self.key = key
        self.values = values
        super().__init__(key)

    def message(self, lang: language.Language | None = None) -> str:
        return language.for_terminal(f"{self.key}.message", lang, **self.values)

    def hint(self, lang: language.Language | None = None) -> str:
        return language.for_terminal(f"{self.key}.hint", lang, **self.values)

    def __str__(self) -> str:
        return f"{self.message()} {self.hint()}"


class Environment(Problem):
    """The tool or the machine it runs on can't do what is needed (exit 1)."""


class Usage(Problem):
    """The command was given in a way that has no meaning (exit 2)."""

    exit_code = 2


class Refused(Problem):
    """Nothing was written, and nothing will be (exit 5)."""

    exit_code = 5


class NotAuthentic(Problem):
    """A certificate, its signature or its page is not what was issued (exit 6)."""

    exit_code = 6


class LedgerInconsistent(Problem):
    """The ledger does not add up (exit 7)."""

    exit_code = 7
