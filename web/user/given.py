"""What the page with the password says to everybody of one system, and how it spells."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Final

from markupsafe import Markup

from bridge.domain.link import Closed
from bridge.domain.second import PASSKEY, TOTP
from bridge.texts import ENGLISH
from web.settings import SystemFacts, WebSettings
from web.user import terminal
from web.user.printing import OPENS, SHUTS
from web.user.words import alphabet, borrowed, forms, named_sign, spell, spelling, translator

PHRASED: Final = frozenset({"racf", "acf2", "topsecret"})  # may have a password phrase besides, with a life of its own
ENROLLED: Final = frozenset({TOTP, PASSKEY})
LETTER: Final = Markup('<li><span class="glyph {1}" aria-hidden="true">{0}</span> {2}</li>')
FOREIGN: Final = Markup('<span>{} <span lang="{}">{}</span></span>')


def given(facts: SystemFacts, closed: Closed | None, settings: WebSettings, language: str) -> dict[str, object]:
    """The values of shown.html that do not depend on who reads it. `closed`: the browser has to open the password."""
    speak, userid = translator(language), f"{OPENS}userid{SHUTS}"
    panel, lines = terminal.panel(facts.product, userid), terminal.lines(facts.product, userid)
    return {
        "fixed": True,
        "closed": closed is not None,
        "armed": closed is not None and closed.armed,
        "spelling": _said(language) if closed else "",
        "facts": facts,
        "forms": [] if facts.rules.phrase else forms(facts.rules.rules, speak),
        "most": most(facts),
        "phrased": facts.product in PHRASED,
        "sign": named_sign(facts.rules.separator or "", speak),
        "panel": panel,
        "lines": lines,
        "named": terminal.labels(panel or lines),
        "seconds": int(settings.show_for.total_seconds()),
        "owns": not ENROLLED.isdisjoint(settings.factors),
    }


def spelled(text: str, facts: SystemFacts, language: str) -> Markup:
    """A password, one character to a line, and how to say it."""
    mixed_case = facts.rules.mixed_case or text != text.upper()
    lines = _lines(language, mixed_case)
    return Markup("\n").join(lines.get(char) or _line(char, language, mixed_case) for char in text)


@cache
def _lines(language: str, mixed_case: bool) -> Mapping[str, Markup]:
    """Every character that a password is drawn from: all of them at once, so that what is kept tells nothing of any."""
    return {char: _line(char, language, mixed_case) for char in map(chr, range(0x21, 0x7F))}


def _line(char: str, language: str, mixed_case: bool) -> Markup:
    (letter,) = spell(char, mixed_case=mixed_case, say=translator(language), letters=alphabet(language))
    foreign = letter.kind == "letter" and borrowed(language)
    aloud = FOREIGN.format(letter.case, ENGLISH, letter.name) if foreign else letter.aloud
    return LETTER.format(letter.char, letter.kind, aloud)


def _said(language: str) -> str:
    """How the page spells by itself, a name to a line. `tongue`: the language of the letters' names, if another."""
    tongue = {"tongue": ENGLISH} if borrowed(language) else {}
    names = spelling(translator(language), alphabet(language)) | tongue
    return "\n".join(map(" ".join, names.items()))


def most(facts: SystemFacts) -> int:
    """The most characters that the user's own password may have; 0 where there is no such limit worth saying."""
    if facts.product == "ibmi":
        return 0 if facts.rules.mixed_case else 10
    if facts.rules.phrase:
        return 100
    return 8 if facts.product in PHRASED else 0
