"""Who is who: people, operators, what they have, what they are told."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final, Protocol

from bridge.domain.contact import EMAIL
from bridge.domain.link import Locator
from bridge.domain.names import Account, Operator, Person
from bridge.domain.policy import Role


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonRecord:
    """A person of the directory, with where to reach them and what is theirs.

    email        their mailbox at work, as a rule
    other_email  another one, which they reach when they are locked out of the first
    """

    person: Person
    name: str
    email: str | None = None
    other_email: str | None = None
    phone: str | None = None
    language: str = "en"
    manager: str | None = None
    groups: tuple[str, ...] = ()
    accounts: tuple[Account, ...] = ()


class Directory(Protocol):
    """Who owns an account and where mail reaches them. Fails closed: None is "nobody", an error is an error."""

    def owner_of(self, account: Account) -> PersonRecord | None:
        """The person whose account it is."""

    def person(self, person: Person) -> PersonRecord | None:
        """The person of that name."""

    def everyone(self) -> Iterable[PersonRecord]:
        """All of them, or at least all who have an account; managers and groups may be left out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Enrolled:
    """A second factor that a person has.

    seed         sealed: what its app has, or a passkey's id and public key
    last_step    the last TOTP step that was accepted; a passkey's counter
    usable_from  accepted from then on; None: since it was added
    """

    id: str
    person: Person
    kind: str
    label: str
    seed: bytes
    added_at: datetime
    added_by: str
    last_step: int = 0
    usable_from: datetime | None = None

    def usable(self, at: datetime) -> bool:
        """Whether it counts yet."""
        return self.usable_from is None or self.usable_from <= at


@dataclass(frozen=True, slots=True, kw_only=True)
class Invitation:
    """A link at which a person enrols a second factor, once.

    tag      keyed hash of its key, which only the link holds
    code     keyed hash of the digits that are told on another way than the link goes; None: not asked for
    passed   the factor that its holder has passed on a link's page; None: an operator vouches for them
    wait     how long a factor that is not the person's first waits before it counts
    pending  what is being enrolled, sealed: an app's seed, or a passkey's challenge; open until `pending_until`
    """

    id: str
    person: Person
    locator: Locator
    tag: str
    code: str | None
    passed: str | None
    wait: timedelta
    at: datetime
    by: str
    until: datetime
    tries: int = 0
    ended_at: datetime | None = None
    kind: str | None = None
    pending: bytes | None = None
    pending_until: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OperatorRecord:
    """Somebody who may use the API."""

    name: Operator
    roles: frozenset[Role]
    disabled: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenRecord:
    """An API token: only its SHA-256 is kept. `id` is public and names it for revoking."""

    id: str
    operator: Operator
    digest: bytes
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None = None


CODE: Final = "code"
"""The one notice with a secret: a code, sealed, and until when it is worth anything."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """A message without any open secret that somebody has to get; waits in the outbox until the relay took it.

    kind       names the text, e.g. link_destroyed, revealed, reset_failed
    to         the address; empty where `person` stands for it
    person     whose address and language the directory is asked for when the notice leaves
    link_to    the kinds of address that the link went to by: the notice goes to another one, if there is any
    values     plain texts the template needs
    """

    id: str
    at: datetime
    kind: str
    to: str = ""
    language: str = "en"
    person: Person | None = None
    link_to: tuple[str, ...] = (EMAIL,)
    values: Mapping[str, str] = field(default_factory=dict)
    tries: int = 0
    not_before: datetime | None = None
