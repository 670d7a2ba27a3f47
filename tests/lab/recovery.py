"""Recovery tools that nobody here wrote, and a stick full of files for them to find."""

import random
import subprocess
from collections import Counter
from pathlib import Path

from PIL import Image
from reportlab.pdfgen.canvas import Canvas

SECTOR_BYTES = 512
Sectors = frozenset[bytes]


def photorec(medium: Path, work: Path, ours: Sectors) -> Counter[str]:
    """What PhotoRec gets back from the whole medium: files by extension. See `_holding`."""
    out = work / "photorec"
    command = ["photorec", "/log", "/d", str(out), "/cmd", str(medium), "partition_none,wholespace,search"]
    done = subprocess.run(
        command,
        cwd=work,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=300,
        env={"TERM": "xterm", "HOME": str(work)},
    )
    log = (work / "photorec.log").read_text(errors="replace")
    assert done.returncode == 0 and "PhotoRec exited normally" in log, log
    return Counter(file.suffix.lstrip(".") for file in work.glob("photorec.*/*") if _holding(file, ours))


def foremost(medium: Path, work: Path, ours: Sectors) -> Counter[str]:
    """What foremost gets back: files by extension. See `_holding`."""
    out = work / "foremost"
    subprocess.run(["foremost", "-q", "-i", str(medium), "-o", str(out)], check=True, capture_output=True, timeout=300)
    assert "Finish:" in (out / "audit.txt").read_text()
    return Counter(file.parent.name for file in out.glob("*/*") if _holding(file, ours))


def _holding(recovered: Path, ours: Sectors) -> bool:
    """Whether one whole sector of our files is in it. Recovery tools take random bytes for a file now and then: for PhotoRec three bytes
    at the start of a sector are a Flash film, so on a wiped stick of 32 MiB it "recovers" one in every hundred runs."""
    data = recovered.read_bytes()
    return any(data[at : at + SECTOR_BYTES] in ours for at in range(0, len(data), SECTOR_BYTES))


def wipefs(medium: Path) -> str:
    """The signatures that libblkid knows and finds; empty if none."""
    done = subprocess.run(["wipefs", "--no-act", str(medium)], check=True, capture_output=True, text=True, timeout=60)
    return done.stdout.strip()


def fill_and_format(medium: Path, work: Path, count: int = 20) -> Sectors:
    """A FAT stick with `count` pictures and documents on it, and then formatted again: "initialised". Returns their whole sectors."""
    files = work / "files"
    files.mkdir()
    noise = random.Random(1)
    for number in range(count // 2):
        picture = Image.frombytes("RGB", (64, 64), noise.randbytes(64 * 64 * 3))
        picture.save(files / f"picture{number}.jpg")
        document = Canvas(str(files / f"document{number}.pdf"))
        document.drawString(72, 720, f"Sample resident record {number}")
        document.save()
    make_fat(medium)
    subprocess.run(
        ["mcopy", "-i", str(medium), *map(str, sorted(files.iterdir())), "::"],
        check=True,
        capture_output=True,
        timeout=60,
    )
    make_fat(medium)
    contents = [file.read_bytes() for file in files.iterdir()]
    ends = [(data, at) for data in contents for at in range(SECTOR_BYTES, len(data) + 1, SECTOR_BYTES)]
    return frozenset(data[at - SECTOR_BYTES : at] for data, at in ends)


def make_fat(medium: Path) -> None:
    """A new, empty FAT file system on the whole medium."""
    subprocess.run(["mkfs.vfat", "-I", str(medium)], check=True, capture_output=True, timeout=60)
