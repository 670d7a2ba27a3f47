"""Who a medium is, however people spell it: asset tag, serial number and WWN, brought to one spelling for comparing. Pure.

Spellings differ between an inventory, a label and the kernel: full-width digits, lower case, dashes of every kind. Two spellings
are taken as one only where no two media could be meant. What names no medium (`N/A`, `不明`, zeros) is no identity at all.
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from functools import cache
from importlib import resources

import msgspec

from certificates.record import Medium
from certificates.values import Value

# Letters that nobody sees, as code points: the fillers of Hangul.
BLANK_LETTERS = frozenset((0x115F, 0x1160, 0x3164, 0xFFA0))
# Everything that is typed for a dash. The katakana long vowel mark is one only after a Latin letter or a digit (サーバー1 keeps its own).
_DASHES = re.compile("[\u002d\u2010-\u2015\u2043\u2212\u2500\uff0d\ufe63]")
_VOWEL_MARK = re.compile("(?<=[0-9A-Za-z-])[\u30fc\uff70]")
_SEPARATORS = re.compile(r"[\s\-_]+")
_BETWEEN_DIGITS = re.compile(r"(?<=[0-9])[\s\-_]+(?=[0-9])")
# What a label prints before the number (S/N: 123), which scanners and people take along.
_LABELS = {
    "asset_tag": re.compile(r"(資産|資産管理|管理|備品|物品)(番号|no\.?)\s*[:=]|asset\s*(tag|no\.?|number)\s*[:=]"),
    "serial": re.compile(
        r"(s/n|sn|ser(ial)?\.?\s*(no\.?|number|#)?|(シリアル|製造|製品)(番号|no\.?)|製番|機番)\s*[:=]|s/n(?=\s)"
    ),
    "wwn": re.compile(r"(wwn|wwid|world\s*wide\s*name)\s*[:=]"),
}
_WWN_PREFIX = re.compile(r"^(naa\.|eui\.|wwn-|wwn|uuid\.)?(0x)?")


PARTS = ("asset_tag", "serial", "wwn")


class Named(Value, frozen=True):
    """Who a medium is as somebody spelt it: the kernel, or a person who read its label."""

    asset_tag: str | None = None
    serial: str | None = None
    wwn: str | None = None
    vendor: str | None = None
    model: str | None = None

    @property
    def identity(self) -> Identity:
        return identity(self.asset_tag, self.serial, self.wwn)

    def __str__(self) -> str:
        return " / ".join(part for part in (self.asset_tag, self.serial, self.wwn, self.model) if part) or "-"


class Identity(msgspec.Struct, frozen=True):
    """What is known of who a medium is, each in its one spelling; None where it is not known."""

    asset_tag: str | None = None
    serial: str | None = None
    wwn: str | None = None

    @property
    def is_known(self) -> bool:
        return bool(self.asset_tag or self.serial or self.wwn)

    def shares(self, other: Identity) -> tuple[str, ...]:
        """The names of what both know and agree on."""
        return tuple(name for name in PARTS if (ours := getattr(self, name)) and ours == getattr(other, name))

    def contradicts(self, other: Identity) -> tuple[str, ...]:
        """The names of what both know and do not agree on."""
        return tuple(
            name
            for name in PARTS
            if (ours := getattr(self, name)) and (theirs := getattr(other, name)) and ours != theirs
        )


def is_placeholder(text: str, part: str = "serial") -> bool:
    """Does this stand for a missing value instead of naming a medium? `part`: one of PARTS. A short tag (7, 11, 123) may be one of a
    list that counts its assets; a serial number like that is none. False for what is blank."""
    spelt = plain(text).casefold()
    if not spelt:
        return False
    told = _said_by(spelt)
    if not told or told in _placeholders() or _spreadsheet_errors().fullmatch(spelt):
        return True
    if part == "wwn":
        told = told.removeprefix("naa").removeprefix("eui").removeprefix("0x")
        if re.fullmatch("5?0{15,}", told):
            return True
    shortest = 8 if part == "asset_tag" else 1
    if len(set(told)) <= 1 and (len(told) >= shortest or set(told) <= set("0xー")):
        return True
    return len(told) >= 8 and any(told in run for run in _RUNS)


# Counting up or down from anywhere, in decimal or hexadecimal.
_RUNS = (
    "0123456789" * 4,
    "9876543210" * 4,
    "0123456789abcdef" * 3,
    "fedcba9876543210" * 3,
    "abcdefghijklmnopqrstuvwxyz",
)


def _said_by(spelt: str) -> str:
    return "".join(
        character for character in unicodedata.normalize("NFKC", spelt) if character.isalnum() or character == "々"
    )


@cache
def _placeholders() -> frozenset[str]:
    table = _placeholder_table()
    return frozenset(
        _said_by(plain(text).casefold()) for name in ("words", "firmware", "bridges") for text in table[name]
    )


@cache
def _spreadsheet_errors() -> re.Pattern[str]:
    return re.compile("|".join(f"(?:{each})" for each in _placeholder_table()["errors"]))


@cache
def _placeholder_table() -> dict[str, list[str]]:
    told: dict[str, list[str]] = tomllib.loads(
        resources.files("certificates").joinpath("placeholders.toml").read_text(encoding="utf-8")
    )
    return told


def identity(asset_tag: str | None = None, serial: str | None = None, wwn: str | None = None) -> Identity:
    """The identity that these spellings mean."""
    return Identity(tag_key(asset_tag), serial_key(serial), wwn_key(wwn))


def of_medium(medium: Medium, asset_tag: str | None = None) -> Named:
    """Who a medium is, as its record has it."""
    return Named(asset_tag, medium.serial, medium.wwn, medium.vendor, medium.model)


def tag_key(text: str | None) -> str | None:
    """An asset tag. A dash between two digits stays: 2020-1-11 and 2020-11-1 are two assets; PC-0012 and PC0012 are one."""
    folded = _number(text, "asset_tag")
    if folded is None:
        return None
    folded = _BETWEEN_DIGITS.sub("\0", folded)
    return _SEPARATORS.sub("", folded).replace("\0", "-") or None


def serial_key(text: str | None) -> str | None:
    """A serial number: labels group its characters as they like."""
    folded = _number(text, "serial")
    return None if folded is None else _SEPARATORS.sub("", folded) or None


def wwn_key(text: str | None) -> str | None:
    """A WWN, without naa., eui., wwn- or 0x before it and colons in it."""
    folded = _number(text, "wwn")
    if folded is None:
        return None
    folded = _WWN_PREFIX.sub("", folded, count=1)
    return re.sub(r"[\s\-_:.]+", "", folded) or None


def plain(text: str) -> str:
    """Widths unified (ＡＢＣ as ABC, ｼﾘｱﾙ as シリアル), dashes of one kind, spaces at the ends gone.

    Of Unicode's compatibility forms only widths are folded: ① is not 1, and ² is not 2.
    """
    if text.isascii():
        return text.strip()
    narrow = "".join(_width_folded(cluster) for cluster in re.findall("[^\uff9e\uff9f][\uff9e\uff9f]?|.", text))
    return _VOWEL_MARK.sub("-", _DASHES.sub("-", narrow)).strip()


def _number(text: str | None, part: str) -> str | None:
    """The number in a text, folded, without the label before it; None if it is a placeholder, alone or behind its label."""
    folded = _folded(text)
    if is_placeholder(folded, part):
        return None
    label = _LABELS[part].match(folded)
    rest = folded[label.end() :].strip() if label else folded
    return None if label and is_placeholder(rest, part) else rest


def _folded(text: str | None) -> str:
    return plain(text or "").casefold()


def _width_folded(cluster: str) -> str:
    """One character, or a half-width kana with its mark."""
    code = ord(cluster[0])
    return unicodedata.normalize("NFKC", cluster) if 0xFF00 <= code <= 0xFFEF or code == 0x3000 else cluster
