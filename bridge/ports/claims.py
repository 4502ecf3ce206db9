"""Who stands at a link: how far they have come, what they were asked, what they answered wrongly, and from where."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from bridge.domain.names import Person, ResetId


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """Somebody with the link's key has passed some of the factors that are demanded together.

    tag     keyed hash of a token that the page of whoever passed has, and nobody else
    passed  kinds of factors, in their order
    until   until when the token stands for them
    """

    reset_id: ResetId
    tag: str
    passed: tuple[str, ...]
    until: datetime


class Steps(Protocol):
    """How far claims have come that take more than one factor. Read and written under the lock of the link."""

    def of(self, reset_id: ResetId) -> list[Progress]:
        """Those of one reset, the newest last."""

    def put(self, progress: Progress, keep: int) -> None:
        """Store it; of the reset's others only the newest are kept, `keep` in all."""

    def drop(self, reset_id: ResetId, tag: str | None = None) -> None:
        """Forget one, or all of the reset's."""


class Tries(Protocol):
    """Wrong answers per person since the last right one (they outlive links, restarts and nodes)."""

    def lock(self, person: Person) -> int:
        """The count, its row locked until the transaction ends (made if absent)."""

    def last(self, person: Person) -> datetime:
        """When the count was set; long ago where it never was."""

    def set(self, person: Person, count: int, at: datetime) -> None: ...
    def drop(self, person: Person) -> None:
        """Forget the person's."""

    def purge(self, before: datetime) -> int:
        """Forget counts that were set earlier. Returns how many."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Suspect:
    """Wrong answers that came from one network.

    since   when the first of them came
    at      when the last did
    """

    network: str
    count: int
    since: datetime
    at: datetime


class Networks(Protocol):
    """Wrong answers per network. The last row that any transaction locks."""

    def get(self, network: str) -> Suspect | None: ...
    def lock(self, network: str) -> Suspect | None:
        """The same, nobody else counting until the transaction ends; None where there is nothing yet."""

    def put(self, suspect: Suspect) -> None: ...
    def purge(self, before: datetime) -> int:
        """Forget those whose last wrong answer came earlier. Returns how many."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What a person is being asked outside their link's page; one for each kind of factor, and each
    link that has been read.

    until   until when it is open; while `state` is None: until when nobody else may ask
    state   what the answer needs, sealed, or the keyed hash of a code that was sent; None while another server is
            being asked, and once it was used
    asked   how many were asked since `since`
    """

    person: Person
    kind: str
    reset_id: ResetId
    at: datetime
    until: datetime
    state: bytes | None
    asked: int
    since: datetime


class Questions(Protocol):
    """Open questions. Read and written under the lock of the person's `tries`."""

    def get(self, person: Person, kind: str) -> Question | None: ...
    def put(self, question: Question) -> None:
        """Store it in place of the person's earlier one of that kind."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedOn:
    """Somebody came back from the company's sign-on.

    state   a hash of what they came back with: names the row, so that it is taken once
    tag     keyed hash of the ticket that their page has; None once it was used
    right   whether it was the person of the reset
    """

    state: str
    reset_id: ResetId
    tag: str | None
    right: bool
    until: datetime


class SignOns(Protocol):
    """Sign-ons that a link's page came back from."""

    def of(self, reset_id: ResetId) -> list[SignedOn]: ...
    def add(self, signed: SignedOn, at: datetime) -> bool:
        """Keep it, and drop what has run out; False where its state was taken before."""

    def use(self, signed: SignedOn) -> bool:
        """Its ticket is worth nothing from here on; False where it was not any more."""
