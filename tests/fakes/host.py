"""A host in memory: one account table, no text, no wire; faults by name."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from bridge.domain.errors import AnswerLost, HostRefused, HostUnreached, Interrupted, ServiceIdRejected
from bridge.domain.failure import Reason
from bridge.domain.names import Account, SystemName, Userid
from bridge.domain.outcome import Profile, Proof, Reach, Standing, Verdict
from bridge.domain.password import Rules
from bridge.domain.secret import Secret


@dataclass
class FakeAccount:
    """What the host keeps of one userid; `stamp` counts changes."""

    password: str = "OLD"
    must_change: bool = False
    stamp: int = 1
    profile: Profile | None = None


class Killed(BaseException):
    """The worker's process ends here: nothing that follows is done, not even a clean-up."""


class FakeHost:
    """Implements Host and Session. `faults` are taken one by one, by the first letters of the call they meet."""

    def __init__(self, name: str = "PRODA", *userids: str) -> None:
        self.name = SystemName(name)
        self.rules = Rules()
        self.settle = timedelta(seconds=5)
        self.seat: Account | None = None
        self.is_open = False
        self.dialogs = "fake 1 sha256:00"
        self.elevated: FakeHost | None = None
        self.condition = (Reach.WELL, "")
        self.waits = False
        self.accounts = {Userid(userid): FakeAccount() for userid in userids or ("JSMITH",)}
        self.faults: list[str] = []
        self.calls: list[str] = []
        self.closed_after = 0  # so many calls
        self.passwords_ever_set: list[str] = []
        self.ignore_flag = False
        self.before_change = lambda: None

    @contextmanager
    def session(self) -> Iterator[FakeHost]:
        self._meet("session")
        yield self

    def profile(self, userid: Userid) -> Profile:
        self._meet("profile")
        account = self.accounts.get(userid)
        if account is None:
            return Profile(userid=userid, standing=Standing.UNKNOWN)
        shown = account.profile or Profile(userid=userid, standing=Standing.ACTIVE)
        return replace(shown, must_change=account.must_change, stamp=str(account.stamp))

    def change(self, userid: Userid, new: Secret, *, resume: bool) -> None:
        self.before_change()
        self._meet("change-before")
        account = self.accounts[userid]
        account.password = new.expose()
        self.passwords_ever_set.append(account.password)
        account.must_change = not self.ignore_flag
        account.stamp += 1
        self._meet("change-after")

    def unlock(self, userid: Userid) -> None:
        self._meet("unlock-before")
        account = self.accounts[userid]
        if account.profile:
            account.profile = replace(account.profile, suspended_by=None, standing=Standing.ACTIVE)
        self._meet("unlock-after")

    def judge(self, before: Profile, after: Profile) -> Proof:
        if before.stamp == after.stamp:
            return Proof(verdict=Verdict.NO, note="the listing shows no change")
        if not after.must_change:
            return Proof(verdict=Verdict.NO, flag_ignored=True, note="the flag was ignored")
        return Proof(verdict=Verdict.YES)

    def moved_on(self, seen: str | None, now: Profile) -> bool:
        return seen is not None and now.stamp != seen and not now.must_change

    def user_logs_on(self, userid: str) -> None:
        """The user is made to choose a new password, and does."""
        account = self.accounts[Userid(userid)]
        account.password, account.must_change, account.stamp = "THEIROWN", False, account.stamp + 1

    rotation_due = False

    def rotate(self) -> None:
        self._meet("rotate")
        self.rotation_due = False

    def stands_back(self, at: datetime) -> bool:
        return self.waits

    def tend(self, at: datetime) -> None: ...

    def close(self) -> None:
        self.closed_after = len(self.calls)

    def _meet(self, call: str) -> None:
        self.calls.append(call)
        if not self.faults or not self.faults[0].startswith(call + ":"):
            return
        fault = self.faults.pop(0).partition(":")[2]
        if fault == "killed":
            raise Killed
        if fault == "unreached":
            raise HostUnreached(self.name, "the line is down")
        if fault == "lost":
            raise AnswerLost(self.name, call, timedelta(seconds=30))
        if fault == "interrupted":
            raise Interrupted(self.name, call, ("THE SYSTEM GOES DOWN AT 18:00 CN(01)",))
        if fault == "service_id":
            raise ServiceIdRejected(self.name, ("IKJ56421I PASSWORD NOT AUTHORIZED FOR USERID",))
        if fault == "partly":
            raise HostRefused(self.name, Reason.NOT_AUTHORIZED, ("the flag was refused",), partly=True)
        raise HostRefused(self.name, Reason(fault), ("the host's words",))
