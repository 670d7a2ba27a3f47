"""Draws the pictures of the documentation from sample certificates: docs/pictures/OUTCOME-LANGUAGE.png. Needs pdftoppm."""

from __future__ import annotations

import subprocess
from io import BytesIO
from pathlib import Path

from PIL import Image

from certificates.record import People, Record
from tests.certificates import samples

PICTURES = Path(__file__).parents[1] / "docs" / "pictures"
DOTS_PER_INCH = 96
GREYS = 16


def main() -> None:
    PICTURES.mkdir(parents=True, exist_ok=True)
    english = {"languages": ("en",), "people": SAMPLE_CITY, "asset_tag": "SAMPLE-0042"}
    shown = {
        "erased-both": samples.stick(),
        "erased-ja": samples.erased(languages=("ja",)),
        "erased-en": samples.erased(**english),
        "with-exceptions-both": samples.exceptions(),
        "not-erased-both": samples.not_erased(),
        "interrupted-both": samples.interrupted(),
    }
    for name, record in shown.items():
        path = PICTURES / f"{name}.png"
        path.write_bytes(picture(record))
        print(f"{path.name}: {path.stat().st_size // 1000} kB")


SAMPLE_CITY = People(
    customer="Sample City",
    organisation="Sample Services Ltd.",
    operator="A. Sample",
    witnesses=("W. Sample",),
    validator="V. Sample",
    location="Sample City Hall, server room",
)


def picture(record: Record) -> bytes:
    """The first page in few greys."""
    command = ["pdftoppm", "-r", str(DOTS_PER_INCH), "-gray", "-f", "1", "-l", "1", "-singlefile", "-png", "-"]
    drawn = subprocess.run(command, input=samples.issue(record).pdf, check=True, capture_output=True).stdout
    out = BytesIO()
    with Image.open(BytesIO(drawn)) as page:
        page.quantize(GREYS).save(out, "PNG", optimize=True)
    return out.getvalue()


if __name__ == "__main__":
    main()
