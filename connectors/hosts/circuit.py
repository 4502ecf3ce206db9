"""Whether a system may be logged on to right now: shared by all of its slots."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Lock
from typing import Final

from bridge.domain.errors import HostUnreached, Refused, ServiceIdRejected
from bridge.domain.outcome import Reach, Verb
from bridge.domain.secret import Secret

LEAST: Final = timedelta(seconds=2)
TURNED_AWAY: Final = timedelta(seconds=30)
"""The first pause after a logon that the host answered: in use elsewhere, too many users. It goes through all of it
each time, and may be counted by somebody."""
MOST: Final = timedelta(minutes=5)
MOST_UNHEARD: Final = 2
"""So many logons in a row in which the password left and nothing came: a broken line is one, two may be a refusal."""
MOST_LOST: Final = 3
"""So many answers in a row that were lost to one kind of command: a line that breaks loses one, a restart two."""

UNHEARD: Final = "the service id is held, for nothing was heard twice in a row once its password had been typed"


@dataclass(slots=True)
class _Pause:
    """How often in a row it failed, why the last time, and when it may be tried again."""

    least: timedelta
    failures: int = 0
    why: str = ""
    not_before: datetime | None = None

    def failed(self, at: datetime, why: str) -> None:
        self.failures += 1
        self.why = why
        self.hold(at)

    def hold(self, at: datetime) -> None:
        """Nobody else for now."""
        self.not_before = at + min(self.least * (1 << min(self.failures - 1, 16)), MOST)

    def left(self, at: datetime) -> timedelta:
        """How much of it is left, nothing if it is over."""
        return max(self.not_before - at, timedelta(0)) if self.not_before else timedelta(0)


class Circuit:
    """One system's memory of failed logons and lost answers. Thread-safe; times are aware UTC.

    A refused service id closes the way for the whole pool until a person has mended it: until its password is another
    one than the one that was refused, or reset() is called. Each further try with the same would count towards its
    revocation. An unreachable host is tried again after a pause that doubles, by one slot at a time. A service id that
    the host turns away in words that are not about its password has a pause of its own, over all resets. A logon of
    which nothing was heard once the password had left may have been counted: it is tried again once.

    A host that lets everybody in and then loses one answer after the other is left alone for a while, too. What ends
    that is an answer to a command of the same kind, for one that freezes at changes may list as it always did; or to a
    reset, which asks the most: else what froze at an unlock would be out of order until somebody wants another one.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._refused: dict[str, tuple[ServiceIdRejected, Secret | None]] = {}
        self._host = _Pause(LEAST)
        self._away: dict[str, _Pause] = {}
        self._in: set[str] = set()
        self._unheard: Counter[str] = Counter()
        self._lost: dict[Verb, _Pause] = {}

    @property
    def refused(self) -> bool:
        """Whether a service id was refused."""
        with self._lock:
            return bool(self._refused)

    def turned_away(self, userid: str) -> bool:
        """Whether the host had no session for this service id the last time."""
        with self._lock:
            return userid in self._away

    def stands_back(self, userid: str, at: datetime) -> bool:
        """Whether this service id has to wait while another one of the pool can be logged on."""
        with self._lock:
            pause = self._away.get(userid)
            return pause is not None and bool(pause.left(at)) and bool(self._in - self._away.keys())

    def pass_through(self, system: str, at: datetime, password: Secret | None = None, *, userid: str = "") -> None:
        """Return if a logon may be tried now. Raises ServiceIdRejected or HostUnreached without trying."""
        with self._lock:
            self._mended(userid, password)
            for why, _ in self._refused.values():
                raise why.again(system)
            all_of_them = (self._host, self._away.get(userid), *self._out_of_order())
            pauses = [pause for pause in all_of_them if pause is not None and pause.failures]
            for pause in pauses:
                if left := pause.left(at).total_seconds():
                    times = "once" if pause.failures == 1 else f"{pause.failures} times"
                    again = f"tried {times}, the next time in {left:.0f} s"
                    raise HostUnreached(system, f"{pause.why}; {again}" if pause.why else again)
            for pause in pauses:
                pause.hold(at)

    @property
    def condition(self) -> tuple[Reach, str]:
        """Whether the system can be worked on, and why not."""
        with self._lock:
            for why, _ in self._refused.values():
                return Reach.REFUSED, str(why)
            if self._host.failures:
                return Reach.UNREACHABLE, self._host.why
            for pause in self._away.values():
                return Reach.UNREACHABLE, pause.why
            for pause in self._out_of_order():
                return Reach.UNREACHABLE, pause.why
            return Reach.WELL, ""

    def reached(self, *, userid: str = "") -> None:
        """A logon worked."""
        with self._lock:
            self._host = _Pause(LEAST)
            self._away.pop(userid, None)
            self._unheard.pop(userid, None)
            self._in.add(userid)

    def unheard(self, why: HostUnreached, password: Secret | None, *, userid: str = "") -> None:
        """Nothing came once the password had left. Raises ServiceIdRejected, and stays closed, where that is enough."""
        advice = f"see that {userid} is well on the host, then: resetbridge service-id retry {why.system}"
        held = ServiceIdRejected(why.system, (why.why,), head=UNHEARD, advice=advice)
        with self._lock:
            self._unheard[userid] += 1
            if self._unheard[userid] < MOST_UNHEARD:
                return
            self._refused[userid] = held, password
        raise held

    def missed(self, at: datetime, why: str = "", *, userid: str = "", answered: bool = False) -> None:
        """A logon found no host; `answered`: it found one, which has no session for this service id."""
        with self._lock:
            self._in.discard(userid)
            if answered:
                self._host = _Pause(LEAST)
                self._away.setdefault(userid, _Pause(TURNED_AWAY)).failed(at, why)
            else:
                self._host.failed(at, why)

    def lost(self, verb: Verb, at: datetime) -> None:
        """No answer that can be trusted came to a command."""
        with self._lock:
            pause = self._lost.setdefault(verb, _Pause(LEAST))
            pause.failed(
                at, f"it lets us in, and the answer to `{verb}` has been lost {pause.failures + 1} times in a row"
            )

    def answered(self, verb: Verb) -> None:
        """A command came back, whatever it said."""
        with self._lock:
            if verb is Verb.RESET:
                self._lost.clear()
            self._lost.pop(verb, None)

    def _out_of_order(self) -> list[_Pause]:
        return [pause for pause in self._lost.values() if pause.failures >= MOST_LOST]

    def refuse(self, why: ServiceIdRejected, password: Secret | None = None, *, userid: str = "") -> None:
        """The host refused the service id with this password; with None: it was not even typed."""
        with self._lock:
            self._refused[userid] = why.with_traceback(None), password

    def stays(self, *, userid: str) -> None:
        """A refused one is not typed until a person says so, and may then be the same as before."""
        with self._lock:
            if userid in self._refused:
                self._refused[userid] = self._refused[userid][0], None

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
            self._away.clear()
            self._unheard.clear()
            self._lost.clear()
            self._host = _Pause(LEAST)

    def _mended(self, userid: str, password: Secret | None) -> None:
        if userid in self._refused and password is not None and password != self._refused[userid][1]:
            del self._refused[userid]
            self._unheard.pop(userid, None)
