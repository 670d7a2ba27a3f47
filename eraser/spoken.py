"""Click's own words (usage, errors, headings) in the language in force.

Click asks gettext for every sentence that it says. Its words stand in the table like ours (certificates/words/click.toml), so gettext
is answered from there instead of from compiled catalogues, which are binary files.
"""

from __future__ import annotations

import gettext

from certificates import language


def install() -> None:
    """From now on gettext answers with the table's sentence; with the one it was asked for where the table has none."""
    gettext.dgettext = _said
    gettext.dngettext = _counted


def _said(domain: str, message: str) -> str:
    return language.written("click").get(message, message)


def _counted(domain: str, msgid1: str, msgid2: str, n: int) -> str:
    return _said(domain, msgid1 if n == 1 else msgid2)
