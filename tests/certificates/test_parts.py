"""A namespace, a logical unit or an area of a card is not the drive: whoever reads the paper learns what else there is."""

from __future__ import annotations

import re

import msgspec
import pytest

from certificates import consistency, parts
from certificates.language import LANGUAGES
from certificates.record import Sibling
from tests.certificates import samples
from tests.certificates.reading import words

change = msgspec.structs.replace
AREAS = (
    Sibling("area", "boot0", "/dev/mmcblk0boot0", None, 4 << 20),
    Sibling("replay-protected", "rpmb", "/dev/mmcblk0rpmb", None, 4 << 20),
)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_paper_of_a_part_names_the_other_parts_and_certifies_the_part_only(lang: str) -> None:
    text = re.sub(r"\s+", "", words(samples.namespace(languages=(lang,))))
    assert "/dev/nvme0n2" in text and "64.0GB" in text
    expected = {"en": "thepartofadrivenamedbelow", "ja": "ドライブの他の部分は、本書による証明の対象外です。"}[lang]
    assert expected in text
    assert expected not in re.sub(r"\s+", "", words(samples.erased(languages=(lang,))))


def test_the_risk_of_other_parts_may_not_be_kept_back() -> None:
    record = samples.namespace()
    assert "other-parts" in record.residual_risks
    silent = change(record, residual_risks=tuple(risk for risk in record.residual_risks if risk != "other-parts"))
    assert [each.key for each in consistency.contradictions(silent)] == ["consistency.risk"]


def test_what_belongs_to_the_drive() -> None:
    """Of a card, the boot areas; not what nobody can overwrite, nor the card in another slot."""
    card = change(samples.STICK, part="user", siblings=AREAS)
    assert [each.part for each in parts.of_the_drive(card)] == ["boot0"]
    assert parts.risks(card) == ("other-parts", "replay-protected")
    slot = Sibling("slot", "6:0:0:1", "/dev/sdd", None, 1 << 30)
    reader = change(samples.STICK, part="6:0:0:0", siblings=(slot,))
    assert parts.of_the_drive(reader) == () and parts.risks(reader) == ("other-slots",)
    assert parts.risks(samples.DISK) == ()


def test_a_hundred_parts_are_counted_and_not_all_listed() -> None:
    many = tuple(Sibling("namespace", str(n), f"/dev/nvme0n{n}", None, 1 << 30) for n in range(2, 102))
    (sentence,) = parts.sentences(change(samples.NAMESPACE, siblings=many), "en")
    assert "/dev/nvme0n7" in sentence and "/dev/nvme0n8" not in sentence and "94 more" in sentence
