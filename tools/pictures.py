"""Draws the pictures of the documentation: docs/pictures/OUTCOME-LANGUAGE.png, an annex and a label. Needs pdftoppm."""

from __future__ import annotations

import subprocess
from io import BytesIO
from pathlib import Path

from PIL import Image

from certificates.page import label
from certificates.people import People
from tests.certificates import inspections, samples

PICTURES = Path(__file__).parents[1] / "docs" / "pictures"
DOTS_PER_INCH = 96
GREYS = 16


def main() -> None:
    PICTURES.mkdir(parents=True, exist_ok=True)
    english = {"languages": ("en",), "people": SAMPLE_CITY, "asset_tag": "SAMPLE-0042"}
    outcomes = {
        "erased": samples.erased,
        "with-exceptions": samples.exceptions,
        "not-erased": samples.not_erased,
        "interrupted": samples.interrupted,
    }
    drawn = {"erased-both": picture(samples.issue(samples.stick()).pdf)}
    for name, make in outcomes.items():
        drawn[f"{name}-ja"] = picture(samples.issue(make(languages=("ja",))).pdf)
        drawn[f"{name}-en"] = picture(samples.issue(make(**english)).pdf)
    drawn["with-exceptions-annex"] = picture(samples.issue(samples.exceptions(64)).pdf, page=2)
    drawn["inspected-both"] = picture(samples.issue(inspections.with_files()).pdf)
    drawn["labels"] = picture(label.roll([samples.erased(), samples.not_erased()]), dots=150, page=2)
    for name, content in drawn.items():
        (PICTURES / f"{name}.png").write_bytes(content)
        print(f"{name}.png: {len(content) // 1000} kB")


SAMPLE_CITY = People(
    customer="Sample City",
    organisation="Sample Services Ltd.",
    operator="A. Sample",
    witnesses=("W. Sample",),
    validator="V. Sample",
    location="Sample City Hall, server room",
)


def picture(pdf: bytes, page: int = 1, dots: int = DOTS_PER_INCH) -> bytes:
    """One page in few greys."""
    command = ["pdftoppm", "-r", str(dots), "-gray", "-f", str(page), "-l", str(page), "-singlefile", "-png", "-"]
    drawn = subprocess.run(command, input=pdf, check=True, capture_output=True).stdout
    out = BytesIO()
    with Image.open(BytesIO(drawn)) as seen:
        seen.quantize(GREYS).save(out, "PNG", optimize=True)
    return out.getvalue()


if __name__ == "__main__":
    main()
