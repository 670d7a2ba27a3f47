"""Makes the certificate's two fonts while the package is built, so that git holds no binary and users fetch no 30 MB font package.

Noto Sans JP in weights 400 and 700, cut from the variable font in the build requirement justmytype-intl-cjk. A certificate's page is
compared byte for byte years later, on other machines: the fonts made here must be the ones listed in certificates/fonts/SHA256SUMS.
That is why `pyproject.toml` pins fontTools and the font package exactly. `python hatch_build.py` makes them in place.
"""

from __future__ import annotations

import hashlib
import importlib.util
import sys
from importlib import resources
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

WEIGHTS = {"NotoSansJP-Regular.ttf": 400, "NotoSansJP-Bold.ttf": 700}
VARIABLE_FONT = "fonts/ofl/notosansjp/NotoSansJP[wght].ttf"

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
    for name, weight in WEIGHTS.items():
        path = folder / name
        if path.exists() and hashlib.sha256(path.read_bytes()).hexdigest() == expected[name]:
            continue
        draft = path.with_suffix(".draft")
        _instance(weight, draft)
        made = hashlib.sha256(draft.read_bytes()).hexdigest()
        if made != expected[name]:
            draft.unlink()
            raise RuntimeError(
                f"{name}: made {made}, expected {expected[name]}: are fontTools and the font package the pinned ones?"
            )
        draft.replace(path)


def _instance(weight: int, path: Path) -> None:
    _interpolate_in_python()
    from fontTools.ttLib import TTFont  # type: ignore[import-untyped]
    from fontTools.varLib import instancer  # type: ignore[import-untyped]

    with resources.as_file(resources.files("justmytype_intl_cjk") / VARIABLE_FONT) as source:
        font = TTFont(source, recalcTimestamp=False)
        for tag in UNUSED_TABLES:
            del font[tag]
        instancer.instantiateVariableFont(font, {"wght": weight}, inplace=True, updateFontNames=True)
        font.save(path)


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
