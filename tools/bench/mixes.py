"""What the media of offices hold, in bulk, made from a seed: for measuring how fast an inspection reads it."""

from __future__ import annotations

import random
import sysconfig
from collections.abc import Callable
from functools import partial
from pathlib import Path

from tests.verifier import corpus

CLUSTER = 4096
"""Bytes: files begin at multiples of it, and zeros fill their last one."""
_VARIETY = 4 << 20  # bytes that are made; what is longer repeats them, at other places of a sector

_NOUNS = (
    "市役所 住民 見本町 担当者 申請書 令和六年度 決算 会議 資料 記憶媒体 データ サーバー "
    "委託 個人情報 廃棄 証明書 予算案 図書館 児童 避難所"
)
_PARTICLES = ("は", "が", "を", "に", "で", "と", "から", "まで", "の", "も")
_VERBS = (
    *("確認しました。", "提出してください。", "保存されています。", "受け取った。", "検討する必要がある。"),
    *("行われます、", "つきましては、", "ございません。\n"),
)
_WORDS = (
    "the of and to in medium report erased please find attached meeting on Monday we have received your order number "
    "would like confirm that all disks were returned regards office city invoice payment delivery schedule thank you"
)

Make = Callable[[int], bytes]


def _repeated_plainly(unit: bytes, size: int) -> bytes:
    return (unit * (size // len(unit) + 1))[:size]


def _filled(make: Callable[[random.Random], str | bytes], encoding: str = "utf-8") -> bytes:
    rng, parts, total = random.Random(1), [], 0  # noqa: S311
    while total < _VARIETY:
        made = make(rng)
        parts.append(made if isinstance(made, bytes) else made.encode(encoding))
        total += len(parts[-1])
    return b"".join(parts)


def _prose(rng: random.Random) -> str:
    pairs = (rng.choice(_NOUNS.split()) + rng.choice(_PARTICLES) for _ in range(rng.randrange(1, 4)))
    return "".join(pairs) + rng.choice(_NOUNS.split()) + "を" + rng.choice(_VERBS)


def _rows(rng: random.Random) -> str:
    name, yomi = rng.choice([("見本　太郎", "ﾐﾎﾝ ﾀﾛｳ"), ("例示　花子", "ﾚｲｼﾞ ﾊﾅｺ"), ("佐藤　一", "サトウ　ハジメ")])
    where = f"東京都見本区例示{rng.randrange(1, 9)}丁目{rng.randrange(99)}番地{rng.randrange(20)}号"
    born = f"19{rng.randrange(30, 99)}/01/{rng.randrange(10, 29)}"
    return f'{rng.getrandbits(32):010d},"{name}",{yomi},{born},{where},090-0000-{rng.randrange(9999):04d}\r\n'


def _english(rng: random.Random) -> str:
    return " ".join(rng.choice(_WORDS.split()) for _ in range(rng.randrange(5, 14))) + rng.choice(
        [".\n", ",\n", " ", ".\n\n"]
    )


def _headers(rng: random.Random, encoding: str = "us-ascii") -> str:
    return (
        f"Return-Path: <mihon@example.jp>\nReceived: from mail.example.jp by mx.example.jp; Mon, 1 Jan 2024 00:00:00 +0900\n"
        f"Message-ID: <{rng.getrandbits(64)}@example.jp>\nFrom: mihon@example.jp\nTo: rei@example.jp\nSubject: sample\n"
        f"Date: Mon, 1 Jan 2024 00:00:00 +0900\nContent-Type: text/plain; charset={encoding}\n\n"
    )


def _mail(rng: random.Random) -> str:
    body = "".join(_english(rng) for _ in range(rng.randrange(3, 60)))
    return f"From mihon@example.jp Mon Jan  1 00:00:00 2024\n{_headers(rng)}{body}\n"


def _letter(rng: random.Random) -> bytes:
    """A mail in Japanese, in a file of its own."""
    body = "".join(_prose(rng) for _ in range(rng.randrange(10, 200)))
    return _in_clusters((_headers(rng, "iso-2022-jp") + body).encode("iso-2022-jp", "replace"))


def _in_clusters(file: bytes) -> bytes:
    return file + bytes(-len(file) % CLUSTER)


def _sources() -> bytes:
    """The standard library, a file after the other."""
    files = sorted(Path(sysconfig.get_path("stdlib")).glob("*.py"))
    return b"".join(_in_clusters(file.read_bytes()) for file in files)


def _office(rng: random.Random) -> bytes:
    parts = [("[Content_Types].xml", "<Types/>"), ("word/document.xml", "".join(_prose(rng) for _ in range(400)))]
    return _in_clusters(corpus.archive([*parts, ("word/media/image1.jpg", rng.randbytes(rng.randrange(9000, 90_000)))]))


def _picture(rng: random.Random) -> bytes:
    return _in_clusters(corpus.image(rng, "JPEG") + rng.randbytes(rng.randrange(50_000)).replace(b"\xff", b"\xff\0"))


def _text(make: Callable[[random.Random], str | bytes], encoding: str = "utf-8") -> Make:
    """Repeated in lengths that are even, for UTF-16, but make a repetition begin elsewhere in its sector."""

    def repeated(size: int) -> bytes:
        unit, line_end = _filled(make, encoding), "\n".encode(encoding)
        while len(unit) % 4 != 2:
            unit += line_end
        return _repeated_plainly(unit, size)

    return repeated


def _files(make: Callable[[random.Random], bytes]) -> Make:
    return lambda size: (_filled(make) * (size // _VARIETY + 1))[:size]


def _mixed(size: int) -> bytes:
    """A bit of everything, as on an office's disk."""
    each = size // len(_ORDINARY) // CLUSTER * CLUSTER
    return b"".join(make(each) for make in _ORDINARY.values()).ljust(size, b"\0")


def _tar(size: int) -> bytes:
    """Of small files, so that every few sectors begin another member."""
    unit = corpus.tape(random.Random(1), 400)  # noqa: S311
    return (unit * (size // len(unit) + 1))[:size]


_ORDINARY: dict[str, Make] = {
    "prose, UTF-8": _text(_prose),
    "prose, UTF-16": _text(_prose, "utf-16-le"),
    "CSV, CP932": _text(_rows, "cp932"),
    "CSV, EUC-JP": _text(_rows, "euc-jp"),
    "prose, CP932": _text(_prose, "cp932"),
    "prose, EUC-JP": _text(_prose, "euc-jp"),
    "mail spool, English": _text(_mail),
    "mails, ISO-2022-JP": _files(_letter),
    "source code": lambda size: (_sources() * (size // 1_000_000 + 1))[:size],
    "TAR of files of 1 KB": _tar,
    "office documents": _files(_office),
    "JPEG pictures": _files(_picture),
    "zeros": bytes,
    "random": lambda size: corpus.random_data(size),
}
MIXES: dict[str, Make] = {
    **_ORDINARY,
    "all of these": _mixed,
    "only PK\\3\\4": partial(_repeated_plainly, b"PK\x03\x04"),
    "only %PDF-": partial(_repeated_plainly, b"%PDF-"),
    "only FF D8 FF": partial(_repeated_plainly, b"\xff\xd8\xff"),
    "only new lines": partial(_repeated_plainly, b"\n"),
    "only ESC $ B": partial(_repeated_plainly, b"\x1b$B"),
    "one endless line": partial(_repeated_plainly, b"abcdefghij klmnopq,"),
}
"""What is measured, by name: gives so many bytes of it. The later ones are there to be slow."""
