"""What the operating system says of a failure is told in Japanese to whoever reads Japanese."""

from __future__ import annotations

import errno
import os
import tomllib
from importlib import resources

import pytest

from certificates import language

USUAL = (
    errno.EACCES, errno.EPERM, errno.ENOENT, errno.EEXIST, errno.EISDIR, errno.ENOTDIR, errno.ENOSPC, errno.EDQUOT, errno.EROFS,
    errno.EIO, errno.EBUSY, errno.ENODEV, errno.ENXIO, errno.EMFILE, errno.ENOMEM, errno.ELOOP, errno.ENAMETOOLONG,
)  # fmt: skip


@pytest.mark.parametrize("number", USUAL, ids=errno.errorcode.get)
def test_usual_errors_have_japanese_words(number: int) -> None:
    said = language.text("usage.inventory.message", "ja", path="a", detail=os.strerror(number))
    assert os.strerror(number) not in said
    assert os.strerror(number) in language.text("usage.inventory.message", "en", path="a", detail=os.strerror(number))


def test_all_are_the_system_s_own_words() -> None:
    table = tomllib.loads(resources.files("certificates").joinpath("words/system.toml").read_text(encoding="utf-8"))
    system = {os.strerror(number) for number in range(1, 140)}
    assert {words["en"] for words in table["system"].values()} <= system
