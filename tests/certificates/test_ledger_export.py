"""What leaves the ledger: lines, a table for Excel, tiles; and what is shown of it."""

import csv
import hashlib
import io
import math
from datetime import date
from pathlib import Path
from typing import get_args

import msgspec
import pytest

from certificates import language
from certificates.ledger import Ledger, Opening, Started, entries, export
from certificates.ledger.selection import Wanted
from tests.certificates.ledgers import NOW, made_entries, made_ledger, made_rows
from tests.certificates.samples import STICK
from tests.certificates.test_merkle import naive


def test_each_line_is_a_leaf() -> None:
    bodies = [line.rstrip(b"\n") for line in export.lines(made_rows(made_entries(9)))]
    assert [entries.decode(body) for body in bodies] == list(made_entries(9))


def test_the_table_opens_in_excel_and_starts_no_formula(tmp_path: Path) -> None:
    book = Ledger(tmp_path / "ledger.sqlite", "S")
    evil = ('=HYPERLINK("http://x","y")', "+1", "-1", "@SUM(A1)", " =1", "＝1", '資産,"1"\n2\t=3')
    for tag in evil:
        book.start(NOW, msgspec.structs.replace(STICK, serial=tag), "keyed", tag)
    language.choose("ja")
    try:
        with book.store.reading() as tables:
            raw = b"".join(export.table(tables.rows(), {}))
    finally:
        language.choose(None)
    assert raw.startswith(b"\xef\xbb\xbf") and raw.count(b"\r\n") == len(evil) + 1 == raw.count(b"\n")
    head, *body = csv.reader(io.StringIO(raw.decode("utf-8-sig")))
    assert head[:5] == ["項番", "日時", "種別", "発行番号", "資産番号"]
    assert [row[4] for row in body] == ["'" + tag for tag in evil[:-1]] + ['資産,"1" 2 =3']
    for row in body:
        assert len(row) == len(head) and not any(cell[:1] in tuple("=+-@\t\r") and cell for cell in row)


def read_tile(folder: Path, level: str, number: int, width: int) -> bytes:
    """As c2sp.org/tlog-tiles names them."""
    groups = [f"{number // 1000**n % 1000:03d}" for n in range(max(1, math.ceil(len(str(number)) / 3)))][::-1]
    path = "/".join([*(f"x{group}" for group in groups[:-1]), groups[-1]])
    return (folder / "tile" / level / (path if width == 256 else f"{path}.p/{width}")).read_bytes()


@pytest.mark.parametrize("size", [1, 255, 256, 257, 700])
def test_the_tiles_hold_the_tree_and_its_entries(tmp_path: Path, size: int) -> None:
    rows = list(made_rows(made_entries(size)))
    export.tiles(iter(rows), tmp_path)
    bodies = []
    for number in range(-(-size // 256)):
        width = min(256, size - number * 256)
        bundle, at, hashes = read_tile(tmp_path, "entries", number, width), 0, []
        while at < len(bundle):
            length = int.from_bytes(bundle[at : at + 2], "big")
            hashes.append(hashlib.sha256(b"\x00" + bundle[at + 2 : at + 2 + length]).digest())
            bodies.append(bundle[at + 2 : at + 2 + length])
            at += 2 + length
        assert b"".join(hashes) == read_tile(tmp_path, "0", number, width)
    assert bodies == [row.body for row in rows]
    if size >= 256:
        above = read_tile(tmp_path, "1", 0, size // 256)
        assert above == b"".join(naive(bodies[at : at + 256]) for at in range(0, size - size % 256, 256))
    expected = -(-size // 256) * 2 + (size >= 256)
    assert sum(1 for each in tmp_path.rglob("*") if each.is_file()) == expected


@pytest.mark.soak
def test_the_tiles_of_the_specifications_example(tmp_path: Path) -> None:
    """70,000 entries: 273 full tiles and one of 112, one full and one of 17, one of 1."""
    export.tiles(made_rows(made_entries(70_000)), tmp_path)
    made = {str(file.relative_to(tmp_path / "tile")) for file in tmp_path.rglob("*") if file.is_file()}
    whole = {f"{level}/{number:03d}" for level in ("0", "entries") for number in range(273)}
    assert made == whole | {"0/273.p/112", "entries/273.p/112", "1/000", "1/001.p/17", "2/000.p/1"}


def test_the_thousandth_tile_lies_in_a_folder_of_its_thousand(tmp_path: Path) -> None:
    export._write(tmp_path, "0", 1234067, [b"x"])
    assert (tmp_path / "tile/0/x001/x234/067.p/1").read_bytes() == b"x"


def test_what_is_wanted_is_shown(tmp_path: Path) -> None:
    book = made_ledger(tmp_path / "ledger.sqlite", 4)
    stories = list(book.stories())
    assert [type(first) for first, _ in stories] == [Started] * 5

    def numbers(wanted: Wanted) -> list[int]:
        return [first.job for first, closing in stories if isinstance(first, Opening) and wanted.takes(first, closing)]

    assert numbers(Wanted()) == [1, 2, 3, 4, 5]
    assert numbers(Wanted(still_open=True)) == [5]
    assert numbers(Wanted(outcome="not-erased")) == [1, 4]
    assert numbers(Wanted(asset_tag=" a-2")) == [2]
    assert numbers(Wanted(serial=(STICK.serial or "").lower())) == [1, 2, 3, 4, 5]
    assert numbers(Wanted(serial="another")) == []
    assert numbers(Wanted(since=date(2026, 11, 22), until=date(2026, 11, 22))) == [1, 2, 3, 4, 5]
    assert numbers(Wanted(since=date(2026, 11, 23))) == numbers(Wanted(until=date(2026, 11, 21))) == []


def test_every_kind_of_entry_has_its_words() -> None:
    for kind in get_args(entries.KINDS):
        for lang in language.LANGUAGES:
            assert language.text(f"ledger.kind.{kind.__struct_config__.tag}", lang)
