"""Photographs become small copies without what a camera writes beside them; what is no picture is refused before the wipe."""

from __future__ import annotations

import subprocess
from io import BytesIO
from pathlib import Path
from typing import Any

import pillow_heif
import pytest
from PIL import Image

from certificates import canonical
from certificates.errors import Environment, Usage
from certificates.paper import copies
from eraser import evidence
from eraser.pictures import Pictures
from tests.certificates import samples
from tests.conftest import LoopDiskFactory
from tests.lab.command import Eraser

MiB = 1 << 20
SECRET = b"35.7128N 139.7613E"


def photograph(path: Path, size: tuple[int, int] = (800, 600), mode: str = "RGB", **more: Any) -> Path:
    """A telephone's: with a position, an owner, and a comment."""
    exif = Image.Exif()
    exif[0x0112] = more.pop("orientation", 1)
    exif[0x010F] = "Sample Camera"
    exif[0x9286] = SECRET.decode()
    exif.get_ifd(0x8825)[1] = "N"
    picture = Image.new(mode, size, more.pop("colour", "red" if mode.startswith("RGB") else 90))
    metadata = {"exif": exif, "comment": SECRET, "xmp": SECRET} if path.suffix == ".jpg" else {"exif": exif}
    picture.save(path, **metadata, **more)
    return path


def opened(content: bytes) -> Image.Image:
    return Image.open(BytesIO(content))


@pytest.mark.tools("b3sum")
def test_nothing_that_the_camera_wrote_is_on_the_copy(tmp_path: Path) -> None:
    path = photograph(tmp_path / "before.jpg")
    assert SECRET in path.read_bytes()
    found = evidence.gathered([str(path)], ())
    (copy,) = found.pictures
    for trace in (SECRET, b"Exif", b"Sample Camera", b"http"):
        assert trace not in copy
    assert not opened(copy).getexif() and "comment" not in opened(copy).info
    (bound,) = found.evidence
    told = subprocess.run(["b3sum", "--no-names", path], check=True, capture_output=True, text=True).stdout.strip()
    assert (bound.name, bound.media_type, bound.blake3) == ("before.jpg", "image/jpeg", told)


def test_it_is_upright_small_and_the_same_each_time(tmp_path: Path) -> None:
    path = photograph(tmp_path / "IMG.jpg", (4000, 3000), orientation=6)
    first, again = (evidence.gathered([str(path)], ()) for _ in range(2))
    assert first == again
    copy = first.evidence[0].copy
    assert copy is not None and (copy.width, copy.height) == (960, 1280)
    assert opened(first.pictures[0]).size == (960, 1280)
    assert copy.bytes == len(first.pictures[0]) and copy.blake3 == canonical.digest(first.pictures[0])


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "L", "LA", "P", "1", "I;16", "CMYK"])
def test_every_kind_of_picture_becomes_grey_or_rgb_on_white(mode: str, tmp_path: Path) -> None:
    path = tmp_path / ("a.jpg" if mode == "CMYK" else "a.png")
    picture = Image.new("RGBA", (40, 30), (0, 0, 0, 0)) if mode in ("RGBA", "LA") else Image.new(mode, (40, 30))
    picture.convert(mode).save(path)
    (copy,) = evidence.gathered([str(path)], ()).pictures
    seen = opened(copy)
    assert seen.mode == ("L" if mode in ("L", "LA", "1", "I;16") else "RGB")
    if mode == "RGBA":
        assert seen.getpixel((20, 15)) == (255, 255, 255), "what is transparent is paper"


def test_sixteen_bits_of_grey_keep_their_lightness(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    Image.new("I;16", (40, 30), 0x8000).save(path)
    (copy,) = evidence.gathered([str(path)], ()).pictures
    shade = opened(copy).getpixel((20, 15))
    assert isinstance(shade, int) and 120 <= shade <= 136


def test_captions(tmp_path: Path) -> None:
    path, odd = photograph(tmp_path / "before.jpg"), photograph(tmp_path / "a=b.jpg")
    found = evidence.gathered([f"消去前={path}", str(odd)], ())
    assert [each.caption for each in found.evidence] == ["消去前", None]


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\xff\xd8 a sample photograph",
        b"%PDF-1.7\n",
        b"GIF89a" + bytes(40),
        b"<svg/>",
        b"\x89PNG\r\n\x1a\n" + bytes(99),
    ],
)
def test_what_is_no_picture_is_refused_with_a_way_out(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "a.jpg").write_bytes(content)
    with pytest.raises(Usage) as refused:
        evidence.gathered([str(tmp_path / "a.jpg")], ())
    assert "--document" in refused.value.hint("en") and "--document" in refused.value.hint("ja")
    (bound,) = evidence.gathered([], [tmp_path / "a.jpg"]).evidence
    assert bound.copy is None and bound.blake3 == canonical.digest(content)


def test_a_picture_cut_short_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.jpg"
    Image.effect_noise((300, 300), 90).save(path)
    path.write_bytes(path.read_bytes()[:-2000])
    with pytest.raises(Usage, match=r"a\.jpg"):
        evidence.gathered([str(path)], ())


def test_a_picture_that_unpacks_to_gigabytes_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    Image.new("1", (20_000, 20_000)).save(path)
    assert path.stat().st_size < MiB
    with pytest.raises(Usage):
        evidence.gathered([str(path)], ())


def test_heic_is_read_with_its_library_or_refused_with_a_hint(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.heic"
    path.write_bytes(b"\0\0\0\x18ftypheic" + bytes(40))
    monkeypatch.setitem(__import__("sys").modules, "pillow_heif", None)
    with pytest.raises(Usage) as refused:
        evidence.gathered([str(path)], ())
    assert "pip install pillow-heif" in refused.value.hint("en")


def test_heic(tmp_path: Path) -> None:
    path = tmp_path / "a.heic"
    pillow_heif.from_pillow(Image.new("RGB", (64, 48), "blue")).save(path)
    found = evidence.gathered([str(path)], ())
    assert found.evidence[0].media_type == "image/heic"
    assert opened(found.pictures[0]).size == (64, 48)


def test_the_store_gives_back_what_the_record_names_or_raises(tmp_path: Path) -> None:
    record, pictures = samples.photographed()
    store = Pictures(tmp_path / "pictures")
    store.keep(pictures.values())
    assert store.load(copies(record)) == pictures
    one = next((tmp_path / "pictures").iterdir())
    one.write_bytes(b"changed")
    with pytest.raises(Environment):
        store.load(copies(record))
    one.unlink()
    with pytest.raises(Environment):
        store.load(copies(record))


@pytest.mark.loop
def test_no_picture_no_wipe(eraser: Eraser, loop_disk: LoopDiskFactory, tmp_path: Path) -> None:
    disk = loop_disk(MiB)
    before = disk.backing.read_bytes()
    (tmp_path / "a.jpg").write_bytes(b"no picture")
    for options in (("--photo", tmp_path / "a.jpg"), ("--photo", f"☕={photograph(tmp_path / 'b.jpg')}")):
        ran = eraser.wipe(disk.node, *options)
        assert ran.code in (2, 5)
        assert disk.backing.read_bytes() == before
