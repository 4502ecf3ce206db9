"""Takes secrets out of what a host showed: as typed, in another case, and broken over two or more rows.

Compared is what is left without any white space: a row may end inside a secret, and TSO begins the next one with an
attribute, shown as a blank. That masks too much now and then, and never too little.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from bridge.domain.secret import Secret


class Mask:
    """Masks a set of secrets, character by character, so that columns keep their places."""

    __slots__ = ("_words",)

    def __init__(self, secrets: Iterable[Secret]) -> None:
        words = {_folded("".join(each.expose().split())) for each in secrets}
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

    def _masked(self, text: str, solid: str) -> str:
        places = [place for place, character in enumerate(text) if not character.isspace()]
        shown = list(text)
        for word in self._words:
            at = solid.find(word)
            while at >= 0:
                for place in places[at : at + len(word)]:
                    shown[place] = "*"
                at = solid.find(word, at + 1)
        return "".join(shown)


def _folded(text: str) -> str:
    """In one case, one character for each, whatever the alphabet."""
    return text.lower() if text.isascii() else "".join(each.lower()[:1] for each in text)
