"""Makes the certificate's fonts while the package is built, so that git holds no binary and users fetch no 30 MB font package.

Noto Sans JP in weights 400 and 700, cut from the variable font in the build requirement justmytype-intl-cjk; and beside it, for names, what
it lacks: Latin, Greek and Cyrillic letters of Noto Sans, Hangul of Noto Sans KR, simplified Chinese of Noto Sans SC. A page is
compared byte for byte years later, on other machines: the fonts made here must be the ones listed in certificates/fonts/SHA256SUMS.
That is why `pyproject.toml` pins fontTools and the font package exactly. `python hatch_build.py` makes them in place.
"""

from __future__ import annotations

import hashlib
import importlib.util
import sys
from importlib import resources
from io import BytesIO
from pathlib import Path
from typing import Any, NamedTuple

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

WEIGHTS = {"Regular": 400, "Bold": 700}
CJK = "justmytype_intl_cjk", "fonts/ofl/{folder}/{file}[wght].ttf"
MAIN = "NotoSansJP"


class Source(NamedTuple):
    """A variable font in a package, and which of its characters are wanted; None for all."""

    package: str
    file: str
    wanted: tuple[range, ...] | None = None


SOURCES = {
    MAIN: Source(CJK[0], CJK[1].format(folder="notosansjp", file="NotoSansJP")),
    "NotoSans": Source(
        "fontpkg_noto_sans",
        "files/NotoSans[wdth,wght].ttf",
        (range(0xA0, 0x250), range(0x370, 0x530), range(0x1E00, 0x2000), range(0x20A0, 0x20C1)),
    ),
    "NotoSansKR": Source(
        CJK[0], CJK[1].format(folder="notosanskr", file="NotoSansKR"), (range(0x3131, 0x318F), range(0xAC00, 0xD7A4))
    ),
    "NotoSansSC": Source(CJK[0], CJK[1].format(folder="notosanssc", file="NotoSansSC"), (range(0x4E00, 0xA000),)),
}

# Glyphs for vertical text and shaping: the page draws neither, and each file is smaller by 2 %, the work by half.
UNUSED_TABLES = ("GSUB", "GPOS", "GDEF", "BASE", "HVAR", "vhea", "vmtx")


class FontHook(BuildHookInterface[Any]):
    """Runs before a wheel is packed, and before an editable install."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        if self.target_name == "wheel":
            make_fonts(Path(self.root) / "certificates" / "fonts")


def make_fonts(folder: Path) -> None:
    """Every font in `folder` is there and is the expected one, or this raises."""
    expected = {}
    for line in (folder / "SHA256SUMS").read_text(encoding="ascii").splitlines():
        digest, name = line.split()
        expected[name] = digest
    for name in expected:
        path = folder / name
        if path.exists() and hashlib.sha256(path.read_bytes()).hexdigest() == expected[name]:
            continue
        draft = path.with_suffix(".draft")
        _instance(*name.removesuffix(".ttf").split("-"), draft)
        made = hashlib.sha256(draft.read_bytes()).hexdigest()
        if made != expected[name]:
            draft.unlink()
            raise RuntimeError(
                f"{name}: made {made}, expected {expected[name]}: are fontTools and the font package the pinned ones?"
            )
        draft.replace(path)


def _instance(family: str, weight: str, path: Path) -> None:
    _interpolate_in_python()
    from fontTools.subset import Options, Subsetter  # type: ignore[import-untyped]
    from fontTools.varLib import instancer  # type: ignore[import-untyped]

    source = SOURCES[family]
    font = _opened(source)
    for tag in UNUSED_TABLES:
        if tag in font:
            del font[tag]
    axes = {axis.axisTag: axis.defaultValue for axis in font["fvar"].axes} | {"wght": WEIGHTS[weight]}
    if source.wanted is not None:
        known = _opened(SOURCES[MAIN]).getBestCmap()
        lacking = {code for wanted in source.wanted for code in wanted} - known.keys()
        subsetter = Subsetter(Options(layout_features=[], name_IDs=["*"], notdef_outline=True, hinting=False))
        subsetter.populate(unicodes=lacking & font.getBestCmap().keys())
        subsetter.subset(font)
    instancer.instantiateVariableFont(font, axes, inplace=True, updateFontNames=source.wanted is None)
    if source.wanted is not None:  # a page's objects are named by this
        font["name"].setName(f"{family}-{weight}", 6, 3, 1, 0x409)
    font.save(path)


def _opened(source: Source) -> Any:
    from fontTools.ttLib import TTFont  # type: ignore[import-untyped]

    with resources.as_file(resources.files(source.package) / source.file) as path:
        return TTFont(BytesIO(path.read_bytes()), recalcTimestamp=False)


def _interpolate_in_python() -> None:
    """fontTools may come with this module compiled; a C compiler may fuse its multiplications, and round another way on another machine."""
    name = "fontTools.varLib.iup"
    package = importlib.util.find_spec("fontTools.varLib")
    if package is None or package.origin is None or name in sys.modules:
        return
    spec = importlib.util.spec_from_file_location(name, Path(package.origin).with_name("iup.py"))
    if spec is None or spec.loader is None:
        return
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)


if __name__ == "__main__":
    make_fonts(Path(__file__).parent / "certificates" / "fonts")
