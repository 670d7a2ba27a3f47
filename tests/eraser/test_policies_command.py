"""Policies on the command line: listed, explained, asked for, and held to."""

import re
import subprocess
from pathlib import Path

import msgspec
import pytest
import rfc8785

from certificates import language, policy
from eraser import foresight
from eraser.commands import policies
from eraser.devices import Device
from eraser.methods import built_in, passes
from eraser.order import Order
from tests.certificates import samples
from tests.lab.command import Eraser
from tools import policies as document

OWN = """
[our-rule]
edition = "当市の規程 2026年版"
name = { en = "Our rule", ja = "当市の規程" }
[[our-rule.rows]]
techniques = ["host-overwrite"]
media = ["unknown"]
category = "CATEGORY"
source = "第12条"
data.confidential-1 = { sufficiency = "sufficient" }
"""


@pytest.fixture
def image(tmp_path: Path) -> Path:
    file = tmp_path / "medium.img"
    file.write_bytes(b"old data" * 1024)
    return file


def own(folder: Path, category: str = "clear") -> Path:
    file = folder / "ours.toml"
    file.write_text(OWN.replace("CATEGORY", category), encoding="utf-8")
    return file


def test_every_policy_is_listed_with_its_standing(eraser: Eraser) -> None:
    listed = eraser("policies").out
    for name in policy.built_in():
        assert re.search(rf"^{re.escape(name)} .*\[", listed, re.MULTILINE)
    assert "withdrawn 2025-09-26" in listed


def test_one_policy_is_explained_row_by_row(eraser: Eraser) -> None:
    for name, table in policy.built_in().items():
        told = policies.explained(name, table)
        assert all(row.source in told for row in table.rows)
    told = eraser("policies", "mic-r8.3", "--lang", "ja").out
    assert "USBメモリ" in told and "足りない" in told and "確認済み" in told


@pytest.mark.tools("b3sum")
def test_the_digest_is_that_of_the_table_as_it_is_told(eraser: Eraser, tmp_path: Path) -> None:
    for row in eraser("policies", "--json").of("policy"):
        (tmp_path / "table.json").write_bytes(rfc8785.dumps(row["table"]))
        command = ["b3sum", "--no-names", str(tmp_path / "table.json")]
        summed = subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()
        assert row["table_digest"] == summed == policy.built_in()[row["id"]].digest


def test_an_owners_policy_is_judged_by_and_its_audit_needs_its_file(
    eraser: Eraser, image: Path, tmp_path: Path
) -> None:
    file = own(tmp_path)
    given = ("--policy", file, "--data-class", "confidential-1")
    ran = eraser("wipe", "--image", image, "--confirm", image.name, *given, "--json")
    assert ran.code == 0
    (verdict,) = ran.record["verdicts"]
    # An image file is not a medium: even the owner's own "sufficient" is taken back.
    assert (verdict["policy"], verdict["category"], verdict["sufficiency"]) == (
        "our-rule",
        "not-confirmed",
        "not-confirmed",
    )
    pdf = ran.paper(".pdf")
    (without,) = eraser("audit", pdf, "--json").lines
    assert without["authentic"] and "verdict not recomputed" in without["notes"][0]
    (known,) = eraser("audit", pdf, "--policy", file, "--json").lines
    assert known["authentic"] and known["notes"] == []
    (eraser.home / "policies.toml").write_text(file.read_text(encoding="utf-8"), encoding="utf-8")
    assert "our-rule" in eraser("policies").out


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("--policy", "mic-r9"), 2),
        (("--policy", "missing.toml"), 1),
        (("--require-sufficient",), 2),
        (("--require-sufficient", "--data-class", "mynumber", "--policy", "nist-800-88r2"), 2),
        (("--require-sufficient", "--data-class", "mynumber"), 5),
        (("--require-sufficient", "--data-class", "mynumber", "--dry-run"), 5),
        (("--data-class", "mynumber", "--dry-run"), 0),
    ],
)
def test_nothing_is_written_where_it_would_not_do(
    arguments: tuple[str, ...], code: int, eraser: Eraser, image: Path
) -> None:
    before = image.read_bytes()
    ran = eraser("wipe", "--image", image, "--confirm", image.name, *arguments)
    assert ran.code == code, ran.err
    assert image.read_bytes() == before
    assert not list((eraser.home / "certificates").glob("*"))


@pytest.mark.parametrize("category", ["purge", "destroy"])
def test_an_owners_file_that_grants_too_much_stops_everything_before_the_wipe(
    category: str, eraser: Eraser, image: Path, tmp_path: Path
) -> None:
    before = image.read_bytes()
    file = own(tmp_path, category)
    ran = eraser("wipe", "--image", image, "--confirm", image.name, "--policy", file)
    assert ran.code == 1 and "clear is the most" in ran.err
    assert image.read_bytes() == before


@pytest.mark.parametrize("media_type", ["usb-flash", "sd-emmc"])
@pytest.mark.parametrize("lang", ["en", "ja"])
def test_a_stick_or_card_is_warned_about_before_it_is_wiped(media_type: str, lang: str) -> None:
    medium = msgspec.structs.replace(samples.STICK, media_type=media_type)
    order = Order(
        target="/dev/sdx",
        device=Device(medium, 0, "disk", False, ()),
        method="keyed-2",
        plan="full",
        confirmed=frozenset(),
        attached=(),
        languages=("en",),
        out=Path(),
        people=samples.PEOPLE,
    )
    tables = (("mic-r8.3", policy.built_in()["mic-r8.3"]),)
    graded = msgspec.structs.replace(order, policies=tables, data_class="mynumber")
    language.choose(lang)  # type: ignore[arg-type]
    try:
        for each, expected in (
            (order, {"en": "only physical destruction ranks higher", "ja": "物理的な破壊のみ"}),
            (graded, {"en": "accepts physical destruction only", "ja": "物理的な破壊のみ"}),
        ):
            found = foresight.of_passes(each, medium, passes(built_in()["keyed-2"], lambda count: bytes(count)))
            (line,) = foresight.warnings(each, medium, found)
            assert expected[lang] in line
            assert not re.search("purge|除去", line, re.IGNORECASE)
    finally:
        language.choose(None)


def test_the_tables_in_the_documentation_are_those_of_the_tool() -> None:
    text = document.FILE.read_text(encoding="utf-8")
    assert document.document(text) == text


def test_the_example_in_the_documentation_is_accepted(tmp_path: Path) -> None:
    text = document.FILE.read_text(encoding="utf-8")
    lines = text[text.index("    [our-rule-2026]") :].split("\n\nA file that grants")[0].splitlines()
    (tmp_path / "example.toml").write_text("\n".join(line.removeprefix("    ") for line in lines), encoding="utf-8")
    assert list(policy.own(tmp_path / "example.toml")) == ["our-rule-2026"]
