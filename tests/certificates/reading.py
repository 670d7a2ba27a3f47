"""Ways to read a page back: as the texts that are drawn, and as stock tools see the file."""

from __future__ import annotations

import subprocess
from collections import Counter
from pathlib import Path
from typing import Any, NamedTuple

from certificates import canonical
from certificates.page import layout
from certificates.page.sheet import Sheet
from certificates.page.typography import Style
from certificates.paper import Paper
from tests.lab.available import needs


class Drawn(NamedTuple):
    page: int
    text: str
    style: Style


class _Listener(Sheet):
    """Takes down what would be drawn."""

    def __init__(self) -> None:
        super().__init__(None)  # type: ignore[arg-type]
        self.heard: list[Drawn] = []
        self.page = 1

    def text(self, x: float, y: float, text: str, style: Style, *_: Any, **__: Any) -> None:
        self.heard.append(Drawn(self.page, text, style))

    def fill(self, *_: Any) -> None: ...

    def squares(self, *_: Any) -> None: ...

    def frame(self, *_: Any) -> None: ...

    def ring(self, *_: Any) -> None: ...

    def picture(self, *_: Any) -> None: ...

    def end_page(self) -> None:
        self.page += 1


def drawn(record: Paper) -> list[Drawn]:
    """Every text of the certificate, in the order of drawing, without making a PDF."""
    digest = canonical.digest(canonical.encode(record))
    listener = _Listener()
    layout.draw(layout.plan(record, digest), listener, digest)
    return listener.heard


def words(record: Paper) -> str:
    """All texts run together: lines that were broken are whole again."""
    return "".join(each.text for each in drawn(record))


def pages(record: Paper) -> int:
    return max(Counter(each.page for each in drawn(record)))


def pdftotext(pdf: bytes, folder: Path, *options: str) -> str:
    needs("pdftotext")
    path = folder / "page.pdf"
    path.write_bytes(pdf)
    return subprocess.run(["pdftotext", *options, path, "-"], check=True, capture_output=True, text=True).stdout
