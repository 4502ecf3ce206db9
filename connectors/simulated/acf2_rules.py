"""Which passwords ACF2 takes. Unlike RACF's, its rules bind the administrator too (Broadcom KB 142453)."""

import itertools
from typing import Final

from connectors.simulated.codepages import codepage
from connectors.simulated.settings import DIGITS, UPPER, SecuritySettings, fold
from connectors.simulated.users import User

RULE_BROKEN: Final = "ACF00118 NEW PASSWORD DOES NOT MEET INSTALLATION REQUIREMENTS"


def why_refused(settings: SecuritySettings, user: User, typed: str) -> str:
    """Return the message that refuses this new password, or nothing."""
    text = fold(settings, typed)
    if not 1 <= len(text) <= 8 or not set(text) <= set(settings.alphabet()):
        return "ACF00114 ERROR IN LOCATING/PROCESSING FIELD PASSWORD - ACF00FLC RETURN/REASON CODE = 08/12"
    if any(text.upper().startswith(word) for word in settings.reserved):
        return "ACF00149 NEW PASSWORD CONTAINS A RESERVED WORD PREFIX"
    if _breaks(settings, text) or user.password.matches(text) or user.password.used_before(text, settings.history):
        return RULE_BROKEN
    return ""


def _breaks(settings: SecuritySettings, text: str) -> bool:
    between = set(text[1:-1])
    specials = set(codepage(settings.codepage).nationals() + settings.pswdplst)
    pairs = any(one == other for one, other in itertools.pairwise(text))
    return (
        len(text) < settings.minimum_length
        or (settings.need_letter and not set(text.upper()) & set(UPPER))
        or (settings.need_digit and not set(text) & set(DIGITS))
        or (settings.need_special and not between & specials)
        or (pairs and not settings.pairs_allowed)
    )
