"""A host, and a session on it."""

from __future__ import annotations

from contextlib import AbstractContextManager
from datetime import datetime, timedelta
from typing import Protocol

from bridge.domain.errors import BridgeError, HostUnreached, ServiceIdRejected
from bridge.domain.names import Account, SystemName, Userid
from bridge.domain.outcome import Profile, Proof, Reach
from bridge.domain.password import Rules
from bridge.domain.secret import Secret


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

    def stands_back(self, at: datetime) -> bool:
        """Whether this slot's service id has to wait while another one of the pool can work."""

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
