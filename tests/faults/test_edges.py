"""The smallest of everything: what is certified there must hold, and pass an audit."""

from pathlib import Path

import pytest

from tests.lab.command import Eraser
from tests.lab.forked import ForkedEraser
from tests.lab.loop import loop_disk

MiB = 1 << 20


@pytest.fixture
def eraser(tmp_path: Path) -> Eraser:
    return ForkedEraser(tmp_path / "station")


@pytest.mark.loop
@pytest.mark.parametrize("size", [4096, 4608, 8192])
def test_zeros_on_the_smallest_media_make_a_certificate_that_an_audit_accepts(size: int, eraser: Eraser) -> None:
    """There is room for one place of the challenge, or two."""
    with loop_disk(size) as disk:
        ran = eraser.wipe(disk.node, "--method", "zero")
    assert ran.code == 0, ran.out + ran.err
    audited = eraser("audit", ran.paper(".pdf"))
    assert audited.code == 0, audited.out + audited.err


def test_what_is_no_medium_is_not_sent_to_destruction(eraser: Eraser, tmp_path: Path) -> None:
    """The advice for a disk that can't be read to its end does not fit a wrong name."""
    image = tmp_path / "stick.img"
    image.write_bytes(bytes(MiB))
    ran = eraser("wipe", "--image", image, "--confirm", image.name, "--json")
    for name in (tmp_path, tmp_path / "nothing", Path("/dev/null")):
        told = eraser("verify", name, "--certificate", ran.paper(".pdf"))
        assert told.code == 1 and str(name) in told.err, told.err
        assert "destroy" not in told.err and "eraser devices" in told.err
