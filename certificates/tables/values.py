"""What a cell that should identify a medium says instead: what a spreadsheet made of it, or several things at once. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

from certificates.identity import plain
from certificates.tables.table import Fault

_MONTH = "(?:jan|feb|m[aä]r|apr|may|mai|jun|jul|aug|sep|oct|okt|nov|dec|dez)[a-z]*"
_PATTERNS: tuple[tuple[Fault, re.Pattern[str]], ...] = (
    # What a spreadsheet shows when a formula fails, in the languages that it is used in, and what a column that is too narrow shows.
    (
        "error",
        re.compile(
            r"#(n/?a|nv|n/?d|ref|bezug|name|value|wert|valeur|valor|div/0|null|num|zahl|nombre|spill|überlauf|calc|kalk|"
            r"field|blocked|connect|unknown|busy|getting_data|python)[!?]?|err(or)?:\s*[0-9]+|#(ref|name|value|n/a)[!?].*",
            re.IGNORECASE,
        ),
    ),
    (
        "shortened",
        re.compile(
            r"#{2,}|[+-]?[0-9]+[.,][0-9]*e[+-]?[0-9]+|[+-]?[0-9]+e\+[0-9]+|[+-]?[0-9]e-[0-9]{2,}", re.IGNORECASE
        ),
    ),
    ("number", re.compile(r"[+-]?[0-9]+[.,]0+|[+-]?[0-9]{1,3}(,[0-9]{3})+(\.[0-9]+)?")),
    (
        "date",
        re.compile(
            r"[0-9]{4}-[0-9][0-9]-[0-9][0-9][T ][0-9][0-9]:[0-9][0-9](:[0-9][0-9])?.*"
            r"|[0-9]{1,2}月[0-9]{1,2}日|[0-9]{4}年[0-9]{1,2}月([0-9]{1,2}日)?"
            rf"|[0-9]{{1,2}}[-. ]+{_MONTH}([-. ]+[0-9]{{2,4}})?|{_MONTH}[-. ]+[0-9]{{1,4}}",
            re.IGNORECASE,
        ),
    ),
    ("boolean", re.compile(r"true|false|wahr|falsch|vrai|faux", re.IGNORECASE)),
    (
        "ditto",
        re.compile(
            r"[\"'〃″”“‶´`’々ゝヽ〻仝〟〞ˮ']{1,4}|同上|仝上|同じ|上に同じ|上と同じ|同右|同左|同前|ditto|do\.|idem|dto\.?|s\.\s?o\.|[↑⇑⬆▲^]+|[│|:：]",
            re.IGNORECASE,
        ),
    ),
    ("formula", re.compile(r"=.*", re.DOTALL)),
    (
        "several",
        re.compile(
            r".*([\n\r、,，;；〜～~]|\s[/／&+＋]\s|(ほか|外|他|及び|計)\s*[0-9０-９一二三四五六七八九十]+\s*(台|件|点|個|本|枚|式)"
            r"|[×✕]\s*[0-9０-９]+).*",
            re.DOTALL,
        ),
    ),
    ("quote", re.compile(r'.*["＂].*', re.DOTALL)),
)
_ANY = re.compile("|".join(f"(?s{'i' if each.flags & re.IGNORECASE else ''}:{each.pattern})" for _, each in _PATTERNS))
_TOTALS = frozenset(
    ("計", "小計", "中計", "課計", "部計", "合計", "総計", "総合計", "累計", "集計", "台数計", "合計台数",
     "total", "totals", "subtotal", "grandtotal", "sum",
     "summe", "gesamt", "gesamtsumme", "zwischensumme", "totalgénéral", "soustotal", "somme", "合计", "总计", "共计")
)  # fmt: skip
_ENDS = frozenset(("以上", "以下余白", "余白", "以下空白", "endoflist", "endofreport", "end", "eof"))
_HINT = re.compile(
    "計|计|total|sum|gesamt|somme|以上|余白|空白|end|eof", re.IGNORECASE
)  # that a row may be a total or an end
_COUNT = re.compile(
    r"([0-9]{1,6}|[0-9]{1,3},[0-9]{3})(?:\.0+)?\s*(台|件|個|点|本|枚|式|rows?|items?|assets?|media|stück)?"
)
_FIGURE = re.compile(
    r"[¥￥\$€]?\s*-?[0-9][0-9,. ]*\s*(円|千円|gb|tb|mb|kg|%|台|件|個|点|本|枚|式|rows?|items?|assets?|media)?"
)
_ONE = re.compile(r"(1|一|壱|壹|one)(\.0+)?\s*(台|件|個|点|本|枚|式|pcs?|stück|st)?\.?")
_SPACES = re.compile(r"[\s　:：.\-―—=＝()（）【】\[\]<>＜＞＊*]+")


_ORDINARY = re.compile("[!-~ ]+")


def fault_of(text: str) -> Fault | None:
    """Why this text, in a cell that should identify a medium, does not; None if it may."""
    folded = plain(text)
    if _ANY.fullmatch(text) or (folded != text and _ANY.fullmatch(folded)):
        return next(fault for fault, pattern in _PATTERNS if pattern.fullmatch(text) or pattern.fullmatch(folded))
    if not _ORDINARY.fullmatch(text) and any(map(_is_invisible, text)):
        return "invisible"
    return None


def _is_invisible(character: str) -> bool:
    return character == "\ufffd" or unicodedata.category(character) in ("Cc", "Cf", "Co", "Cn", "Cs", "Zl", "Zp")


def is_one(text: str) -> bool:
    """Whether a quantity is one."""
    return _ONE.fullmatch(plain(text).casefold()) is not None


def is_total(
    texts: Iterable[str], identifying: Iterable[str], counts: Iterable[int], quantities: Iterable[str] = ()
) -> bool | None:
    """Whether a row of these texts is the total of those above it; None if it says so, but of another number of rows.

    `identifying`: those of the texts that stand where a medium is identified. `counts`: numbers of rows that it may be the total of.
    `quantities`: those that say how many media they are of, whatever their unit.
    """
    texts = list(texts)
    if not any(map(_HINT.search, texts)):
        return False
    whole, fitting = [plain(text).casefold() for text in texts], set(counts)
    if not any(_words(text) in _TOTALS for text in whole):
        said = [
            re.fullmatch(r"(.*?)\s*[:：=(]?\s*([0-9]+)\s*(台|件|個|点|本|枚|式|items?|rows?|assets?)\)?", text)
            for text in whole
        ]
        if len(whole) != 1 or said[0] is None or _words(said[0][1]) not in _TOTALS:
            return False
        return True if int(said[0][2]) in fitting else None
    inside, counted = ({plain(text).casefold() for text in some} for some in (identifying, quantities))
    otherwise = None if any(_words(text) in _TOTALS for text in inside) else False
    for text in whole:
        if _words(text) in _TOTALS:
            continue
        is_count = _COUNT.fullmatch(text)
        if is_count and (text in inside or text in counted or is_count[2]):
            if int(is_count[1].replace(",", "")) not in fitting:
                return None
        elif text in inside or not _FIGURE.fullmatch(text):
            return otherwise
    return True


def is_end(texts: Iterable[str]) -> bool:
    """以下余白: a row that only says that the list ends."""
    return all(_HINT.search(text) and _words(plain(text).casefold()) in _ENDS for text in texts)


def _words(text: str) -> str:
    return _SPACES.sub("", text)
