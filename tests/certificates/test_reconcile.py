"""What is proven, and everything that is not: each row of the inventory against the facts."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, get_args

import msgspec
import pytest

from certificates import canonical, check, csv_text, history, reconciled
from certificates.check import CheckRecord, Halt
from certificates.destruction import DestructionOutcome
from certificates.history import Compared, Fact, Strength, What
from certificates.identity import Named, identity
from certificates.inventory import Asset
from certificates.ledger import Checked, CheckStarted, Custody
from certificates.proving import PROVEN, Known, Terms
from certificates.reconcile import Result
from certificates.reconcile import reconcile as reconciled_with
from tests.certificates import checks, inspections, samples

STICK = ("Acme", "Stick", 64_000_000_000)


def asset(row: int = 2, tag: str | None = None, serial: str | None = None, wwn: str | None = None) -> Asset:
    return Asset(row, tag, serial, wwn, identity(tag, serial, wwn))


def fact(
    what: What,
    day: int = 1,
    tag: str | None = None,
    serial: str | None = None,
    wwn: str | None = None,
    build: tuple[str | None, str | None, int] | None = STICK,
    number: str | None = None,
    digest: str | None = "",
) -> Fact:
    number = number or f"N-{day:06d}-{tag}-{serial}"
    at = f"2026-11-{day:02d}T10:00:00+09:00"
    named = Named(tag, serial, wwn)
    paper = what != "open"
    return Fact(
        at,
        what,
        named,
        number,
        "ledger",
        named.identity,
        build,
        digest or number,
        has_paper=paper,
        looked=history.EVERYTHING,
    )


def reconcile(
    assets: Sequence[Asset],
    facts: Iterable[Fact],
    terms: Terms = Terms(),  # noqa: B008
    checks: Iterable[Compared] = (),
) -> Result:
    return reconciled_with(assets, Known(facts, checks), terms)


def one(row: Asset, *facts: Fact, terms: Terms = Terms()) -> str:  # noqa: B008
    return reconcile([row], facts, terms).lines[0].status


def test_a_proof_closes_by_any_part_of_the_identity() -> None:
    proof = fact("erased", tag="A-1", serial="S1", wwn="0x5000")
    for row in (asset(tag="a1"), asset(serial="s-1"), asset(wwn="5000"), asset(tag="A1", serial="S1", wwn="naa.5000")):
        result = reconcile([row], [proof])
        assert result.lines[0].status == "proven" and result.gaps == 0 and not result.strangers


@pytest.mark.parametrize("what", ["not-erased", "interrupted", "open"])
def test_what_did_not_end_well_is_open(what: What) -> None:
    assert one(asset(serial="S1"), fact(what, serial="S1")) == what


@pytest.mark.parametrize("what", ["not-erased", "interrupted", "open"])
def test_a_later_job_that_did_not_end_well_takes_the_proof_away(what: What) -> None:
    row, proof, later = asset(serial="S1"), fact("erased", 1, serial="S1"), fact(what, 2, serial="S1")
    assert one(row, later, proof) == what
    assert one(row, later, proof, fact("erased", 3, serial="S1")) == "proven"


def test_the_same_serial_under_another_tag_counts_against_but_not_for() -> None:
    row = asset(tag="A1", serial="S1")
    assert (
        one(row, fact("erased", 1, tag="A1", serial="S1"), fact("not-erased", 2, tag="A9", serial="S1")) == "not-erased"
    )
    assert one(row, fact("erased", 1, tag="A9", serial="S1")) == "mismatch"


def test_the_same_tag_on_another_serial_is_a_mismatch() -> None:
    result = reconcile([asset(tag="A1", serial="S1")], [fact("erased", tag="A1", serial="S2")])
    (line,) = result.lines
    assert line.status == "mismatch" and line.differs == ("serial",) and line.matched_by == ("asset_tag",)
    assert result.gaps == 1 and not result.strangers


def test_a_proof_without_the_row_s_tag_is_told_as_that_and_not_as_data_again() -> None:
    """Received with its tag, destroyed by its serial number alone: the advice was to wipe what was destroyed."""
    come, gone = fact("open", 1, "PC1", "S2"), fact("destroyed", 2, None, "S2")
    (line,) = reconcile([asset(tag="PC1")], [come, gone]).lines
    assert (line.status, line.lacks, line.fact and line.fact.number) == ("mismatch", ("asset_tag",), gone.number)
    assert "S2, which belongs to this asset tag" in reconciled.said(line, "en")
    assert one(asset(tag="PC1", serial="S2"), come, gone) == "proven"
    assert one(asset(tag="PC1"), come, gone, fact("not-erased", 3, "PC1", "S2")) == "reappeared"


def test_two_disks_of_one_computer() -> None:
    rows = [asset(2, "PC1", "S1"), asset(3, "PC1", "S2")]
    result = reconcile(rows, [fact("erased", tag="PC1", serial="S1")])
    assert [line.status for line in result.lines] == ["proven", "missing"]
    # An inventory of computers: the last of its disks decides, and one that failed later is not forgiven.
    assert one(asset(tag="PC1"), fact("erased", 1, "PC1", "S1"), fact("not-erased", 2, "PC1", "S2")) == "not-erased"
    assert one(asset(tag="PC1"), fact("not-erased", 1, "PC1", "S1"), fact("erased", 2, "PC1", "S2")) == "not-erased"


def test_one_proof_is_for_one_medium() -> None:
    rows = [asset(2, "A1", "S1"), asset(3, "A2", "S1"), asset(4, "A3", "S3")]
    result = reconcile(rows, [fact("erased", serial="S1"), fact("erased", serial="S3")])
    assert [line.status for line in result.lines] == ["twice", "twice", "proven"]
    assert result.lines[0].rows == (2, 3)
    # With the tags said when wiping, sticks of the same serial number are told apart.
    told = reconcile(rows[:2], [fact("erased", 1, "A1", "S1"), fact("not-erased", 2, "A2", "S1")])
    assert [line.status for line in told.lines] == ["proven", "not-erased"]


def test_sticks_that_share_a_serial_are_not_guessed() -> None:
    other = ("Other", "Stick", 8_000_000_000)
    facts = [fact("erased", 1, serial="0123"), fact("erased", 2, serial="0123", build=other)]
    assert one(asset(serial="0123"), *facts) == "ambiguous"


@pytest.mark.parametrize(
    "other",
    [
        {"build": ("Acme", "Stick", 8_000_000_000)},
        {"build": ("Acme", "Other", 64_000_000_000)},
        {"wwn": "0x5000000000000002"},
    ],
)
@pytest.mark.parametrize("what", ["not-erased", "open", "data-found"])
def test_what_contradicts_a_proof_is_of_another_medium_and_stays_open(what: What, other: dict[str, Any]) -> None:
    """The number is the same, capacity, model or WWN is not: one stick's erasure does not answer for the other's data."""
    told = fact(what, 1, **{"serial": "0123", **other})
    proof = fact("erased", 2, serial="0123", wwn="0x5000000000000001" if "wwn" in other else None)
    assert one(asset(serial="0123"), told, proof) not in PROVEN
    same = fact(what, 1, serial="0123", wwn=proof.named.wwn)
    assert one(asset(serial="0123"), same, proof) == "proven"


def event(kind: str, day: int, serial: str, happened: int | None = None) -> Fact:
    entry = Custody(
        seq=day,
        at=f"2026-11-{day:02d}T10:00:00+09:00",
        event=kind,
        medium=Named(serial=serial),
        happened=None if happened is None else f"2026-11-{happened:02d}T10:00:00+09:00",
        person="受入 花子",
        counterpart=None,
        place=None,
        seal=None,
        note=None,
    )
    return history.from_ledger([entry])[0]


def test_a_medium_that_was_received_again_is_not_proven() -> None:
    row, proof = asset(serial="S1"), fact("erased", 5, serial="S1")
    for kind in ("receive", "issue"):
        assert one(row, proof, event(kind, 6, "S1")) == "outdated"
        assert one(row, proof, event(kind, 6, "S1"), fact("erased", 7, serial="S1")) == "proven"
        assert one(row, proof, event(kind, 4, "S1")) == "proven"
        assert one(row, proof, event(kind, 9, "S1", happened=4)) == "proven", "entered later, but it happened before"
    for kind in ("store", "seal", "takeout", "witness", "handover"):
        assert one(row, proof, event(kind, 6, "S1")) == "proven"
    assert one(row, event("receive", 6, "S1")) == "missing"


def test_destruction_closes_what_a_wipe_could_not() -> None:
    row, failed = asset(serial="S1"), fact("not-erased", 1, serial="S1")
    assert one(row, failed, fact("destroyed", 2, serial="S1")) == "proven"
    assert one(row, failed, fact("purged", 2, serial="S1")) == "proven"
    for outcome in get_args(DestructionOutcome)[2:]:
        assert one(row, failed, fact(outcome, 2, serial="S1")) == outcome
        assert one(row, fact("erased", 1, serial="S1"), fact(outcome, 2, serial="S1")) == "proven"
        assert one(row, fact(outcome, 2, serial="S1"), fact("destroyed", 3, serial="S1")) == "proven"


@pytest.mark.parametrize("what", ["erased", "not-erased", "open"])
def test_what_was_destroyed_does_not_come_back(what: What) -> None:
    gone = fact("destroyed", 2, serial="S1")
    assert one(asset(serial="S1"), gone, fact(what, 3, serial="S1")) == "reappeared"
    assert one(asset(serial="S1"), gone, event("receive", 3, "S1")) == "reappeared"
    assert one(asset(serial="S1"), gone, event("handover", 3, "S1")) == "proven", "what is left goes to the recycler"


def test_what_was_destroyed_may_be_told_of_again() -> None:
    row, first = asset(serial="S1"), fact("destroyed", 1, serial="S1")
    second = msgspec.structs.replace(fact("destroyed", 2, serial="S1"), has_paper=False)
    assert one(row, first, second) == "paper-missing", "an entry of another destruction, whose paper is not here"
    assert one(row, first, second, fact("destroyed", 3, serial="S1")) == "proven"


def test_what_an_inspection_finds_later_takes_the_proof_away() -> None:
    row, proof, found = asset(serial="S1"), fact("erased", 2, serial="S1"), fact("data-found", 3, serial="S1")
    assert one(row, proof, found) == "outdated" and one(row, fact("data-found", 1, serial="S1"), proof) == "proven"
    assert one(row, found) == "missing"


def test_a_check_that_failed_takes_the_proof_away_until_one_confirms_it() -> None:
    row, proof = asset(serial="S1"), fact("erased", 2, serial="S1", digest="aa")

    def status(*checks: tuple[int, bool, str]) -> str:
        told = [
            Compared(f"2026-11-{day:02d}T12:00:00+09:00", f"C-{day}", digest, ok, history.EVERYTHING, True)
            for day, ok, digest in checks
        ]
        return reconcile([row], [proof], checks=told).lines[0].status

    assert status((3, True, "aa")) == "proven" and status((3, False, "aa")) == "doubted"
    assert (
        status((4, True, "aa"), (3, False, "aa")) == "proven" and status((4, False, "aa"), (3, True, "aa")) == "doubted"
    )
    assert status((3, False, "bb")) == "proven", "a check against another certificate"
    again = fact("erased", 5, serial="S1", digest="cc")
    check = Compared("2026-11-03T12:00:00+09:00", "C-3", "aa", confirmed=False)
    assert reconcile([row], [proof, again], checks=[check]).lines[0].status == "proven"
    result = reconcile([row], [proof], checks=[check])
    assert (
        result.gaps == 1
        and "C-3" in reconciled.said(result.lines[0], "en")
        and proof.number in reconciled.said(result.lines[0], "ja")
    )
    assert reconcile([row], [], checks=[msgspec.structs.replace(check, confirmed=True)]).lines[0].status == "missing"


def test_checks_and_inspections_that_are_handed_in_are_told_as_the_ledger_tells_them() -> None:
    for made, confirmed in (
        (checks.differs(), False),
        (checks.another_size(), False),
        (checks.with_exceptions(), True),
    ):
        (told,) = history.from_check(made)
        assert told.confirmed is confirmed
    certified = canonical.digest(canonical.encode(samples.erased()))
    (told,) = history.from_check(checks.confirmed())
    assert told.digest == certified
    assert [fact.what for fact in history.from_inspection(inspections.with_files(), "ab", "file")] == ["data-found"]
    assert history.from_inspection(inspections.empty(), "ab", "file") == ()


def test_whoever_issued_a_certificate_can_not_clear_what_somebody_else_found() -> None:
    row, proof = asset(serial="S1"), fact("erased", 2, serial="S1", number="CONTRACT-000001", digest="aa")

    def status(*checks: tuple[str, bool]) -> str:
        told = [
            Compared(f"2026-11-{day:02d}T12:00:00+09:00", f"{by}-{day:06d}", "aa", ok, history.EVERYTHING, True)
            for day, (by, ok) in enumerate(checks, start=3)
        ]
        return reconcile([row], [proof], checks=reversed(told)).lines[0].status

    assert status(("CITY", False), ("CONTRACT", True)) == "doubted"
    assert status(("CITY", False), ("CONTRACT", True), ("CONTRACT", True)) == "doubted"
    assert status(("CITY", False), ("CONTRACT", False), ("CONTRACT", True)) == "doubted"
    assert status(("CITY", False), ("CITY", True)) == status(("CITY", False), ("AUDITOR", True)) == "proven"
    assert status(("CONTRACT", False), ("CONTRACT", True)) == "proven", "its own word against its own"
    assert status(("CITY", True), ("CONTRACT", False), ("CITY", True)) == "proven"


@pytest.mark.parametrize(
    ("found", "cleared", "status"),
    [
        (history.EVERYTHING, history.EVERYTHING, "proven"),
        (history.EVERYTHING, Strength(places=6905, bytes=6905 * 4096), "doubted"),
        (Strength(places=6905, bytes=6905 * 4096), Strength(places=2000, bytes=2000 * 4096), "doubted"),
        (Strength(places=2000, bytes=2000 * 4096), Strength(places=6905, bytes=6905 * 4096), "proven"),
        (Strength(places=2000, bytes=2000 * 4096), history.EVERYTHING, "proven"),
        (None, Strength(places=6905, bytes=6905 * 4096), "doubted"),
    ],
)
def test_a_check_that_looked_at_less_clears_nothing(found: Strength | None, cleared: Strength, status: str) -> None:
    """Nor does a new erasure that was verified at fewer places answer what was found."""
    row, proof = asset(serial="S1"), fact("erased", 2, serial="S1", digest="aa")
    told = [
        Compared("2026-11-03T12:00:00+09:00", "CITY-000003", "aa", False, found, True),
        Compared("2026-11-04T12:00:00+09:00", "CITY-000004", "aa", True, cleared, True),
    ]
    assert reconcile([row], [proof], checks=told).lines[0].status == status
    again = msgspec.structs.replace(fact("erased", 5, serial="S1", digest="cc"), looked=cleared)
    assert reconcile([row], [proof, again], checks=told[:1]).lines[0].status == status


PART = samples.full(samples.DISK, 1, complete=False, bytes_compared=1 << 30, claim=None)
STAINED = msgspec.structs.replace(PART, different_sectors=8, findings=(checks.FAR,))


@pytest.mark.parametrize(
    ("made", "doubts"),
    [
        (checks.confirmed(verification=PART, halt=Halt("ctrl-c", "")), False),
        (checks.confirmed(verification=PART, halt=Halt("sigterm", "")), False),
        (checks.confirmed(verification=None, halt=Halt("not-replugged", "")), False),
        (checks.of(samples.erased(), trusted=False), False),
        (checks.of(samples.erased(), trusted=False, verification=PART, halt=Halt("ctrl-c", "")), False),
        (checks.confirmed(verification=STAINED, halt=Halt("ctrl-c", "")), True),
        (checks.confirmed(verification=PART, halt=Halt("device-vanished", "EIO")), True),
        (checks.confirmed(verification=PART, halt=Halt("too-many-bad-sectors", "")), True),
        (checks.confirmed(verification=PART, halt=Halt("stall", "")), True),
        (checks.confirmed(verification=samples.full(samples.DISK, 1, unreadable_sectors=8, claim=None)), True),
        (checks.confirmed(medium=msgspec.structs.replace(samples.DISK, serial="SMPL-OTHER-0001")), True),
        (checks.another_size(), True),
    ],
)
def test_a_check_that_showed_nothing_takes_no_proof_away_and_gives_none_back(made: CheckRecord, doubts: bool) -> None:
    """Neither a Ctrl-C nor an unknown key says anything of the medium; what was found before the Ctrl-C does."""
    assert made.outcome == "not-confirmed" and check.doubts(made) is doubts
    entered = (
        CheckStarted(seq=1, at=made.started, job=1, number="C-000001", medium=made.medium, of="N", checked="aa"),
        Checked(
            seq=2,
            at=made.ended,
            job=1,
            number="C-000001",
            certificate="bb",
            signature="cc",
            outcome=made.outcome,
            doubts=check.doubts(made),
        ),
    )
    row, proof = asset(serial="S1"), fact("erased", 2, serial="S1", digest="aa")
    failed = Compared("2025-11-21T12:00:00+09:00", "C-0", "aa", confirmed=False)
    handed_in = [msgspec.structs.replace(told, digest="aa") for told in history.from_check(made)]
    for told in (history.compared(entered), handed_in):
        assert reconcile([row], [proof], checks=told).lines[0].status == ("doubted" if doubts else "proven")
        assert reconcile([row], [proof], checks=[failed, *told]).lines[0].status == "doubted"


def test_the_erasure_of_an_image_file_proves_no_medium() -> None:
    image = msgspec.structs.replace(fact("erased", tag="A1"), is_virtual=True)
    assert one(asset(tag="A1"), image) == "image-file"
    assert one(asset(tag="A1"), image, terms=Terms(images=True)) == "proven"
    assert one(asset(tag="A1"), image, fact("erased", 2, tag="A1")) == "proven"


def test_what_was_handed_over_without_proof_is_told() -> None:
    row = asset(serial="S1")
    (line,) = reconcile([row], [event("handover", 3, "S1")]).lines
    assert line.status == "missing" and line.left is not None
    (line,) = reconcile([row], [fact("erased", 2, serial="S1"), event("handover", 3, "S1")]).lines
    assert line.status == "proven" and line.left is None


def test_exceptions_are_open_until_somebody_accepts_them() -> None:
    row, told = asset(serial="S1"), fact("erased-with-exceptions", serial="S1")
    assert reconcile([row], [told]).gaps == 1
    assert reconcile([row], [told], Terms(accept_exceptions=True)).gaps == 0


def test_what_the_inventory_does_not_have() -> None:
    facts = [
        fact("erased", 1, serial="S1"),
        fact("erased", 2, serial="S2"),
        fact("erased", 3, serial="S2"),
        fact("open", 4),
    ]
    result = reconcile([asset(serial="S1")], facts)
    assert [each.at[8:10] for each in result.strangers] == ["03", "04"] and result.gaps == 2
    assert reconcile([asset(serial="S1")], facts, Terms(part=True)).gaps == 0


def test_a_number_with_two_contents_proves_nothing() -> None:
    row = asset(serial="S1")
    facts = [
        fact("erased", serial="S1", number="N1", digest="aa"),
        fact("erased", serial="S1", number="N1", digest="bb"),
    ]
    result = reconcile([row], facts)
    assert result.lines[0].status == "torn" and result.gaps == 2
    # The same certificate from two folders is one.
    assert one(row, facts[0], facts[0]) == "proven"


def test_a_job_that_is_open_in_one_source_and_ended_in_another_has_ended() -> None:
    begun = Fact(**{**{f: getattr(fact("open", serial="S1"), f) for f in Fact.__struct_fields__}, "digest": None})
    ended = fact("erased", 2, serial="S1", number=begun.number)
    assert one(asset(serial="S1"), begun, ended) == "proven"


def test_a_row_without_identity_is_open() -> None:
    result: Result = reconcile([Asset(2, None, None, None, identity(), "4.02E+15")], [fact("erased", serial="S1")])
    assert result.lines[0].status == "unreadable" and result.gaps == 2


def test_ten_thousand_assets_are_counted_right() -> None:
    rows = [asset(n, f"A{n:05d}", f"S{n:05d}") for n in range(10_000)]
    facts = [
        fact("erased" if n % 10 else "not-erased", 1 + n % 28, f"A{n:05d}", f"S{n:05d}") for n in range(0, 10_000, 2)
    ]
    counts = reconcile(rows, facts).counts
    assert (counts["proven"], counts["not-erased"], counts["missing"]) == (4000, 1000, 5000)


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@x", "\t=1", "＝1"])
def test_a_spreadsheet_calculates_nothing(text: str) -> None:
    assert csv_text.encode(["h"], [[text]]).decode("utf-8-sig").splitlines()[1].strip('"').startswith("'")


def test_every_status_has_its_words() -> None:
    from certificates import language
    from certificates.reconcile import STATUSES

    for status in STATUSES:
        assert language.text(f"reconcile.status.{status}") and f"reconcile.why.{status}" in language.all_keys()
    for what in (*get_args(get_args(history.What)[0]), *get_args(DestructionOutcome)):
        assert what == "custody" or f"fact.{what}" in language.all_keys()
