"""Who is who: people, operators, what they have, what they are told."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from bridge.domain.names import Account, Operator, Person
from bridge.domain.policy import Role


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonRecord:
    """A person of the directory, with where to reach them and what is theirs."""

    person: Person
    name: str
    email: str | None = None
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Enrolled:
    """A second factor that a person has. `seed` is sealed; `last_step` the last TOTP step that was accepted."""

    id: str
    person: Person
    kind: str
    label: str
    seed: bytes
    added_at: datetime
    added_by: str
    last_step: int = 0


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """A message without any secret that somebody has to get; waits in the outbox until the relay took it.

    kind       names the text, e.g. link_destroyed, revealed, reset_failed
    to         the address; empty where `person` stands for it
    person     whose address and language the directory is asked for when the notice leaves
    values     plain texts the template needs
    """

    id: str
    at: datetime
    kind: str
    to: str = ""
    language: str = "en"
    person: Person | None = None
    values: Mapping[str, str] = field(default_factory=dict)
    tries: int = 0
    not_before: datetime | None = None
