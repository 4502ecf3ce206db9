"""Who is signed in to the operators' console."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from bridge.domain.console import SignedIn


class Console(Protocol):
    """One row for each browser that is signed in."""

    def add(self, signed: SignedIn) -> None: ...
    def get(self, digest: bytes) -> SignedIn | None: ...
    def saw(self, digest: bytes, at: datetime) -> None:
        """A page was asked for."""

    def end(self, digest: bytes) -> bool:
        """Sign out; False where nobody was."""

    def keep(self, token: str, most: int) -> int:
        """Sign out those of the token that were seen longest ago, all but so many. Returns how many."""

    def purge(self, *, seen_before: datetime, begun_before: datetime) -> int:
        """Forget those that were seen, or have begun, no later. Returns how many."""
