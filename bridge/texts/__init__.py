"""What the product says to people: gettext-style, the English text being the key.

A language is one file, catalogues/LANGUAGE.po, and nothing else: `speech("de")` finds it. What a catalogue does not
have is said in English.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from gettext import NullTranslations
from importlib.resources import files

from bridge.texts.catalogue import Catalogue, read

ENGLISH = "en"


@cache
def speech(language: str) -> NullTranslations:
    """The texts of a language, `de` or `de-AT`; English for one that there is no catalogue for.

    gettext's own interface, so that jinja2.ext.i18n takes it as it is.
    """
    name = language.replace("_", "-").lower().partition("-")[0]
    if name in languages() and name != ENGLISH:
        return Catalogue(read((files(__name__) / "catalogues" / f"{name}.po").read_text(encoding="utf-8")))
    return Catalogue({})


@cache
def languages() -> tuple[str, ...]:
    """The languages there are texts in, English first."""
    found = (entry.name for entry in (files(__name__) / "catalogues").iterdir())
    return (ENGLISH, *sorted(name.removesuffix(".po") for name in found if name.endswith(".po")))


def choose(wanted: Sequence[str], offered: Sequence[str]) -> str:
    """The first wanted language that is offered and spoken; the first offered one where none is."""
    for language in wanted:
        name = language.replace("_", "-").lower().partition("-")[0]
        if name in offered and name in languages():
            return name
    return offered[0] if offered else ENGLISH
