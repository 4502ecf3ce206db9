"""The outside, as the flows see it. Everything here is a Protocol or a value that crosses one.

Nothing returns a library's own type and nothing raises a library's own error: only those of bridge.domain.errors.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol

from bridge.domain.errand import Errand, ErrandId
from bridge.domain.errors import BridgeError, HostUnreached, ServiceIdRejected
from bridge.domain.link import Closed, Locator, Sealed
from bridge.domain.names import Account, Forms, Operator, Person, ResetId, SystemName, Userid
from bridge.domain.outcome import Condition, Profile, Proof, Reach
from bridge.domain.own import Own
from bridge.domain.password import Rules
from bridge.domain.policy import Policy, Role
from bridge.domain.record import Event, Record
from bridge.domain.reset import Reset, State
from bridge.domain.second import Challenge
from bridge.domain.secret import Secret

# --- the machine ----------------------------------------------------------------------------------


class Clock(Protocol):
    """The only source of time."""

    def now(self) -> datetime:
        """The time, aware, UTC."""

    def latest(self) -> datetime:
        """The time by which links and tokens end: setting the machine's clock back gives none of them a longer life."""

    def sleep(self, pause: timedelta) -> None:
        """Wait; used by retries in memory only."""


Dice = Callable[[int], bytes]
"""n → n random bytes from the operating system."""


# --- people ---------------------------------------------------------------------------------------


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
    values     plain texts the template needs
    """

    id: str
    at: datetime
    kind: str
    to: str
    language: str
    values: Mapping[str, str] = field(default_factory=dict)
    tries: int = 0
    not_before: datetime | None = None


# --- the store ------------------------------------------------------------------------------------


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Pass:
    """Somebody has passed the factor of an armed link, and waits while the host is changed.

    tag     keyed hash of the ticket that the page of whoever passed has, and nobody else
    at      when
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
    def erase(self, reset_ids: Sequence[ResetId]) -> None:
        """Destroy the ciphertext; locator and verifier stay: the page tells the key's holder what happened."""

    def set_code(self, reset_id: ResetId, tag: str) -> None:
        """Keep the keyed hash of a release code."""

    def code(self, reset_id: ResetId) -> str | None: ...
    def drop_code(self, reset_id: ResetId) -> None: ...
    def let_in(self, passed: Pass) -> None:
        """Keep that the factor was passed, in place of an earlier time."""

    def passed(self, reset_id: ResetId) -> Pass | None: ...


class Tries(Protocol):
    """Wrong answers per person since the last right one (they outlive links, restarts and nodes)."""

    def lock(self, person: Person) -> int:
        """The count, its row locked until the transaction ends (made if absent)."""

    def set(self, person: Person, count: int, at: datetime) -> None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What a person is being asked outside their link's page; one for each kind of factor.

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


class People(Protocol):
    """Stored people and their second factors."""

    def put(self, record: PersonRecord) -> None:
        """Add or replace. Raises BadInput when another person already has one of the accounts."""

    def get(self, person: Person) -> PersonRecord | None: ...
    def owner_of(self, account: Account) -> PersonRecord | None: ...
    def all(self) -> list[PersonRecord]: ...
    def factors(self, person: Person | None = None) -> list[Enrolled]: ...
    def add_factor(self, factor: Enrolled) -> None: ...
    def remove_factor(self, factor_id: str) -> bool: ...
    def use_step(self, factor_id: str, step: int) -> bool:
        """Accept a TOTP step: True once, False for this step or an earlier one."""


class Operators(Protocol):
    """Operators and their tokens."""

    def put(self, operator: OperatorRecord) -> None: ...
    def get(self, name: Operator) -> OperatorRecord | None: ...
    def all(self) -> list[OperatorRecord]: ...
    def add_token(self, token: TokenRecord) -> None: ...
    def token(self, digest: bytes) -> TokenRecord | None: ...
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


class Errands(Protocol):
    """Errands; every write is conditional on the version that was read."""

    def add(self, errand: Errand) -> None: ...
    def get(self, errand_id: ErrandId) -> Errand:
        """Raises NotFound."""

    def save(self, before: Errand, after: Errand) -> None:
        """Raises Overtaken if anyone moved it meanwhile."""

    def next_due(self, system: SystemName, at: datetime) -> Errand | None:
        """The oldest queued errand of the system whose `not_before` is reached and whose account nobody holds."""

    def purge(self, ended_before: datetime) -> int:
        """Delete ended errands; the audit stays. Returns how many."""


class Conditions(Protocol):
    """What each node last found of each system."""

    def put(self, condition: Condition) -> None:
        """Replace what that node said of that system."""

    def all(self) -> list[Condition]: ...


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
    def due(self, at: datetime, limit: int) -> list[Notice]: ...
    def done(self, notice_id: str) -> None: ...
    def later(self, notice_id: str, not_before: datetime) -> None: ...


class Idempotency(Protocol):
    """What an Idempotency-Key was used for."""

    def get(self, caller: str, key: str) -> tuple[bytes, str] | None:
        """(fingerprint of the request, id of what it made), None if never used."""

    def put(self, caller: str, key: str, fingerprint: bytes, made: str, at: datetime) -> None:
        """Raises Overtaken if another request used it a moment ago."""


class Work(Protocol):
    """One transaction. Leaves everything as it was if the block raises."""

    resets: Resets
    links: Links
    tries: Tries
    questions: Questions
    people: People
    operators: Operators
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


# --- the vault ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Binding:
    """What a sealed password belongs to: bound in as associated data, so that rows cannot be swapped."""

    reset_id: ResetId
    account: Account
    locator: Locator


class Vault(Protocol):
    """Seals and opens; the only holder of the server's keys."""

    def seal(self, password: Secret, key: Secret, bound_to: Binding) -> Sealed: ...
    def arm(self, key: Secret, bound_to: Binding) -> Sealed:
        """A link that has no password yet, but what to seal one with for its key."""

    def fill(self, armed: Sealed, password: Secret, bound_to: Binding) -> Sealed:
        """Seal a password for an armed link, whose key is only with its holder. Raises VaultLocked."""

    def open(self, sealed: Sealed, key: Secret, bound_to: Binding) -> Secret:
        """Raises VaultLocked when no key opens it or it was changed."""

    def unwrap(self, sealed: Sealed, proof: Secret, bound_to: Binding) -> Closed:
        """Take off the server's layer alone, for who has proven the link's key. Raises VaultLocked as open does."""

    def matches(self, sealed: Sealed | None, key: Secret) -> bool:
        """Whether the key belongs to the link; takes as long for None."""

    def proven(self, sealed: Sealed | None, proof: Secret) -> bool:
        """Whether the proof was derived from the link's key; takes as long for None."""

    def tag(self, label: str, text: Secret) -> str:
        """A keyed hash of a short code: worthless without the server's key."""

    def tag_matches(self, tag: str | None, label: str, text: Secret) -> bool: ...
    def seal_seed(self, seed: Secret, label: str) -> bytes: ...
    def open_seed(self, sealed: bytes, label: str) -> Secret: ...
    def seal_own(self, password: Secret, label: str, behind: Secret) -> bytes:
        """Seal a service id's password so that the ring alone does not open it: what its file holds is needed too.

        The web role has the ring and the database, and must hold no host credential (I9); it cannot read the file.
        """

    def open_own(self, sealed: bytes, label: str, behind: Secret) -> Secret:
        """The reverse. Raises VaultLocked."""

    def mark(self, text: Secret, label: str) -> bytes:
        """A fingerprint of a text, sealed: worthless without the ring, and costly to guess from with it."""

    def marked(self, mark: bytes, text: Secret, label: str) -> bool:
        """Whether that is the fingerprint of this text."""


# --- hosts ----------------------------------------------------------------------------------------


class OwnPassword(Protocol):
    """A service id's password, for whoever logs on with it; what becomes of it is written down before and after.

    One object belongs to one slot. to_try() begins a logon; then spend() right before the password leaves, and one of
    accepted(), refused() or unanswered() with what the host has said.
    """

    voluntary: bool
    """A new one is wanted in this logon although the host does not demand it."""

    @property
    def advice(self) -> str:
        """What to do about an expired password that is not to be changed here."""

    @property
    def due(self) -> bool:
        """Whether the host should be logged on to for the password's sake."""

    @property
    def open_to_change(self) -> bool:
        """Whether an expired password may be changed at logon."""

    @property
    def outstanding(self) -> bool:
        """Whether what was drawn in this logon may have reached the host."""

    def to_try(self) -> Secret | None:
        """The password to log on with; None where a key does. Raises OwnPasswordStopped when none may be typed."""

    def spend(self) -> None:
        """It is about to be sent. Raises Overtaken."""

    def draw(self) -> Secret | None:
        """Another one, stored before it is returned; None where it is not to be changed here."""

    def withdraw(self, said: str = "") -> None:
        """What was drawn never left, or the host refused it in these words."""

    def accepted(self) -> bool:
        """The logon worked. True: what was drawn in it is to be proven by another logon."""

    def refused(self, why: ServiceIdRejected) -> bool:
        """The logon was refused. True: the other of the two may be tried now."""

    def unanswered(self, why: HostUnreached) -> None:
        """The logon failed otherwise."""

    def gave_up(self, words: str) -> None:
        """The host took no new password."""

    def troubled(self, why: BridgeError) -> None:
        """A rotation has not come to its end."""

    def expires_in(self, days: int) -> None:
        """The host says so."""


class Session(Protocol):
    """One logged-on conversation.

    Raises HostUnreached, HostRefused, AnswerLost, UnexpectedAnswer or ServiceIdRejected.
    """

    def profile(self, userid: Userid) -> Profile:
        """What the host says of the userid. Standing UNKNOWN where it has none."""

    def change(self, userid: Userid, new: Secret, *, resume: bool) -> None:
        """Set the password, to be changed at first use. Returning proves nothing: read the profile."""

    def unlock(self, userid: Userid) -> None:
        """Lift a suspension by wrong passwords. Returning proves nothing: read the profile."""


class Host(Protocol):
    """One system. A worker thread has one of its own: sessions are kept warm between calls.

    settle   after a lost answer, how long the lost command may still be running on the host
    seat     the service id, where it can be logged on once only: whoever has a session holds it under a lease
    is_open  whether there is a session to log off
    dialogs  name, version and checksum of what is typed and read by, for the record; "" where nothing is
    """

    seat: Account | None

    @property
    def elevated(self) -> Host | None:
        """The same system under the service id for privileged userids, if there is one."""

    @property
    def is_open(self) -> bool: ...

    @property
    def condition(self) -> tuple[Reach, str]:
        """Whether it can be worked on, and why not."""

    name: SystemName
    rules: Rules
    settle: timedelta
    dialogs: str

    def session(self) -> AbstractContextManager[Session]:
        """A session that is at READY; kept for the next caller when the block ends well, logged off when not."""

    def judge(self, before: Profile, after: Profile) -> Proof:
        """What the two listings prove of a change between them."""

    def moved_on(self, seen: str | None, now: Profile) -> bool:
        """Whether the user has since chosen a password of their own."""

    @property
    def rotation_due(self) -> bool:
        """Whether the service id's own password wants proving or changing."""

    def rotate(self) -> None:
        """Prove or change it, by logging off and on. Raises what a session may raise."""

    def tend(self, at: datetime) -> None:
        """Called when idle: log off sessions that are idle or old beyond their limits."""

    def close(self) -> None:
        """Log off everything."""


# --- mail -----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkMail:
    """The one mail that carries a link; lives in memory only. `url` and `code` are Secrets.

    armed   there is no password yet
    """

    reset_id: ResetId
    to: str
    name: str
    language: str
    url: Secret
    code: Secret
    expires_at: datetime
    factors: tuple[str, ...]
    armed: bool = False


class Relay(Protocol):
    """An open connection to the mail relay. Raises MailUnreached (nothing was taken) or MailRefused."""

    def send_link(self, mail: LinkMail) -> None: ...
    def send_notice(self, notice: Notice) -> None: ...


class Mail(Protocol):
    """The way to the relay."""

    def relay(self) -> AbstractContextManager[Relay]:
        """Connect, secure, log in, or raise MailUnreached: asked before the host is changed, not after."""


# --- factors --------------------------------------------------------------------------------------


class Factor(Protocol):
    """A second factor."""

    kind: str

    def offered(self, reset: Reset, at: datetime, work: Work) -> bool:
        """Whether this person could answer at all."""

    def shaped(self, answer: Secret) -> bool:
        """Whether the answer could be one of this factor's: what cannot be is no attempt and is not counted."""

    def accepts(self, reset: Reset, policy: Policy, answer: Secret, at: datetime, work: Work) -> bool:
        """Judge and, if right, spend the answer in the same transaction: a right answer is accepted once."""


class Judge(Protocol):
    """A second factor whose answers another server judges: it is asked outside of any transaction.

    patience   the longest that an answer can take
    lapse      how long a question of the server's stays open
    """

    kind: str
    patience: timedelta
    lapse: timedelta

    def offered(self, reset: Reset) -> bool:
        """Whether this person could answer at all, as far as can be known here."""

    def shaped(self, answer: Secret, *, asked: bool) -> bool:
        """Whether this could be an answer; `asked`: to a question of the server's."""

    def ask(self, reset: Reset, answer: Secret, state: Secret | None) -> bool | Challenge:
        """What the server says of the answer. Raises FactorUnreached."""


class Gateway(Protocol):
    """What takes a code to a telephone.

    lapse   how long a code is good for
    most    how many one person may be sent within an hour
    """

    lapse: timedelta
    most: int

    def send(self, phone: str, code: Secret, language: str) -> None:
        """Hand it over. Raises CodeUnsent."""


# --- what each role gets --------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class Kit:
    """What every flow may use. `systems` maps each configured system to its policy, `forms` to its form of userids;
    `own` are the service ids, which are reset by nobody here; `sharing` names the systems on the same database.
    """

    store: Store
    clock: Clock
    dice: Dice
    directory: Directory
    systems: Mapping[SystemName, Policy]
    security_address: str | None = None
    forms: Forms = field(default_factory=dict)
    own: frozenset[Account] = frozenset()
    sharing: Mapping[SystemName, tuple[SystemName, ...]] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class WebKit(Kit):
    """The web role: opens what is sealed, holds no host credential (I9)."""

    vault: Vault
    factors: Mapping[str, Factor]
    judges: Mapping[str, Judge] = field(default_factory=dict)
    gateway: Gateway | None = None


@dataclass(frozen=True, kw_only=True)
class WorkKit(Kit):
    """The worker role: changes hosts, seals and mails; listens to nobody (I9)."""

    vault: Vault
    mail: Mail
    factors: Mapping[str, Factor]
    base_url: str
    owner: str
    judges: Mapping[str, Judge] = field(default_factory=dict)
    lease_for: timedelta = timedelta(minutes=3)


class Desk(Protocol):
    """What the commands on the daemon's own machine use: they work on the database, with no daemon needed."""

    @property
    def store(self) -> Store: ...
    @property
    def vault(self) -> Vault: ...
    @property
    def clock(self) -> Clock: ...
    @property
    def dice(self) -> Dice: ...
    @property
    def directory(self) -> Directory: ...
    @property
    def forms(self) -> Forms: ...
    @property
    def security_address(self) -> str | None: ...
