"""A practice medium: an image of a stick that held office files and was then merely formatted.

For `eraser demo`, for training, and for tests: no real data, no root, no outside tool. Everything in it says that it is a
sample (見本). The file system is a new, empty FAT16; the files still lie behind it, as formatting leaves them.
"""

import gzip
import hashlib
import io
import random
import sqlite3
import struct
import zipfile
from collections.abc import Callable
from email.message import EmailMessage
from pathlib import Path

from msgspec import Struct
from PIL import Image, ImageDraw, ImageFilter
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfgen.canvas import Canvas

SMALLEST = 8 << 20
LARGEST = 2000 << 20
"""Bytes. Between them FAT16 has a cluster size of 1 to 32 KiB."""

_SECTOR = 512
_ROOT_ENTRIES = 512
_CLUSTERS = range(4200, 65500)  # FAT16 is told from FAT12 and FAT32 by this count alone: 4,085 to 65,524
_LABEL = b"SAMPLE     "
_NOTE = "見本・架空のデータ / SAMPLE, FICTITIOUS DATA"
_DATE = (2024, 4, 1, 9, 0, 0)


class PracticeFile(Struct, frozen=True):
    """A file on the medium: `offset` and `length` in bytes, `kind` as `verifier.carving` calls it or text's encoding."""

    name: str
    kind: str
    offset: int
    length: int
    sha256: str


class Geometry(Struct, frozen=True):
    """A FAT16 layout; offsets in bytes, `fat_sectors` of one of its two tables."""

    sectors: int
    sectors_per_cluster: int
    fat_sectors: int

    @property
    def data_offset(self) -> int:
        return _SECTOR * (1 + 2 * self.fat_sectors) + 32 * _ROOT_ENTRIES

    @property
    def cluster_bytes(self) -> int:
        return self.sectors_per_cluster * _SECTOR

    @property
    def clusters(self) -> int:
        return (self.sectors * _SECTOR - self.data_offset) // self.cluster_bytes


def make_practice_medium(path: Path, size_bytes: int, seed: int) -> tuple[PracticeFile, ...]:
    """Creates the image `path` of `size_bytes` and returns what lies in it, in the order of the medium.

    The same size, seed and library versions give the same bytes. Raises FileExistsError rather than touch what is there, and
    ValueError for a size that is no multiple of 512 between SMALLEST and LARGEST.
    """
    geometry = plan_fat16(size_bytes)
    rng = random.Random(seed)  # noqa: S311 - sample content, nothing secret
    contents = [item for index in range(1, _sets(size_bytes) + 1) for item in _office_files(rng, index)]
    # Each file gets a slot of its own, so that the medium is used from one end to the other.
    slot = geometry.clusters // len(contents)
    if max(len(data) for _, _, data in contents) > slot * geometry.cluster_bytes:
        raise ValueError(f"{size_bytes} bytes are too few for the sample files")
    files: list[PracticeFile] = []
    with path.open("xb") as image:
        image.truncate(size_bytes)
        for index, (name, kind, data) in enumerate(contents):
            offset = geometry.data_offset + index * slot * geometry.cluster_bytes
            image.seek(offset)
            image.write(data)
            files.append(PracticeFile(name, kind, offset, len(data), hashlib.sha256(data).hexdigest()))
        image.seek(0)
        image.write(_empty_fat16(geometry, rng.getrandbits(32)))
    return tuple(files)


def plan_fat16(size_bytes: int) -> Geometry:
    """The layout for a medium of that size. Raises ValueError as `make_practice_medium` does."""
    if not SMALLEST <= size_bytes <= LARGEST or size_bytes % _SECTOR:
        raise ValueError(f"a practice medium has {SMALLEST} to {LARGEST} bytes, a multiple of {_SECTOR}")
    sectors = size_bytes // _SECTOR
    for per_cluster in (8, 4, 2, 16, 32, 64):
        # Two bytes an entry; the tables are sized as if they took no room themselves, which is never too small.
        fat_sectors = -(-(sectors // per_cluster + 2) * 2 // _SECTOR)
        geometry = Geometry(sectors, per_cluster, fat_sectors)
        if geometry.clusters in _CLUSTERS:
            return geometry
    raise ValueError(f"no FAT16 layout for {size_bytes} bytes")


def _sets(size_bytes: int) -> int:
    return max(1, min(8, size_bytes // (16 << 20)))


def _empty_fat16(geometry: Geometry, volume_id: int) -> bytes:
    """Boot sector, two empty tables, and a root directory with nothing but the label (Microsoft FAT specification 1.03)."""
    small = geometry.sectors if geometry.sectors < 65536 else 0
    boot = struct.pack(
        "<3s8sHBHBHHBHHHIIBBBI11s8s",
        *(b"\xeb\x3c\x90", b"MSDOS5.0", _SECTOR, geometry.sectors_per_cluster, 1, 2, _ROOT_ENTRIES, small),
        *(0xF8, geometry.fat_sectors, 63, 255, 0, 0 if small else geometry.sectors),
        *(0x80, 0, 0x29, volume_id, _LABEL, b"FAT16   "),
    )
    boot = boot.ljust(510, b"\0") + b"\x55\xaa"
    table = b"\xf8\xff\xff\xff".ljust(geometry.fat_sectors * _SECTOR, b"\0")
    day = (_DATE[0] - 1980) << 9 | _DATE[1] << 5 | _DATE[2]
    label = struct.pack("<11sB10sHHHI", _LABEL, 0x08, bytes(10), _DATE[3] << 11, day, 0, 0)
    return boot + table + table + label.ljust(32 * _ROOT_ENTRIES, b"\0")


def _office_files(rng: random.Random, index: int) -> list[tuple[str, str, bytes]]:
    """One set: name, kind and content of each file."""
    kinds: list[tuple[str, str, Callable[[random.Random], bytes]]] = [
        ("住民台帳_見本.csv", "cp932", lambda r: _register(r, 120).encode("cp932")),
        ("通知書_見本.pdf", "pdf", _pdf),
        ("現場写真_見本.jpg", "jpg", lambda r: _image(r, "JPEG")),
        ("図面_見本.png", "png", lambda r: _image(r, "PNG", (320, 240))),
        ("申請書_見本.docx", "docx", _docx),
        ("給付一覧_見本.xlsx", "xlsx", _xlsx),
        ("議事録_見本.odt", "odt", _odt),
        ("受付_見本.sqlite", "sqlite", _sqlite),
        ("連絡_見本.eml", "eml", _eml),
        ("控え_見本.zip", "zip", _zip_of_registers),
        ("走査_見本.tif", "tif", lambda r: _image(r, "TIFF", (240, 320))),
        ("印影_見本.bmp", "bmp", lambda r: _image(r, "BMP", (128, 128))),
        ("案内_見本.gif", "gif", lambda r: _image(r, "GIF", (160, 120))),
        ("覚書_見本.txt", "utf-8", lambda r: _register(r, 60).encode()),
        ("回覧_見本.rtf", "rtf", _rtf),
        ("記録_見本.csv.gz", "gz", lambda r: gzip.compress(_register(r, 400).encode(), mtime=0)),
    ]
    return [(f"{index:02d}_{name}", kind, make(rng)) for name, kind, make in kinds]


def _register(rng: random.Random, rows: int) -> str:
    lines = [f"# 住民台帳 {_NOTE}", "番号,氏名,フリガナ,住所,電話番号"]
    for number in range(rows):
        given, kana = rng.choice((("太郎", "タロウ"), ("花子", "ハナコ"), ("一郎", "イチロウ"), ("桜", "サクラ")))
        street = f"{rng.randrange(1, 9)}-{rng.randrange(1, 40)}-{rng.randrange(1, 20)}"
        phone = f"000-0000-{rng.randrange(10000):04d}"
        lines.append(f"{number + 1:05d},見本 {given},ミホン {kana},見本県見本市例示町{street},{phone}")
    return "\r\n".join(lines) + "\r\n"


def _pdf(rng: random.Random) -> bytes:
    pdfmetrics.registerFont(UnicodeCIDFont("HeiseiMin-W3"))
    out = io.BytesIO()
    canvas = Canvas(out, invariant=1)
    for page in range(2):
        canvas.setFont("HeiseiMin-W3", 10)
        for number, line in enumerate(_register(rng, 40).splitlines()):
            canvas.drawString(50, 790 - 17 * number, line)
        canvas.drawString(50, 30, f"{_NOTE} ({page + 1})")
        canvas.showPage()
    canvas.save()
    return out.getvalue()


def _image(rng: random.Random, form: str, size: tuple[int, int] = (640, 480)) -> bytes:
    """Blurred noise, so that it compresses like a photograph, with SAMPLE written across."""
    width, height = size
    noise = Image.frombytes("RGB", size, rng.randbytes(3 * width * height))
    picture = noise.filter(ImageFilter.GaussianBlur(2))
    ImageDraw.Draw(picture).text((10, 10), "SAMPLE / MIHON", fill=(255, 255, 255))
    out = io.BytesIO()
    picture.save(out, form)
    return out.getvalue()


def _zip(members: list[tuple[str, str]], stored: str = "") -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, text in members:
            entry = zipfile.ZipInfo(name, _DATE)
            entry.compress_type = zipfile.ZIP_STORED if name == stored else zipfile.ZIP_DEFLATED
            archive.writestr(entry, text)
    return out.getvalue()


def _zip_of_registers(rng: random.Random) -> bytes:
    return _zip([(f"register_sample_{number}.csv", _register(rng, 200)) for number in range(3)])


_XML = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_OPEN_XML = "http://schemas.openxmlformats.org"
_RELATIONS = f"{_OPEN_XML}/officeDocument/2006/relationships"


def _office_package(main: str, content_type: str, body: str, extra: list[tuple[str, str]], types: str = "") -> bytes:
    """An Office Open XML package (ECMA-376 part 2) around its main part."""
    overrides = (
        f'<Override PartName="/{main}" ContentType="application/vnd.openxmlformats-officedocument.{content_type}"/>'
    )
    content_types = (
        f'{_XML}<Types xmlns="{_OPEN_XML}/package/2006/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f"{overrides}{types}</Types>"
    )
    return _zip(
        [
            ("[Content_Types].xml", content_types),
            ("_rels/.rels", _relation("officeDocument", main)),
            (main, body),
            *extra,
        ]
    )


def _relation(kind: str, target: str) -> str:
    link = f'<Relationship Id="rId1" Type="{_RELATIONS}/{kind}" Target="{target}"/>'
    return f'{_XML}<Relationships xmlns="{_OPEN_XML}/package/2006/relationships">{link}</Relationships>'


def _docx(rng: random.Random) -> bytes:
    paragraphs = "".join(f"<w:p><w:r><w:t>{line}</w:t></w:r></w:p>" for line in _register(rng, 150).splitlines())
    body = (
        f'{_XML}<w:document xmlns:w="{_OPEN_XML}/wordprocessingml/2006/main"><w:body>{paragraphs}</w:body></w:document>'
    )
    return _office_package("word/document.xml", "wordprocessingml.document.main+xml", body, [])


def _xlsx(rng: random.Random) -> bytes:
    space = f'xmlns="{_OPEN_XML}/spreadsheetml/2006/main"'
    rows = "".join(
        "<row>" + "".join(f'<c t="inlineStr"><is><t>{cell}</t></is></c>' for cell in line.split(",")) + "</row>"
        for line in _register(rng, 150).splitlines()
    )
    book = f'{_XML}<workbook {space} xmlns:r="{_RELATIONS}"><sheets><sheet name="見本" sheetId="1" r:id="rId1"/></sheets></workbook>'
    sheet = f"{_XML}<worksheet {space}><sheetData>{rows}</sheetData></worksheet>"
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"
    return _office_package(
        "xl/workbook.xml",
        "spreadsheetml.sheet.main+xml",
        book,
        [
            ("xl/_rels/workbook.xml.rels", _relation("worksheet", "worksheets/sheet1.xml")),
            ("xl/worksheets/sheet1.xml", sheet),
        ],
        f'<Override PartName="/xl/worksheets/sheet1.xml" ContentType="{kind}"/>',
    )


def _odt(rng: random.Random) -> bytes:
    media = "application/vnd.oasis.opendocument.text"
    space = "urn:oasis:names:tc:opendocument:xmlns"
    paragraphs = "".join(f"<text:p>{line}</text:p>" for line in _register(rng, 150).splitlines())
    content = (
        f'{_XML}<office:document-content xmlns:office="{space}:office:1.0" xmlns:text="{space}:text:1.0" '
        f'office:version="1.3"><office:body><office:text>{paragraphs}</office:text></office:body></office:document-content>'
    )
    manifest = (
        f'{_XML}<manifest:manifest xmlns:manifest="{space}:manifest:1.0" manifest:version="1.3">'
        f'<manifest:file-entry manifest:full-path="/" manifest:media-type="{media}"/>'
        '<manifest:file-entry manifest:full-path="content.xml" manifest:media-type="text/xml"/></manifest:manifest>'
    )
    return _zip([("mimetype", media), ("content.xml", content), ("META-INF/manifest.xml", manifest)], stored="mimetype")


def _sqlite(rng: random.Random) -> bytes:
    with sqlite3.connect(":memory:") as database:
        database.execute("CREATE TABLE 見本 (番号, 氏名, フリガナ, 住所, 電話番号)")
        rows = [line.split(",") for line in _register(rng, 150).splitlines()[2:]]
        database.executemany("INSERT INTO 見本 VALUES (?, ?, ?, ?, ?)", rows)
        database.commit()
        return database.serialize()


def _eml(rng: random.Random) -> bytes:
    message = EmailMessage()
    message["From"] = "mihon@example.jp"
    message["To"] = "sample@example.jp"
    message["Date"] = "Mon, 01 Apr 2024 09:00:00 +0900"
    message["Message-ID"] = f"<{rng.getrandbits(64):x}@example.jp>"
    message["Subject"] = "SAMPLE / MIHON"
    message.set_content(_register(rng, 20), charset="iso-2022-jp")
    return message.as_bytes()


def _rtf(rng: random.Random) -> bytes:
    lines = _register(rng, 30).splitlines()
    escaped = "\\par\r\n".join("".join(c if c.isascii() else f"\\u{_signed(ord(c))}?" for c in line) for line in lines)
    return b"{\\rtf1\\ansi\\ansicpg932\\deff0{\\fonttbl{\\f0 Mincho;}}\r\n" + escaped.encode("ascii") + b"}\r\n"


def _signed(code: int) -> int:
    """RTF writes a UTF-16 unit as a signed number of 16 bits."""
    return code - 65536 if code > 32767 else code
