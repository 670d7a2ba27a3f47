"""The organisation's configuration: `$ERASER_HOME/config.toml`. Who issues the papers, and what their options are unless told otherwise.

[issuer]
name = { ja = "見本情報サービス株式会社", en = "Sample Information Services Ltd." }   # or one text for both
address = "見本市見本町1-2-3"
contact = "042-000-0000"
logo = "logo.png"                                                       # PNG or JPEG, beside this file

[defaults]                                                              # as in an order sheet
operator = "見本 太郎"
operator-title = "技術課 主任"
location = "見本市役所 3階 サーバ室"

[media]                                                                 # `wipe` and `devices` warn of media that reached these
max-wipes = 500
max-years = 5
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec

from certificates import causes, foreign
from certificates.errors import Environment, Problem
from certificates.life import Limits
from certificates.people import Issuer
from certificates.values import Words
from eraser import evidence

NAME = "config.toml"
LOGO_PIXELS = 600
LARGEST_LOGO = 4 << 20


class Bilingual(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    ja: str
    en: str


class IssuerTable(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`[issuer]`. A single text stands for both languages."""

    name: str | Bilingual
    address: str | Bilingual | None = None
    contact: str | None = None
    logo: str | None = None


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    issuer: IssuerTable | None = None
    defaults: dict[str, Any] = {}
    media: Limits = Limits()


class Config(msgspec.Struct, frozen=True):
    """`defaults`: keys of an order sheet (see `eraser.commands.sheet`). `logo`: its file; `pictures`: the logo as it is printed, if there
    is one. `limits`: of the age and wipes of media."""

    path: Path
    issuer: Issuer | None = None
    logo: Path | None = None
    pictures: tuple[bytes, ...] = ()
    defaults: dict[str, Any] = {}
    limits: Limits = Limits()


def read(home: Path) -> Config:
    """The configuration of the station whose state is in `home`; nothing set if there is none. Raises Environment."""
    path = home / NAME
    try:
        file = msgspec.convert(foreign.read_toml(path), _File)
    except FileNotFoundError:
        return Config(path)
    except (OSError, UnicodeDecodeError) as error:
        raise Environment("config.unreadable", path=path, detail=causes.in_words(error)) from error
    except (ValueError, RecursionError) as error:  # of TOML, or of what it has to say
        raise Environment("config.wrong", path=path, detail=causes.in_words(error)) from error
    issuer, pictures = _issuer(file.issuer, path)
    logo = path.parent / file.issuer.logo if file.issuer and file.issuer.logo else None
    return Config(path, issuer, logo, pictures, file.defaults, file.media)


def _issuer(table: IssuerTable | None, path: Path) -> tuple[Issuer | None, tuple[bytes, ...]]:
    if table is None:
        return None, ()
    name = _words(table.name)
    if not name.ja.strip() or not name.en.strip():
        raise Environment("config.wrong", path=path, detail="issuer.name")
    issuer = Issuer(name, None if table.address is None else _words(table.address), table.contact or None)
    if table.logo is None:
        return issuer, ()
    logo = path.parent / table.logo
    try:
        picture = evidence.reduced(foreign.read(logo, LARGEST_LOGO), logo, LOGO_PIXELS)
    except OSError as error:
        raise Environment("config.logo", path=logo, detail=error.strerror) from error
    except Problem as error:
        raise Environment("config.logo", path=logo, detail=error.values.get("detail", error.key)) from error
    return msgspec.structs.replace(issuer, logo=picture.named("logo.jpg")), (picture.content,)


def _words(text: str | Bilingual) -> Words:
    return Words(text, text) if isinstance(text, str) else Words(text.en, text.ja)
