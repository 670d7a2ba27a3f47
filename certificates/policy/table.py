"""The policies: tables of what each edition grants to a technique on a kind of medium, the owner's own, and what no table may say."""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Iterable, Mapping
from functools import cache, cached_property
from importlib import resources
from pathlib import Path
from typing import Annotated, Literal

import msgspec

from certificates import canonical, causes, foreign, language
from certificates.claimwords import claims_too_much
from certificates.errors import Environment, Usage
from certificates.record import Category, DataClass, MediaType, Sufficiency, Sureness, Verdict
from certificates.values import Words

DATA_CLASSES: tuple[DataClass, ...] = ("mynumber", "confidential-2", "confidential-1")
MEDIA: tuple[MediaType, ...] = (
    "magnetic-disk",
    "sata-ssd",
    "nvme-ssd",
    "usb-flash",
    "sd-emmc",
    "optical",
    "unknown",
)
OWN_POLICIES = "policies.toml"

# SP 800-88r1 table A-8: above Clear there is only destruction for these; no table, whoever wrote it, may say otherwise.
NEVER_PURGED: frozenset[MediaType] = frozenset({"usb-flash", "sd-emmc"})
_RANK: dict[Category, int] = {"none": 0, "not-confirmed": 0, "clear": 1, "purge": 2, "destroy": 3}
_ID = re.compile(r"[A-Za-z0-9._-]{1,40}")
# What a name of an owner's policy may be spelt with: ASCII, and the letters, marks and digits of Japanese.
_NAME = re.compile("[\u0020-\u007e\u3000-\u30ff\u3400-\u9fff\uf900-\ufaff\uff01-\uff9f\U00020000-\U0002ffff]{1,120}")


class Technique(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A way to erase. `acts`: through the block layer, by the medium's own command, or on its matter. `most`: no policy grants it more."""

    name: Words
    acts: Literal["host", "device", "physical"]
    most: Category


class Grade(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """Whether a row suffices for a class of data; `reason` is a key of the words table, `verdict.*`."""

    sufficiency: Sufficiency
    reason: str = ""


class Row(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """What an edition says of some techniques on some kinds of medium.

    `sure` is how sure we are of the row, `source` where it comes from. `reasons` are keys of the words table, `verdict.*`. A class
    that `data` does not name was not seen. `passes_at_least` and `asks_complement` (a pattern, then its complement) are conditions on
    a host overwrite, `particle_mm_at_most` is one on shredding.
    """

    techniques: Annotated[tuple[str, ...], msgspec.Meta(min_length=1)]
    media: Annotated[tuple[MediaType, ...], msgspec.Meta(min_length=1)]
    category: Category
    sure: Sureness = "own"
    source: str = ""
    reasons: tuple[str, ...] = ()
    data: dict[DataClass, Grade] = {}
    passes_at_least: Annotated[int, msgspec.Meta(ge=1, le=99)] = 1
    asks_complement: bool = False
    particle_mm_at_most: Annotated[float, msgspec.Meta(gt=0, le=1000)] | None = None

    def __post_init__(self) -> None:
        for name in self.techniques:
            known = techniques().get(name)
            if known is None:
                raise ValueError(f"{name!r} is no technique; known are: {', '.join(techniques())}")
            if _RANK[self.category] > _RANK[known.most]:
                raise ValueError(
                    f"{name} can't be {self.category}: {known.most} is the most that any policy may grant it"
                )
        if self.category == "purge" and NEVER_PURGED & set(self.media):
            raise ValueError("USB sticks and SD cards have no category between clear and destroy")
        sufficient = any(grade.sufficiency == "sufficient" for grade in self.data.values())
        if self.sure == "not-confirmed" and (_RANK[self.category] or sufficient):
            raise ValueError("what is not confirmed grants nothing")
        for reason in (*self.reasons, *(grade.reason for grade in self.data.values() if grade.reason)):
            if f"verdict.{reason}" not in language.all_keys():
                raise ValueError(f"{reason!r} is no reason that the certificate has words for")


class Policy(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, dict=True):
    """One edition of a policy. `edition` is printed on the certificate. A pair of technique and medium without a row is not confirmed.

    Its digest is on every certificate that was judged by it, so a table that was once released is never edited: a correction is a
    new file with a higher `revision`, and the old one stays for old certificates.
    """

    edition: str
    name: Words
    rows: tuple[Row, ...]
    revision: int = 1
    withdrawn: str | None = None
    by_default: bool = False
    note: Words | None = None

    def __post_init__(self) -> None:
        for text in (self.edition, self.name.en, self.name.ja):
            if not _NAME.fullmatch(text):
                raise ValueError(f"{text!r} is no name: 1 to 120 characters, of ASCII and Japanese")
            if claims_too_much(text):
                raise ValueError(
                    f"the name {text!r} claims more than an overwrite can do, and would stand on its certificate"
                )
        cells = [(technique, medium) for row in self.rows for technique in row.techniques for medium in row.media]
        twice = sorted(
            {f"{technique} on {medium}" for technique, medium in cells if cells.count((technique, medium)) > 1}
        )
        if twice:
            raise ValueError(f"two rows for {', '.join(twice)}")

    def row(self, technique: str, medium: MediaType) -> Row | None:
        """The row for a technique on a kind of medium."""
        return next((row for row in self.rows if technique in row.techniques and medium in row.media), None)

    @cached_property
    def grades_data(self) -> bool:
        """Does it tell what suffices for which class of data?"""
        return any(row.data for row in self.rows)

    @cached_property
    def digest(self) -> str:
        """BLAKE3-256 of the table's canonical JSON: what a verdict names, so that it can be worked out again from the same table."""
        return _digest(msgspec.json.encode(self))


@cache  # an audit of thousands of certificates asks for the same few again and again
def _digest(table: bytes) -> str:
    return canonical.digest(canonical.encode(msgspec.json.decode(table)))


@cache
def techniques() -> dict[str, Technique]:
    """The techniques by id, from `techniques.toml`."""
    text = resources.files("certificates.policy").joinpath("techniques.toml").read_text(encoding="utf-8")
    return msgspec.convert(tomllib.loads(text), dict[str, Technique])


@cache
def _shipped() -> tuple[tuple[str, Policy], ...]:
    """Every table that comes with the tool: `tables/ID.toml`, and older revisions as `tables/ID@REVISION.toml`."""
    files = sorted(resources.files("certificates.policy").joinpath("tables").iterdir(), key=lambda each: each.name)
    return tuple(
        (file.name.removesuffix(".toml").partition("@")[0], _decoded(file.read_text(encoding="utf-8")))
        for file in files
        if file.name.endswith(".toml")
    )


def _decoded(text: str) -> Policy:
    return msgspec.convert(tomllib.loads(text), Policy)


@cache
def built_in() -> dict[str, Policy]:
    """The policies that come with the tool, by id, each in its latest revision."""
    latest: dict[str, Policy] = {}
    for name, policy in sorted(_shipped(), key=lambda each: (each[0], each[1].revision)):
        latest[name] = policy
    return latest


@cache
def by_digest() -> dict[str, tuple[str, Policy]]:
    """Every table that comes with the tool, old revisions too, by digest: what an audit can judge by."""
    return {policy.digest: (name, policy) for name, policy in _shipped()}


def find(verdict: Verdict, more: Mapping[str, tuple[str, Policy]] | None = None) -> Policy | None:
    """The table that a verdict was given by: one that comes with the tool, or one of `more` (by digest). None if it's unknown here."""
    digest = verdict.table_digest or ""
    name, known = by_digest().get(digest) or (more or {}).get(digest) or ("", None)
    return known if name == verdict.policy else None


def is_ours(verdict: Verdict) -> bool:
    """Does it bear the name of a policy that comes with the tool? No owner's table may."""
    return verdict.policy in built_in() or _is_edition_of_ours(verdict.edition)


def _is_edition_of_ours(edition: str) -> bool:
    return _alike(edition) in {_alike(each.edition) for _, each in _shipped()}


def own(file: Path) -> dict[str, Policy]:
    """The owner's policies in a TOML file, a table each. Raises Environment if it can't be read or says what no policy may say."""
    try:
        found = msgspec.convert(foreign.read_toml(file), dict[str, Policy])
        for name, policy in found.items():
            _check_own(name, policy)
    except (
        OSError,
        ValueError,
        RecursionError,
    ) as error:  # errors of TOML, of the schema and of the rules are ValueErrors
        raise Environment("policies.invalid", path=file, detail=causes.in_words(error)) from error
    return found


def _check_own(name: str, policy: Policy) -> None:
    """Raises ValueError. An owner's table speaks for itself: it borrows neither an edition's name nor the reasons that we give."""
    if not _ID.fullmatch(name) or claims_too_much(name):
        raise ValueError(f"{name!r} is not a name for a policy")
    if name in built_in() or _is_edition_of_ours(policy.edition):
        raise ValueError(f"{name}: that is the name of a policy that comes with this tool")
    for row in policy.rows:
        if row.reasons or any(grade.reason for grade in row.data.values()):
            raise ValueError(f"{name}: reasons are this tool's; leave them out")
        if row.sure != "own":
            raise ValueError(f"{name}: how sure a row is can't be stated; leave `sure` out")
    if policy.by_default or policy.revision != 1:
        raise ValueError(f"{name}: `by_default` and `revision` are for the tables of this tool")


def _alike(text: str) -> str:
    return "".join(unicodedata.normalize("NFKC", text).casefold().split())


def table(home: Path) -> dict[str, Policy]:
    """All policies: those that come with the tool, and the owner's from `policies.toml` in `home`. Raises Environment."""
    file = home / OWN_POLICIES
    return built_in() | (own(file) if file.exists() else {})


def chosen(asked: Iterable[str], data_class: DataClass | None, known: Mapping[str, Policy]) -> dict[str, Policy]:
    """The policies to judge by: those asked for, by id or as a file of policies; else the usual ones, and with a class of data also
    those that grade it, but not those that are withdrawn. Raises Usage, Environment."""
    found: dict[str, Policy] = {}
    for name in asked:
        if name.endswith(".toml"):
            found |= own(Path(name))
        elif name in known:
            found[name] = known[name]
        else:
            raise Usage("usage.policy", policy=name, known=", ".join(known))
    if found:
        return found
    if data_class is None:
        return {name: policy for name, policy in known.items() if policy.by_default}
    return {
        name: policy
        for name, policy in known.items()
        if policy.grades_data or (policy.by_default and policy.withdrawn is None)
    }
