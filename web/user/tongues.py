"""Which language a page speaks: the one that its reader chose, or else that of the link's mail, once the link's key has
been shown, or else the one that the browser likes best.

The choice is kept nowhere: an address has it (`?lang=de`), or the form (`lang`), and each page hands it on to the next.
A button of the switch (`speak`) brings the same page once more, with all that was shown so far; nothing is counted.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from flask import g, request

from bridge.texts import ENGLISH, speech, spoken
from web.user.words import pick

SPEAKS: Final = ("lang", "speak")
"""The fields of every form of ours: what the page is in, and what it shall be in."""


def settle(offered: Sequence[str]) -> None:
    """Put it into `g`: `language`, and `chosen`, empty where nobody has."""
    asked = request.args.get("lang") or request.form.get("speak") or request.form.get("lang") or ""
    g.chosen = asked if asked in names(offered) else ""
    g.language = g.chosen or pick(request.headers.get("Accept-Language", ""), offered)


def suit(language: str, offered: Sequence[str]) -> None:
    """Speak as the mail did, unless the reader has chosen otherwise. From here on it is as if it had been chosen."""
    if not g.chosen and (tongue := wished(language, offered)):
        g.chosen = g.language = tongue


def wished(language: str, offered: Sequence[str]) -> str:
    """What a mail's language asks of the page; empty for nothing. English asks for nothing: it is also the language of
    everybody of whom the directory knows none, and their browsers know better."""
    tongue = spoken(language)
    return tongue if tongue != ENGLISH and tongue in names(offered) else ""


def names(offered: Sequence[str]) -> Mapping[str, str]:
    """The languages of a site, each by what it calls itself."""
    return {spoken(language): speech(language).name for language in offered}
