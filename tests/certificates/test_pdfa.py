"""PDF/A-3b, as an independent validator sees it: veraPDF finds nothing against any kind of paper, and something in a broken one."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.certificates import inspections, samples
from tests.lab import verapdf
from tests.lab.available import ROOT

pytestmark = pytest.mark.pdfa


def test_an_independent_validator_accepts_every_kind_of_paper(tmp_path: Path) -> None:
    record, pictures = samples.photographed()
    papers = {"not erased": samples.issue(samples.not_erased()).pdf}
    papers["photographed"] = samples.issue(record, pictures=pictures).pdf
    papers["inspection"] = samples.issue(inspections.with_files()).pdf
    good = papers["photographed"]
    broken = {
        "no output intent": good.replace(b"/OutputIntents", b"/OutputXntents"),
        "font not embedded": good.replace(b"/FontFile2", b"/FontFilex"),
    }
    for name, pdf in {**papers, **broken}.items():
        (tmp_path / f"{name}.pdf").write_bytes(pdf)
    found = verapdf.complaints(ROOT, [tmp_path / f"{name}.pdf" for name in (*papers, *broken)])
    assert {path.stem: told for path, told in found.items() if path.stem in papers} == {name: [] for name in papers}
    assert all(told for path, told in found.items() if path.stem in broken)
