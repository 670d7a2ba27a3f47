"""Recovery tools that nobody here wrote, and a stick full of files for them to find."""

import random
import subprocess
from collections import Counter
from pathlib import Path

from PIL import Image
from reportlab.pdfgen.canvas import Canvas


def photorec(medium: Path, work: Path) -> Counter[str]:
    """What PhotoRec gets back from the whole medium: files by extension."""
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
    found = Counter(file.suffix.lstrip(".") for folder in work.glob("photorec.*/") for file in folder.iterdir())
    del found["xml"]  # its own report
    return found


def foremost(medium: Path, work: Path) -> Counter[str]:
    """What foremost gets back: files by extension."""
    out = work / "foremost"
    subprocess.run(["foremost", "-q", "-i", str(medium), "-o", str(out)], check=True, capture_output=True, timeout=300)
    assert "Finish:" in (out / "audit.txt").read_text()
    return Counter(file.parent.name for file in out.glob("*/*"))


def wipefs(medium: Path) -> str:
    """The signatures that libblkid knows and finds; empty if none."""
    done = subprocess.run(["wipefs", "--no-act", str(medium)], check=True, capture_output=True, text=True, timeout=60)
    return done.stdout.strip()


def fill_and_format(medium: Path, work: Path, count: int = 20) -> None:
    """A FAT stick with `count` pictures and documents on it, and then formatted again: "initialised"."""
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


def make_fat(medium: Path) -> None:
    """A new, empty FAT file system on the whole medium."""
    subprocess.run(["mkfs.vfat", "-I", str(medium)], check=True, capture_output=True, timeout=60)
