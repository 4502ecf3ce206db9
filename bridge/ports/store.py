"""What is kept, and the work on it that is done wholly or not at all."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from bridge.domain.errand import Errand, ErrandId, Kind
from bridge.domain.link import Locator, Sealed
from bridge.domain.names import Account, Operator, Person, ResetId, SystemName
from bridge.domain.outcome import Condition
from bridge.domain.own import Own
from bridge.domain.record import Event, Record
from bridge.domain.reset import Reset, State
from bridge.ports.claims import Networks, Questions, SignOns, Steps, Tries
from bridge.ports.console import Console
from bridge.ports.contacts import Contacts
from bridge.ports.crowds import Crowds
from bridge.ports.people import Enrolled, Invitation, Notice, OperatorRecord, PersonRecord, TokenRecord


@dataclass(frozen=True, slots=True, kw_only=True)
class Queue:
    """How many resets of a system are queued, or changing, since when the first of them has been, and from when on the
    first of them may be taken."""

    system: str
    state: State
    count: int
    since: datetime
    due: datetime


class Resets(Protocol):
    """Resets; every write is conditional on the version that was read."""

    def add(self, reset: Reset) -> None: ...
    def get(self, reset_id: ResetId) -> Reset:
        """Raises NotFound."""

    def save(self, before: Reset, after: Reset) -> None:
        """Store `after` over `before`. Raises Overtaken if anyone moved the reset meanwhile."""

    def save_all(self, pairs: Sequence[tuple[Reset, Reset]]) -> None:
        """As save, for many at once; all or nothing."""

    def open_for(self, account: Account) -> list[Reset]:
        """Resets of the account that have not ended, oldest first, locked until the transaction ends."""

    def asked(
        self, nth: int, *, since: datetime, account: Account | None = None, by: str | None = None
    ) -> datetime | None:
        """When the `nth` newest reset of the account, or asked for by the operator, was asked for; None when fewer
        were asked for after `since`."""

    def published_for(self, person: Person) -> list[Reset]:
        """The person's published resets, oldest first; nothing is locked."""

    def newer_than(self, reset: Reset) -> list[Reset]:
        """Resets of the same account asked for later, oldest first, whatever their state."""

    def find(
        self,
        *,
        state: State | None = None,
        system: str | None = None,
        userid: str | None = None,
        cursor: str | None = None,
        limit: int = 50,
    ) -> tuple[list[Reset], str | None]:
        """Newest first; the cursor for the next page, None on the last. Raises BadInput on a bad cursor."""

    def next_due(self, system: SystemName, at: datetime) -> Reset | None:
        """The reset of that system that most needs a worker: one that somebody waits for at the page, then queued, then
        cleanup due, then revealed to follow;
        `not_before` reached, and nobody holds a live lease on its account."""

    def stranded(self, at: datetime, limit: int) -> list[Reset]:
        """Resets that are `changing` though no live lease holds their account."""

    def overdue(self, at: datetime, limit: int) -> list[Reset]:
        """Published resets whose `expires_at` has come; locked, those another node has locked left out."""

    def given_up(self, at: datetime, limit: int) -> list[Reset]:
        """Queued resets that somebody with a ticket waited for, which has lapsed; locked, those locked elsewhere left
        out."""

    def waiting_since(self, before: datetime, limit: int) -> list[Reset]:
        """Queued, requested or awaiting resets asked for earlier than `before`."""

    def purge(self, ended_before: datetime, limit: int) -> int:
        """Delete ended resets (no clean-up due) with their links and codes; the audit stays. Returns how many."""

    def counts(self) -> dict[str, int]:
        """State → number, for metrics, and `cleanup` → clean-ups due."""

    def queues(self) -> list[Queue]:
        """Of each system what is queued and what is changing, where there is any."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pass:
    """Somebody has passed the factor of an armed link, and waits while the host is changed.

    tag     keyed hash of the ticket that the page of whoever passed has, and nobody else
    at      when, or when they last wanted it tried again: so long the host may be away
    until   until when the ticket stands for the factor
    """

    reset_id: ResetId
    tag: str
    at: datetime
    until: datetime


class Links(Protocol):
    """What is sealed."""

    def put(self, sealed: Sealed) -> None:
        """Store, replacing the reset's earlier link (whose locator then leads nowhere)."""

    def lock(self, locator: Locator) -> Sealed | None:
        """The link of that name, its row locked until the transaction ends."""

    def look(self, locator: Locator) -> Sealed | None:
        """The link of that name."""

    def of(self, reset_id: ResetId) -> Sealed | None: ...
    def spend(self, locator: Locator, at: datetime) -> None:
        """Destroy the ciphertext of a link that was opened, and note when."""

    def erase(self, reset_ids: Sequence[ResetId]) -> None:
        """Destroy the ciphertext; locator and verifier stay: the page tells the key's holder what happened."""

    def set_code(self, reset_id: ResetId, tag: str) -> None:
        """Keep the keyed hash of a release code."""

    def code(self, reset_id: ResetId) -> str | None: ...
    def drop_code(self, reset_id: ResetId) -> None: ...
    def let_in(self, passed: Pass) -> None:
        """Keep that the factor was passed, in place of an earlier time."""

    def passed(self, reset_id: ResetId) -> Pass | None: ...


class People(Protocol):
    """Stored people and their second factors."""

    def put(self, record: PersonRecord) -> None:
        """Add or replace. Raises BadInput when another person already has one of the accounts."""

    def get(self, person: Person) -> PersonRecord | None: ...
    def owner_of(self, account: Account) -> PersonRecord | None: ...
    def all(self) -> list[PersonRecord]: ...
    def factors(self, person: Person | None = None) -> list[Enrolled]: ...
    def add_factor(self, factor: Enrolled) -> None: ...
    def remove_factor(self, factor_id: str, at: datetime) -> bool:
        """Take it away; that its person had one is remembered from then on. False where there was none."""

    def use_step(self, factor_id: str, step: int) -> bool:
        """Accept a TOTP step: True once, False for this step or an earlier one."""

    def had_factor(self, person: Person) -> bool:
        """Whether the person has, or had, a second factor."""

    def remove(self, person: Person) -> bool:
        """Forget the person and whose their accounts are; factors stay. False where nobody of that name is stored."""

    def purge(self, before: datetime) -> int:
        """Forget who had a second factor, of those whose last one was taken away earlier. Returns how many."""


class Invitations(Protocol):
    """Links at which people enrol second factors."""

    def add(self, invitation: Invitation) -> None: ...
    def lock(self, locator: Locator) -> Invitation | None:
        """The one of that name, its row locked until the transaction ends."""

    def put(self, invitation: Invitation) -> None:
        """Store it over its earlier form."""

    def end(self, person: Person, at: datetime, *, own: bool = False) -> int:
        """End whichever of the person's are open; `own`: those alone that a passed factor opened. Returns how many."""

    def drop(self, person: Person) -> int:
        """Delete the person's, open or not. Returns how many."""

    def purge(self, before: datetime) -> int:
        """Delete those that ran out before that time; the audit stays. Returns how many."""


class Operators(Protocol):
    """Operators and their tokens."""

    def put(self, operator: OperatorRecord) -> None: ...
    def get(self, name: Operator) -> OperatorRecord | None: ...
    def all(self) -> list[OperatorRecord]: ...
    def add_token(self, token: TokenRecord) -> None: ...
    def token(self, digest: bytes) -> TokenRecord | None: ...
    def token_named(self, token_id: str) -> TokenRecord | None: ...
    def tokens(self, operator: Operator | None = None) -> list[TokenRecord]: ...
    def revoke_token(self, token_id: str, at: datetime) -> bool: ...


class AuditLog(Protocol):
    """The chain. Appended to in the transaction of what it records."""

    def append(self, *events: Event) -> None: ...
    def head(self) -> tuple[int, bytes]:
        """(seq, seal) of the last record; (0, b"") when empty."""

    def records(self, after: int = 0, limit: int = 500) -> list[Record]: ...
    def of_reset(self, reset_id: str, *, kind: str | None = None) -> list[Record]:
        """The reset's records, oldest first; those of one kind alone."""

    def verify(self, known: tuple[int, bytes] | None = None) -> tuple[int, str | None]:
        """Walk the whole chain. (records read, None) or (…, the first fault in words).

        known   a head (seq, seal) that was noted elsewhere and has to lie on it: sees a database put back to older days
        """

    def thin(self, before: datetime, limit: int) -> int:
        """Delete the oldest records, those of before that time, at most `limit`; the rest still verifies.

        Returns how many; 0 also where one of them was tampered with: that stays to be seen.
        """


@dataclass(frozen=True, slots=True, kw_only=True)
class Lease:
    """A worker's hold on one account. `owner` is NODE/RUN; `fence` grows with each holder."""

    account: Account
    owner: str
    fence: int
    until: datetime


class Leases(Protocol):
    """One holder per account; every host command is typed under one."""

    def take(self, account: Account, owner: str, *, at: datetime, until: datetime) -> Lease | None:
        """Take a free or lapsed lease; None if somebody holds it."""

    def held(self, account: Account, at: datetime) -> bool:
        """Whether somebody holds the account now."""

    def renew(self, lease: Lease, until: datetime) -> bool:
        """Prolong; False when it is no longer ours."""

    def give_back(self, lease: Lease) -> None: ...
    def give_back_dead(self, node: str, run: str) -> int:
        """Free the leases of earlier runs of a node. Call only when no earlier run can be alive."""

    def purge(self, lapsed_before: datetime) -> int:
        """Forget accounts that nobody holds: leases given back, or that ran out before that time. Returns how many.

        Whoever held one and wakes up late finds that it is no longer theirs, also where somebody has it anew.
        """


class Errands(Protocol):
    """Errands; every write is conditional on the version that was read."""

    def add(self, errand: Errand) -> None: ...
    def get(self, errand_id: ErrandId) -> Errand:
        """Raises NotFound."""

    def save(self, before: Errand, after: Errand) -> None:
        """Raises Overtaken if anyone moved it meanwhile."""

    def next_due(self, system: SystemName, at: datetime) -> Errand | None:
        """The oldest queued errand of the system whose `not_before` is reached and whose account nobody holds."""

    def newest(self, kind: Kind, limit: int) -> list[Errand]:
        """Those of a kind that were asked for last, newest first."""

    def purge(self, ended_before: datetime) -> int:
        """Delete ended errands; the audit stays. Returns how many."""


class Conditions(Protocol):
    """What each node last found of each system."""

    def put(self, condition: Condition) -> None:
        """Replace what that node said of that system."""

    def keep(self, condition: Condition) -> None:
        """That node has something to say of that system still: what it says, another slot of its may know better."""

    def all(self) -> list[Condition]: ...
    def forget(self, node: str) -> int:
        """Delete whatever that node said; of how many systems."""


class OwnPasswords(Protocol):
    """What is known of service ids' own passwords."""

    def get(self, account: Account) -> Own | None: ...
    def all(self) -> list[Own]: ...
    def save(self, own: Own) -> Own:
        """Store it over the version that it was read with, and return it as stored. Raises Overtaken.

        `wanted_at` and `wanted_by` are left as they are.
        """

    def want(self, account: Account, *, at: datetime | None, by: str | None) -> None:
        """Write down that somebody wants a rotation, whatever went wrong before; with None: that nobody does."""


class Outbox(Protocol):
    """Notices that wait for the relay."""

    def add(self, notice: Notice) -> None: ...
    def due(self, at: datetime, limit: int, *, alarms: bool | None = None) -> list[Notice]:
        """Oldest first. `alarms`: those to an address; False: those to a person; None: both."""
        ...

    def stale(self, before: datetime, limit: int, *, alarms: Collection[str]) -> list[Notice]:
        """Those to users that were written earlier, due or not: to a person, or to an address and of no kind among
        `alarms`. Oldest first; locked, those locked elsewhere left out."""

    def hold(self, notice_ids: Sequence[str], until: datetime) -> None: ...
    def done(self, notice_id: str) -> None: ...
    def later(self, notice_id: str, not_before: datetime) -> None: ...


class Idempotency(Protocol):
    """What an Idempotency-Key was used for."""

    def get(self, caller: str, key: str) -> tuple[bytes, str] | None:
        """(fingerprint of the request, id of what it made), None if never used."""

    def put(self, caller: str, key: str, fingerprint: bytes, made: str, at: datetime) -> None:
        """Raises Overtaken if another request used it a moment ago."""

    def purge(self, before: datetime) -> int:
        """Forget those used earlier whose reset or errand is gone. Returns how many."""


class Work(Protocol):
    """One transaction. Leaves everything as it was if the block raises."""

    resets: Resets
    links: Links
    steps: Steps
    tries: Tries
    networks: Networks
    questions: Questions
    sign_ons: SignOns
    contacts: Contacts
    crowds: Crowds
    people: People
    invitations: Invitations
    operators: Operators
    console: Console
    audit: AuditLog
    leases: Leases
    errands: Errands
    conditions: Conditions
    own: OwnPasswords
    outbox: Outbox
    idempotency: Idempotency


class Store(Protocol):
    """The database."""

    def work(self) -> AbstractContextManager[Work]:
        """A transaction that may write; commits at the end of the block."""

    def look(self) -> AbstractContextManager[Work]:
        """A transaction that only reads."""

    def well(self) -> None:
        """Raises StoreFault where nothing can be recorded. It writes only where the last work() could not."""
