"""No path prints Purge or 除去 for a host overwrite: whatever an owner's file says, whatever a record claims."""

from __future__ import annotations

import json
import re
import unicodedata
from contextlib import suppress
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from certificates import canonical, language, policy
from certificates.errors import Environment
from certificates.policy import Policy
from certificates.record import Category, Verdict
from eraser import foresight
from tests.certificates import samples
from tests.certificates.reading import words

OFTEN = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
MAKERS = (samples.erased, samples.stick, samples.exceptions, samples.not_erased, samples.interrupted, samples.image)
CLAIMS = (
    "Purge",
    "PURGE",
    "ＰＵＲＧＥ",
    "Pur\u00adge",
    "p u r g e",
    "Pürge",
    "除去",
    "除 去",
    "除\u200b去",
    "破壊",
    "Destroyed",
)
NAMES = st.one_of(
    st.sampled_from(CLAIMS),
    st.tuples(
        st.text("Our rule 当市の規程", max_size=9), st.sampled_from(CLAIMS), st.text("-_ 2026版", max_size=5)
    ).map("".join),
    st.text("Puürge 除去破壊消-\u00ad\u3000規程", min_size=1, max_size=12),
    st.just("当市の規程"),
)
HOST = ("host-overwrite", "write-same", "trim")
ROWS = st.fixed_dictionaries(
    {
        "techniques": st.lists(
            st.sampled_from([*HOST, *HOST, "shred", "ata-sanitize-block"]), min_size=1, max_size=3, unique=True
        ),
        "media": st.lists(st.sampled_from(policy.MEDIA), min_size=1, max_size=7, unique=True),
        "category": st.sampled_from(["clear", "purge", "destroy", "none", "not-confirmed"]),
        "data": st.dictionaries(
            st.sampled_from(policy.DATA_CLASSES),
            st.fixed_dictionaries({"sufficiency": st.sampled_from(["sufficient", "not-sufficient", "not-confirmed"])}),
        ),
        "source": NAMES,
    }
)
FILES = st.dictionaries(
    st.one_of(st.just("our-rule"), NAMES, st.sampled_from(sorted(policy.built_in()))),
    st.fixed_dictionaries(
        {
            "edition": NAMES,
            "name": st.fixed_dictionaries({"en": NAMES, "ja": NAMES}),
            "rows": st.lists(ROWS, max_size=3),
        }
    ),
    max_size=2,
)


def toml(value: Any) -> str:
    """Plain values as TOML."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{json.dumps(key)} = {toml(each)}" for key, each in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(toml, value)) + "]"
    return json.dumps(value)


def says_more_than_clear(text: str) -> bool:
    return re.search("purge|除去", unicodedata.normalize("NFKC", text), re.IGNORECASE) is not None


def taken(file: dict[str, Any], folder: Path) -> dict[str, Policy]:
    """The policies of the file, if it is accepted."""
    path = folder / "policies.toml"
    path.write_text("\n".join(f"{json.dumps(name)} = {toml(table)}" for name, table in file.items()), encoding="utf-8")
    with suppress(Environment):
        return policy.own(path)
    return {}


@given(FILES, st.sampled_from(MAKERS), st.sampled_from([None, *policy.DATA_CLASSES]))
@OFTEN
def test_for_any_owners_file(tmp_path_factory: Any, file: dict[str, Any], make: Any, data_class: Any) -> None:
    tables = taken(file, tmp_path_factory.mktemp("policy"))
    record = make(policies={**policy.built_in(), **tables}, data_class=data_class)
    assert {each.category for each in record.verdicts} <= {"clear", "none", "not-confirmed"}
    assert not says_more_than_clear(canonical.encode(record).decode())
    for each in record.verdicts:
        for lang in language.LANGUAGES:
            language.choose(lang)
            try:
                assert not says_more_than_clear(foresight.sentence(each))
            finally:
                language.choose(None)
    if tables:
        assert not says_more_than_clear(words(record))


@given(
    st.sampled_from(MAKERS),
    st.sampled_from(["clear", "purge", "destroy", "none", "not-confirmed"]),
    NAMES,
    st.sampled_from(sorted(key for key in language.all_keys() if key.startswith("verdict."))),
)
@OFTEN
def test_for_any_verdict_that_a_record_claims(make: Any, category: Category, name: str, reason: str) -> None:
    """A page is refused rather than drawn with it."""
    verdict = Verdict("our-rule", name, category, (reason.removeprefix("verdict."),))
    with suppress(ValueError):
        assert not says_more_than_clear(words(make(verdicts=(verdict,))))


def test_the_owners_files_of_this_test_are_sometimes_accepted(tmp_path: Path) -> None:
    row = {"techniques": ["host-overwrite"], "media": ["usb-flash"], "category": "clear", "data": {}, "source": "除去"}
    good = {"our-rule": {"edition": "当市の規程", "name": {"en": "Our rule", "ja": "当市の規程"}, "rows": [row]}}
    assert list(taken(good, tmp_path)) == ["our-rule"]
