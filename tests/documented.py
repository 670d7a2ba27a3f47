"""The commands of the documentation, taken from the pages as they stand there, so that neither can drift from the other."""

from __future__ import annotations

import re
import subprocess
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
CHECKING, KEYS, LEDGER = "check-without-eraser.md", "keys.md", "ledger.md"
PAGES = (ROOT / "README.md", *sorted(DOCS.glob("**/*.md")))
SHELLS = ("dash", "bash")

_FENCE = re.compile(r"^```([a-z]*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_INDENTED = re.compile(r"(?:^    .*\n|(?<=\n)\n(?=    ))+", re.MULTILINE)
_FUNCTION = re.compile(r"^\w+\(\) \{(?:[^\n]*\}$|\n.*?^\}$)\n", re.MULTILINE | re.DOTALL)


def blocks(page: Path) -> list[str]:
    """The blocks of shell commands of a page, without their indentation."""
    text = page.read_text(encoding="utf-8")
    fenced = [body for kind, body in _FENCE.findall(text) if kind in ("sh", "shell", "console", "")]
    indented = [
        "".join(line[4:] or "\n" for line in found.splitlines(keepends=True))
        for found in _INDENTED.findall(_FENCE.sub("", text))
    ]
    return [block for block in (*fenced, *indented) if is_shell(block)]


def is_shell(block: str) -> bool:
    """Not what a command prints, a file's content or a formula; nor a session with its answers."""
    first = next(line for line in block.splitlines() if line.strip())
    return bool(_COMMAND.match(first))


_COMMAND = re.compile(
    r"\w+\(\) \{|[A-Z]\w*=|(sudo |LC_ALL=C )?"
    r"(apt|apt-get|cat|cd|cmp|createdb|dd|eraser|fingerprint|for|git|grep|if|jq|make|mkdir|openssl|pdfdetach|psql|python3|sed|sh|tr)(?=\s|$)"
)


def functions(pages: tuple[str, ...] = (CHECKING,)) -> str:
    """All that these pages define."""
    return "".join(each for page in pages for block in blocks(DOCS / page) for each in _FUNCTION.findall(block))


@cache
def snippet(page: str, words: str) -> str:
    """The only block of a page that has these words, below what CHECKING defines."""
    (found,) = [block for block in blocks(DOCS / page) if words in _FUNCTION.sub("", block)]
    return functions() + _FUNCTION.sub("", found)


def run(script: str, folder: Path, shell: str = "sh", seconds: float = 120) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [shell, "-c", script],
        cwd=folder,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        errors="replace",
        timeout=seconds,
    )
