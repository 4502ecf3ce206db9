"""Reading a .po file, so that translators keep their tools and nothing has to be compiled.

Read are the header, msgid, msgid_plural, msgstr, msgstr[N] and their continuation lines. Contexts and fuzzy marks are
not used here; a file that has them is refused rather than half understood.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from gettext import NullTranslations, c2py
from string import ascii_uppercase
from typing import Final

Texts = dict[str, str | tuple[str, ...]]

ENTRY: Final = re.compile(r"(msgid|msgid_plural|msgstr|msgstr\[([0-5])\])? *(\".*)")
PLURALS: Final = re.compile(r"nplurals *= *([1-6]) *; *plural *= *([^;]+)")
ENGLISH: Final[Mapping[str, str]] = {"X-Name": "English", "Plural-Forms": "nplurals=2; plural=(n != 1);"}
NONE: Final[Mapping[str, str | tuple[str, ...]]] = {}


class Catalogue(NullTranslations):
    """Texts by their English: one, or a form for each kind of number as `Plural-Forms` of the header has them."""

    def __init__(self, header: Mapping[str, str] = ENGLISH, texts: Mapping[str, str | tuple[str, ...]] = NONE) -> None:
        super().__init__()
        self.header, self.texts = header, texts
        rule = PLURALS.match(header.get("Plural-Forms", ""))
        if not rule:
            raise ValueError("Plural-Forms: nplurals=N; plural=EXPRESSION; is expected")
        self.forms: int = int(rule[1])
        self.form: Callable[[int], int] = c2py(rule[2])

    @property
    def name(self) -> str:
        """What the language calls itself."""
        return self.header.get("X-Name", "")

    @property
    def first(self) -> str:
        """The first day of a month in a date: 1er in French."""
        return self.header.get("X-First", "1")

    @property
    def stop(self) -> str:
        """What ends a sentence: 。 in Japanese."""
        return self.header.get("X-Stop", ".")

    @property
    def alphabet(self) -> Mapping[str, str]:
        """Letter → the word that it is spelled with on the telephone; empty for who spells as aviation does.

        A twenty-seventh word is that of a small i, where a capital without a dot is another letter (Turkish).
        """
        words = self.header.get("X-Alphabet", "").split(", ")
        return dict(zip(f"{ascii_uppercase}i", words, strict=False)) if len(words) >= len(ascii_uppercase) else {}

    def gettext(self, message: str) -> str:
        """The text in this language; the English where there is none."""
        text = self.texts.get(message)
        return text if isinstance(text, str) and text else message

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        """The text for that number of things; the English one of the two where there is none."""
        forms = self.texts.get(msgid1)
        return forms[self.form(n)] if isinstance(forms, tuple) else msgid1 if n == 1 else msgid2


def read(source: str) -> tuple[dict[str, str], Texts]:
    """The header's fields, and English → translation, empty ones included; where there is a plural, its forms by the
    English singular. Raises ValueError with the line that cannot be read."""
    header: dict[str, str] = {}
    texts: Texts = {}
    parts: dict[str, str] = {}
    word = ""
    for number, line in enumerate(map(str.strip, [*source.splitlines(), 'msgid ""']), 1):
        if not line or (line.startswith("#") and not line.startswith("#, fuzzy")):
            continue
        found = ENTRY.fullmatch(line)
        if not found or not (found[1] or word):
            raise ValueError(f"line {number}: msgid or msgstr is expected")
        if found[1] == "msgid" and parts:
            if parts["msgid"]:
                texts[parts["msgid"]] = _translation(parts, number)
            else:
                header = dict(re.findall(r"^([\w-]+): *(.*)$", parts.get("msgstr", ""), re.MULTILINE))
            parts = {}
        word = found[1] or word
        try:
            parts[word] = parts.get(word, "") + json.loads(found[3])
        except ValueError:
            raise ValueError(f"line {number}: a text in quotes is expected") from None
    return header, texts


def _translation(parts: Mapping[str, str], number: int) -> str | tuple[str, ...]:
    if "msgid_plural" not in parts and "msgstr" in parts:
        return parts["msgstr"]
    forms = tuple(parts[f"msgstr[{at}]"] for at in range(6) if f"msgstr[{at}]" in parts)
    if "msgid_plural" not in parts or not forms:
        raise ValueError(f"line {number}: the entry before it lacks its msgstr, or msgid_plural and msgstr[0]")
    return forms
