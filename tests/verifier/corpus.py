"""Files as offices hold them, made from a seed, for the tests of the inspector; and images of sticks that hold them."""

import bz2
import gzip
import io
import lzma
import random
import sqlite3
import struct
import subprocess
import tarfile
import zipfile
import zlib
from collections.abc import Iterable
from pathlib import Path

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from PIL import Image
from reportlab.pdfgen.canvas import Canvas

from tests.lab.available import needs

IMAGE_FORMS = {"jpg": "JPEG", "png": "PNG", "gif": "GIF", "tif": "TIFF", "bmp": "BMP", "webp": "WEBP"}
PHOTOREC_FORMS = {"dng": "tif"}  # a form of TIFF, which PhotoRec 7.2 sees where random pixels have one of its tags
ENCODINGS = ("cp932", "utf-8", "euc-jp", "utf-16-le", "ascii", "iso-2022-jp")


def register(rng: random.Random, rows: int) -> str:
    """A register of sample residents."""
    return "".join(
        f"{n:05d},見本 {rng.choice('太一花春夏')}{rng.choice('郎子江')},ミホン,見本市例示町{rng.randrange(99)}の{rng.randrange(99)}\r\n"
        for n in range(rows)
    )


def text(rng: random.Random, encoding: str, rows: int = 60) -> bytes:
    if encoding == "ascii":
        return b"".join(b"name %d, street %d, sample data\r\n" % (n, rng.randrange(99)) for n in range(rows))
    return (b"\xff\xfe" if encoding == "utf-16-le" else b"") + register(rng, rows).encode(encoding)


def image(rng: random.Random, form: str) -> bytes:
    picture = Image.frombytes("RGB", (160, 120), rng.randbytes(160 * 120 * 3))
    out = io.BytesIO()
    picture.save(out, form)
    return out.getvalue()


def archive(members: Iterable[tuple[str, str | bytes]]) -> bytes:
    """A ZIP; a member named mimetype is stored, as OpenDocument wants it."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as file:
        for name, content in members:
            file.writestr(name, content, zipfile.ZIP_STORED if name == "mimetype" else zipfile.ZIP_DEFLATED)
    return out.getvalue()


def pdf(rng: random.Random) -> bytes:
    out = io.BytesIO()
    canvas = Canvas(out)
    for line in range(20):
        canvas.drawString(72, 720 - 20 * line, f"sample {rng.random()}")
    canvas.save()
    return out.getvalue()


def database(rng: random.Random) -> bytes:
    with sqlite3.connect(":memory:") as connection:
        connection.execute("CREATE TABLE sample (n, line)")
        connection.executemany("INSERT INTO sample VALUES (?, ?)", enumerate(register(rng, 200).splitlines()))
        connection.commit()
        return connection.serialize()


def compound(stream: str, content: bytes) -> bytes:
    """An OLE compound file (MS-CFB) with one stream of at least 4,096 bytes, the directory behind it."""
    body = content.ljust(-(-len(content) // 512) * 512, b"\0")
    sectors = len(body) // 512
    table = [*range(1, sectors), 0xFFFFFFFE, 0xFFFFFFFE, 0xFFFFFFFD]
    head = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16) + struct.pack("<HHHHH", 0x3E, 3, 0xFFFE, 9, 6) + bytes(10)
    head += struct.pack("<IIIIIIII", 1, sectors, 0, 4096, 0xFFFFFFFE, 0, 0xFFFFFFFE, 0)
    head += struct.pack("<I", sectors + 1).ljust(436, b"\xff")
    directory = _entry("Root Entry", 5, 1, 0xFFFFFFFE, 0) + _entry(stream, 2, 0xFFFFFFFF, 0, len(content))
    directory += 2 * _entry("", 0, 0xFFFFFFFF, 0, 0)
    return head + body + directory + struct.pack(f"<{len(table)}I", *table).ljust(512, b"\xff")


def _entry(name: str, kind: int, child: int, start: int, size: int) -> bytes:
    raw = name.encode("utf-16-le") + b"\0\0" if name else b""
    links = struct.pack("<HBBIII", len(raw), kind, 1, 0xFFFFFFFF, 0xFFFFFFFF, child)
    return raw.ljust(64, b"\0") + links + bytes(36) + struct.pack("<IQ", start, size)


def mail(rng: random.Random) -> bytes:
    head = b"From: a@example.jp\r\nTo: b@example.jp\r\nSubject: sample\r\nDate: Mon, 1 Jan 2024 00:00:00 +0900\r\n"
    return head + b"Message-ID: <%d@example.jp>\r\nMIME-Version: 1.0\r\n\r\n" % rng.getrandbits(64) + text(rng, "ascii")


def seven_zip(rng: random.Random) -> bytes:
    body = rng.randbytes(3000)
    start = struct.pack("<QQI", len(body) - 100, 100, zlib.crc32(body[-100:]))
    return b"7z\xbc\xaf\x27\x1c\0\x04" + struct.pack("<I", zlib.crc32(start)) + start + body


def mpeg_frames(rng: random.Random) -> bytes:
    return b"".join(b"\xff\xfb\x90\x00" + rng.randbytes(413) for _ in range(40))


def wave(rng: random.Random) -> bytes:
    sound = rng.randbytes(4000)
    form = struct.pack("<4sIHHIIHH", b"fmt ", 16, 1, 1, 8000, 8000, 1, 8)
    return (
        b"RIFF" + struct.pack("<I", 36 + len(sound)) + b"WAVE" + form + b"data" + struct.pack("<I", len(sound)) + sound
    )


def lha(rng: random.Random, level: int) -> bytes:
    body = rng.randbytes(2000)
    if level == 2:
        return b"\x1a\0-lh5-" + struct.pack("<III", 2000, 3000, 1_700_000_000) + b"\x20\x02" + b"\0\0M\0\0" + body
    rest = b"-lh5-" + struct.pack("<IIHH", 2000, 3000, 0x4800, 0x5881) + b"\x20" + bytes([level]) + b"\x0asample.txt"
    rest += b"\x12\x34" + (b"M\0\0" if level else b"")
    return bytes([len(rest), sum(rest) & 0xFF]) + rest + body


def tape(rng: random.Random, members: int = 3) -> bytes:
    """A TAR of texts, as GNU tar and Python write them."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=rng.choice([tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT])) as file:
        for number in range(members):
            content = text(rng, "cp932", 20)
            member = tarfile.TarInfo(f"list{number}.csv")
            member.size = len(content)
            file.addfile(member, io.BytesIO(content))
    return out.getvalue()


def files(seed: int) -> dict[str, bytes]:
    """One of each kind that PhotoRec and this inspector both know, and texts; the part after the dot is our kind."""
    rng = random.Random(seed)
    part, noise = '<?xml version="1.0"?><Types/>', rng.randbytes(3000)
    package = [("[Content_Types].xml", part), ("_rels/.rels", part)]
    made = {form: image(rng, name) for form, name in IMAGE_FORMS.items()}
    made |= {
        "pdf": pdf(rng),
        "docx": archive([*package, ("word/document.xml", register(rng, 100)), ("word/media/a.bin", noise)]),
        "xlsx": archive([*package, ("xl/workbook.xml", register(rng, 100)), ("xl/a.bin", noise)]),
        "odt": archive([("mimetype", "application/vnd.oasis.opendocument.text"), ("content.xml", register(rng, 100))]),
        "zip": archive([("list.csv", register(rng, 200)), ("a.bin", noise)]),
        "gz": gzip.compress(register(rng, 300).encode()),
        "bz2": bz2.compress(register(rng, 300).encode() + noise),
        "xz": lzma.compress(register(rng, 300).encode() + noise),
        "sqlite": database(rng),
        "doc": compound("WordDocument", rng.randbytes(5000)),
        "xls": compound("Workbook", rng.randbytes(9000)),
        "rtf": b"{\\rtf1\\ansi\\deff0 {\\fonttbl {\\f0 Times;}}\\f0 Sample.\\par " + b"More sample text. " * 60 + b"}",
        "7z": seven_zip(rng),
        "tar": tape(rng),
        "wav": wave(rng),
        "eml": mail(rng),
    }
    return {f"{seed}.{kind}": data for kind, data in made.items()}


def texts(seed: int) -> dict[str, bytes]:
    """One text an encoding; the part after the dot is the encoding."""
    rng = random.Random(seed)
    return {f"{seed}.{encoding}": text(rng, encoding) for encoding in ENCODINGS}


def random_data(length: int, offset: int = 0, key: bytes = bytes(range(32))) -> bytes:
    """The keyed stream that a wipe would leave: AES-256-CTR of zeros, from any offset that is a multiple of 16."""
    mode = modes.CTR((offset // 16).to_bytes(16, "big"))
    return Cipher(algorithms.AES(key), mode).encryptor().update(bytes(length))


def formatted_stick(path: Path, contents: dict[str, bytes], size_bytes: int = 64 << 20, label: str = "NEW") -> None:
    """A FAT16 stick that held `contents` and was then "initialised": a new, empty file system, the data left behind."""
    needs("mkfs.fat", "mcopy")
    source = path.with_suffix(".files")
    source.mkdir()
    for name, data in contents.items():
        (source / name).write_bytes(data)
    with path.open("xb") as image_file:
        image_file.truncate(size_bytes)
    _run("/usr/sbin/mkfs.fat", "-F", "16", "-n", "OLD", str(path))
    _run("mcopy", "-i", str(path), *sorted(str(file) for file in source.iterdir()), "::/")
    _run("/usr/sbin/mkfs.fat", "-F", "16", "-n", label, str(path))


def photorec(image_path: Path) -> dict[int, str]:
    """What PhotoRec recovers of the kinds that it looks for unasked: extension by offset in bytes. It names each file after its first
    sector. (Asked for every kind, version 7.2 takes zeros for Dovecot's encrypted files.)"""
    needs("photorec")
    out = image_path.with_suffix(".recovered")
    out.mkdir()
    search = "partition_none,options,mode_ext2,search"
    _run("photorec", "/d", str(out / "r"), "/cmd", str(image_path), search, cwd=out)
    found = (path for path in out.glob("r.*/*") if path.name[0] in "ftb" and path.name[1:8].isdigit())
    return {int(path.name[1:8]) * 512: PHOTOREC_FORMS.get(path.suffix[1:], path.suffix[1:]) for path in found}


def _run(*command: str, cwd: Path | None = None) -> None:
    environment = {
        "PATH": "/usr/sbin:/sbin:/usr/bin:/bin",
        "TERM": "xterm",
        "MTOOLS_SKIP_CHECK": "1",
        "LC_ALL": "C.UTF-8",
    }
    subprocess.run(command, check=True, capture_output=True, stdin=subprocess.DEVNULL, cwd=cwd, env=environment)
