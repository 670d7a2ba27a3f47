"""Who could change the station's files, or put others in their place: whoever may write to the folder, or to any folder on the way there.

A list of permissions (ACL) that gives a right to write shows in the group's bits.
"""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterator
from pathlib import Path

from certificates.errors import Environment

_MOST_LINKS = 40
_WRITABLE = 0o022


def check(root: Path) -> None:
    """Every folder and link on the way to `root`, `root` itself, and what lies in it. Raises Environment if anybody but root and this user
    may write there. In a folder like /tmp everybody may, but nobody may touch what is another's."""
    try:
        for path, seen in _way(root):
            _check(path, seen, sticky=path != root)
        with os.scandir(root) as entries:
            for entry in entries:
                way = _way(Path(entry.path)) if entry.is_symlink() else [(Path(entry.path), entry.stat())]
                for path, seen in way:
                    _check(path, seen, sticky=path != Path(entry.path))
    except (FileNotFoundError, NotADirectoryError, PermissionError):
        return  # not there yet, or not to be read by this user: the first use says so
    except OSError as error:
        raise Environment("environment", path=root, detail=error.strerror) from error


def _way(path: Path) -> Iterator[tuple[Path, os.stat_result]]:
    """Each folder and link that leads to the path, from / on, and what it leads to. Raises OSError; FileNotFoundError where it ends."""
    at, ahead, links = Path("/"), list(reversed(path.absolute().parts[1:])), 0
    yield at, at.lstat()
    while ahead:
        name = ahead.pop()
        if name == "..":
            at = at.parent
            continue
        following = at / name
        seen = following.lstat()
        yield following, seen
        if not stat.S_ISLNK(seen.st_mode):
            at = following
            continue
        if (links := links + 1) > _MOST_LINKS:
            raise OSError(errno.ELOOP, os.strerror(errno.ELOOP), str(path))
        target = following.readlink()
        at = Path("/") if target.is_absolute() else at
        ahead += reversed(target.parts[1:] if target.is_absolute() else target.parts)


def _check(path: Path, seen: os.stat_result, *, sticky: bool) -> None:
    mode = stat.S_IMODE(seen.st_mode)
    writable = mode & _WRITABLE and not stat.S_ISLNK(seen.st_mode) and not (sticky and mode & stat.S_ISVTX)
    strange = seen.st_uid not in (0, os.geteuid()) and not _is_nobody_known(seen.st_uid)
    if writable or strange:
        mend = f"chown {os.geteuid()} {path}" if strange else f"chmod go-w {path}"
        raise Environment("home.open", path=path, owner=seen.st_uid, mode=f"{mode:04o}", command=mend)


def _is_nobody_known(owner: int) -> bool:
    """Within a user namespace (a container without privileges) what belongs to the machine's root has no owner that is known here."""
    try:
        return owner == int(Path("/proc/sys/fs/overflowuid").read_text()) and (
            Path("/proc/self/uid_map").read_text().split() != ["0", "0", "4294967295"]
        )
    except (OSError, ValueError):
        return False
