"""What goes wrong on purpose. Armed by a test or a scenario at any time, from any thread."""

from collections import Counter
from dataclasses import dataclass
from enum import StrEnum
from threading import Condition


class Fault(StrEnum):
    """In brackets: what `matching` is compared with, and what else the fault wants to know."""

    HANG_AT_CONNECT = "hang_at_connect"
    """Accepts TCP and is silent, before any TLS."""
    HANG_AFTER_NEGOTIATION = "hang_after_negotiation"
    LU_REFUSED = "lu_refused"
    """[LU asked for, "" when none; count: reason of the REJECT, 1 device in use, 3 no such name]"""
    SLOW_UNLOCK = "slow_unlock"
    """[text written; seconds] Writes, and restores the keyboard only later."""
    EARLY_UNLOCK = "early_unlock"
    """[text written; seconds] Restores the keyboard with the first line; the rest follows later."""
    READY_FIRST = "ready_first"
    """[command; seconds] A READY that was due before comes ahead of the answer, which has one of its own."""
    PIECEMEAL = "piecemeal"
    """[text written; seconds] Writes row by row, so long apart, and restores the keyboard with the last."""
    RESPONSE_DELAY = "response_delay"
    """[text typed; count: milliseconds] Before anything is done about a key."""
    FROZEN = "frozen"
    """[command] Never answers again on this connection; the command is not run."""
    FROZEN_AFTER = "frozen_after"
    """[command] The same, once the command has been run."""
    DROP_BEFORE = "drop_before"
    """[command] The connection is cut; the command is not run."""
    DROP_AFTER = "drop_after"
    """[command] The connection is cut when the command has been run, before any answer."""
    GARBAGE = "garbage"
    """[command] A record that is no 3270 data stream comes ahead of the answer."""
    ANSWER = "answer"
    """[command; text] Says this instead of running the command."""
    MESSAGE = "message"
    """[command; text] Somebody's SEND arrives in the middle of the answer."""
    AFTERWORD = "afterword"
    """[command; text] Runs it and says this as the last line, as where something fails half-way."""
    BROADCAST_FLOOD = "broadcast_flood"
    """[userid; count: lines] Notices at logon."""
    SCREEN_LOST = "screen_lost"
    """TSO says at logon that it has lost the screen, and goes on."""
    TSO_FULL = "tso_full"
    """Nobody more is let in."""
    ALREADY_LOGGED_ON = "already_logged_on"
    """[userid] IKJ56425I, as if another session were there; RECONNECT is refused too."""
    PASSWORD_WRONG = "password_wrong"
    PASSWORD_EXPIRED = "password_expired"
    REVOKED = "revoked"
    """[userid, for these three] What logon says whatever the database holds; nothing is counted."""
    DROP_AT_LOGON = "drop_at_logon"
    """[userid] The line is cut as soon as the panel, or EXGATE's form, has brought the password; nobody looks at it."""
    REFUSED_ELSEWHERE = "refused_elsewhere"
    """[userid] EXGATE refuses on a screen of its own."""
    FORM_STANDS = "form_stands"
    """[userid; seconds] EXGATE writes its form anew without a word, and so much later what it has decided."""
    NOT_AUTHORIZED = "not_authorized"
    """[command] ICH21005I, ACF0A017 or TSS7251E; nothing is changed."""
    FLAG_IGNORED = "flag_ignored"
    """[command] The password is set but need not be changed at first use."""
    CHANGE_IGNORED = "change_ignored"
    """[command] What comes after success, mostly silence, and nothing has been changed."""


@dataclass(slots=True)
class Armed:
    fault: Fault
    matching: str
    times: int | None
    text: str
    seconds: float
    count: int

    def fits(self, text: str) -> bool:
        return self.times != 0 and self.matching.upper() in text.upper()


class Faults:
    """The faults that are armed. The first one that fits is taken, as often as `times` says."""

    def __init__(self) -> None:
        self._armed: list[Armed] = []
        self._fired: Counter[Fault] = Counter()
        self._changed = Condition()

    def arm(
        self,
        fault: Fault,
        matching: str = "",
        *,
        times: int | None = None,
        text: str = "",
        seconds: float = 0.0,
        count: int = 0,
    ) -> None:
        """Make it happen wherever `matching` occurs, any case; `times=None` until it is cleared."""
        with self._changed:
            self._armed.append(Armed(fault, matching, times, text, seconds, count))

    def clear(self, fault: Fault | None = None) -> None:
        with self._changed:
            self._armed = [each for each in self._armed if fault not in {None, each.fault}]

    def take(self, fault: Fault, text: str = "") -> Armed | None:
        """Return the fault if it is to happen now, and count it."""
        with self._changed:
            found = next((each for each in self._armed if each.fault is fault and each.fits(text)), None)
            if found is not None:
                found.times = None if found.times is None else found.times - 1
                self._fired[fault] += 1
                self._changed.notify_all()
            return found

    def fired(self, fault: Fault) -> int:
        with self._changed:
            return self._fired[fault]

    def wait_for(self, fault: Fault, timeout: float, *, times: int = 1) -> bool:
        """Wait until it has happened; False when it has not within so many seconds."""
        with self._changed:
            return self._changed.wait_for(lambda: self._fired[fault] >= times, timeout)
