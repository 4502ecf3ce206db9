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

    def purge(self, *, seen_before: datetime, begun_before: datetime) -> int:
        """Forget those that were seen, or have begun, no later. Returns how many."""
