"""Each method leaves on the medium, pass by pass, what the table says; and the table says what it must."""

import json
import secrets
import subprocess
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from certificates.errors import Environment
from certificates.methods import is_as_named
from certificates.people import People
from certificates.record import Content, Record
from certificates.values import Words
from eraser import devices, job, methods
from eraser.control import Control
from eraser.events import JobEnded, PhaseDone
from eraser.home import Home
from eraser.order import Order
from eraser.station import open_station
from tests.certificates import samples
from tests.certificates.samples import DISK
from tests.lab.command import Eraser
from verifier.content import Keyed
from verifier.findings import content_at

SIZE = 256 * 1024 + 3 * 512  # no multiple of a block, nor of three bytes


def read_with_dd(image: Path) -> bytes:
    return subprocess.run(["dd", f"if={image}", "bs=64k", "status=none"], check=True, capture_output=True).stdout


def matches(spec: str, seen: bytes, drawn: dict[str, int]) -> bool:
    """Does the medium hold this pass of the table? Random bytes are learnt from the medium, and must then hold to the end."""
    kind, _, value = spec.partition(":")
    if kind == "keyed":
        # A stream: no two blocks alike, and every byte value about equally often.
        blocks = {seen[at : at + 16] for at in range(0, len(seen) - 15, 16)}
        return len(blocks) == len(seen) // 16 and max(seen.count(byte) for byte in range(256)) < len(seen) / 128
    if kind == "fixed":
        pattern = bytes.fromhex(value)
        return seen == (pattern * (len(seen) // len(pattern) + 1))[: len(seen)]
    byte = drawn.setdefault(value, seen[0]) if kind == "byte" else drawn[value] ^ 0xFF
    return seen == bytes([byte]) * len(seen)


def test_an_own_method_has_a_name_of_its_own(tmp_path: Path) -> None:
    """Else its certificates would not pass an audit."""
    name = methods.built_in()["gutmann-35"].name
    (tmp_path / "methods.toml").write_text(
        f'[ours]\nname = {{ en = "{name.en}", ja = "当市の方式" }}\npasses = ["keyed"]\n'
    )
    with pytest.raises(Environment, match="ours: name taken"):
        methods.table(tmp_path)


@pytest.mark.parametrize("name", methods.built_in())
def test_what_a_method_writes_is_what_its_name_says(name: str) -> None:
    """An audit works it out again from the table, whatever was drawn and however far the job came."""
    method = methods.built_in()[name]
    told = methods.resolve(name, DISK, methods.built_in())
    written = [each.record for each in methods.passes(method, secrets.token_bytes)]
    dates = samples.erased().passes[0]

    def record(contents: list[Content], **more: Any) -> Record:
        passes = tuple(replace(dates, number=at, content=each) for at, each in enumerate(contents, start=1))
        return replace(samples.erased(), method=replace(told, **more), passes=passes)

    for count in range(len(written) + 1):
        assert is_as_named(record(written[:count]))
    assert not is_as_named(record([*written[:-1], Content("fixed", None, "0123")]))
    assert not is_as_named(record([*written, written[-1]]))
    assert not is_as_named(record(written, passes_asked=len(written) + 1))
    assert not is_as_named(record(written, name=Words("Another", "別名")))
    assert is_as_named(record(written[:1], table_digest="5a" * 32, name=Words("Another", "別名"))), "another version's"
    assert is_as_named(record(written, id="our-own", table_digest="5a" * 32, name=Words("Another", "別名")))


@pytest.mark.parametrize("name", methods.built_in())
def test_every_pass_leaves_what_the_table_says(name: str, tmp_path: Path) -> None:
    image = tmp_path / "image.img"
    image.write_bytes(b"old data" * (SIZE // 8))
    order = Order(
        target=str(image),
        device=devices.image(str(image)),
        method=name,
        plan="full",
        confirmed=frozenset({image.name}),
        attached=(),
        languages=("en",),
        out=tmp_path / "out",
        people=People(None, None, None, (), None, None),
    )
    method, station, drawn = methods.built_in()[name], open_station(Home(tmp_path / "station")), dict[str, int]()
    after = []
    ended = None
    for event in job.run(order, station, Control()):
        if isinstance(event, PhaseDone) and event.phase == "write":
            # The job stands still here: this is the medium after the pass, read by somebody else.
            after.append(read_with_dd(image))
        if isinstance(event, JobEnded):
            ended = event
    assert ended is not None and ended.outcome == "erased"

    wanted = list(method.passes)
    assert len(after) == len(wanted)
    if method.shuffled:
        first, last = method.shuffled
        middle = after[first - 1 : last]
        for spec in wanted[first - 1 : last]:
            match = next(seen for seen in middle if matches(spec, seen, drawn))
            middle.remove(match)
        wanted[first - 1 : last] = []
        after[first - 1 : last] = []
    for spec, seen in zip(wanted, after, strict=True):
        assert matches(spec, seen, drawn), spec

    record = json.loads((tmp_path / "out" / f"{ended.number}.json").read_bytes())
    assert len(record["earlier_verifications"]) == (len(method.passes) - 1 if method.check == "each" else 0)
    if method.passes[-1] == "keyed":
        key = bytes.fromhex(record["passes"][-1]["content"]["key"])
        assert after[-1] == content_at(Keyed(key), 0, SIZE)
    assert all(one["content"]["key"] is None for one in record["passes"][:-1]), "only the last key is published"


def test_the_order_of_gutmanns_middle_passes_is_drawn() -> None:
    method = methods.built_in()["gutmann-35"]
    orders = {
        tuple(one.record.pattern for one in methods.passes(method, lambda n, seed=seed: bytes([seed]) * n))  # type: ignore[misc]
        for seed in range(8)
    }
    assert len(orders) == 8


OWN = """
[our-rule]
name = {{ en = "{name}", ja = "当市の規程" }}
passes = {passes}
"""


def test_a_method_of_ones_own(eraser: Eraser, tmp_path: Path) -> None:
    eraser.home.mkdir()
    own = eraser.home / "methods.toml"
    own.write_text(OWN.format(name="Our rule", passes='["fixed:c0ffee", "byte:a", "not:a", "keyed"]'))
    assert eraser("methods", "our-rule", "--json").lines[0]["passes"][0] == "fixed:c0ffee"
    image = tmp_path / "image.img"
    image.write_bytes(bytes(100_000))
    ran = eraser("wipe", "--image", image, "--confirm", image.name, "--method", "our-rule", "--json")
    assert ran.code == 0, ran.err
    assert ran.record["method"]["id"] == "our-rule" and len(ran.record["passes"]) == 4


@pytest.mark.parametrize(
    ("name", "passes"),
    [
        ("Our rule", '["fixed:0"]'),
        ("Our rule", '["fixed:"]'),
        ("Our rule", "[]"),
        ("Our rule", '["not:a"]'),
        ("Our rule", '["random"]'),
        ("NIST Purge", '["keyed"]'),
    ],
)
def test_a_method_that_means_nothing_or_claims_too_much_is_refused(name: str, passes: str, tmp_path: Path) -> None:
    (tmp_path / "methods.toml").write_text(OWN.format(name=name, passes=passes))
    with pytest.raises(Environment):
        methods.table(tmp_path)


def test_a_built_in_method_can_not_be_redefined(tmp_path: Path) -> None:
    (tmp_path / "methods.toml").write_text('[zero]\nname = { en = "x", ja = "x" }\npasses = ["keyed"]\n')
    with pytest.raises(Environment):
        methods.table(tmp_path)


def test_nothing_of_low_confidence_is_offered() -> None:
    offered = methods.built_in()
    assert not {"bsi-tl-03423", "bsi-2011-vs", "nist-ata-overwrite-ext-3"} & offered.keys()
    assert {"dod-5220.22-m", "gutmann-35", "nist-clear", "zero", "keyed", "keyed-2"} <= offered.keys()
    assert all(method.sources and method.note for method in offered.values())
