"""Folders of a test that other users may look into: pytest makes its own for nobody else, and a home is closed to others."""

import os
import shlex
import tempfile
from pathlib import Path


def open_to_others(folder: Path) -> None:
    """Lets everybody pass to the folder and read it: it and every folder above that a test run made, and never the system's."""
    system = Path(tempfile.gettempdir()).resolve()
    for place in (folder, *folder.parents):
        if place == system or not place.is_relative_to(system):
            return
        if place.stat().st_uid == os.geteuid():
            place.chmod(0o755)


def opened_checkout() -> str:
    """A command for the shell of a mount namespace of its own: there, everybody may pass to this checkout, though it lie in root's home."""
    checkout = Path(__file__).resolve().parents[2]
    closed = next((place for place in reversed(checkout.parents) if not place.stat().st_mode & 0o001), None)
    if closed is None:
        return "true"
    place, above = shlex.quote(str(checkout)), shlex.quote(str(closed))
    return (
        f"mount --bind {place} /mnt && mount -t tmpfs -o mode=755 tmpfs {above} && mkdir -p {place}"
        f" && mount --bind /mnt {place} && umount /mnt"
    )
