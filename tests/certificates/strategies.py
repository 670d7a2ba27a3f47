"""Records as hypothesis draws them."""

from __future__ import annotations

from typing import Any

import msgspec
from hypothesis import strategies as st

from certificates.language import all_keys
from certificates.ledger.entries import KINDS, Entry
from certificates.people import Evidence, People
from certificates.record import Category, Claim, Interruption, Record, Verdict
from certificates.values import Words
from tests.certificates import samples

BOTH = (("ja", "en"), ("ja",), ("en",), ("en", "ja"))


def codes(prefix: str) -> st.SearchStrategy[tuple[str, ...]]:
    names = sorted(key.removeprefix(prefix) for key in all_keys() if key.startswith(prefix))
    return st.lists(st.sampled_from(names), max_size=6, unique=True).map(tuple)


NAMES = st.one_of(st.none(), st.text("見本髙﨑𠮷田中 ABCdef-、（）", min_size=1, max_size=60))
INTERRUPTION = st.builds(
    Interruption,
    at=st.just("2025-11-22T13:00:00+09:00"),
    phase=st.sampled_from(["challenge", "write", "verify", "certify"]),
    cause=codes("interruption.").filter(bool).map(lambda found: found[0]),
    detail=st.text(max_size=200),
    bytes_done=st.integers(0, 2**53 - 1),
)


@st.composite
def records(draw: st.DrawFn) -> Record:
    """Records as anything might have made them, also such as contradict themselves."""
    make = draw(
        st.sampled_from(
            [samples.erased, samples.stick, samples.exceptions, samples.not_erased, samples.interrupted, samples.image]
        )
    )
    made: Record = make()
    people = People(
        draw(NAMES),
        draw(NAMES),
        draw(NAMES),
        tuple(filter(None, draw(st.lists(NAMES, max_size=5)))),
        draw(NAMES),
        draw(NAMES),
    )
    category: Category = draw(st.sampled_from(["clear", "none"]))
    medium = msgspec.structs.replace(
        made.medium,
        media_type=draw(
            st.sampled_from(["magnetic-disk", "sata-ssd", "nvme-ssd", "usb-flash", "sd-emmc", "optical", "unknown"])
        ),
        serial=draw(st.one_of(st.none(), st.text(max_size=40))),
        node=draw(st.text(min_size=1, max_size=40)),
    )
    claim = draw(st.one_of(st.none(), st.just(Claim("0.95", "0.00150", 10**9))))
    seen = made.verification and msgspec.structs.replace(made.verification, claim=claim, complete=draw(st.booleans()))
    return msgspec.structs.replace(
        made,
        outcome=draw(st.sampled_from(sorted(samples.OUTCOMES))),
        languages=draw(st.sampled_from(BOTH)),
        medium=medium,
        people=people,
        verification=seen,
        asset_tag=draw(NAMES),
        reason=draw(st.sampled_from([None, "disposal", "return", "renewal", "reuse", "repair"])),
        verdicts=(Verdict("sample", "見本 policy", category, draw(codes("verdict."))),),
        residual_risks=draw(codes("risk.")),
        interruptions=tuple(draw(st.lists(INTERRUPTION, max_size=5))),
        evidence=tuple(Evidence(f"{n}.jpg", "image/jpeg", 10**6, "ab" * 32) for n in range(draw(st.integers(0, 9)))),
        method=msgspec.structs.replace(
            made.method, name=Words("a method", "見本方式"), passes_asked=draw(st.integers(1, 9))
        ),
    )


def any_record() -> st.SearchStrategy[Record]:
    """Whatever the schema lets pass, sensible or not."""
    return _of(msgspec.inspect.type_info(Record)).map(lambda plain: msgspec.convert(plain, Record))


def any_entry() -> st.SearchStrategy[Entry]:
    """An entry of the ledger, of any kind."""
    return _of(msgspec.inspect.type_info(KINDS)).map(lambda plain: msgspec.convert(plain, KINDS))


def _of(kind: Any) -> st.SearchStrategy[Any]:
    """Plain values for a type of msgspec's."""
    inspect = msgspec.inspect
    match kind:
        case inspect.StructType():
            tag = {kind.tag_field: st.just(kind.tag)} if kind.tag_field else {}
            return st.fixed_dictionaries(tag | {field.encode_name: _of(field.type) for field in kind.fields})
        case inspect.UnionType():
            return st.one_of([_of(each) for each in kind.types])
        case inspect.LiteralType():
            return st.sampled_from(kind.values)
        case inspect.VarTupleType():
            return st.lists(_of(kind.item_type), max_size=3)
        case inspect.StrType(pattern=None):
            return st.text(max_size=20) | st.sampled_from(["0", "1", "0.5", "spare-areas", "ctrl-c", "not-completed"])
        case inspect.StrType(pattern=pattern) if pattern and "T" in pattern:
            return st.sampled_from(
                ["2025-11-22T10:00:00+09:00", "2025-99-22T10:00:00Z", "0001-01-01T00:00:00.000+23:59"]
            )
        case inspect.StrType():
            return st.sampled_from(["", "ab", "ab" * 32])
        case inspect.IntType():
            return st.sampled_from([0, 1, 512, 2**53 - 1]) | st.integers(0, 2**53 - 1)
        case inspect.BoolType():
            return st.booleans()
        case inspect.NoneType():
            return st.none()
    raise TypeError(kind)
