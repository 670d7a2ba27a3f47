"""Words that a name may not say where only an overwrite was done: it is Clear at most, and a name is printed on the certificate."""

from __future__ import annotations

import functools
import re
import unicodedata

_WORDS = ("purge", "destroy", "destruct", "除去", "破壊", "破壞", "パージ", "じょきょ", "ジョキョ")
# The same with anything but letters put between theirs; a word that only ends in the first letter ("stop urgent") is not meant.
_SPACED = re.compile("|".join(r"(?<!\w)" * word.isascii() + r"[\W_]*".join(word) for word in _WORDS))


_LONGEST_KEPT = 500


def claims_too_much(text: str) -> bool:
    """True if the text says, in any width or case of letters and with whatever hidden between them, what no overwrite can do."""
    return _known(text) if len(text) <= _LONGEST_KEPT else _says(text)


def _says(text: str) -> bool:
    composed = unicodedata.normalize("NFKC", text)
    plain = "".join(_base(c) for c in composed if unicodedata.category(c) not in ("Cf", "Mn", "Me", "Cc")).casefold()
    return any(word in plain for word in _WORDS) or _SPACED.search(plain) is not None


_known = functools.lru_cache(maxsize=1 << 10)(_says)  # the same methods and policies are named on every paper


def _base(character: str) -> str:
    """A Latin letter without its accent."""
    latin = unicodedata.name(character, "").startswith("LATIN")
    return unicodedata.normalize("NFKD", character)[0] if latin else character
