"""Who issues the papers and what they say besides the facts: configuration, order sheet, options, in that order of weight."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

from certificates.errors import Environment
from eraser import config
from eraser.cli import main
from eraser.commands import doctor
from tests.lab.command import Eraser, Ran
from tests.lab.forked import ForkedEraser

MiB = 1 << 20
ISSUER = """
[issuer]
name = { ja = "髙﨑情報サービス株式会社", en = "Takasaki Information Services Ltd." }
address = { ja = "見本市見本町1-2-3", en = "1-2-3 Mihon, Sample City" }
contact = "042-000-0000"
logo = "logo.png"
"""
DEFAULTS = """
[defaults]
operator = "設定 太郎"
operator-title = "技術課 主任"
witness = ["立会 一郎", "立会 二郎"]
location = "設定の場所"
paper = "ja"
"""
SHEET = """
customer = "見本 花子"
customer-is-person = true
operator = "指示書 次郎"
asset-tag = "R07-0042"
reason = "return"
source = "窓口端末 3号"
data = "住民情報（特定個人情報ファイル）"
responsible = "市民課 課長"
confidentiality-before = "自治体機密性3"
confidentiality-after = "機密性1"
destination = "リース会社へ返却"
validator = "𠮷田 確認"
validator-title = "情報政策課長"
validator-contact = "内線 1234"
photo = ["消去前=before.jpg"]
document = "order.txt"
method = "keyed"
"""


@pytest.fixture
def station(tmp_path: Path) -> Callable[..., Ran]:
    """Wipes an image file on a configured station."""
    home = tmp_path / "home"
    home.mkdir()
    logo = Image.new("RGBA", (900, 300), (0, 0, 0, 0))
    logo.paste("navy", (0, 0, 450, 300))
    logo.save(home / "logo.png")
    image = tmp_path / "a.img"
    image.write_bytes(b"precious" * (MiB // 8))

    def wipe(*options: object, configured: str = "", sheet: str | None = None) -> Ran:
        (home / config.NAME).write_text(configured, encoding="utf-8")
        orders = tmp_path / "orders"
        orders.mkdir(exist_ok=True)
        Image.new("RGB", (200, 100), "orange").save(orders / "before.jpg")
        (orders / "order.txt").write_text("wipe it")
        given = list(options)
        if sheet is not None:
            (orders / "sheet.toml").write_text(sheet, encoding="utf-8")
            given += ["--from", orders / "sheet.toml"]
        ran = Eraser(home)("wipe", "--image", image, "--confirm", image.name, "--json", *given)
        assert (ran.code == 0) == (not image.read_bytes().startswith(b"precious"))
        return ran

    return wipe


@pytest.mark.tools("pdftotext", "pdfimages")
def test_each_goes_before_the_next(station: Callable[..., Ran], tmp_path: Path) -> None:
    ran = station("--operator", "本人 三郎", configured=ISSUER + DEFAULTS, sheet=SHEET)
    record = ran.record
    people = record["people"]
    assert people["operator"] == "本人 三郎", "the command line before the sheet"
    assert people["location"] == "設定の場所", "the configuration where nobody says otherwise"
    assert people["witnesses"] == ["立会 一郎", "立会 二郎"]
    assert (people["operator_title"], people["validator_title"]) == ("技術課 主任", "情報政策課長")
    assert record["languages"] == ["ja"] and record["method"]["id"] == "keyed"
    assert record["handling"]["source"] == "窓口端末 3号" and record["handling"]["destination"] == "リース会社へ返却"
    assert [each["name"] for each in record["evidence"]] == ["before.jpg", "order.txt"], "files beside the sheet"
    assert record["issuer"]["name"]["ja"] == "髙﨑情報サービス株式会社"
    pdf = ran.paper(".pdf")
    text = subprocess.run(["pdftotext", "-layout", pdf, "-"], check=True, capture_output=True, text=True).stdout
    told = [*(v for v in record["handling"].values()), "見本 花子 様", "髙﨑情報サービス株式会社", "見本市見本町1-2-3"]
    for each in (*told, "042-000-0000", "職名: 技術課 主任", "連絡先: 内線 1234", "消去前", "𠮷田 確認"):
        assert each in text, each
    assert "御中" not in text
    images = subprocess.run(["pdfimages", "-list", pdf], check=True, capture_output=True, text=True).stdout
    assert len(images.splitlines()) == 4, "the logo and the photograph"
    home = Eraser(tmp_path / "home")
    assert home("audit", pdf).code == 0
    (home.home / "logo.png").unlink()
    (home.home / config.NAME).unlink()
    assert home("audit", pdf).code == 0, "all that the page shows travels with it"


def test_another_issuer_does_not_get_the_configured_logo(station: Callable[..., Ran]) -> None:
    record = station("--organisation", "別の会社", configured=ISSUER).record
    assert record["issuer"] is None and record["people"]["organisation"] == "別の会社"


def test_without_any_of_it_nothing_is_made_up(station: Callable[..., Ran]) -> None:
    record = station().record
    assert record["issuer"] is None and record["people"]["organisation"] is None
    assert set(record["handling"].values()) == {None}


WRONG_SHEETS = {
    "unknown key": ('costumer = "見本市"', "customer"),
    "confirmation": ('confirm = "a.img"', "Did you mean"),
    "targets": ('targets = ["/dev/sda"]', "Did you mean"),
    "image": ("image = false", "Did you mean"),
    "choice": ('reason = "because"', "reason"),
    "number": ("operator-title = 7", "operator-title"),
    "text for a switch": ('customer-is-person = "yes"', "customer-is-person"),
    "list for a text": ('operator = ["a", "b"]', "operator"),
    "table": ("[operator]\nname = 1", "operator"),
    "no toml": ("operator = ", "sheet.toml"),
    "missing file": ('photo = "nowhere.jpg"', "nowhere.jpg"),
    "character": ('responsible = "☕"', "U+2615"),
    "caption": ('photo = "☕=before.jpg"', "U+2615"),
}


@pytest.mark.parametrize("name", sorted(WRONG_SHEETS))
def test_a_sheet_that_makes_no_sense_is_refused_by_name(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    content, told = WRONG_SHEETS[name]
    monkeypatch.setenv("ERASER_HOME", str(tmp_path / "home"))
    image, sheet = tmp_path / "a.img", tmp_path / "sheet.toml"
    image.write_bytes(b"precious" * (MiB // 8))
    Image.new("L", (20, 10)).save(tmp_path / "before.jpg")
    sheet.write_text(content, encoding="utf-8")
    with pytest.raises(SystemExit) as end:
        main(["wipe", "--image", str(image), "--confirm", image.name, "--from", str(sheet), "--lang", "en"])
    assert end.value.code in (2, 5)
    assert told in "".join(capsys.readouterr())
    assert image.read_bytes() == b"precious" * (MiB // 8)


WRONG_CONFIGS = {
    "unknown table": "[isuer]\nname = 'x'",
    "no name": "[issuer]\ncontact = 'x'",
    "empty name": "[issuer]\nname = ' '",
    "one language": "[issuer]\nname = { ja = 'x' }",
    "unknown key": "[issuer]\nname = 'x'\nlogotype = 'x'",
    "no such logo": "[issuer]\nname = 'x'\nlogo = 'nowhere.png'",
    "logo that is none": f"[issuer]\nname = 'x'\nlogo = '{config.NAME}'",
    "default that is none": "[defaults]\noperater = 'x'",
    "default that has no meaning": "[defaults]\nreason = 'x'",
    "character": "[issuer]\nname = '☕'",
    "no toml": "[issuer",
}


@pytest.mark.parametrize("name", sorted(WRONG_CONFIGS))
def test_the_doctor_names_what_is_wrong(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ERASER_HOME", str(tmp_path))
    (tmp_path / config.NAME).write_text(WRONG_CONFIGS[name], encoding="utf-8")
    check = doctor.configuration()
    assert not check.ok and check.needed and check.mend
    assert "config.toml" in check.found or "U+2615" in check.found or "nowhere.png" in check.found


def test_a_good_configuration_passes_the_doctor(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ERASER_HOME", str(tmp_path))
    Image.new("L", (40, 20)).save(tmp_path / "logo.png")
    (tmp_path / config.NAME).write_text(ISSUER + DEFAULTS, encoding="utf-8")
    check = doctor.configuration()
    assert check.ok and "髙﨑情報サービス株式会社" in check.found


def test_a_wrong_configuration_stops_the_wipe(station: Callable[..., Ran]) -> None:
    assert station(configured="[issuer]\nname = 7").code == 1


def test_an_issuer_that_is_not_set_is_told_before_the_first_paper(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever paper is the first; and the doctor doesn't call it good."""
    home, image = tmp_path / "home", tmp_path / "a.img"
    monkeypatch.setenv("ERASER_HOME", str(home))
    image.write_bytes(bytes(4096))
    check = doctor.configuration()
    assert not check.ok and not check.needed and "config.toml" in check.found + check.mend
    eraser = ForkedEraser(home)
    first = eraser("wipe", "--image", image, "--confirm", "a.img", "--organisation", "Sample", "--json")
    assert first.code == 0 and "name no issuer" not in first.err
    cut = ("--serial", "S1", "--media-type", "usb-flash", "--method", "chip-cut", "--operator", "A", "--witness", "B")
    for words in (
        ("wipe", "--image", image, "--confirm", "a.img", "--dry-run"),
        ("verify", image, "--certificate", first.paper(".pdf")),
        ("inspect", image, "--record"),
        ("destroy", *cut),
    ):
        ran = eraser(*words)
        assert ran.code == 0 and "name no issuer" in ran.err and str(home / config.NAME) in ran.err, (words, ran.err)


def test_no_file_is_no_configuration(tmp_path: Path) -> None:
    assert config.read(tmp_path).issuer is None
    (tmp_path / config.NAME).mkdir()
    with pytest.raises(Environment):
        config.read(tmp_path)
