"""UNIX: local accounts over a shell. Pure. What each kind of UNIX types and shows stands in accounts.py and aix.py.

Success is exit status 0 of every line, and the listing read back. Sources beside those there: sudo(8), PAM's texts.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date, timedelta
from typing import Final

from bridge.config.model import Unix as Settings
from bridge.domain.errors import NotProven, UnexpectedAnswer
from bridge.domain.failure import Reason
from bridge.domain.names import Userid
from bridge.domain.outcome import Order, Profile, Proof, Reply, Standing, Verb, Verdict
from bridge.domain.secret import Secret
from connectors.hosts.products.accounts import Linux, Variant
from connectors.hosts.products.aix import Aix
from connectors.hosts.products.patterns import Patterns, Table, code_of, compiled, rows_of, typeable, whole, with_code

TABLE: Final = Table(
    numbers={},
    words=(
        (r"\buser '\S+' does not exist\b|\bUnknown user\b|\b3004-687\b", Reason.UNKNOWN_USER),
        (r"^sudo: (a password is required|a terminal is required|\d+ incorrect)", Reason.NOT_AUTHORIZED),
        (r"\b(is not in the sudoers file|not allowed to (execute|run)|may not run sudo)\b", Reason.NOT_AUTHORIZED),
        (r"\bPermission denied\b|\bOnly root can do that\b|\bmay not view or modify\b", Reason.NOT_AUTHORIZED),
        (r"^rbguard: refused\b", Reason.NOT_AUTHORIZED),
        (r"\bBAD PASSWORD\b|\bpam_chauthtok\(\) failed\b|\b3004-6(0[0-9]|1[0-9])\b", Reason.PASSWORD_REJECTED),
    ),
)
BUSY: Final = compiled(r"cannot lock|lock busy|try again later|temporarily unavailable")
BUSY_FOR: Final = timedelta(seconds=20)
"""Another program holds /etc/shadow: shadow-utils gives up after 15 s."""

SETTABLE: Final = compiled(r"[A-Za-z0-9@#$_:=.%]{1,16}")
"""chpasswd splits a line at its first colon and nothing else; AIX's classic crypt uses eight characters."""

ONLY_ITS_STATUS: Final = (
    "the password had to be changed before as well: only chpasswd's status says that the new one took"
)


class Unix:
    """UNIX on one system. `settings` are those of `unix:` in its configuration."""

    name = "unix"
    resumes_anybody = True

    def __init__(
        self,
        system: str,
        *,
        patterns: Mapping[str, Sequence[str]] | None = None,
        ignore: Sequence[str] = (),
        today: Callable[[], date] | None = None,
        settings: Settings | None = None,
    ) -> None:
        self.system = system
        self._settings, self._today = settings or Settings(), today
        self._patterns = Patterns(system, TABLE, patterns or {}, ignore)
        self.proof_grain = timedelta(seconds=2) if self._variant.stamps_each_change else timedelta(0)

    @property
    def _variant(self) -> Variant:
        today = self._today() if self._today else None
        return Aix(self._settings) if self._settings.variant == "aix" else Linux(self._settings, today)

    def status(self, userid: Userid) -> Order:
        """The account's entry, the state of its password, failed logins."""
        return Order(verb=Verb.STATUS, userid=userid, typed=self._variant.status(userid))

    def reset(self, userid: Userid, new: Secret, *, resume: bool) -> Order:
        """chpasswd on standard input, and the flag. Raises BadInput on a value that it could not carry."""
        flags = ("expired", "resume") if resume else ("expired",)
        typed = self._variant.reset(userid, _settable(new), resume=resume)
        return Order(verb=Verb.RESET, userid=userid, new=new, flags=flags, typed=typed)

    def unlock(self, userid: Userid) -> Order:
        """Failed logins forgotten: no new password."""
        return Order(verb=Verb.UNLOCK, userid=userid, flags=("resume",), typed=self._variant.unlock(userid))

    def read_status(self, replies: Sequence[Reply], userid: Userid) -> Profile:
        """Read what the tools show. An unknown account gives Standing.UNKNOWN; refusals raise.

        An account that another directory has is no password of this system's: `has_password` is False.
        """
        rows, variant = self._patterns.meant(rows_of(replies)), self._variant
        if whole(replies):
            if variant.unknown(replies):
                return Profile(userid=userid, standing=Standing.UNKNOWN, raw=rows)
            if (found := variant.profile(replies, userid, rows)) is not None:
                return found
        if replies and code_of(replies) and (why := self._patterns.refusal(self._patterns.meant(replies[-1].rows))):
            self._patterns.raise_for(why, "status", rows)
        raise UnexpectedAnswer(self.system, "status", with_code(rows, code_of(replies)))

    def read_reset(self, replies: Sequence[Reply], userid: Userid) -> None:
        """Return if every line exited with 0. Raises NotProven where another program was at the passwords."""
        self._demand(3, replies)

    def read_unlock(self, replies: Sequence[Reply], userid: Userid) -> None:
        """The same."""
        self._demand(2, replies)

    def judge(self, before: Profile, after: Profile) -> Proof:
        """The flag is there: Linux shows the last change as due, AIX shows ADMCHG and a new lastupdate."""
        if after.standing is Standing.UNKNOWN or not after.has_password:
            return Proof(verdict=Verdict.NO, note="the account has no local password")
        fine = self._variant.stamps_each_change
        if fine and after.stamp == before.stamp:
            note = f"lastupdate is {after.stamp} as before: nothing was set, or within the same second"
            return Proof(verdict=Verdict.UNKNOWN, note=note, again=self.proof_grain)
        if not after.must_change:
            note = f"the last change is {after.stamp}, and none is due: the password was set but need not be changed"
            return Proof(verdict=Verdict.NO, note=note, flag_ignored=True)
        notes = [ONLY_ITS_STATUS] if before.must_change and not fine else []
        if after.suspended_by is not None:
            notes.append("the account may still be locked")
        return Proof(verdict=Verdict.YES, note="; ".join(notes))

    def moved_on(self, seen: str | None, now: Profile) -> bool:
        """No change is due any more, and the last one is another."""
        known = now.standing is not Standing.UNKNOWN and now.has_password and now.stamp is not None
        return known and seen is not None and not now.must_change and now.stamp != seen

    def _demand(self, least: int, replies: Sequence[Reply]) -> None:
        """Raise unless at least so many lines were run, all with success."""
        rows, code = self._patterns.meant(rows_of(replies)), code_of(replies)
        if len(replies) >= least and whole(replies) and all(reply.code == 0 for reply in replies):
            return
        if any(BUSY.search(row) for row in rows):
            raise NotProven(self.system, f"the password file is in use: {rows[-1]}", BUSY_FOR)
        if why := self._patterns.refusal(rows):
            self._patterns.raise_for(why, "chpasswd", rows)
        raise UnexpectedAnswer(self.system, "chpasswd", with_code(rows, code))


def _settable(new: Secret) -> Secret:
    return typeable(new, allowed=SETTABLE, expected="1 to 16 letters, digits or @ # $ _ : = . % are expected")
