"""Whether a system may be logged on to right now: shared by all of its slots."""

from __future__ import annotations

from datetime import datetime, timedelta
from threading import Lock
from typing import Final

from bridge.domain.errors import HostUnreached, Refused, ServiceIdRejected
from bridge.domain.outcome import Reach
from bridge.domain.secret import Secret

LEAST: Final = timedelta(seconds=2)
MOST: Final = timedelta(minutes=5)


class Circuit:
    """One system's memory of failed logons. Thread-safe; times are aware UTC.

    A refused service id closes the way for the whole pool until a person has mended it: until its password is another
    one than the one that was refused, or reset() is called. Each further try with the same would count towards its
    revocation. An unreachable host is tried again after a pause that doubles, by one slot at a time.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._refused: dict[str, tuple[ServiceIdRejected, Secret | None]] = {}
        self._failures = 0
        self._why = ""
        self._not_before: datetime | None = None

    @property
    def refused(self) -> bool:
        """Whether a service id was refused."""
        with self._lock:
            return bool(self._refused)

    @property
    def failures(self) -> int:
        """How often in a row the host was not reached."""
        with self._lock:
            return self._failures

    def pass_through(self, system: str, at: datetime, password: Secret | None = None, *, userid: str = "") -> None:
        """Return if a logon may be tried now. Raises ServiceIdRejected or HostUnreached without trying."""
        with self._lock:
            self._mended(userid, password)
            for why, _ in self._refused.values():
                raise ServiceIdRejected(system, why.said, what=why.what)
            if self._not_before is not None and at < self._not_before:
                left = (self._not_before - at).total_seconds()
                raise HostUnreached(system, f"not reached {self._failures} times; tried again in {left:.0f} s")
            if self._failures:
                self._not_before = at + self._pause()

    @property
    def condition(self) -> tuple[Reach, str]:
        """Whether the system can be worked on, and why not."""
        with self._lock:
            for why, _ in self._refused.values():
                return Reach.REFUSED, str(why)
            return (Reach.UNREACHABLE, self._why) if self._failures else (Reach.WELL, "")

    def reached(self) -> None:
        """A logon worked."""
        with self._lock:
            self._failures, self._not_before = 0, None

    def missed(self, at: datetime, why: str = "") -> None:
        """A logon found no host."""
        with self._lock:
            self._failures += 1
            self._why = why
            self._not_before = at + self._pause()

    def refuse(self, why: ServiceIdRejected, password: Secret | None = None, *, userid: str = "") -> None:
        """The host refused the service id with this password; with None: it was not even typed."""
        with self._lock:
            self._refused[userid] = why.with_traceback(None), password

    def mended(self, password: Secret | None, *, userid: str) -> None:
        """Open the way again if the password is another than the one that was refused."""
        with self._lock:
            self._mended(userid, password)

    def excuse(self, what: Refused, *, userid: str) -> None:
        """Forget a refusal of that kind: what it asked for is about to be done."""
        with self._lock:
            if userid in self._refused and self._refused[userid][0].what is what:
                del self._refused[userid]

    def reset(self) -> None:
        """A person has mended it."""
        with self._lock:
            self._refused.clear()
            self._failures, self._not_before = 0, None

    def _mended(self, userid: str, password: Secret | None) -> None:
        if userid in self._refused and password is not None and password != self._refused[userid][1]:
            del self._refused[userid]

    def _pause(self) -> timedelta:
        return min(LEAST * (1 << min(self._failures - 1, 16)), MOST)
