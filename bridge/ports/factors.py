"""Second factors: those we judge, and those that others do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from bridge.domain.names import Person
from bridge.domain.policy import Policy
from bridge.domain.reset import Reset
from bridge.domain.second import Challenge
from bridge.domain.secret import Secret
from bridge.ports.people import Enrolled, PersonRecord
from bridge.ports.store import Work


class Factor(Protocol):
    """A second factor. Asked inside of transactions: it looks at nothing but the store."""

    kind: str

    def offered(self, reset: Reset, at: datetime, work: Work) -> bool:
        """Whether this person could answer at all, as far as the store knows; of a code that is sent on demand: whether
        it has been."""

    def shaped(self, answer: Secret) -> bool:
        """Whether the answer could be one of this factor's: what cannot be is no attempt and is not counted."""

    def accepts(self, reset: Reset, policy: Policy, answer: Secret, at: datetime, work: Work) -> bool:
        """Judge and, if right, spend the answer in the same transaction: a right answer is accepted once.

        Raises VaultLocked, and KeyCopied, which leaves the transaction fit for use.
        """


class Judge(Protocol):
    """A second factor whose answers another server judges: it is asked outside of any transaction.

    patience   the longest that an answer can take
    lapse      how long a question of the server's stays open
    most       how many questions of it one person may bring about within an hour: some are a message to a telephone
    """

    kind: str
    patience: timedelta
    lapse: timedelta
    most: int

    def offered(self, reset: Reset, owner: PersonRecord) -> bool:
        """Whether this person could answer at all, as far as can be known here."""

    def shaped(self, answer: Secret, *, asked: bool) -> bool:
        """Whether this could be an answer; `asked`: to a question of the server's."""

    def ask(self, reset: Reset, answer: Secret, state: Secret | None) -> bool | Challenge:
        """What the server says of the answer. Raises FactorUnreached."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Start:
    """A sign-on that begins. `state` and `nonce` come back through the browser, `verifier` (PKCE) stays with us."""

    state: str
    nonce: str
    verifier: Secret
    language: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Return:
    """What the browser brings back. `issuer`: who says that it answers; empty where it does not say."""

    code: Secret
    issuer: str
    nonce: str
    verifier: Secret
    began: datetime


class SignOn(Protocol):
    """The company's own sign-on. Asked outside of any transaction.

    lapse   from its beginning to its end, and from there to its use
    """

    lapse: timedelta

    def address(self, start: Start, at: datetime) -> str:
        """Where the browser has to go. Raises FactorUnreached."""

    def name(self, back: Return, at: datetime) -> str:
        """Whose sign-on it was, in the provider's words. Raises NotSignedOn, FactorUnreached."""

    def same(self, name: str, reset: Reset, owner: PersonRecord) -> bool:
        """Whether that is the person of the reset."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewKey:
    """A passkey as it is kept. `text` goes into the sealed seed; `count` is its counter."""

    text: Secret
    count: int


class Passkeys(Protocol):
    """Passkeys and security keys (W3C Web Authentication), user verification always required.

    lapse   how long a challenge is good for
    """

    lapse: timedelta

    def ask(self, keys: Sequence[Enrolled], challenge: Secret) -> Mapping[str, object]:
        """What a browser needs to have one of the keys sign: `publicKey` of navigator.credentials.get, as JSON."""

    def offer(self, person: Person, site: str, keys: Sequence[Enrolled], challenge: Secret) -> Mapping[str, object]:
        """What a browser needs to make a key that is none of `keys`: `publicKey` of navigator.credentials.create."""

    def made(self, answer: Secret, challenge: Secret, keys: Sequence[Enrolled]) -> NewKey:
        """Read what the browser made. Raises BadInput, also where it is one of `keys`; VaultLocked."""


class Apps(Protocol):
    """Authenticator apps, when one is enrolled."""

    def step(self, seed: Secret, answer: Secret, at: datetime) -> int | None:
        """The step whose code this is, if it is one that would be accepted now."""

    def off(self, reset: Reset, answer: Secret, at: datetime, work: Work) -> timedelta | None:
        """How far the clock of the person's app is off (negative: slow), if this is its code of some minutes ago or
        ahead. Raises VaultLocked."""


class ReadOut(Protocol):
    """Codes that the help desk reads out."""

    def shaped(self, answer: Secret) -> bool:
        """As the port `Factor` has it."""

    def overdue(self, reset: Reset, policy: Policy, answer: Secret, at: datetime, work: Work) -> timedelta | None:
        """For how long the code's time has been over, if this is the reset's code."""


class Gateway(Protocol):
    """What takes a code, or what opens a file, to a telephone.

    lapse   how long a code is good for
    most    how many one person may be sent within an hour
    """

    lapse: timedelta
    most: int

    def send(self, phone: str, code: Secret, language: str, *, master: bool = False) -> None:
        """Hand it over. Raises CodeUnsent. `master`: it is no code for a page, but what opens a KeePass file."""

    def reach(self) -> None:
        """See whether it is there; nothing is sent. Raises GatewayUnreached."""
