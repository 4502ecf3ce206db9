"""What a system takes as a password, and drawing one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from bridge.domain.secret import Secret


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """`systems.NAME.password:`. What the host takes.

    length      characters to draw, 6 to 8 for a password
    mixed_case  the host tells case apart; False: only upper case is drawn
    specials    the site's rules demand a special character
    rules       SETROPTS masks, e.g. "LLLLLLLL"; the new password satisfies at least one
    """

    length: int = 8
    mixed_case: bool = False
    specials: bool = False
    rules: tuple[str, ...] = ()


def draft(rules: Rules, userid: str, dice: Callable[[int], bytes]) -> Secret:
    """Draw a password."""
    raise NotImplementedError
