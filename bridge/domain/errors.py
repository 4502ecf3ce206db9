"""Every error raised on purpose, in four families: give up, try later, begin again, mend.

Refusal   asked and answered no; asking again changes nothing
TryLater  nothing has happened; asking again is safe
Unsure    something may have happened; begin again with a new password, never repeat
Broken    a person must mend something first
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import Enum, auto

from bridge.domain.failure import Reason


class BridgeError(Exception):
    """Something foreseen went wrong; the text is for the person who reads it and holds no secret."""

    reason: Reason = Reason.UNEXPECTED_ANSWER


class Refusal(BridgeError):
    """Asked and answered no; asking again changes nothing."""


class TryLater(BridgeError):
    """Nothing has happened; asking again is safe."""


class Unsure(BridgeError):
    """Something may have happened; begin again, never repeat."""


class Broken(BridgeError):
    """A person must mend something first."""


# --- refusals -------------------------------------------------------------------------------------


class Misuse(Refusal):
    """Whoever asks has to ask otherwise, wherever that was noticed."""


class BadInput(Misuse):
    """What came in does not have the right shape. `place` names the field, line or option."""

    def __init__(self, place: str, expected: str) -> None:
        super().__init__(f"{place}: {expected}")
        self.place, self.expected = place, expected


class NotFound(Refusal):
    """No such thing, or not for this caller; the two look alike on purpose."""


class NotAllowed(Refusal):
    """The operator's roles or the policy say no."""


class WrongTurn(Refusal):
    """The state machine knows no such step."""

    def __init__(self, reset_id: str, state: str, to: str) -> None:
        super().__init__(f"reset {reset_id} is {state} " + ("already" if state == to else f"and cannot become {to}"))
        self.reset_id, self.state, self.to = reset_id, state, to


class HostRefused(Refusal):
    """The host answered no, in words that we know. `reason` is from the closed list.

    partly   to a part of a change: the password may be another one now, whatever a listing shows
    """

    def __init__(self, system: str, reason: Reason, said: Sequence[str] = (), *, partly: bool = False) -> None:
        text = " / ".join(line.strip() for line in said if line.strip())[:300]
        super().__init__(f"{system}: {reason.words}" + (f" (the host said: {text})" if text else ""))
        self.system, self.reason, self.said, self.partly = system, reason, tuple(said), partly


class LinkDead(Refusal):
    """No such link, or the wrong key: one error, so that the two look and last the same."""


class LinkEnded(Refusal):
    """The key is right but the link is over. `state` says how, `at` (aware UTC) when."""

    def __init__(self, state: str, at: datetime) -> None:
        super().__init__(f"link ended: {state}")
        self.state, self.at = state, at


class NotDisowned(LinkEnded):
    """ "This was not me" of a read link takes the factor, which is wrong. `left` as in WrongAnswer, None: no answer."""

    def __init__(self, at: datetime, left: int | None) -> None:
        super().__init__("opened", at)
        self.left = left


class WrongAnswer(Refusal):
    """The second factor's answer is wrong, and `left` others are allowed; `late`: it was right some minutes ago;
    `lasts`: so long a code works that is read out as this may be; `ended`: it is the right one, after that time."""

    def __init__(self, left: int, *, late: bool = False, lasts: timedelta | None = None, ended: bool = False) -> None:
        super().__init__(f"wrong answer, {left} left")
        self.left, self.late, self.lasts, self.ended = left, late, lasts, ended


class NextQuestion(Refusal):
    """The server that judges the answer asks something more, in these words of its own. Nothing was counted."""

    def __init__(self, words: str) -> None:
        super().__init__("another question is asked")
        self.words = words


class NowhereToSend(Refusal):
    """There is nothing that a code could be sent to; `until`: there is, and it is too new before that."""

    def __init__(self, words: str, until: datetime | None = None) -> None:
        super().__init__(words)
        self.until = until


class NoPhone(NowhereToSend):
    """The policy sends no codes, or the directory has no whole number for the person, or a new one."""


class NoOtherMail(NowhereToSend):
    """The policy sends no codes by mail, or the person has no other address than the link went to, or a new one."""


class NoPasskey(Refusal):
    """The policy takes no passkeys, or the person has none that can be used yet."""


class KeyCopied(Refusal):
    """A passkey's counter did not grow: somebody has a copy of it (WebAuthn, 6.1.1). It is not accepted."""

    def __init__(self, factor_id: str) -> None:
        super().__init__(f"{factor_id}: its counter did not grow")
        self.factor_id = factor_id


class NotInvited(Refusal):
    """No such invitation, one that is over, or not its key and code: one answer for all.

    left   how many more wrong codes it takes; 0 where this was the last one, None where nothing was counted
    """

    def __init__(self, left: int | None = None) -> None:
        super().__init__("no such invitation, or not its key and code")
        self.left = left


class QuestionLapsed(Refusal):
    """The question that was answered is not open any more, or never was; begin again. Nothing was counted."""


class TicketLapsed(Refusal):
    """A page was kept waiting for too long, or by somebody else: the factor is asked again. Nothing was counted."""


class MailRefused(Refusal):
    """The relay will never take this message (5xx)."""

    reason = Reason.MAIL_REFUSED


class NoContactPoint(Refusal):
    """Nobody knows where this person's link could be sent."""

    reason = Reason.NO_CONTACT_POINT


class NoOtherContact(Refusal):
    """What opens the KeePass file has no way to the person but the link's own, or none known long enough."""

    reason = Reason.NO_OTHER_CONTACT


class MasterUnsent(Refusal):
    """The gateway, or the relay, did not take what opens the KeePass file; it opens nothing any more."""

    reason = Reason.MASTER_UNSENT


class NoMailKey(Refusal):
    """A link has to be encrypted, and the address has no key that could be used. `why` says what is wrong."""

    reason = Reason.NO_MAIL_KEY

    def __init__(self, why: str) -> None:
        super().__init__(f"{Reason.NO_MAIL_KEY.words} ({why})")
        self.why = why


# --- try later ------------------------------------------------------------------------------------


class HostUnreached(TryLater):
    """The host could not be reached, or not logged on to, before anything was typed for this reset.

    answered   the host turned the logon away in words that are not about the password: no try was counted
    typed      the service id's password had left, and nothing was heard of it: a try may have been counted
    """

    reason = Reason.HOST_UNREACHABLE

    def __init__(
        self, system: str, why: str, *, reason: Reason = Reason.HOST_UNREACHABLE, answered: bool = False,
        typed: bool = False,
    ) -> None:  # fmt: skip
        super().__init__(f"{system}: {why}")
        self.system, self.why, self.reason, self.answered, self.typed = system, why, reason, answered, typed


class Overtaken(TryLater):
    """Somebody else moved this row meanwhile; look again."""

    def __init__(self, what: str) -> None:
        super().__init__(f"{what} was changed by somebody else meanwhile")
        self.what = what


class NotYet(TryLater):
    """The link exists and its mail is under way; in a moment it can be opened."""


class FactorUnreached(TryLater):
    """The server that judges the second factor gave no answer that can be believed. Nothing was counted."""


class NotSignedOn(Refusal):
    """The company's sign-on was called off, or proves less than is required. Nothing was counted."""


class SignOnLapsed(Refusal):
    """No sign-on of this link's is open there, or not any more. Nothing was counted."""


class CodeUnsent(TryLater):
    """The gateway did not take the code; it is worth nothing any more."""


class GatewayUnreached(TryLater):
    """What takes messages to telephones is not there; nothing was sent, and nothing changed on the host."""

    reason = Reason.MASTER_UNSENT


class Paused(TryLater):
    """There were wrong answers: none is looked at before `until`. This one was neither judged nor counted."""

    def __init__(self, until: datetime, now: datetime) -> None:
        super().__init__(f"no answer is looked at before {until.isoformat()}")
        self.until, self.retry_after = until, int((until - now).total_seconds()) + 1


class MailUnreached(TryLater):
    """The relay could not be reached or said "later" (4xx); nothing was sent."""

    reason = Reason.MAIL_UNREACHABLE


class DirectoryUnreached(TryLater):
    """The directory of people cannot be read; that is not "nobody". The text names the file or server, for the log."""

    reason = Reason.NO_CONTACT_POINT


class TooMany(TryLater):
    """More requests than the limit allows. `retry_after` in seconds; `limit`: which one, for whoever may know."""

    def __init__(self, retry_after: int, limit: str = "") -> None:
        super().__init__(f"too many requests; try again in {retry_after} s")
        self.retry_after, self.limit = retry_after, limit


# --- unsure ---------------------------------------------------------------------------------------


class AnswerLost(Unsure):
    """A command left us and no answer we can trust came back. The userid may have either password.

    why     what is known besides, e.g. that the line dropped; empty where time simply ran out
    shown   what stands there in place of an answer, masked: it may be a question
    """

    reason = Reason.HOST_TIMEOUT

    def __init__(self, system: str, step: str, waited: timedelta, why: str = "", shown: str = "") -> None:
        super().__init__(
            f"{system}: no answer to {step}"
            + (f": {why}" if why else f" within {waited.total_seconds():.0f} s")
            + (f"; the screen says: {shown}" if shown else "")
        )
        self.system, self.step, self.waited, self.why = system, step, waited, why


class NotProven(Unsure):
    """The host took the command but its profile cannot prove it yet; begin again after `wait`."""

    reason = Reason.NOT_PROVEN

    def __init__(self, system: str, why: str, wait: timedelta) -> None:
        super().__init__(f"{system}: {why}")
        self.system, self.why, self.wait = system, why, wait


class UnexpectedAnswer(Unsure):
    """The host said something that is on no list. `said` holds its lines, secrets masked."""

    reason = Reason.UNEXPECTED_ANSWER

    def __init__(self, system: str, step: str, said: Sequence[str] = ()) -> None:
        text = " / ".join(line.strip() for line in said if line.strip())[:300]
        super().__init__(f"{system}: unexpected answer to {step}: {text or 'an empty screen'}")
        self.system, self.step, self.said = system, step, tuple(said)


class Interrupted(UnexpectedAnswer):
    """Nothing but lines without a message number: somebody's message may have come between. One more try will tell."""


# --- broken ---------------------------------------------------------------------------------------


class ConfigFault(Broken):
    """The configuration cannot be used. `faults` lists each as `file:line: key: what is expected`."""

    def __init__(self, faults: Sequence[str]) -> None:
        super().__init__("\n".join(faults))
        self.faults = tuple(faults)


class VaultLocked(Broken):
    """No key in the ring opens this, or the sealed bytes were changed."""


class StoreFault(Broken):
    """The database is absent, older or newer than this program, or cannot be written."""


class StoreBusy(StoreFault):
    """It cannot be had just now: what was under way stays as it was written down, and is begun anew."""


class StoreUnsure(StoreBusy):
    """It went away at the commit, and cannot be asked: all of it was kept, or nothing. Look before it is done again."""


class Refused(Enum):
    """What a refused logon says of the password that was typed."""

    WRONG = auto()  # it is wrong, and was counted
    LAST_STRAW = auto()  # so it is, and by that the service id is revoked
    EXPIRED = auto()  # it is right, and a new one is demanded
    OTHER = auto()  # nothing: revoked, no TSO, no such procedure, …
    MANAGER = auto()  # nothing: a session manager with passwords of its own may have said no
    UNCLEAR = auto()


class ServiceIdRejected(Broken):
    """The host refused the service id's logon, or may have. Never tried again by itself: each try counts against it.

    head     what has happened, where that is not a plain refusal
    advice   what a person has to do
    """

    reason = Reason.SERVICE_ID_REJECTED

    def __init__(
        self,
        system: str,
        said: Sequence[str] = (),
        *,
        what: Refused = Refused.UNCLEAR,
        head: str = "the host refused the service id's logon",
        advice: str = "",
    ) -> None:
        text = " / ".join(line.strip() for line in said if line.strip())[:300]
        super().__init__(f"{system}: {head}" + (f": {text}" if text else "") + (f"; {advice}" if advice else ""))
        self.system, self.said, self.what, self.head, self.advice = system, tuple(said), what, head, advice

    def again(self, system: str) -> ServiceIdRejected:
        """The same, to be raised anew."""
        return ServiceIdRejected(system, self.said, what=self.what, head=self.head, advice=self.advice)


class OwnPasswordStopped(ServiceIdRejected):
    """Nothing was typed: what is known of the service id's password forbids another try. `words` say what to do."""

    def __init__(self, system: str, words: str) -> None:
        super().__init__(system, (words,))
        self.args = (f"{system}: {words}",)
