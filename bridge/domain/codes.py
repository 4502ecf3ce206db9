"""Short codes and names drawn from the dice, without bias."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from bridge.domain.link import CROCKFORD
from bridge.domain.names import ResetId
from bridge.domain.secret import Secret

RELEASE_CODE_DIGITS: Final = 8


def new_reset_id(dice: Callable[[int], bytes]) -> ResetId:
    """Draw a reset's id: 60 bits, no secret."""
    return ResetId("R" + "".join(CROCKFORD[byte & 31] for byte in dice(12)))


def new_id(dice: Callable[[int], bytes], letter: str) -> str:
    """Draw an id for a factor, token or notice: a letter that says which, and 60 bits."""
    return letter + "".join(CROCKFORD[byte & 31] for byte in dice(12))


def new_release_code(dice: Callable[[int], bytes]) -> Secret:
    """Draw eight decimal digits, each equally likely (bytes of 250 and more are drawn again)."""
    digits: list[str] = []
    while len(digits) < RELEASE_CODE_DIGITS:
        digits += [str(byte % 10) for byte in dice(16) if byte < 250]
    return Secret("".join(digits[:RELEASE_CODE_DIGITS]))
