"""Short codes and names drawn from the dice, without bias."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from bridge.domain.link import CROCKFORD
from bridge.domain.names import ResetId
from bridge.domain.secret import Secret

RELEASE_CODE_DIGITS: Final = 8
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


def new_master(dice: Callable[[int], bytes]) -> Secret:
    """Draw what opens a KeePass file: 48217-39056-…, typed as it stands, hyphens included."""
    digits = _digits(dice, MASTER_GROUPS * 5)
    return Secret("-".join(digits[at : at + 5] for at in range(0, len(digits), 5)))


def _digits(dice: Callable[[int], bytes], count: int) -> str:
    digits: list[str] = []
    while len(digits) < count:
        digits += [str(byte % 10) for byte in dice(16) if byte < 250]
    return "".join(digits[:count])
