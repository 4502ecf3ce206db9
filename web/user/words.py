"""Words that depend on the person: which language, and a password spelled out for reading aloud."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import groupby
from typing import Final, NamedTuple

from bridge.domain.codes import SPOKEN
from bridge.texts import ENGLISH, choose, speech, spoken
from bridge.texts.letters import marked

Say = Callable[[str], str]

FIGURES: Final = (
    marked("zero"), marked("one"), marked("two"), marked("three"), marked("four"), marked("five"), marked("six"),
    marked("seven"), marked("eight"), marked("nine"),
)  # fmt: skip
# What a RACF password may hold besides letters and digits. Source: RACF Security Administrator's Guide, passwords.
SIGNS: Final = {
    "#": marked("hash"), "@": marked("at sign"), "$": marked("dollar"), "!": marked("exclamation mark"),
    "%": marked("percent"), "&": marked("ampersand"), "*": marked("asterisk"), "+": marked("plus"),
    "-": marked("hyphen"), "_": marked("underscore"), ".": marked("full stop"), ":": marked("colon"),
    "=": marked("equals"), "?": marked("question mark"), "<": marked("less than"), ">": marked("greater than"),
    "|": marked("vertical bar"),
}  # fmt: skip
# SETROPTS PASSWORD(RULEn(…)), as SETROPTS LIST shows it. Source: RACF Command Language Reference, SETROPTS.
MASK: Final = {
    "A": marked("letter"), "C": marked("consonant"), "L": marked("letter or digit"), "N": marked("digit"),
    "V": marked("vowel"), "W": marked("consonant or digit"), "*": marked("any character"),
    "c": marked("consonant, capital or small"), "m": marked("letter or digit, capital or small"),
    "v": marked("vowel, capital or small"), "$": marked("one of # @ $"), "s": marked("special character"),
    "x": marked("letter, digit or special character, capital or small"),
}  # fmt: skip


class Spelled(NamedTuple):
    """One character: itself, its kind for the eye (letter, digit, sign), its case where that is said, and its name."""

    char: str
    kind: str
    case: str
    name: str

    @property
    def aloud(self) -> str:
        """How to say it."""
        return f"{self.case} {self.name}".lstrip()


def alphabet(language: str) -> Mapping[str, str]:
    """Letter → the word for it: the language's own where there is a settled one, otherwise that of ICAO and NATO."""
    return speech(language).alphabet or SPOKEN


def borrowed(language: str) -> bool:
    """Whether letters are spelled with words of another language: a voice has to be told that they are English."""
    return spoken(language) != ENGLISH and not speech(language).alphabet


def spell(password: str, *, mixed_case: bool, say: Say = str, letters: Mapping[str, str] = SPOKEN) -> list[Spelled]:
    """How to read a password aloud. Capital and small are said only where the host tells them apart."""
    return [_spelled(char, mixed_case, say, letters) for char in password]


def _spelled(char: str, mixed_case: bool, say: Say, letters: Mapping[str, str]) -> Spelled:
    if char.isascii() and char.isdigit():
        return Spelled(char, "digit", "", say(FIGURES[int(char)]))
    if name := letters.get(char) or letters.get(char.upper()):
        case = say(marked("capital")) if char.isupper() else say(marked("small"))
        return Spelled(char, "letter", case if mixed_case else "", name)
    return Spelled(char, "sign", "", say(SIGNS.get(char, char)))


def named_sign(char: str, say: Say = str) -> str:
    """What a sign is called, where it has a name here, and itself."""
    return f"{say(SIGNS[char])} ({char})" if char in SIGNS else char


def spelling(say: Say = str, letters: Mapping[str, str] = SPOKEN) -> dict[str, str]:
    """Every character that a password may hold → how to say it, and `capital` and `small`: for the page that spells by
    itself what no server has seen."""
    figures = {str(value): say(name) for value, name in enumerate(FIGURES)}
    signs = {sign: say(name) for sign, name in SIGNS.items()}
    return {**letters, **figures, **signs, "capital": say("capital"), "small": say("small")}


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
