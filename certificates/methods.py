"""The table of overwrite methods, and whether a record did what its method's name says. Pure."""

from __future__ import annotations

import tomllib
from collections import Counter
from functools import cache
from importlib import resources
from typing import Annotated, Literal

import msgspec

from certificates import canonical
from certificates.claimwords import claims_too_much
from certificates.record import Content, Record
from certificates.values import END, Words

PassSpec = Annotated[
    str, msgspec.Meta(pattern=rf"^(keyed|fixed:([0-9a-f]{{2}}){{1,512}}|(byte|not):[a-z]{{1,16}}){END}")
]


class Variant(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How somebody else reads the same method."""

    label: str
    passes: Annotated[tuple[PassSpec, ...], msgspec.Meta(min_length=1)]


class Method(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A row of the table. `check`: where the method itself demands verification. `shuffled`: first and last pass of drawn order."""

    name: Words
    passes: Annotated[tuple[PassSpec, ...], msgspec.Meta(min_length=1, max_length=99)]
    check: Literal["last", "each", "none"] = "last"
    status: Literal[
        "generic", "current", "superseded", "withdrawn", "vendor-name", "book", "obsolete", "unconfirmed", "own"
    ] = "own"
    confidence: str = "own"
    edition: str | None = None
    shuffled: tuple[int, int] | None = None
    note: Words | None = None
    sources: tuple[str, ...] = ()
    variants: tuple[Variant, ...] = ()

    def __post_init__(self) -> None:
        # An overwrite is Clear at most; a method's name is printed on the certificate and must not say otherwise.
        if claims_too_much(f"{self.name.en} {self.name.ja} {self.edition}"):
            raise ValueError(f"the name {self.name.en!r} claims more than an overwrite can do")
        named = {spec.removeprefix("byte:") for spec in self.passes if spec.startswith("byte:")}
        for spec in self.passes:
            if spec.startswith("not:") and spec.removeprefix("not:") not in named:
                raise ValueError(f"{spec} names no byte of this method")
        if self.shuffled and not 1 <= self.shuffled[0] < self.shuffled[1] <= len(self.passes):
            raise ValueError(f"shuffled {self.shuffled} does not lie within the {len(self.passes)} passes")


@cache
def built_in() -> dict[str, Method]:
    """The methods that come with the tool, by id."""
    raw = tomllib.loads(resources.files("certificates").joinpath("methods.toml").read_text(encoding="utf-8"))
    return msgspec.convert(raw, dict[str, Method])


def digest_of(method: Method) -> str:
    """As records name a row of the table: BLAKE3-256 of its canonical JSON."""
    return canonical.digest(canonical.encode(method))


@cache
def _by_digest() -> dict[str, str]:
    return {digest_of(method): each for each, method in built_in().items()}


def borrows_a_name(name: Words) -> bool:
    """Is one of its names that of one of these methods?"""
    taken = {text for method in built_in().values() for text in (method.name.en, method.name.ja)}
    return not taken.isdisjoint({name.en, name.ja})


def is_own(record: Record) -> bool:
    """Is it a method of its owner's, which nobody else knows by that name?"""
    return record.method.id not in built_in()


def is_as_named(record: Record) -> bool:
    """Does a record that names one of these methods do what it says?

    By id, as many passes and the same checks; by the digest of this very row, under its name and with its content, as far as the job
    came. A method of the owner's bears none of these names.
    """
    told = record.method
    known = built_in().get(told.id)
    if known is None:
        return told.table_digest not in _by_digest() and not borrows_a_name(told.name)
    if (told.passes_asked, told.check) != (len(known.passes), known.check):
        return False
    if told.table_digest != digest_of(known):
        return told.table_digest not in _by_digest()  # another version's row, whose words may differ
    return told.name == known.name and _written(known, [done.content for done in record.passes])


def _written(method: Method, contents: list[Content]) -> bool:
    """Are these the method's passes, in its order but for those that are shuffled?"""
    first, last = method.shuffled or (1, 0)
    asked = [_fixed_as(spec) for spec in method.passes]
    found = [content.pattern if content.kind == "fixed" else "keyed" for content in contents]
    if len(found) > len(asked):
        return False
    inside = slice(first - 1, last)
    if Counter(found[inside]) - Counter(asked[inside]):
        return False
    drawn: dict[str, str] = {}
    for number, (spec, pattern) in enumerate(zip(method.passes, found, strict=False), start=1):
        kind, _, name = spec.partition(":")
        if first <= number <= last:
            continue
        if kind in ("byte", "not"):
            if pattern is None or len(pattern) != 2:
                return False
            value = pattern if kind == "byte" else f"{int(pattern, 16) ^ 0xFF:02x}"
            if drawn.setdefault(name, value) != value:
                return False
        elif pattern != _fixed_as(spec):
            return False
    return True


def _fixed_as(spec: str) -> str:
    """The pattern of a pass whose content the table has; other specs as they are."""
    kind, _, value = spec.partition(":")
    return value if kind == "fixed" else spec
