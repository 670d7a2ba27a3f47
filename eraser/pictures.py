"""The station's store of printed pictures, by digest: a job may end in another process than it began in."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from certificates import canonical, foreign
from certificates.errors import Environment
from certificates.people import Copy
from eraser import durable


class Pictures:
    """Files in `folder`, each named by the BLAKE3-256 of its content."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def keep(self, contents: Iterable[bytes]) -> None:
        """Each of them survives whatever comes. Raises Environment."""
        for content in contents:
            path = self._folder / f"{canonical.digest(content)}.jpg"
            try:
                self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
                durable.replaced(path, content)
            except OSError as error:
                raise Environment("papers.unwritable", path=self._folder, detail=error.strerror) from error

    def load(self, copies: Iterable[Copy]) -> dict[str, bytes]:
        """The pictures that a record names, by their names in the certificate. Raises Environment if one is gone or changed."""
        found = {}
        for copy in copies:
            path = self._folder / f"{copy.blake3}.jpg"
            try:
                content = foreign.read(path, foreign.LARGEST_PROOF)
            except OSError as error:
                raise Environment("papers.picture", path=path, detail=error.strerror) from error
            if canonical.digest(content) != copy.blake3:
                raise Environment("papers.picture", path=path, detail="BLAKE3")
            found[copy.name] = content
        return found
