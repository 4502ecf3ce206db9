"""How much of what anybody can cause is on record already."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple, Protocol


class Scope(NamedTuple):
    """What is counted together: one kind of event, of a reset, from a network, or, both empty, altogether."""

    kind: str
    reset: str = ""
    network: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Crowd:
    """What came within an hour.

    since    when its hour began
    noted    how many have a record of their own
    left     how many were counted instead; of a reset's alone
    at       when the last of those came, and `source` from where
    """

    scope: Scope
    since: datetime
    noted: int = 0
    left: int = 0
    at: datetime
    source: str = ""


class Crowds(Protocol):
    """Counts of events. Locked after every other row but the audit's head, in the order of their scopes."""

    def lock(self, scope: Scope, at: datetime) -> Crowd:
        """The count, nobody else counting until the transaction ends; begun at `at` where there is none."""

    def of(self, scope: Scope) -> Crowd | None: ...
    def put(self, crowd: Crowd) -> None: ...
    def drop(self, scope: Scope) -> None: ...
    def begun_before(self, at: datetime, limit: int) -> list[Scope]:
        """Those whose hour began earlier."""
