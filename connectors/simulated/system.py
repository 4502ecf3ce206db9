"""What all connections to one simulated z/OS have in common: its users, its sessions, its terminals' names."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count
from threading import RLock

from connectors.simulated.clock import Clock
from connectors.simulated.codepages import Codepage
from connectors.simulated.faults import Fault, Faults
from connectors.simulated.options import HostOptions
from connectors.simulated.session import Session
from connectors.simulated.users import UserDatabase
from connectors.simulated.witness import Witness

IN_USE, NO_SUCH_NAME = 1, 3
"""Reasons of a TN3270E REJECT: DEVICE-IN-USE, INV-NAME (RFC 2355)."""


@dataclass(slots=True)
class System:
    """Thread-safe. The witness is there in tests only."""

    users: UserDatabase
    options: HostOptions
    faults: Faults
    clock: Clock
    page: Codepage
    witness: Witness | None = None
    _sessions: dict[str, Session] = field(default_factory=dict)
    _lus: set[str] = field(default_factory=set)
    _numbers: "count[int]" = field(default_factory=lambda: count(1))
    _lock: RLock = field(default_factory=RLock)

    def object_to(self, what: str) -> None:
        if self.witness is not None:
            self.witness.objected(what)

    def choose_lu(self, asked: str) -> tuple[str, int | None]:
        """Give the LU asked for, or one from the pool; otherwise the reason why not."""
        refused = self.faults.take(Fault.LU_REFUSED, asked)
        if refused is not None:
            return "", refused.count or NO_SUCH_NAME
        with self._lock:
            if asked and self.options.lus and asked not in self.options.lus:
                return "", NO_SUCH_NAME
            if asked in self._lus:
                return "", IN_USE
            name = asked or f"TCP{next(self._numbers):05}"
            self._lus.add(name)
            return name, None

    def free_lu(self, name: str) -> None:
        with self._lock:
            self._lus.discard(name)

    def begin(self, userid: str, now: datetime) -> Session | None:
        """Begin a session; None where the userid has one already."""
        with self._lock:
            if self.find(userid, now) is not None:
                return None
            session = Session(userid, self.users, self.options.system, now)
            self._sessions[userid] = session
            return session

    def find(self, userid: str, now: datetime) -> Session | None:
        """Return the user's session, attached or waiting to be reconnected to; those whose time is up are gone."""
        with self._lock:
            session = self._sessions.get(userid)
            if session is not None and session.lost_at is not None and self._too_late(session.lost_at, now):
                self.end(session)
                return None
            return session

    def _too_late(self, lost_at: datetime, now: datetime) -> bool:
        limit = self.options.reconnect_limit
        return limit == timedelta(0) or now - lost_at > limit

    def reconnect(self, userid: str, now: datetime) -> Session | None:
        """Attach to the session that lost its line; None where there is none, or it has a terminal."""
        with self._lock:
            session = self.find(userid, now)
            if session is None or session.attached:
                return None
            session.attached, session.lost_at = True, None
            return session

    def lose(self, session: Session, now: datetime) -> None:
        """The line is gone; the session waits."""
        with self._lock:
            session.attached, session.lost_at = False, now

    def end(self, session: Session) -> None:
        with self._lock:
            if self._sessions.get(session.userid) is session:
                del self._sessions[session.userid]

    def sessions(self) -> list[Session]:
        """Return the live sessions, by userid."""
        with self._lock:
            now = self.clock()
            return [each for name in sorted(self._sessions) if (each := self.find(name, now)) is not None]
