"""An organisation is 御中, a person 様, and nobody is called so twice."""

from __future__ import annotations

import msgspec
import pytest

from tests.certificates import samples
from tests.certificates.reading import drawn


@pytest.mark.parametrize(
    ("typed", "person", "printed"),
    [
        ("見本市", False, "見本市 御中"),
        ("見本 花子", True, "見本 花子 様"),
        ("見本市御中", False, "見本市御中"),
        ("見本市長 見本花子 様", False, "見本市長 見本花子 様"),
        ("見本花子様", True, "見本花子様"),
        ("見本市長殿", True, "見本市長殿"),
        ("関係者各位", False, "関係者各位"),
    ],
)
def test_how_the_addressee_is_called(typed: str, person: bool, printed: str) -> None:
    people = msgspec.structs.replace(samples.PEOPLE, customer=typed, customer_is_person=person)
    texts = [each.text for each in drawn(samples.erased(people=people))]
    assert printed in texts
    assert not any(text.startswith(printed) and text != printed for text in texts)


def test_english_papers_call_nobody_by_japanese_honorifics() -> None:
    people = msgspec.structs.replace(samples.PEOPLE, customer="Sample City")
    texts = [each.text for each in drawn(samples.erased(languages=("en",), people=people))]
    assert "Sample City" in texts and not any("御中" in text or "様" in text for text in texts)
