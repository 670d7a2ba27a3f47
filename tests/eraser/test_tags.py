"""A tag on the paper of another medium is a false paper: whose it is has to be said, and nothing is guessed."""

from __future__ import annotations

import importlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import msgspec
import pytest

from certificates.errors import Usage
from eraser.cli import COMMANDS
from eraser.commands.tags import assigned
from eraser.devices import Device
from tests.certificates import samples
from tests.lab.command import Eraser, Ran

MiB = 1 << 20
NODES = ("/dev/sdb", "/dev/sdc")


def disk(node: str, serial: str | None, wwn: str | None = None) -> Device:
    return Device(msgspec.structs.replace(samples.DISK, node=node, serial=serial, wwn=wwn), 0, "disk", False, ())


TWO = (disk(NODES[0], "S1", "0x5000000000000001"), disk(NODES[1], "S2"))
NAMESPACES = (disk(NODES[0], "S1", "eui.1"), disk(NODES[1], "S1", "eui.2"))


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ((), (None, None)),
        (("S1=K-1", "S2=K-2"), ("K-1", "K-2")),
        (("/dev/sdc=K-2", "0x5000000000000001=K-1"), ("K-1", "K-2")),
        (("S2=K-2",), (None, "K-2")),
        (("S2=A=B",), (None, "A=B")),
    ],
)
def test_each_medium_gets_its_own_tag(given: tuple[str, ...], expected: tuple[str | None, ...]) -> None:
    assert assigned(given, NODES, TWO) == expected


@pytest.mark.parametrize(
    ("given", "found", "key"),
    [
        (("K-1",), TWO, "usage.tag_unnamed"),
        (("K-1", "K-2"), TWO, "usage.tag_unnamed"),
        (("S1=K-1", "K-2"), TWO, "usage.tag_unnamed"),
        (("S3=K-1",), TWO, "usage.tag_stranger"),
        (("s1=K-1",), TWO, "usage.tag_stranger"),
        (("=K-1",), TWO, "usage.tag_stranger"),
        (("S1=K-1", "/dev/sdb=K-1"), TWO, "usage.tag_twice"),
        (("S1=K-1", "S1=K-2"), TWO, "usage.tag_twice"),
        (("S1=K-1", "S2=K-1"), TWO, "usage.tag_shared"),
        (("S1=PC-0012", "S2=ＰＣ0012"), TWO, "usage.tag_shared"),
        (("S1=",), TWO, "usage.tag_empty"),
        (("S1= ",), TWO, "usage.tag_empty"),
        (("S1=K-1",), NAMESPACES, "usage.tag_ambiguous"),
        (("K-1", "K-2"), TWO[:1], "usage.tag_twice"),
        (("K-1", "K-1"), TWO[:1], "usage.tag_twice"),
        (("S2=K-2",), TWO[:1], "usage.tag_stranger"),
        (("A=B",), TWO[:1], "usage.tag_stranger"),
        (("",), TWO[:1], "usage.tag_empty"),
    ],
)
def test_what_leaves_a_doubt_is_refused(given: tuple[str, ...], found: tuple[Device, ...], key: str) -> None:
    with pytest.raises(Usage) as caught:
        assigned(given, NODES[: len(found)], found)
    assert caught.value.key == key
    assert caught.value.message() and caught.value.hint()


@pytest.fixture
def images(tmp_path: Path) -> tuple[Path, Path]:
    files = (tmp_path / "a.img", tmp_path / "b.img")
    for file in files:
        file.write_bytes(b"precious" * (MiB // 8))
    return files


def wiped(eraser: Eraser, images: tuple[Path, Path], *words: object) -> Ran:
    confirmed = [word for image in images for word in ("--confirm", image.name)]
    return eraser("wipe", "--image", *images, *confirmed, "--json", *words)


def tags_on_paper(ran: Ran) -> dict[str, str | None]:
    """By the file's name."""
    records = [
        json.loads(Path(file).read_bytes())
        for ended in ran.of("job-ended")
        for file in ended["files"]
        if file.endswith(".json")
    ]
    return {record["medium"]["node"]: record["asset_tag"] for record in records}


def test_one_tag_is_not_spread_over_several_media(eraser: Eraser, images: tuple[Path, Path]) -> None:
    before = [image.read_bytes() for image in images]
    for words in (("K-2",), ("K-1", "--asset-tag", "K-2"), ("a.img=K-1", "--asset-tag", "b.img=K-1")):
        ran = wiped(eraser, images, "--asset-tag", *words)
        assert ran.code == 2 and "asset" in ran.err
    assert "a.img=K-2" in wiped(eraser, images, "--asset-tag", "K-2").err
    assert [image.read_bytes() for image in images] == before
    assert eraser("ledger", "show", "--json").lines == []


def test_a_tag_for_each_of_several(eraser: Eraser, images: tuple[Path, Path]) -> None:
    ran = wiped(eraser, images, "--asset-tag", "b.img=K-2", "--asset-tag", f"{images[0]}=K-1")
    assert ran.code == 0, ran.err
    assert tags_on_paper(ran) == {"a.img": "K-1", "b.img": "K-2"}


def test_an_order_sheet_names_the_media_too_and_a_configuration_none(
    eraser: Eraser, images: tuple[Path, Path], tmp_path: Path
) -> None:
    sheet = tmp_path / "order.toml"
    sheet.write_text('asset-tag = "K-1"\n')
    before = [image.read_bytes() for image in images]
    assert wiped(eraser, images, "--from", sheet).code == 2
    eraser.home.mkdir()
    (eraser.home / "config.toml").write_text('[defaults]\nasset-tag = "K-1"\n')
    ran = wiped(eraser, images[:1], "--from", sheet)  # type: ignore[arg-type]
    assert ran.code == 2 and "every medium of this station" in ran.err
    assert eraser("doctor").code == 1
    (eraser.home / "config.toml").unlink()
    assert [image.read_bytes() for image in images] == before

    sheet.write_text('asset-tag = ["a.img=K-1", "b.img=K-2"]\n')
    ran = wiped(eraser, images, "--from", sheet)
    assert ran.code == 0, ran.err
    assert tags_on_paper(ran) == {"a.img": "K-1", "b.img": "K-2"}


def test_pictures_and_documents_that_go_to_all_are_said_to(
    eraser: Eraser, images: tuple[Path, Path], tmp_path: Path
) -> None:
    (tmp_path / "order.txt").write_text("order")
    ran = wiped(eraser, images, "--document", tmp_path / "order.txt", "--dry-run")
    assert "papers of all 2 media" in ran.err
    assert "papers of all" not in wiped(eraser, images[:1], "--document", tmp_path / "order.txt", "--dry-run").err  # type: ignore[arg-type]


def commands() -> Iterator[tuple[str, click.Command]]:
    for name in COMMANDS:
        found: Any = importlib.import_module(f"eraser.commands.{name}").command
        yield name, found
        for each in getattr(found, "commands", {}).values():
            yield f"{name} {each.name}", each


@pytest.mark.parametrize(
    ("command", "option"),
    [
        pytest.param(command, option, id=f"{name} {option.opts[0]}")
        for name, command in commands()
        for option in command.params
        if isinstance(option, click.Option) and not option.multiple and not option.is_flag
    ],
)
def test_an_option_that_takes_one_value_is_not_given_two(command: click.Command, option: click.Option) -> None:
    """Else the last one would win without a word."""
    values = [option.opts[0], "first", option.opts[-1], "second"]
    with pytest.raises(Usage) as caught:
        command.make_context(command.name, values)
    assert caught.value.key == "usage.given_twice"
