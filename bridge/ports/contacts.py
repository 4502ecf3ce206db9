"""Since when the directory has said where a person is reached, and what is theirs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Final, NamedTuple, Protocol

from bridge.domain.names import Person

EVERYTHING: Final = ""
UNASKED: Final = "unasked"
"""Begins when it is seen that no policy asks how old an address is."""


class Met(NamedTuple):
    """What the directory said, and since when it has. `address` is empty where an account is meant."""

    address: str
    since: datetime


class Contacts(Protocol):
    """What has been seen of the directory: by person, a kind of address or an account."""

    def of(self, person: Person) -> Mapping[str, Met]:
        """Everything of theirs, nobody else writing it until the transaction ends."""

    def put(self, person: Person, kind: str, met: Met) -> None: ...
    def drop(self, person: Person, kinds: Iterable[str]) -> None: ...
    def people(self) -> frozenset[Person]:
        """Of whom anything is known."""

    def clear(self) -> int:
        """Forget everybody, and that counting had begun. Returns of how many people something was known."""

    def begun(self, what: str = EVERYTHING) -> bool:
        """Whether everybody has been looked at once. What is met before has been there for ever. `what`: a kind that an
        earlier version did not look at, and that begins by itself."""

    def since(self, what: str) -> datetime | None:
        """When it began; None where it has not."""

    def begin(self, at: datetime, what: str = EVERYTHING) -> None:
        """From now on what is new is new."""

    def end(self, what: str) -> None:
        """As if it had never begun."""
