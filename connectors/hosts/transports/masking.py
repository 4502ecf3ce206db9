"""Takes secrets out of what a host showed: as typed, in another case, and broken over two or more rows."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Final

from bridge.domain.secret import Secret

BREAK: Final = r"(?:\s*\n\s*)?"
"""Between any two characters a row may end: TSO begins the next one with an attribute, shown as a blank."""


class Mask:
    """Masks a set of secrets, character by character, so that columns keep their places."""

    __slots__ = ("_pattern",)

    def __init__(self, secrets: Iterable[Secret]) -> None:
        words = sorted({each.expose() for each in secrets if each}, key=len, reverse=True)
        broken = "|".join(BREAK.join(map(re.escape, word)) for word in words)
        self._pattern = re.compile(broken, re.IGNORECASE) if broken else None

    def __repr__(self) -> str:
        return "Mask()"

    def rows(self, rows: Sequence[str]) -> tuple[str, ...]:
        """Return the rows with every secret turned into asterisks."""
        if self._pattern is None or not rows:
            return tuple(rows)
        return tuple(self._pattern.sub(_asterisks, "\n".join(rows)).split("\n"))


def _asterisks(found: re.Match[str]) -> str:
    return re.sub(r"\S", "*", found[0])
