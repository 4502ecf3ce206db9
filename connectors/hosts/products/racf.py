"""RACF: what to type, and how to read the answer. Pure.

ALTUSER that worked prints nothing, and RACF ignores one operand and goes on with the next: whatever it prints, but
for ICH21019I, means that the password has to be taken as not set.

Sources: z/OS Security Server RACF Command Language Reference (ALTUSER, LISTUSER); RACF Messages and Codes
(ICH21…, ICH30…); z/OS TSO/E Messages (IKJ567…).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date, timedelta
from typing import Final

from bridge.domain.errors import UnexpectedAnswer
from bridge.domain.failure import Reason
from bridge.domain.names import Userid
from bridge.domain.outcome import Order, Profile, Proof, Reply, Standing, Verb, Verdict
from bridge.domain.secret import Secret
from connectors.hosts.dialogs.orders import Orders
from connectors.hosts.dialogs.reader import shipped_orders
from connectors.hosts.products.listuser import MUST_CHANGE, listing, profile
from connectors.hosts.products.own import OwnByCommand
from connectors.hosts.products.patterns import PHRASE, Patterns, Table, code_of, rows_of, typeable, whole, with_code

REFUSED_OPERAND: Final = re.compile(r"\bTO SPECIFY (\w+), OPERAND IGNORED", re.IGNORECASE)
"""ICH21005I. RACF goes on with the others: where neither of these is named, the password was set."""
CREDENTIALS: Final = frozenset({"PASSWORD", "PHRASE"})
ONLY_SILENCE: Final = "{label} was 00.000 before as well: only ALTUSER's silence says that the new {what} took"


class Racf(OwnByCommand):
    """RACF on one system. `today`: a revocation by date may be still to come, and PASSDATE has no time of day.

    phrase   its users have password phrases: those are set, and PHRASEDATE is what is read
    """

    name = "racf"
    proof_grain = timedelta(0)
    resumes_anybody = True

    def __init__(
        self,
        system: str,
        *,
        patterns: Mapping[str, Sequence[str]] | None = None,
        ignore: Sequence[str] = (),
        today: Callable[[], date] | None = None,
        orders: Orders | None = None,
        phrase: bool = False,
    ) -> None:
        self.system = system
        self._phrase = phrase
        self._what, self._label = ("phrase", "PHRASEDATE") if phrase else ("password", "PASSDATE")
        self._orders = orders or shipped_orders(self.name).dialog
        self._patterns = Patterns(system, Table.of(self._orders), patterns or {}, ignore)
        self._today = today

    def status(self, userid: Userid) -> Order:
        """LISTUSER, the base segment alone."""
        return self._orders.order(Verb.STATUS, userid)

    def reset(self, userid: Userid, new: Secret, *, resume: bool) -> Order:
        """ALTUSER with EXPIRED, which READ on IRR.PWRESET.… allows. Raises BadInput on a value it could not carry."""
        fits = typeable(new, allowed=PHRASE, expected="a phrase is expected") if self._phrase else typeable(new)
        return self._orders.order(Verb.RESET, userid, fits, resume=resume, phrase=self._phrase)

    def unlock(self, userid: Userid) -> Order:
        """ALTUSER with RESUME alone: no new password."""
        return self._orders.order(Verb.UNLOCK, userid)

    def read_status(self, replies: Sequence[Reply], userid: Userid) -> Profile:
        """Read a listing. An unknown userid gives Standing.UNKNOWN; other refusals raise."""
        rows = self._patterns.meant(rows_of(replies))
        shown, around = listing(rows, userid)
        if why := self._patterns.refusal(around):
            if why is Reason.UNKNOWN_USER and not shown and whole(replies):
                return Profile(userid=userid, standing=Standing.UNKNOWN, raw=rows)
            self._patterns.raise_for(why, "LISTUSER", rows)
        today = self._today() if self._today else None
        found = profile(shown, userid, today, phrased=self._phrase) if whole(replies) else None
        if found is None or any(_numbered(row) for row in self._patterns.unlisted(around)):
            raise UnexpectedAnswer(self.system, "LISTUSER", with_code(rows, code_of(replies)))
        return found

    def read_reset(self, replies: Sequence[Reply], userid: Userid) -> None:
        """Return on silence, or on ICH21019I alone, back at the prompt."""
        rows = tuple(row for row in self._patterns.meant(rows_of(replies)) if not self._orders.echoes(row, userid))
        if why := self._patterns.refusal(rows):
            named = {found[1].upper() for row in rows if (found := REFUSED_OPERAND.search(row))}
            self._patterns.raise_for(why, "ALTUSER", rows, partly=bool(named) and not named & CREDENTIALS)
        code = code_of(replies)
        most = 4 if rows else 0  # 4: something was ignored; only beside the message that says what
        if not whole(replies) or (code or 0) > most:
            raise UnexpectedAnswer(self.system, "ALTUSER", with_code(rows, code))
        if self._patterns.unlisted(rows):
            raise self._patterns.unclear("ALTUSER", rows, code)

    def read_unlock(self, replies: Sequence[Reply], userid: Userid) -> None:
        """The same: it is the same command."""
        self.read_reset(replies, userid)

    def judge(self, before: Profile, after: Profile) -> Proof:
        """PASSDATE is 00.000 while the next logon has to choose a password; it is a day, and has no time. PHRASEDATE
        is the same of a phrase."""
        what, label = self._what, self._label
        if after.standing is Standing.UNKNOWN or not after.resettable:
            return Proof(verdict=Verdict.NO, note=f"LISTUSER shows no {what}")
        if after.must_change:
            notes = [ONLY_SILENCE.format(label=label, what=what)] if before.must_change else []
            return Proof(verdict=Verdict.YES, note="; ".join([*notes, *_remarks(after)]))
        if after.stamp != before.stamp:
            note = f"{label} is {after.stamp}, not {MUST_CHANGE}: the {what} was set but need not be changed"
            return Proof(verdict=Verdict.NO, note=note, flag_ignored=True)
        if self._is_today(after.stamp):
            note = f"{label} is {after.stamp}, today, as before: either nothing was set, or it need not be changed"
            return Proof(verdict=Verdict.NO, note=note, flag_ignored=True)
        return Proof(verdict=Verdict.NO, note=f"{label} is {after.stamp} as before: nothing was set")

    def _is_today(self, stamp: str | None) -> bool:
        """Whether a PASSDATE is of today, by the host's calendar, which may be a day from ours.

        A second reset of the day on a host that ignores EXPIRED shows the same day twice, and ALTUSER said nothing.
        """
        if self._today is None or stamp is None:
            return False
        days = (self._today() + timedelta(days=away) for away in (-1, 0, 1))
        return stamp in {f"{day:%y.%j}" for day in days}

    def moved_on(self, seen: str | None, now: Profile) -> bool:
        """PASSDATE is a day again. LAST-ACCESS proves nothing: it may be kept once a day or not at all."""
        known = now.standing is not Standing.UNKNOWN and now.resettable and not now.must_change
        return known and seen is not None and now.stamp != seen


def _remarks(after: Profile) -> list[str]:
    remarks = ["the userid is still revoked"] if after.standing is Standing.SUSPENDED else []
    if after.phrased:  # says which of the two was reset
        other = "; its password is unchanged and still good" if after.has_password else ""
        return [*remarks, f"the pass phrase was set{other}"]
    return [*remarks, "its pass phrase is unchanged and still good"] if after.has_phrase else remarks


def _numbered(row: str) -> bool:
    return re.match(r"\s*(ICH|IKJ|IRR)\w{5,6}\s", row, re.IGNORECASE) is not None
