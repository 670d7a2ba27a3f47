"""What a medium says that it holds, in words: shown before anybody decides to wipe it."""

from __future__ import annotations

from eraser.commands.common import said
from eraser.signatures import Signature


def contents(found: tuple[Signature, ...] | None) -> str:
    """One line; None means that it could not be looked at."""
    if found is None:
        return said("say.contents_unknown")
    if not found:
        return said("say.contents_none")
    line = said("say.contents", found=", ".join(each.text for each in found))
    return f"{line} {said('say.contents_several')}" if any(each.is_of_several for each in found) else line
