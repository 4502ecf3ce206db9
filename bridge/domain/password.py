"""What a system takes as a password, and drawing one that every keyboard and code page keeps.

A shape has, for each position, the characters that may stand there, and groups of positions over which every kind of
character has to occur. Drawing fills all positions evenly and begins anew until everything holds, so that each
password that the rules admit is equally likely.

National characters (@ # $) are never drawn: RACF means the bytes X'7C' X'7B' X'5B', other keys on other keyboards.

Sources: z/OS Security Server RACF Security Administrator's Guide, password syntax rules and their mask letters;
Broadcom KB 52845, 237004, 26126 for ACF2. The same byte in 26 EBCDIC code pages: A-Z, 0-9 and the five of SPECIALS;
a-z in all but 290. The letters of masks are as SETROPTS LIST prints them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from math import log2
from string import ascii_lowercase, ascii_uppercase, digits
from typing import Final, Literal

from bridge.domain.errors import ConfigFault
from bridge.domain.secret import Secret

UPPER: Final = "ABCDEFGHJKLMNPQRSTUVWXYZ"  # no I and O, which look like 1 and 0
LOWER: Final = "abcdefghjkmnpqrstuvwxyz"  # no i, l and o
DIGITS: Final = "23456789"
SPECIALS: Final = "_:=.%"  # one byte in all code pages; no meaning to the TSO parser, a shell's quotes or HTML

DRAWABLE: Final = ascii_uppercase + ascii_lowercase + digits + SPECIALS

LENGTHS: Final = range(6, 17)  # what each product takes of them, bridge.config.products knows
LEAST_BITS: Final = 20.0  # NIST SP 800-63B: enough for a random code where wrong answers are limited
TRIES: Final = 10_000

RESERVED: Final = frozenset({
    "1234", "APPL", "APR", "ASDF", "AUG", "BASIC", "CADAM", "DEC", "DEMO", "FEB", "FOCUS", "GAME", "IBM", "JAN", "JUL",
    "JUN", "LOG", "MAR", "MAY", "NET", "NEW", "NOPW", "NOV", "OCT", "PASS", "RANDOM", "ROS", "SEP", "SIGN", "SYS",
    "TEST", "TSO", "VALID", "VTAM", "XXX",
})  # fmt: skip
"""Prefixes that ACF2's RESWORD and Top Secret's RPW records commonly refuse, and two words of NEWPW()."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """`systems.NAME.password:`. What the host takes.

    length      characters to draw: 6 to 8 on the mainframe, more elsewhere
    mixed_case  the host tells case apart; False: only upper case is drawn
    specials    the site's rules demand a special character
    rules       SETROPTS masks, e.g. "LLLLLLLL"; the new password satisfies at least one
    alphabet    the characters to draw from instead of those without look-alikes, e.g. fewer for reading aloud
    separator   what stands between a token's code and the password where both are typed into one field (IBM Z MFA,
                compound in-band; IBM i 7.6): never drawn, and whoever chooses a password is warned of it
    code        which side of it the token's code stands on
    phrase      what is reset is the userid's password phrase (RACF, ACF2). Nothing above counts for it
    """

    length: int = 8
    mixed_case: bool = False
    specials: bool = False
    rules: tuple[str, ...] = ()
    alphabet: str | None = None
    separator: str | None = None
    code: Literal["first", "last"] = "first"
    phrase: bool = False


def draft(rules: Rules, userid: str, dice: Callable[[int], bytes]) -> Secret:
    """Draw a password, evenly among all that the rules admit and that hold nothing of the userid.

    dice    n → n random bytes
    Raises ConfigFault when nothing was found; faults() tells of it beforehand.
    """
    if rules.phrase:
        return _phrase(userid, dice)
    shape = _shape(rules)
    for _ in range(TRIES if shape.possibilities else 0):
        text = "".join(_pick(chars, dice) for chars in shape.places)
        if shape.admits(text) and not forbidden(text, userid):
            return Secret(text)
    raise ConfigFault(faults(rules) or ["password: no password satisfies these rules"])


def entropy(rules: Rules) -> float:
    """Bits of a drawn password: log2 of how many there are; userid and reserved prefixes, < 0.1 bit, left out."""
    if rules.phrase:
        kinds = len(LOWER + DIGITS)
        return 4 * (log2(kinds) + 3 * log2(kinds - 1))
    count = _shape(rules).possibilities
    return log2(count) if count else 0.0


def faults(rules: Rules) -> list[str]:
    """What makes these rules unusable, in words for the configuration's author; empty when they can be drawn from."""
    found = [*_alphabet_faults(rules), *_mask_faults(rules), *_separator_faults(rules)]
    if rules.length not in LENGTHS:
        found.append(f"a length of {LENGTHS.start} to {LENGTHS.stop - 1} is expected, not {rules.length}")
    if found:
        return found
    bits = entropy(rules)
    if not bits:
        return ["no password of that length satisfies these rules" + (" with a special" * rules.specials)]
    if bits < LEAST_BITS:
        return [f"these rules leave {bits:.1f} bits of chance; at least {LEAST_BITS:.0f} are expected"]
    return []


def forbidden(text: str, userid: str) -> bool:
    """Whether the text begins with a reserved word or holds the userid, or three characters of it in a row."""
    folded, userid = text.upper(), userid.upper()
    parts = {userid} if len(userid) <= 3 else {userid[at : at + 3] for at in range(len(userid) - 2)}
    return any(part and part in folded for part in parts) or any(folded.startswith(word) for word in RESERVED)


def _phrase(userid: str, dice: Callable[[int], bytes]) -> Secret:
    """Four groups of four, with hyphens, which are the same byte everywhere: 79 bits, on a telephone's first keyboard.

    RACF wants at least 14 characters, two letters, two others, never three equal ones in a row, and no userid; ACF2's
    GSO PWPHRASE may want a letter, a digit and a special character.
    Sources: z/OS Security Server RACF Security Administrator's Guide, password phrases; ICHPWX11; DISA STIG V-223499.
    """
    for _ in range(TRIES):
        groups = ["".join(_pick(LOWER + DIGITS, dice) for _ in range(4)) for _ in range(4)]
        text = "-".join(groups)
        letters, digits = sum(map(str.isalpha, text)), sum(map(str.isdigit, text))
        if letters >= 2 and digits and all(
            one != two for group in groups for one, two in pairwise(group)
        ) and not forbidden(text.replace("-", ""), userid):  # fmt: skip
            return Secret(text)
    raise ConfigFault(["dice: the source of randomness gives the same byte over and over"])


# --- shapes ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Group:
    """Positions over which at least `least` of the kinds occur."""

    positions: tuple[int, ...]
    kinds: tuple[str, ...]
    least: int

    def seen(self, position: int, char: str, before: frozenset[int]) -> frozenset[int]:
        """The kinds seen once `char` stands at `position`."""
        if position not in self.positions:
            return before
        return before | {number for number, kind in enumerate(self.kinds) if char in kind}


@dataclass(frozen=True, slots=True)
class _Shape:
    places: tuple[str, ...]
    groups: tuple[_Group, ...]
    possibilities: int = 0

    def admits(self, text: str) -> bool:
        """Whether no neighbours are equal and every group has its kinds."""
        if any(one.upper() == two.upper() for one, two in pairwise(text)):
            return False
        return all(
            sum(any(text[at] in kind for at in group.positions) for kind in group.kinds) >= group.least
            for group in self.groups
        )

    def count(self) -> int:
        """How many texts it admits: position by position, by last character and by kinds seen in each group."""
        ways: Counter[tuple[str, tuple[frozenset[int], ...]]] = Counter({("", (frozenset(),) * len(self.groups)): 1})
        for position, chars in enumerate(self.places):
            longer: Counter[tuple[str, tuple[frozenset[int], ...]]] = Counter()
            for (last, seen), number in ways.items():
                for char in chars:
                    if char.upper() != last.upper():
                        now = zip(self.groups, seen, strict=True)
                        longer[char, tuple(group.seen(position, char, kinds) for group, kinds in now)] += number
            ways = longer
        return sum(
            number
            for (_, seen), number in ways.items()
            if all(len(kinds) >= group.least for group, kinds in zip(self.groups, seen, strict=True))
        )


@dataclass(frozen=True, slots=True)
class _Stock:
    """The characters to draw from, by kind."""

    upper: str
    lower: str
    digits: str
    specials: str

    @classmethod
    def of(cls, rules: Rules) -> _Stock:
        wanted = rules.alphabet or UPPER + LOWER + DIGITS + SPECIALS
        lower = _among(wanted, ascii_lowercase) if rules.mixed_case else ""
        specials = (_among(wanted, SPECIALS) or SPECIALS).replace(rules.separator or " ", "")
        return cls(_among(wanted, ascii_uppercase), lower, _among(wanted, digits), specials)

    def place(self, letter: str, specials: bool) -> tuple[str, tuple[str, ...]]:
        """For a mask letter: the characters, and the kinds that have to occur over all its positions."""
        upper, lower, figures = self.upper, self.lower, self.digits
        extra = self.specials if specials else ""
        vowels, consonants = _split(upper)
        small_vowels, small_consonants = _split(lower)
        table: dict[str, tuple[str, ...]] = {
            "A": (upper,),
            "L": (upper, figures),
            "N": (figures,),
            "V": (vowels,),
            "W": (consonants, figures),
            "C": (consonants,),
            "$": ("",),
            "c": (consonants + small_consonants,),
            "v": (vowels + small_vowels,),
            "m": (upper, lower, figures),
            "s": (self.specials,),
            "x": (upper, lower, figures, extra),
            "*": (upper + lower + figures + extra,),
        }
        kinds = tuple(kind for kind in table[letter] if kind)
        return "".join(kinds), kinds


LETTERS: Final = "ALNVWC$cvmsx*"


@lru_cache(maxsize=64)
def _shape(rules: Rules) -> _Shape:
    """The shape to draw from: that of the mask which leaves most to chance. `possibilities` 0: nothing can be drawn."""
    fitting = [mask for mask in rules.rules if len(mask) == rules.length and set(mask) <= set(LETTERS)]
    if not rules.rules:
        fitting = [("m" if rules.mixed_case else "L") * rules.length]
        if rules.specials:  # inside: ACF2's PSWDSPLT wants it between the first and the last
            fitting = ["m" + "x" * (rules.length - 2) + "m"]
    shapes = [shape for mask in fitting for shape in _shapes_of(mask, rules)]
    return max(shapes, key=lambda shape: shape.possibilities, default=_Shape(("",) * rules.length, ()))


def _shapes_of(mask: str, rules: Rules) -> Iterable[_Shape]:
    """The mask's shape with a letter first; with anything first, where a letter there leaves nothing."""
    stock = _Stock.of(rules)
    drawn = [stock.place(letter, rules.specials) for letter in mask]
    places = tuple(chars for chars, _ in drawn)
    groups = [_group(mask, letter, drawn[mask.index(letter)][1]) for letter in dict.fromkeys(mask)]
    if not rules.rules:
        kinds = tuple(kind for kind in (stock.upper, stock.lower, stock.digits) if kind)
        groups = [_Group(tuple(range(len(mask))), kinds, len(kinds))]
    if rules.specials:
        groups.append(_Group(tuple(range(len(mask))), (stock.specials,), 1))
    first = "".join(char for char in places[0] if char.isalpha())
    for beginning in (first, places[0]) if first else (places[0],):
        shape = _Shape((beginning, *places[1:]), tuple(group for group in groups if group.least))
        if count := shape.count():
            yield _Shape(shape.places, shape.groups, count)
            return


def _group(mask: str, letter: str, kinds: tuple[str, ...]) -> _Group:
    """One of each kind, as far as the positions go; a single position or kind demands nothing."""
    positions = tuple(at for at, other in enumerate(mask) if other == letter)
    least = min(len(positions), len(kinds))
    return _Group(positions, kinds, least if least > 1 else 0)


def _pick(chars: str, dice: Callable[[int], bytes]) -> str:
    """One of `chars`, each equally likely: bytes beyond the last whole multiple are thrown again."""
    limit = 256 - 256 % len(chars)
    for _ in range(TRIES):
        byte = dice(1)[0]
        if byte < limit:
            return chars[byte % len(chars)]
    raise ConfigFault(["dice: the source of randomness gives the same byte over and over"])


def _among(text: str, these: str) -> str:
    return "".join(char for char in dict.fromkeys(text) if char in these)


def _split(letters: str) -> tuple[str, str]:
    """Vowels and consonants."""
    return _among(letters, "AEIOUaeiou"), "".join(char for char in letters if char not in "AEIOUaeiou")


# --- faults ---------------------------------------------------------------------------------------


def _alphabet_faults(rules: Rules) -> list[str]:
    if rules.alphabet is None:
        return []
    bad = "".join(dict.fromkeys(char for char in rules.alphabet if char not in DRAWABLE))
    if bad:
        return [f"alphabet: {bad!r} is not the same byte in every code page, or not safe to type; leave it out"]
    if not _among(rules.alphabet, ascii_uppercase):
        return ["alphabet: capital letters are expected among its characters"]
    if len(set(rules.alphabet)) < len(rules.alphabet):
        return ["alphabet: each character once is expected"]
    return []


def _separator_faults(rules: Rules) -> list[str]:
    one = rules.separator
    if one is None or (len(one) == 1 and one.isascii() and one.isprintable() and not one.isalnum() and one != " "):
        return []
    return ["separator: one character is expected, neither letter nor digit nor blank"]


def _mask_faults(rules: Rules) -> list[str]:
    unknown = [mask for mask in rules.rules if not mask or not set(mask) <= set(LETTERS)]
    if unknown:
        return [f"{mask!r} is no mask; letters of {LETTERS} are expected" for mask in unknown]
    fitting = [mask for mask in rules.rules if len(mask) == rules.length]
    if rules.rules and not fitting:
        return [f"a mask of {rules.length} letters, the password's length, is expected among them"]
    if fitting and all("$" in mask for mask in fitting):
        return ["a mask without $ is expected: national characters are other bytes on other keyboards"]
    return []
