"""Pages from templates, each language from templates of its own: what is always said is put in when one is compiled.

A page says seventy things, of which three differ from one reader to the next.
"""

from __future__ import annotations

import re
from ast import literal_eval
from collections.abc import Callable, Hashable, Mapping
from typing import Any, Final

from jinja2 import Environment
from jinja2.ext import Extension
from markupsafe import Markup, escape

from bridge.texts import direction, speech, spoken

OPENS, SHUTS = "\ue000", "\ue001"  # private characters: no text of ours has them
SLOT: Final = re.compile(f"{OPENS}(\\w+){SHUTS}")
MOST: Final = 200  # pages kept, some 12 kB each
SAID: Final = re.compile(r"""\{\{ _\(("(?:[^"\\{}]|\\.)*")\) \}\}""")
BRACES: Final = re.compile(r"[{}]")


class Speech(Extension):
    """`{{ _("…") }}` → the text itself, in the environment's language. One with {fields} is left for the reader."""

    def preprocess(self, source: str, name: str | None, filename: str | None = None) -> str:
        """Before Jinja reads the template."""
        language = str(self.environment.globals["lang"])

        def said(found: re.Match[str]) -> str:
            text = speech(language).gettext(literal_eval(found[1]))
            return found[0] if BRACES.search(text) else text

        return SAID.sub(said, source)


class Printer:
    """Fills in templates. Each language is made ready when somebody first reads it."""

    def __init__(self, environment: Environment, common: Mapping[str, Any]) -> None:
        self._environment, self._common = environment, dict(common)
        self._tongues: dict[str, Environment] = {}
        self._pieces: dict[Hashable, list[str]] = {}

    def print(self, template: str, language: str, values: Mapping[str, object]) -> str:
        """A page."""
        return self._in(spoken(language)).get_template(template).render(values)

    def fill(
        self, template: str, language: str, values: Callable[[], Mapping[str, object]], slots: Mapping[str, str], *,
        same: Hashable,
    ) -> str:  # fmt: skip
        """A page that many get alike but for the texts in `slots`: printed once for all with the same `same`, then cut
        up and filled in. Nothing that goes into a slot is kept, only which of them are empty."""
        key = template, language, same, tuple(name for name, text in slots.items() if text)
        pieces = self._pieces.get(key)
        if pieces is None:
            places = {name: f"{OPENS}{name}{SHUTS}" if text else "" for name, text in slots.items()}
            pieces = SLOT.split(self.print(template, language, {**values(), **places}))
            if len(self._pieces) >= MOST:  # whoever asks in every language shall not keep others' pages out
                self._pieces.clear()
            self._pieces[key] = pieces
        filled = [escape(slots[piece]) if place % 2 else piece for place, piece in enumerate(pieces)]
        return "".join(filled)

    def _in(self, language: str) -> Environment:
        found = self._tongues.get(language)
        if found is None:
            found = self._environment.overlay()
            own = {"lang": language, "direction": direction(language), "_": saying(language),
                   "counted": counting(language), "stop": speech(language).stop}  # fmt: skip
            found.globals = {**self._environment.globals, **self._common, **own}
            found.add_extension(Speech)
            self._tongues[language] = found
        return found


def saying(language: str) -> Callable[..., Markup]:
    """What `_` is in a template: a text in that language, its {fields} filled in and escaped."""
    texts = speech(language)

    def say(text: str, **values: object) -> Markup:
        return Markup(texts.gettext(text)).format(**values)  # noqa: S704 - the text is ours, the values are not

    return say


def counting(language: str) -> Callable[..., Markup]:
    """What `counted` is in a template: the text for that number of things. Its {fields} are filled in as by `_`."""
    texts = speech(language)

    def count(one: str, many: str, number: int, **values: object) -> Markup:
        return Markup(texts.ngettext(one, many, number)).format(**values)  # noqa: S704 - the text is ours

    return count
