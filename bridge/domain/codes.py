"""Short codes and names drawn from the dice, without bias."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Final
from unicodedata import combining, normalize

from bridge.domain.link import CROCKFORD
from bridge.domain.names import ResetId
from bridge.domain.secret import Secret
from bridge.domain.typed import ENDS, UNSEEN

RELEASE_CODE_DIGITS: Final = 8
RELEASE_CODE_WORDS: Final = 6  # of 26 each: more than eight digits' worth
SPOKEN: Final[Mapping[str, str]] = {
    "A": "Alfa", "B": "Bravo", "C": "Charlie", "D": "Delta", "E": "Echo", "F": "Foxtrot", "G": "Golf", "H": "Hotel",
    "I": "India", "J": "Juliett", "K": "Kilo", "L": "Lima", "M": "Mike", "N": "November", "O": "Oscar", "P": "Papa",
    "Q": "Quebec", "R": "Romeo", "S": "Sierra", "T": "Tango", "U": "Uniform", "V": "Victor", "W": "Whiskey",
    "X": "X-ray", "Y": "Yankee", "Z": "Zulu",
}  # fmt: skip
"""The alphabet of ICAO and NATO, in which letters are said over a bad line."""
HEARD: Final = {word.upper().replace("-", ""): letter for letter, word in SPOKEN.items()} | {
    "ALPHA": "A", "JULIET": "J", "JULIETTE": "J", "WHISKY": "W", **{letter: letter for letter in SPOKEN},
}  # fmt: skip
"""As people write it down: each word, what is heard for it, and its letter alone."""
BETWEEN: Final = re.compile(r"[\s\u00a0,;./\u2010-\u2015-]+")
MASTER_GROUPS: Final = 5  # of five digits each: 83 bits, and no language


def new_reset_id(dice: Callable[[int], bytes]) -> ResetId:
    """Draw a reset's id: 60 bits, no secret."""
    return ResetId("R" + "".join(CROCKFORD[byte & 31] for byte in dice(12)))


def new_id(dice: Callable[[int], bytes], letter: str) -> str:
    """Draw an id for a factor, token or notice: a letter that says which, and 60 bits."""
    return letter + "".join(CROCKFORD[byte & 31] for byte in dice(12))


def new_release_code(dice: Callable[[int], bytes]) -> Secret:
    """Draw eight decimal digits, each equally likely (bytes of 250 and more are drawn again)."""
    return Secret(_digits(dice, RELEASE_CODE_DIGITS))


def new_release_words(dice: Callable[[int], bytes]) -> Secret:
    """Draw six words to be read out: "Kilo Tango …", each equally likely (bytes of 234 and more are drawn again)."""
    words: list[str] = []
    while len(words) < RELEASE_CODE_WORDS:
        words += [list(SPOKEN.values())[byte % 26] for byte in dice(16) if byte < 234]
    return Secret(" ".join(words[:RELEASE_CODE_WORDS]))


LONGEST: Final = 200  # characters of an answer in which words are looked for


def read_out(code: str) -> str:
    """A release code as it is read out: digits in two groups, words as they stand."""
    return f"{code[:4]} {code[4:]}" if code.isdigit() else code


def lasting(ttl: timedelta) -> str:
    """For how long a release code works, in whole minutes where it is one or more."""
    seconds = int(ttl.total_seconds())
    count, unit = (seconds // 60, "minute") if seconds >= 60 else (seconds, "second")
    return f"{count} {unit}" if count == 1 else f"{count} {unit}s"


def letters_of(answer: Secret) -> Secret | None:
    """What six such words stand for; None where the answer is not that. Their letters alone do, with blanks between:
    six letters in one are a word that any scanner may fill in."""
    seen = UNSEEN.sub("", normalize("NFKD", answer.expose()[:LONGEST])).strip().rstrip(ENDS)
    plain = "".join(char for char in seen if not combining(char))  # a Turkish İ
    text = re.sub(r"\bX[\s-]+RAY\b", "XRAY", plain.upper())
    found = [HEARD.get(word, "") for word in BETWEEN.split(text)]
    return Secret("".join(found)) if len(found) == RELEASE_CODE_WORDS and all(found) else None


def new_master(dice: Callable[[int], bytes]) -> Secret:
    """Draw what opens a KeePass file: 48217-39056-…, typed as it stands, hyphens included."""
    digits = _digits(dice, MASTER_GROUPS * 5)
    return Secret("-".join(digits[at : at + 5] for at in range(0, len(digits), 5)))


def _digits(dice: Callable[[int], bytes], count: int) -> str:
    digits: list[str] = []
    while len(digits) < count:
        digits += [str(byte % 10) for byte in dice(16) if byte < 250]
    return "".join(digits[:count])
