"""What proves an asset: one rule, as docs/inventory.md has it, applied by one function, `standing`. Pure.

An asset is proven if there is a proof of its medium, and if every fact that speaks against that medium, under whatever name it is known,
is answered by a proof that surely came later, surely is of the same medium, and looked at least as closely.

A proof is an authentic paper of a verified erasure or of a destruction that suffices. It is of hardware, unless the assets are virtual
disks, and it bears every number that the row has. Whatever can't be told for sure is taken for the worse: facts of an uncertain order come
later, media that may be the same are the same where something speaks against them, and are not where something speaks for them.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Literal

import msgspec

from certificates import history, media, overlap
from certificates.before import surely_before
from certificates.history import ERASED, EVERYTHING, Compared, Fact, is_numbered, keys, told_once
from certificates.identity import Identity
from certificates.media import Listed
from certificates.numbering import station_of

Status = Literal[
    "proven",
    "exceptions",
    "missing",
    "paper-missing",
    "not-erased",
    "interrupted",
    "open",
    "outdated",
    "doubted",
    "destruction-insufficient",
    "destruction-not-confirmed",
    "reappeared",
    "twice",
    "mismatch",
    "ambiguous",
    "at-once",
    "torn",
    "part",
    "image-file",
    "unreadable",
]
STATUSES: tuple[Status, ...] = Status.__args__  # type: ignore[attr-defined]
PROVEN: tuple[Status, ...] = ("exceptions", "proven")  # the worse one first
DESTROYED = frozenset({"destroyed", "purged"})
PROOFS = ERASED | DESTROYED
HALF = frozenset({"destruction-insufficient", "destruction-not-confirmed"})


class Terms(msgspec.Struct, frozen=True):
    """What people decided beforehand. `accept_exceptions`: erased with exceptions will do. `part`: the inventory lists only some media.
    `images`: the assets are virtual disks, so that the erasure of one (or of an image file) is its proof."""

    accept_exceptions: bool = False
    part: bool = False
    images: bool = False


class Standing(msgspec.Struct, frozen=True):
    """How an asset stands. `fact`: what decided it. `check`: the comparison with its certificate that speaks against it. `beside`: the
    erasure at the same time as `fact`. `left`: when it was handed over without a proof. `related`: everything that is, or may be, of it."""

    status: Status = "missing"
    fact: Fact | None = None
    check: Compared | None = None
    beside: Fact | None = None
    left: Fact | None = None
    related: tuple[Fact, ...] = ()


class Against(msgspec.Struct, frozen=True):
    """Something that a proof has to answer, and what an asset is called for as long as none does."""

    status: Status
    fact: Fact
    check: Compared | None = None


class Known:
    """All that is known, told once and in order: facts, comparisons with certificates, and what contradicts itself."""

    def __init__(self, facts: Iterable[Fact], checks: Iterable[Compared] = ()) -> None:
        whole, self.torn = told_once(facts)
        self.is_torn = frozenset(map(id, self.torn))
        self.facts = (*whole, *self.torn)
        self.place = {id(fact): at for at, fact in enumerate(self.facts)}
        self.checks: dict[str, list[Compared]] = {}
        for check in _merged(checks):
            self.checks.setdefault(check.digest, []).append(check)
        found = [each for each in overlap.among(whole) if not each.told_apart]
        self.at_once = {id(each.fact): each.other for each in found} | {id(each.other): each.fact for each in found}
        self._by: dict[tuple[str, str], list[Fact]] = {}
        for fact in self.facts:
            for key in keys(fact.identity):
                self._by.setdefault(key, []).append(fact)

    def sharing(self, key: tuple[str, str]) -> Sequence[Fact]:
        return self._by.get(key, ())

    def ordered(self, facts: Iterable[Fact]) -> tuple[Fact, ...]:
        return tuple(sorted(facts, key=lambda fact: self.place[id(fact)]))


def standing(who: Identity, known: Known, terms: Terms = Terms(), listed: Listed = Listed()) -> Standing:  # noqa: B008 (frozen)
    """How the asset `who` stands. `listed`: what the inventory's rows say, which may tell media apart that share a number."""
    related, others = media.related(who, known.sharing, listed)
    groups = media.groups(known.ordered(related), who)
    worst = _worst([_of_a_drive(who, group, known, terms) for group in groups] or [Standing()])
    if worst.status in PROVEN and is_numbered(who) and _is_ambiguous(related, who):
        worst = msgspec.structs.replace(worst, status="ambiguous")
    others = [fact for fact in known.ordered(others) if not listed.has(fact.identity)]
    if worst.status == "missing" and worst.fact is None and others:
        worst = msgspec.structs.replace(worst, status="mismatch", fact=others[-1])
    return msgspec.structs.replace(worst, related=known.ordered((*related, *others)))


def _worst(told: Sequence[Standing]) -> Standing:
    return min(told, key=lambda each: PROVEN.index(each.status) + 1 if each.status in PROVEN else 0)


def _of_a_drive(who: Identity, facts: Sequence[Fact], known: Known, terms: Terms) -> Standing:
    """A drive that shows itself as several media (namespaces, units, a card's areas) is proven when each of them is. Whoever names the WWN
    of one of them and no serial number names only that one."""
    parts = [] if who.wwn and not who.serial else media.parts(facts)
    if len(parts) < 2:
        return _Medium(who, facts, known, terms).standing()
    told = []
    for part in parts:
        of_it = [fact for fact in facts if fact.part in (part, None)]
        # The row's WWN is that of one part, and its serial number that of all.
        named = any(fact.identity.wwn == who.wwn for fact in of_it)
        told.append(
            _Medium(who if named else Identity(who.asset_tag, who.serial), of_it, known, terms, part).standing()
        )
    worst = _worst(told)
    proven = next((each for each in told if each.status in PROVEN), None)
    if worst.status == "missing" and proven is not None:
        return msgspec.structs.replace(proven, status="part")
    return worst


def ended_as(job: Fact, known: Known) -> Status:
    """How a job stands whose medium has no number at all: it is known by the job that took it up, and by nothing else."""
    last = history.with_continuations(job, known.facts)[-1]
    if last.what in PROOFS:
        exceptions = last.what == "erased-with-exceptions"
        return "paper-missing" if not last.has_paper else "exceptions" if exceptions else "proven"
    return last.what if last.what in ("open", "not-erased", "interrupted") else "missing"


class _Medium:
    """One medium and what is known of it, in order; and the asset that it is, or belongs to."""

    def __init__(
        self, who: Identity, facts: Sequence[Fact], known: Known, terms: Terms, part: str | None = None
    ) -> None:
        self._part = part
        self._who = who
        self._facts = facts
        self._known = known
        self._terms = terms
        self._is_one = media.has_one_number(facts)

    def standing(self) -> Standing:
        for exceptions in (False, True):
            proofs = [fact for fact in self._facts if self._is_proof(fact, exceptions=exceptions)]
            unanswered = [each for each in self._against(exceptions=exceptions) if not self._answered(each, proofs)]
            if proofs and not unanswered:
                return Standing("exceptions" if exceptions else "proven", proofs[-1])
        told = self._open(unanswered, proofs)
        return msgspec.structs.replace(told, left=self._left())

    def _counts(self, fact: Fact) -> bool:
        return not fact.is_virtual or self._terms.images

    def _is_proof(self, fact: Fact, *, exceptions: bool) -> bool:
        wanted = PROOFS if exceptions else PROOFS - {"erased-with-exceptions"}
        sound = fact.has_paper and id(fact) not in self._known.is_torn and id(fact) not in self._known.at_once
        whole = self._part in (None, fact.part) or (fact.what in DESTROYED and fact.part is None)
        return (
            fact.what in wanted and sound and whole and self._counts(fact) and media.bears(fact, self._who, self._facts)
        )

    def _against(self, *, exceptions: bool) -> Iterator[Against]:
        """Everything that has to be answered before the medium is proven."""
        for fact in self._facts:
            if id(fact) in self._known.is_torn and (fact.what in PROOFS or fact.what == "open"):
                yield Against("torn", fact)
            elif fact.what in ("open", "not-erased", "interrupted"):
                yield Against(fact.what, fact)
            elif fact.data_may_return:
                yield Against("outdated", fact)
            elif fact.what in PROOFS and self._counts(fact):
                if not fact.has_paper:
                    yield Against("paper-missing", fact)
                elif id(fact) in self._known.at_once:
                    yield Against("at-once", fact)
                elif any(self._came_back(fact, gone) for gone in self._facts):
                    yield Against("reappeared", fact)
                elif fact.what == "erased-with-exceptions" and not exceptions:
                    yield Against("exceptions", fact)
                yield from self._doubts(fact)

    def _doubts(self, fact: Fact) -> Iterator[Against]:
        """Checks that spoke against this certificate, and were not made good by one that looked as closely. Whoever issued it can't make
        good what somebody else found."""
        checks, issuer = self._known.checks.get(fact.digest or "", ()), station_of(fact.number)
        for check in checks:
            if check.confirmed:
                continue
            cleared = any(
                other.confirmed
                and other.has_paper
                and (other.looked or EVERYTHING).suffices(check.looked or EVERYTHING)
                and (station_of(other.number) != issuer or station_of(check.number) == issuer)
                and surely_before(check, other)
                for other in checks
            )
            if not cleared:
                yield Against("doubted", fact, check)

    def _answered(self, against: Against, proofs: Sequence[Fact]) -> bool:
        fact, check = against.fact, against.check
        if any(self._came_back(fact, proof) for proof in proofs):
            return False
        for proof in proofs:
            needed = (
                check.looked or EVERYTHING if check is not None else fact.looked if fact.what == "not-erased" else None
            )
            strong = proof.what in DESTROYED or proof.looked.suffices(needed)
            if proof is not fact and strong and self._is_of(proof, fact) and surely_before(fact, proof):
                return True
        return False

    def _came_back(self, fact: Fact, proof: Fact) -> bool:
        """What was destroyed can't be wiped or received any more; told again of it may be that it was destroyed."""
        gone = proof.what == "destroyed" and proof.has_paper and fact.what != "destroyed"
        return gone and self._is_of(proof, fact) and surely_before(proof, fact)

    def _is_of(self, proof: Fact, fact: Fact) -> bool:
        return media.is_same(proof, fact, self._is_one)

    def _open(self, unanswered: Sequence[Against], proofs: Sequence[Fact]) -> Standing:
        """What is told of an asset that is not proven: the last thing that speaks against it."""
        papers = [fact for fact in self._facts if fact.what in PROOFS and fact.has_paper]
        told = [each for each in unanswered if each.status != "outdated" or any(self._counts(fact) for fact in papers)]
        told += [Against(fact.what, fact) for fact in self._facts if fact.what in HALF]  # type: ignore[arg-type]
        counting = [fact for fact in papers if self._counts(fact)]
        if counting and not proofs and told and all(self._answered(each, counting) for each in told):
            return Standing("mismatch", counting[-1])  # all is answered, by papers that don't name the asset
        if told:
            last = max(told, key=lambda each: self._known.place[id(each.fact)])
            gone = any(each.what == "destroyed" and not surely_before(last.fact, each) for each in proofs)
            status = "reappeared" if gone and last.status not in HALF and last.fact.what != "destroyed" else last.status
            return Standing(status, last.fact, last.check, self._known.at_once.get(id(last.fact)))
        if papers:
            sort: Status = "mismatch" if counting else "image-file"
            return Standing(sort, papers[-1])
        return Standing()

    def _left(self) -> Fact | None:
        """The last time that it left the house, if it was not proven then."""
        for at in reversed(range(len(self._facts))):
            if self._facts[at].leaves:
                before = _Medium(self._who, self._facts[:at], self._known, self._terms, self._part).standing()
                return None if before.status in PROVEN else self._facts[at]
        return None


def _is_ambiguous(facts: Collection[Fact], who: Identity) -> bool:
    """Cheap sticks share their serial numbers: media of different build or WWN, known by that number alone, can't be told apart."""
    jobs = [fact for fact in facts if fact.what in PROOFS and set(fact.identity.shares(who)) == {"serial"}]
    return any(media.are_two(one, other) for one in jobs for other in jobs)


def _merged(checks: Iterable[Compared]) -> list[Compared]:
    """Each check once: as its paper tells it, where there is one, at its place in the ledger. In order of time."""
    told: dict[tuple[str, str], list[Compared]] = {}
    for check in checks:
        told.setdefault((check.number, check.digest), []).append(check)
    made = []
    for same in told.values():
        place = next((each.entries for each in same if each.entries is not None), None)
        # If one source says that it confirmed and another that it didn't, it didn't.
        worst = min(same, key=lambda each: (each.confirmed, not each.has_paper))
        made.append(msgspec.structs.replace(worst, entries=place))
    return sorted(made, key=lambda check: check.moment)
