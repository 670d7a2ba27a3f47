"""Which facts are of one medium, whatever it is called there. Pure.

A WWN is one medium's. A serial number is, too, unless WWN, make or size tell otherwise: cheap sticks and docks share theirs. An asset tag
is what people stuck on: it may be on a computer with several disks, so it never makes one medium of two.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence

import msgspec

from certificates.history import Fact, is_numbered, keys
from certificates.identity import Identity

Sharing = Callable[[tuple[str, str]], Sequence[Fact]]
NUMBERS = ("serial", "wwn")


class Listed(msgspec.Struct, frozen=True):
    """What an inventory says. `tags`: of its rows. `numbered`: tag and serial number of the rows that have both: whoever lists one serial
    number under two tags says that two media carry it. `numbers`: serial numbers and WWNs of the rows."""

    tags: frozenset[str] = frozenset()
    numbered: frozenset[tuple[str, str]] = frozenset()
    numbers: frozenset[str] = frozenset()

    def has(self, who: Identity) -> bool:
        """Is a medium of this number in a row of its own?"""
        return who.serial in self.numbers or who.wwn in self.numbers


def listed(rows: Iterable[Identity]) -> Listed:
    known = tuple(rows)
    return Listed(
        frozenset(row.asset_tag for row in known if row.asset_tag),
        frozenset((row.asset_tag, row.serial) for row in known if row.asset_tag and row.serial),
        frozenset(number for row in known for number in (row.serial, row.wwn) if number),
    )


def related(who: Identity, sharing: Sharing, told: Listed) -> tuple[list[Fact], list[Fact]]:
    """The facts that are, or may be, of the asset `who`; and those that share a name with it, but are of another medium."""
    found: dict[int, Fact] = {}
    others: dict[int, Fact] = {}
    waiting: list[Fact] = []

    def take(fact: Fact) -> None:
        if id(fact) not in found:
            found[id(fact)] = fact
            waiting.append(fact)

    for key in keys(who):
        for fact in sharing(key):
            if _is_other(fact.identity, who):
                others[id(fact)] = fact
            elif not _told_apart(who, None, fact, told):
                take(fact)
    while waiting:
        one = waiting.pop()
        for key in keys(one.identity):
            for fact in sharing(key):
                if key[0] == "asset_tag":
                    # Another row's tag leads to that row's medium.
                    elsewhere = key[1] != who.asset_tag and key[1] in told.tags
                    if not elsewhere and not is_numbered(fact.identity):
                        take(fact)
                elif who.wwn and not who.serial and fact.identity.wwn not in (who.wwn, None):
                    continue  # another part of the drive, or another medium: the row names one by its WWN
                elif _are_parts(one, fact) or (_may_be_one(one, fact, told) and not _is_apart(who, fact, told)):
                    take(fact)
    return list(found.values()), [fact for fact in others.values() if id(fact) not in found]


def groups(facts: Sequence[Fact], who: Identity) -> list[tuple[Fact, ...]]:
    """The facts, by the medium that they are of. A row with a number is of one medium; a tag alone may be on several, each of which has to
    be proven. What names only a tag is of each of them, and may be of one without any number."""
    nameless = [fact for fact in facts if not is_numbered(fact.identity)]
    if is_numbered(who) or len(nameless) == len(facts):
        return [tuple(facts)] if facts else []
    found: list[list[Fact]] = []
    for fact in facts:
        if is_numbered(fact.identity):
            joined = [part for part in found if any(_is_joined(fact, other) for other in part)]
            found = [part for part in found if not any(part is each for each in joined)]
            found.append([*(each for part in joined for each in part), fact])
    place = {id(fact): at for at, fact in enumerate(facts)}
    made = [tuple(sorted((*part, *nameless), key=lambda fact: place[id(fact)])) for part in found]
    if any(fact.custody is None and fact.what not in ("destroyed", "purged") for fact in nameless):
        made.append(tuple(nameless))
    return made


def bears(proof: Fact, who: Identity, facts: Collection[Fact]) -> bool:
    """Does the proof name the asset: agree with every number that the row has, and not contradict its tag? A row that has only a tag is
    named by a paper with that tag, or by one of a medium that another paper names with it."""
    told = proof.identity
    if told.contradicts(who) or any(getattr(who, part) and not getattr(told, part) for part in NUMBERS):
        return False
    if is_numbered(who) or told.asset_tag == who.asset_tag:
        return True
    return any(
        fact.has_paper and fact.identity.asset_tag == who.asset_tag and is_same(proof, fact, linked=False)
        for fact in facts
    )


def is_same(proof: Fact, fact: Fact, linked: bool) -> bool:
    """Is the proof surely of the medium that the fact is of? `linked`: all that leads from one to the other has one number only."""
    ours, theirs = proof.identity, fact.identity
    if proof.part and fact.part and proof.part != fact.part:
        return False
    if is_numbered(ours) and is_numbered(theirs):
        if ours.wwn and ours.wwn == theirs.wwn:
            return True
        if set(ours.contradicts(theirs)) & set(NUMBERS) or _other_build(proof, fact):
            return False
        return bool(ours.serial and ours.serial == theirs.serial) or linked
    if is_numbered(ours):
        return not _other_build(proof, fact)
    if ours.asset_tag is None or ours.asset_tag != theirs.asset_tag:
        return False
    # Whoever destroyed what bears this tag destroyed all of it; whoever wiped a medium without a number wiped that.
    return proof.what in ("destroyed", "purged") or not (is_numbered(theirs) or _other_build(proof, fact))


def are_two(one: Fact, other: Fact) -> bool:
    """Are these surely two media, though they share a serial number?"""
    if (one.identity.wwn and one.identity.wwn == other.identity.wwn) or _are_parts(one, other):
        return False
    return bool(set(one.identity.contradicts(other.identity)) & set(NUMBERS)) or _other_build(one, other)


def has_one_number(facts: Iterable[Fact]) -> bool:
    """At most one serial number and one WWN among them, and one build."""
    known = tuple(facts)
    told = [{value for fact in known if (value := getattr(fact.identity, part))} for part in NUMBERS]
    return all(len(values) < 2 for values in told)


def _is_other(told: Identity, who: Identity) -> bool:
    """Another medium under the same name: a number is different, and no WWN says that it is the same all the same."""
    if told.wwn and told.wwn == who.wwn:
        return False
    return bool(set(told.contradicts(who)) & set(NUMBERS))


def parts(facts: Iterable[Fact]) -> list[str]:
    """The parts of a drive that its papers name; none if it is whole."""
    known = tuple(facts)
    named = {part for fact in known for part in (fact.part, *fact.others) if part}
    return sorted(named) if any(fact.others for fact in known) else []


def _are_parts(one: Fact, other: Fact) -> bool:
    """Are these different parts of one drive, as one of them says?"""
    if not one.identity.serial or one.identity.serial != other.identity.serial or one.part == other.part:
        return False
    return other.part in one.others or one.part in other.others


def _is_apart(who: Identity, fact: Fact, told: Listed) -> bool:
    other_wwn = who.wwn and fact.identity.wwn and who.wwn != fact.identity.wwn
    return bool(other_wwn) or _told_apart(who, None, fact, told)


def _is_joined(one: Fact, other: Fact) -> bool:
    return _may_be_one(one, other, Listed()) or _are_parts(one, other)


def _may_be_one(one: Fact, other: Fact, told: Listed) -> bool:
    ours, theirs = one.identity, other.identity
    if ours.wwn and theirs.wwn:
        return ours.wwn == theirs.wwn
    return bool(ours.serial and ours.serial == theirs.serial) and not _told_apart(ours, one, other, told)


def _told_apart(ours: Identity, one: Fact | None, other: Fact, told: Listed) -> bool:
    """The inventory has both tags, and either both with this serial number, or the two are of another make or size."""
    theirs = other.identity
    if not ours.asset_tag or not theirs.asset_tag or ours.asset_tag == theirs.asset_tag:
        return False
    if ours.wwn and ours.wwn == theirs.wwn:
        return False
    if theirs.serial and {(ours.asset_tag, theirs.serial), (theirs.asset_tag, theirs.serial)} <= told.numbered:
        return True
    return one is not None and {ours.asset_tag, theirs.asset_tag} <= told.tags and _other_build(one, other)


def _other_build(one: Fact, other: Fact) -> bool:
    """Of another model or size, where both are known."""
    if one.build is None or other.build is None:
        return False
    return any(ours and theirs and ours != theirs for ours, theirs in zip(one.build[1:], other.build[1:], strict=True))
