"""How long somebody stays signed in to the operators' console."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from bridge.domain.errors import Refusal

IDLE: Final = timedelta(minutes=15)
LONGEST: Final = timedelta(hours=8)
SEEN_WITHIN: Final = timedelta(minutes=1)
"""A page within so short a time is not written down: of the idle limit a minute may be missing, never one too many."""
KEY_BYTES: Final = 20
MOST_AT_ONCE: Final = 20
"""Browsers that are signed in with one token; the next signs out the one that has been idle longest."""


class SignedOut(Refusal):
    """Nobody is signed in with what the browser has: not any more, or never."""

    def __init__(self) -> None:
        super().__init__("nobody is signed in here")


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedIn:
    """Somebody is signed in.

    digest   SHA-256 of what the browser has
    token    id of the API token that it was done with
    begun    when
    seen     when a page was last asked for, to a minute
    """

    digest: bytes
    token: str
    begun: datetime
    seen: datetime

    def over(self, at: datetime) -> bool:
        """Whether it has been idle for too long, or has lasted too long."""
        return at - self.seen >= IDLE or at - self.begun >= LONGEST
