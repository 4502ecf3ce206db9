"""Takes secrets out of what a host showed: as typed, in another case, and broken over two or more rows.

Compared is what is left without any white space: a row may end inside a secret, and TSO begins the next one with an
attribute, shown as a blank. That masks too much now and then, and never too little.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from bridge.domain.secret import Secret

FEWEST: Final = 4
"""Fewer characters than these are no piece of a secret: they would be found everywhere."""


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


def letters(text: str) -> str:
    """What is left without anything but letters and digits."""
    return "".join(each for each in text if each.isalnum())


def _folded(text: str) -> str:
    """In one case, one character for each, whatever the alphabet."""
    return text.lower() if text.isascii() else "".join(each.lower()[:1] for each in text)
