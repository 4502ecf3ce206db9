"""What the product says to people: gettext-style, the English text being the key.

A language is one file, catalogues/LANGUAGE.po, and nothing else: `speech("de")` finds it. Its header says what the
language calls itself (X-Name), which numbers go together (Plural-Forms), how its people spell on the telephone
(X-Alphabet), write the first of a month (X-First) and end a sentence (X-Stop). What a catalogue does not have is said
in English.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from importlib.resources import files

from bridge.texts.catalogue import Catalogue, read

ENGLISH = "en"
OLD = {"iw": "he"}  # ISO 639's code until 1989, which older browsers and Java still send
FROM_THE_RIGHT = frozenset({"ar", "fa", "he", "ur"})


@cache
def speech(language: str) -> Catalogue:
    """The texts of a language, `de` or `de-AT`; English for one that there is no catalogue for.

    gettext's own interface, so that jinja2.ext.i18n takes it as it is.
    """
    name = spoken(language)
    if name != ENGLISH:
        return Catalogue(*read((files(__name__) / "catalogues" / f"{name}.po").read_text(encoding="utf-8")))
    return Catalogue()


def spoken(language: str) -> str:
    """The language that speech() then has: `de` for `de_AT`, English for one without a catalogue."""
    name = _bare(language)
    return name if name in languages() else ENGLISH


def _bare(language: str) -> str:
    name = language.replace("_", "-").lower().partition("-")[0]
    return OLD.get(name, name)


@cache
def languages() -> tuple[str, ...]:
    """The languages there are texts in, English first."""
    found = (entry.name for entry in (files(__name__) / "catalogues").iterdir())
    return (ENGLISH, *sorted(name.removesuffix(".po") for name in found if name.endswith(".po")))


def direction(language: str) -> str:
    """`rtl` for a language that is written from right to left, otherwise `ltr`: HTML's words."""
    return "rtl" if _bare(language) in FROM_THE_RIGHT else "ltr"


def choose(wanted: Sequence[str], offered: Sequence[str]) -> str:
    """The first wanted language that is offered and spoken; the first offered one where none is."""
    names = [_bare(each) for each in offered]
    for language in map(_bare, wanted):
        if language in names and language in languages():
            return language
    return spoken(names[0]) if names else ENGLISH
