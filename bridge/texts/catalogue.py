"""Reading a .po file, so that translators keep their tools and nothing has to be compiled.

Read are msgid, msgstr and their continuation lines. Plural forms, contexts and fuzzy marks are not used here; a file
that has them is refused rather than half understood.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from gettext import NullTranslations


class Catalogue(NullTranslations):
    """Texts by their English."""

    def __init__(self, texts: Mapping[str, str]) -> None:
        super().__init__()
        self.texts = dict(texts)

    def gettext(self, message: str) -> str:
        """The text in this language; the English where there is none."""
        return self.texts.get(message) or message

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        """The text for one or for several. Each is a text of its own here."""
        return self.gettext(msgid1 if n == 1 else msgid2)


def read(source: str) -> dict[str, str]:
    """English → translation, empty ones included. Raises ValueError with the line that cannot be read."""
    texts: dict[str, str] = {}
    parts = {"msgid": "", "msgstr": ""}
    word = ""
    for number, line in enumerate(map(str.strip, [*source.splitlines(), 'msgid ""']), 1):
        if not line or (line.startswith("#") and not line.startswith("#, fuzzy")):
            continue
        head, _, quoted = line.partition('"')
        if (head := head.strip()) not in {*parts, ""} or (not head and not word):
            raise ValueError(f"line {number}: msgid or msgstr is expected")
        if head == "msgid":
            if parts["msgid"]:
                texts[parts["msgid"]] = parts["msgstr"]
            parts = {"msgid": "", "msgstr": ""}
        word = head or word
        try:
            parts[word] += json.loads(f'"{quoted}')
        except ValueError:
            raise ValueError(f"line {number}: a text in quotes is expected") from None
    return texts
