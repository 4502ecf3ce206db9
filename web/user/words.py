"""Words that depend on the person: which language, and a password spelled out for reading aloud."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import groupby
from typing import Final, NamedTuple

from bridge.texts import choose, speech

Say = Callable[[str], str]

SPOKEN: Final = {
    "A": "Alfa", "B": "Bravo", "C": "Charlie", "D": "Delta", "E": "Echo", "F": "Foxtrot", "G": "Golf", "H": "Hotel",
    "I": "India", "J": "Juliett", "K": "Kilo", "L": "Lima", "M": "Mike", "N": "November", "O": "Oscar", "P": "Papa",
    "Q": "Quebec", "R": "Romeo", "S": "Sierra", "T": "Tango", "U": "Uniform", "V": "Victor", "W": "Whiskey",
    "X": "X-ray", "Y": "Yankee", "Z": "Zulu",
}  # fmt: skip
FIGURES: Final = {
    "0": "zero", "1": "one", "2": "two", "3": "three", "4": "four", "5": "five", "6": "six", "7": "seven",
    "8": "eight", "9": "nine",
}  # fmt: skip
SIGNS: Final = {
    "#": "hash", "@": "at sign", "$": "dollar", "!": "exclamation mark", "%": "percent", "&": "ampersand",
    "*": "asterisk", "+": "plus", "-": "hyphen", "_": "underscore", ".": "full stop", ":": "colon", "=": "equals",
    "?": "question mark", "<": "less than", ">": "greater than", "|": "vertical bar", "^": "caret",
    " ": "space", ",": "comma", ";": "semicolon", "/": "slash", "(": "left bracket", ")": "right bracket",
}  # fmt: skip
# SETROPTS PASSWORD(RULEn(…)), as SETROPTS LIST shows it. Source: RACF Command Language Reference, SETROPTS.
MASK: Final = {
    "A": "letter", "C": "consonant", "L": "letter or digit", "N": "digit", "V": "vowel",
    "W": "consonant or digit", "*": "any character", "c": "consonant, capital or small", "m": "consonant or digit, "
    "capital or small", "v": "vowel, capital or small", "$": "one of # @ $", "s": "special character",
    "x": "letter or digit, capital or small",
}  # fmt: skip


class Spelled(NamedTuple):
    """One character: itself, its kind for the eye (letter, digit, sign), and how to say it."""

    char: str
    kind: str
    aloud: str


def spell(password: str, *, mixed_case: bool, say: Say = str) -> list[Spelled]:
    """How to read a password aloud. Capital and small are said only where the host tells them apart."""
    return [_spelled(char, mixed_case, say) for char in password]


def _spelled(char: str, mixed_case: bool, say: Say) -> Spelled:
    if char in FIGURES:
        return Spelled(char, "digit", say(FIGURES[char]))
    if char.upper() in SPOKEN:
        name = say(SPOKEN[char.upper()])
        return Spelled(char, "letter", f"{say('capital') if char.isupper() else say('small')} {name}"
                       if mixed_case else name)  # fmt: skip
    return Spelled(char, "sign", say(SIGNS.get(char, char)))


def forms(masks: Sequence[str], say: Say = str) -> list[str]:
    """The host's masks in words: "LLLLLLLL" is "8 × letter or digit"."""
    return [
        ", ".join(f"{len(list(run))} × {say(MASK.get(char, char))}" for char, run in groupby(mask)) for mask in masks
    ]


# --- language -------------------------------------------------------------------------------------


def translator(language: str) -> Say:
    """English text → that language's."""
    return speech(language).gettext


def pick(accepts: str, offered: Sequence[str]) -> str:
    """The offered language that the browser likes best; the first one where it likes none."""
    liked: list[tuple[float, int, str]] = []
    for place, part in enumerate(accepts.split(",")[:20]):
        name, _, quality = part.strip().partition(";q=")
        try:
            weight = float(quality) if quality else 1.0
        except ValueError:
            continue
        liked.append((-weight, place, name.strip()))
    return choose([name for weight, _, name in sorted(liked) if weight < 0], offered)
