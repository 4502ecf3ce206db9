"""What people type and paste, from keyboards and programs of every country, in the signs that we write."""

from __future__ import annotations

import re
from typing import Final
from unicodedata import decimal, normalize

UNSEEN: Final = re.compile("[\u00ad\u034f\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff]")
"""Marks of direction and of where a line may end: copied along by those who never saw them."""
ENDS: Final = " .,;:!?\u3001\u3002"
"""What a sentence ends with, as plain() leaves it."""
MISREAD: Final = str.maketrans({"O": "0", "I": "1", "L": "1"})


def plain(text: str) -> str:
    """Full-width signs as the usual ones, and nothing in between that nobody sees. It can be longer than it was.

    One by one: to put a long row of accents into their order takes as long as its square.
    """
    return UNSEEN.sub("", "".join(normalize("NFKC", char) for char in text))


def bare(text: str) -> str:
    """plain(), without blanks around it or what a sentence ends with."""
    return plain(text).strip().rstrip(ENDS)


def western(text: str) -> str:
    """Digits of any script, such as Arabic's, as 0 to 9."""
    return "".join(char if (value := decimal(char, None)) is None else str(value) for char in text)
