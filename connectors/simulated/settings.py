"""What an installation has set: the password rules of RACF (SETROPTS), ACF2 (GSO PSWD) and Top Secret (NEWPW)."""

from dataclasses import dataclass
from typing import Final

from connectors.simulated.codepages import codepage

UPPER: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
DIGITS: Final = "0123456789"
VOWELS: Final = "AEIOU"
CONSONANTS: Final = "".join(letter for letter in UPPER if letter not in VOWELS)
PSWDPLST: Final = "*&¬:=-!.%?_|"
"""The twelve that ACF2 can admit (Broadcom KB 52845)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SecuritySettings:
    """One system's choices. Lengths in characters, intervals in days; the defaults are a plain, folding RACF."""

    product: str = "racf"
    system: str = "SYSA"
    codepage: str = "1047"
    mixed_case: bool = False
    specials: bool = False
    rules: tuple[str, ...] = ()
    """RULEn masks as SETROPTS LIST prints them, "LLLLLLLL"; a new password satisfies at least one."""
    minimum_length: int = 1
    history: int = 8
    interval: int = 90
    warning: int = 0
    minimum_interval: int = 0
    revoke_after: int = 5
    """Wrong passwords in a row; RACF revokes, ACF2 (PASSLMT) refuses for the rest of the day."""
    short_phrases: bool = False
    """Phrases of 9 to 13 characters: KDFAES or ICHPWX11."""

    default_password_is_group: bool = False
    """Before APAR OA48667: PASSWORD without a value sets the name of the default group."""
    resume_remark: bool = False
    """Whether RESUME on a user who is not revoked earns ICH21019I; which releases do is not established."""
    two_attribute_lines: bool = False
    password_exit: tuple[str, ...] = ()
    """Passwords that ICHPWX01 turns down: prefixes, compared in upper case."""

    max_try: int = 3
    need_letter: bool = False
    need_digit: bool = False
    need_special: bool = False
    pairs_allowed: bool = True
    reserved: tuple[str, ...] = ()
    pswdplst: str = ""
    force_change: bool = True
    """GSO PSWD PSWDFRC: a password that somebody else sets is to be changed at the next logon."""
    dates: str = "%m/%d/%y"
    pwadmin: bool = False
    """Top Secret's PWADMIN(YES): the rules for new passwords bind administrators, too."""
    record_after_change: bool = True
    """Whether ACF2 shows the record again after CHANGE, or says nothing."""

    def alphabet(self) -> str:
        """Return every character that a password may contain here."""
        page = codepage(self.codepage)
        lower = UPPER.lower() if self.mixed_case else ""
        if self.product == "acf2":
            return UPPER + lower + DIGITS + page.nationals() + self.pswdplst
        return UPPER + lower + DIGITS + page.nationals() + (page.specials() if self.specials else "")


def fold(settings: SecuritySettings, text: str) -> str:
    """Return the password as the host keeps it: in upper case unless mixed case is on."""
    return text if settings.mixed_case else text.upper()


def well_formed(settings: SecuritySettings, text: str) -> bool:
    """Say whether the command parser takes this as a password at all: 1 to 8 allowed characters, after folding."""
    return 1 <= len(text) <= 8 and set(fold(settings, text)) <= set(settings.alphabet())


def breaks_rules(settings: SecuritySettings, text: str) -> bool:
    """Say whether SETROPTS PASSWORD(RULEn) refuse it; without rules everything well formed passes."""
    if len(text) < settings.minimum_length:
        return True
    return bool(settings.rules) and not any(_fits(settings, mask, text) for mask in settings.rules)


def _fits(settings: SecuritySettings, mask: str, text: str) -> bool:
    if len(mask) != len(text):
        return False
    if not all(character in _members(settings, letter) for letter, character in zip(mask, text, strict=True)):
        return False
    return all(_every_kind(settings, letter, mask, text) for letter in set(mask))


def _members(settings: SecuritySettings, letter: str) -> str:
    page = codepage(settings.codepage)
    nationals, lower = page.nationals(), UPPER.lower() if settings.mixed_case else ""
    lower_consonants = "".join(each for each in lower if each.upper() in CONSONANTS)
    lower_vowels = "".join(each for each in lower if each.upper() in VOWELS)
    table = {
        "A": UPPER + nationals, "L": UPPER + nationals + DIGITS, "N": DIGITS, "V": VOWELS,
        "W": CONSONANTS + DIGITS + nationals, "C": CONSONANTS, "$": nationals, "c": CONSONANTS + lower_consonants,
        "v": VOWELS + lower_vowels, "m": UPPER + lower + DIGITS + nationals, "s": page.specials() + nationals,
    }  # fmt: skip
    return table.get(letter, settings.alphabet())


def _every_kind(settings: SecuritySettings, letter: str, mask: str, text: str) -> bool:
    """ALPHANUM and the mixed sets ask for one of each kind, as far as their positions go."""
    here = [character for place, character in zip(mask, text, strict=True) if place == letter]
    kinds: tuple[str, ...] = ()
    if letter == "L":
        kinds = (_members(settings, "A"), DIGITS)
    elif letter in "mx":
        kinds = (UPPER, UPPER.lower() if settings.mixed_case else UPPER, DIGITS)
    return len(here) < len(kinds) or all(any(each in kind for each in here) for kind in kinds)


PHRASE_SAFE_REPEAT: Final = 2


def phrase_breaks_rules(settings: SecuritySettings, userid: str, phrase: str) -> bool:
    """RACF's own phrase rules, which no setting turns off (z/OS RACF, ICHPWX11)."""
    shortest = 9 if settings.short_phrases else 14
    letters = sum(each.isalpha() for each in phrase)
    triple = any(phrase[at] == phrase[at + 1] == phrase[at + 2] for at in range(len(phrase) - PHRASE_SAFE_REPEAT))
    return (
        not shortest <= len(phrase) <= 100
        or userid in phrase
        or userid.lower() in phrase
        or letters < 2
        or len(phrase) - letters < 2
        or triple
    )
