"""IBM i: user profiles, typed into Qshell. Pure.

CHGUSRPRF takes a new password as a parameter, and whatever runs a CL command from a shell, `system` in Qshell and in
PASE alike, takes the command as an argument, for others to list. So a small program on the host (deploy/ibmi) is given
one line on its standard input and runs CHGUSRPRF itself; it adopts the authority for that, and the service id needs
none. DSPUSRPRF holds no secret and is run by `system`. Success is CPC2205 for the profile, and both read back.

    LOOK profile              answers RBP0001 …, see dspusrprf.py
    RESET profile password    CHGUSRPRF PASSWORD PWDEXP(*YES): a disabled profile stays disabled
    REVIVE profile password   the same with STATUS(*ENABLED)
    ENABLE profile            CHGUSRPRF STATUS(*ENABLED), which also sets the count of wrong attempts to 0
    RULES profile             answers RBP0002 …, see sysvals.py; nothing but the doctor asks

Sources: IBM i CL, CHGUSRPRF, DSPUSRPRF, RTVUSRPRTI (CPF2204, CPF2217); IBM i Qshell, `system` ("MsgId: Text"), qsh,
"Developing your own utilities" (input is descriptor 0), "built-in utilities run in the current process"; IBM's Code for
IBM i, which feeds /QOpenSys/usr/bin/qsh over SSH the same way; IBM's Ansible collection for Power i (CPC2205, texts);
IBM support (CPF4AA7 and its reasons); IBM toolbox for Java (CPF2213, CPF2225, CPF22E9, CPF2292); a public transcript
(STATUS(*ENABLED) resets the count). From memory, to be corrected under `patterns`: CPF2228, CPF9802, CPF9820, CPF22C2
to CPF22C9 (password rules), CPD messages that name PASSWORD. Never tried on a real IBM i.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date, timedelta
from typing import Final

from bridge.config.model import IbmI as Settings
from bridge.domain.errors import BadInput, NotProven, UnexpectedAnswer
from bridge.domain.failure import Reason
from bridge.domain.names import Userid
from bridge.domain.outcome import Order, Profile, Proof, Reply, Standing, Typed, Verb, Verdict
from bridge.domain.secret import Line, Secret
from connectors.hosts.products.dspusrprf import facts, look, profile
from connectors.hosts.products.patterns import Patterns, Table, code_of, compiled, rows_of, typeable, whole, with_code

TABLE: Final = Table(
    numbers={
        "CPF2204": Reason.UNKNOWN_USER,  # User profile &1 not found.
        "CPF2217": Reason.NOT_AUTHORIZED,  # Not authorized to user profile &1.
        "CPF2228": Reason.NOT_AUTHORIZED,  # Not authorized to change user profile.
        "CPF2292": Reason.NOT_AUTHORIZED,  # *SECADM required to create or change user profiles.
        "CPF22E9": Reason.NOT_AUTHORIZED,  # *USE authority to user profile &1 required.
        "CPF9802": Reason.NOT_AUTHORIZED,  # Not authorized to object &2 in &3.
        "CPF9820": Reason.NOT_AUTHORIZED,  # Not authorized to use library &1.
        "CPF4AA7": Reason.PASSWORD_REJECTED,  # Password value not valid. Reason code &1.
    },
    words=(
        (r"^\s*RBP0901:", Reason.PROTECTED_USER),
        (r"^\s*RBP0902:", Reason.PRIVILEGED_USER),
        (r"^\s*CPF22C[2-9]\b", Reason.PASSWORD_REJECTED),
        (r"^\s*CPD\d{4}\b.*\bPASSWORD\b", Reason.PASSWORD_REJECTED),
    ),
)
BUSY: Final = compiled(r"^\s*CPF22(13|25)\b")
BUSY_FOR: Final = timedelta(seconds=20)
"""Not able to allocate the profile, or a security object: another job works on it."""

CHANGED: Final = re.compile(r"\s*CPC2205: (?P<words>.*)")

SETTABLE: Final = re.compile(r"[A-Z$#@][A-Z0-9$#@_]{0,9}")
LONGER: Final = re.compile(r"[A-Za-z0-9$#@_:=.%]{1,16}")
"""Password levels 0 and 1 take what is a name; from level 2 on, case counts and 128 characters do."""

SET_UP: Final = Typed(line=Line("trap '' HUP PIPE; PATH=/usr/bin; export PATH"))
"""By name: signals have other numbers here. When the bridge hangs up, what was begun is still brought to its end."""


class IbmI:
    """IBM i on one system. `settings` are those of `ibmi:` in its configuration."""

    name = "ibmi"
    proof_grain = timedelta(seconds=2)
    resumes_anybody = False

    def __init__(
        self,
        system: str,
        *,
        patterns: Mapping[str, Sequence[str]] | None = None,
        ignore: Sequence[str] = (),
        today: Callable[[], date] | None = None,
        settings: Settings | None = None,
    ) -> None:
        del today  # a profile whose user expiration date has come is *DISABLED by the system itself
        self.system = system
        self._settings = settings or Settings()
        self._patterns = Patterns(system, TABLE, patterns or {}, ignore)

    def status(self, userid: Userid) -> Order:
        """DSPUSRPRF, and what it does not show. Apostrophes: $ is a letter in names here."""
        shown = Line(f"system 'DSPUSRPRF USRPRF({userid}) TYPE(*BASIC) OUTPUT(*PRINT)'")
        return Order(verb=Verb.STATUS, userid=userid, typed=(SET_UP, Typed(line=shown), self._told("LOOK ", userid)))

    def reset(self, userid: Userid, new: Secret, *, resume: bool) -> Order:
        """A password to be changed at the next sign-on. Raises BadInput on a value or a profile that it is not for."""
        allowed, expected = (SETTABLE, "a name of 1 to 10 capitals, digits or $ # @ _ is expected")
        if self._settings.password_level >= 2:
            allowed, expected = (LONGER, "1 to 16 letters, digits or $ # @ _ : = . % are expected")
        value = typeable(new, allowed=allowed, expected=expected)
        typed = self._told("REVIVE " if resume else "RESET ", _users(userid), " ", value)
        flags = ("expired", "resume") if resume else ("expired",)
        return Order(verb=Verb.RESET, userid=userid, new=new, flags=flags, typed=(SET_UP, typed))

    def unlock(self, userid: Userid) -> Order:
        """STATUS(*ENABLED) alone."""
        typed = self._told("ENABLE ", _users(userid))
        return Order(verb=Verb.UNLOCK, userid=userid, flags=("resume",), typed=(SET_UP, typed))

    def rules(self, userid: Userid) -> Order:
        """What the system says of passwords; `userid` is whoever asks."""
        return Order(verb=Verb.STATUS, userid=userid, typed=(SET_UP, self._told("RULES ", userid)))

    def read_status(self, replies: Sequence[Reply], userid: Userid) -> Profile:
        """Read both. An unknown profile gives Standing.UNKNOWN; other refusals raise."""
        rows, code = self._patterns.meant(rows_of(replies)), code_of(replies)
        if whole(replies) and len(replies) == 3 and code == 0:
            beside = look(self._patterns.meant(replies[2].rows), userid)
            shown = facts(replies[1].rows, self._settings.labels)
            found = profile(shown, beside, userid, self._settings.ordinary, rows) if beside else None
            if found is not None:
                return found
        said = self._patterns.meant(replies[-1].rows) if replies else ()
        if (why := self._patterns.refusal(said)) is Reason.UNKNOWN_USER and whole(replies) and len(replies) == 2:
            return Profile(userid=userid, standing=Standing.UNKNOWN, raw=rows)
        self._refuse_busy(said)
        if why is not None:
            self._patterns.raise_for(why, "DSPUSRPRF", said)
        failed = bool(code) and whole(replies)  # what the last line says is why; the list before it is not
        step = "the program on the host" if failed and len(replies) == 3 else "DSPUSRPRF"
        raise UnexpectedAnswer(self.system, step, with_code(said if failed else rows, code))

    def read_reset(self, replies: Sequence[Reply], userid: Userid) -> None:
        """Return on CPC2205 for the profile and nothing else."""
        rows, code = self._patterns.meant(rows_of(replies)), code_of(replies)
        if whole(replies) and len(replies) == 2 and code == 0 and len(rows) == 1 and _changed(rows[0], userid):
            return
        self._refuse_busy(rows)
        if why := self._patterns.refusal(rows):
            self._patterns.raise_for(why, "CHGUSRPRF", rows)
        raise UnexpectedAnswer(self.system, "CHGUSRPRF", with_code(rows, code))

    def read_unlock(self, replies: Sequence[Reply], userid: Userid) -> None:
        """The same: it is the same command."""
        self.read_reset(replies, userid)

    def judge(self, before: Profile, after: Profile) -> Proof:
        """The time of the last change has moved on, and the password is set to expired."""
        if after.standing is Standing.UNKNOWN or not after.has_password:
            return Proof(verdict=Verdict.NO, note="the profile has no password")
        if after.stamp is None or after.stamp == before.stamp:
            note = f"the last change is of {after.stamp or 'no day'} as before: nothing was set"
            return Proof(verdict=Verdict.UNKNOWN, note=note, again=self.proof_grain)
        if not after.must_change:
            note = f"the last change is of {after.stamp}, and the password is not set to expired"
            return Proof(verdict=Verdict.NO, note=note, flag_ignored=True)
        note = "the profile is still *DISABLED" if after.suspended_by is not None else ""
        return Proof(verdict=Verdict.YES, note=note)

    def moved_on(self, seen: str | None, now: Profile) -> bool:
        """Not set to expired any more, and changed at another time."""
        known = now.standing is not Standing.UNKNOWN and now.has_password and now.stamp is not None
        return known and seen is not None and not now.must_change and now.stamp != seen

    def _told(self, *words: str | Secret) -> Typed:
        """A line for the program on the host."""
        return Typed(line=Line(self._settings.helper), given=Line(*words))

    def _refuse_busy(self, rows: Sequence[str]) -> None:
        if busy := next((row for row in rows if BUSY.search(row)), None):
            raise NotProven(self.system, f"the profile is in use: {busy.strip()}", BUSY_FOR)


def _users(userid: Userid) -> Userid:
    """The userid, if it can be a user's: names with Q first are IBM's."""
    if userid.startswith("Q"):
        raise BadInput("userid", "a profile of a user's own is expected: those that begin with Q are the system's")
    return userid


def _changed(row: str, userid: Userid) -> bool:
    """Whether the row is CPC2205 for that profile, in whatever language."""
    found = CHANGED.fullmatch(row)
    return found is not None and userid in re.split(r"[\s.,;:]+", found["words"])
