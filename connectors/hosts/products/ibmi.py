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
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Final

from bridge.config.model import IbmI as Settings
from bridge.domain.errors import BadInput, UnexpectedAnswer
from bridge.domain.failure import Reason
from bridge.domain.names import Userid
from bridge.domain.outcome import Order, Profile, Proof, Reply, Standing, Verb, Verdict
from bridge.domain.secret import Secret
from connectors.hosts.dialogs.orders import PROGRAM
from connectors.hosts.products.dspusrprf import facts, look, profile
from connectors.hosts.products.patterns import code_of, rows_of, typeable, whole, with_code
from connectors.hosts.products.shelled import Shelled

CHANGED: Final = re.compile(r"\s*CPC2205: (?P<words>.*)")

SETTABLE: Final = re.compile(r"[A-Z$#@][A-Z0-9$#@_]{0,9}")
LONGER: Final = re.compile(r"[A-Za-z0-9$#@_:=.%]{1,16}")
"""Password levels 0 and 1 take what is a name; from level 2 on, case counts and 128 characters do."""


class IbmI(Shelled[Settings]):
    """IBM i on one system. `settings` are those of `ibmi:` in its configuration.

    A profile whose user expiration date has come is *DISABLED by the system itself: no day is needed to read one.
    """

    name = "ibmi"
    resumes_anybody = False
    step = "CHGUSRPRF"
    defaults = Settings

    @classmethod
    def _shipped(cls, settings: Settings) -> str:
        del settings
        return cls.name

    @property
    def _grain(self) -> timedelta:
        return timedelta(seconds=2)

    def _words(self) -> Mapping[str, str]:
        return {PROGRAM: self._settings.helper}

    def _takes(self, new: Secret) -> Secret:
        allowed, expected = (SETTABLE, "a name of 1 to 10 capitals, digits or $ # @ _ is expected")
        if self._settings.password_level >= 2:
            allowed, expected = (LONGER, "1 to 16 letters, digits or $ # @ _ : = . % are expected")
        return typeable(new, allowed=allowed, expected=expected)

    def _changes(self, userid: Userid) -> Userid:
        """The userid, if it can be a user's: names with Q first are IBM's."""
        if userid.startswith("Q"):
            raise BadInput("userid", "a profile of a user's own is expected: those that begin with Q are the system's")
        return userid

    def rules(self, userid: Userid) -> Order:
        """What the system says of passwords; `userid` is whoever asks."""
        command = self._orders.commands.rules
        if command is None:
            raise UnexpectedAnswer(self.system, "rules", ["its dialog has no command for them"])
        return self._order(Verb.STATUS, command, userid)

    def read_status(self, replies: Sequence[Reply], userid: Userid) -> Profile:
        """Read both. An unknown profile gives Standing.UNKNOWN; other refusals raise."""
        rows, code = self._patterns.meant(rows_of(replies)), code_of(replies)
        answers = self._answers(replies)
        if whole(replies) and {"list", "look"} <= set(answers) and code == 0:
            beside = look(self._patterns.meant(answers["look"].rows), userid)
            shown = facts(answers["list"].rows, self._orders.looks_for, self._settings.labels)
            words, ordinary = self._orders.looks_for, self._settings.ordinary
            found = profile(shown, beside, userid, words, ordinary, rows) if beside else None
            if found is not None:
                return found
        said = self._patterns.meant(replies[-1].rows) if replies else ()
        if (why := self._patterns.refusal(said)) is Reason.UNKNOWN_USER and whole(replies) and set(answers) == {"list"}:
            return Profile(userid=userid, standing=Standing.UNKNOWN, raw=rows)
        self._refuse_busy(said)
        if why is not None:
            self._patterns.raise_for(why, "DSPUSRPRF", said)
        failed = bool(code) and whole(replies)  # what the last line says is why; the list before it is not
        step = "the program on the host" if failed and "look" in answers else "DSPUSRPRF"
        raise UnexpectedAnswer(self.system, step, with_code(said if failed else rows, code))

    def read_reset(self, replies: Sequence[Reply], userid: Userid) -> None:
        """Return on CPC2205 for the profile and nothing else."""
        rows, code = self._patterns.meant(rows_of(replies)), code_of(replies)
        least = len(self._orders.enter) + 1
        if whole(replies) and len(replies) >= least and code == 0 and len(rows) == 1 and _changed(rows[0], userid):
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


def _changed(row: str, userid: Userid) -> bool:
    """Whether the row is CPC2205 for that profile, in whatever language."""
    found = CHANGED.fullmatch(row)
    return found is not None and userid in re.split(r"[\s.,;:]+", found["words"])
