"""Takes secrets out of what a host showed: as typed, in another case, and broken over two or more rows.

Compared is what is left without any white space: a row may end inside a secret, and TSO begins the next one with an
attribute, shown as a blank. That masks too much now and then, and never too little.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Final, Self

from bridge.domain.secret import Secret

FEWEST: Final = 4
"""Fewer characters than these are no piece of a secret: they would be found everywhere."""

QUOTED: Final = re.compile(
    r"\b(?:PASSWORD|PASS|PWPHRASE|PHRASE)\(([^)]*)"
    r"|\bINVALID (?:[A-Z]+ )?(?:PASSWORD|PHRASE|VALUE|OPERAND),(.*?)"
    r"(?=\n\s*(?:[A-Z]{3}[0-9A-F]{4,6}[A-Z]? |READY\b|\*\*\*)|\Z)",
    re.IGNORECASE | re.DOTALL,
)
"""A command with its operand, or the parser's word of what it did not take: IKJ56702I, IKJ56708I, IKJ56713I.

Source: z/OS TSO/E Messages. What follows may run over rows, to the next message or prompt.
"""


class Mask:
    """Masks a set of secrets, character by character, so that columns keep their places.

    pieces   every run of FEWEST characters of a secret as well; for what is kept, where too much may be masked
    bare     by letters and digits alone, in texts that hold nothing else
    """

    __slots__ = ("_words",)

    def __init__(self, secrets: Iterable[Secret], *, pieces: bool = False, bare: bool = False) -> None:
        words = {_folded("".join(each.expose().split())) for each in secrets}
        if bare:
            words = {word for word in map(letters, words) if len(word) >= FEWEST}
        if pieces:
            words |= {word[at : at + FEWEST] for word in words for at in range(len(word) - FEWEST + 1)}
        self._words = sorted((word for word in words if word), key=len, reverse=True)

    def __repr__(self) -> str:
        return "Mask()"

    def with_these(self, secrets: Iterable[Secret]) -> Self:
        """One that masks these as well."""
        made = type(self)(secrets)
        made._words = sorted({*self._words, *made._words}, key=len, reverse=True)
        return made

    def rows(self, rows: Sequence[str]) -> tuple[str, ...]:
        """Return the rows with every secret turned into asterisks."""
        text = "\n".join(rows)
        solid = _folded("".join(text.split()))
        if not any(word in solid for word in self._words):
            return tuple(rows)
        return tuple(self._masked(text, solid).split("\n"))

    def spans(self, text: str) -> Iterator[tuple[int, int]]:
        """Where a secret begins and ends in a text without white space; they may overlap."""
        solid = _folded(text)
        for word in self._words:
            at = solid.find(word)
            while at >= 0:
                yield at, at + len(word)
                at = solid.find(word, at + 1)

    def _masked(self, text: str, solid: str) -> str:
        places = [place for place, character in enumerate(text) if not character.isspace()]
        shown = list(text)
        for start, end in self.spans(solid):
            for place in places[start:end]:
                shown[place] = "*"
        return "".join(shown)


def without_quoted(rows: Sequence[str]) -> tuple[str, ...]:
    """Cover whatever stands where a password would, which nobody need know: another process may have typed it.

    A session that is taken over shows what was going on in it, and it may have been a reset.
    """
    text = "\n".join(rows)
    shown = list(text)
    for found in QUOTED.finditer(text):
        start, end = found.span(found.lastindex or 0)
        shown[start:end] = [each if each.isspace() else "*" for each in text[start:end]]
    return tuple("".join(shown).split("\n")) if rows else ()


def letters(text: str) -> str:
    """What is left without anything but letters and digits."""
    return "".join(each for each in text if each.isalnum())


def _folded(text: str) -> str:
    """In one case, one character for each, whatever the alphabet."""
    return text.lower() if text.isascii() else "".join(each.lower()[:1] for each in text)
