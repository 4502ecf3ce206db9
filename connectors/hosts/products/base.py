"""What every product keeps: pure text. What to ask, and how to read the answer; no I/O."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Protocol, runtime_checkable

from bridge.domain.names import Userid
from bridge.domain.outcome import Order, Profile, Proof, Reply
from bridge.domain.secret import Secret


class Product(Protocol):
    """One security product. `system` is only for the words of an error.

    read_… raise HostRefused with a reason of the closed list, or UnexpectedAnswer with the lines.

    resumes_anybody  a reset may ask for `resume` whatever the listing says; False: only for whom it shows suspended
    """

    name: str
    proof_grain: timedelta
    resumes_anybody: bool

    def status(self, userid: Userid) -> Order:
        """The order that lists a userid."""

    def reset(self, userid: Userid, new: Secret, *, resume: bool) -> Order:
        """The order that sets a password, to be changed at first use. Raises BadInput on an empty value."""

    def unlock(self, userid: Userid) -> Order:
        """The order that lifts a suspension by wrong passwords and sets none."""

    def read_status(self, replies: Sequence[Reply], userid: Userid) -> Profile:
        """Read a listing. An unknown userid gives Standing.UNKNOWN; other refusals raise."""

    def read_reset(self, replies: Sequence[Reply], userid: Userid) -> None:
        """Return if nothing speaks against the change; that alone proves nothing."""

    def read_unlock(self, replies: Sequence[Reply], userid: Userid) -> None:
        """Return if nothing speaks against the unlocking; that alone proves nothing."""

    def judge(self, before: Profile, after: Profile) -> Proof:
        """What two listings prove of a change between them (I11)."""

    def moved_on(self, seen: str | None, now: Profile) -> bool:
        """Whether the user has since chosen a password: `seen` is the stamp that the change left.

        False where that cannot be told, as when `seen` is None.
        """


@runtime_checkable
class ChangesOwn(Protocol):
    """A product that may have a command for the issuer's own password, which anybody may give."""

    @property
    def changes_own(self) -> bool:
        """Whether it has."""

    def own_change(self, userid: Userid, old: Secret, new: Secret) -> Order:
        """The order that changes it for good."""

    def read_own_change(self, replies: Sequence[Reply]) -> None:
        """Return if nothing speaks against it; that alone proves nothing.

        Raises HostRefused: PASSWORD_REJECTED where another new one may be taken, any other reason where none will be.
        """
