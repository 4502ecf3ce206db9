"""ACF2: what to type, and how to read the answer. Pure.

There is no one-line command: everything is said inside the ACF environment, and a prompt is a line with nothing but
its word. A CHANGE that worked shows the record again, or nothing; the proof is the listing's PSWD-TOD and PSWD-EXP,
or a phrase's PWP-TOD and PWP-EXP.

Sources: Broadcom ACF2 for z/OS 16.0, CHANGE and LIST subcommands; knowledge base 138950, 38251, 53539, 220872,
142453, 235924. Few refusals are documented in public: what begins with ACF and is on no list is unexpected.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date, timedelta
from typing import Final

from bridge.domain.errors import BadInput, UnexpectedAnswer
from bridge.domain.failure import Reason
from bridge.domain.names import Userid
from bridge.domain.outcome import Order, Profile, Proof, Reply, Standing, Verb, Verdict
from bridge.domain.secret import Secret
from connectors.hosts.dialogs.orders import Orders
from connectors.hosts.dialogs.reader import shipped_orders
from connectors.hosts.products.lidlist import Record, interrupted, phrase_records, profile, records, with_phrase
from connectors.hosts.products.own import OwnByCommand
from connectors.hosts.products.patterns import PHRASE, Patterns, Table, code_of, rows_of, typeable, whole, with_code

PROMPT: Final = re.compile(r"\s*(ACF|LID|PROFILE)\s*")
MASKS: Final = frozenset({"LIKE", "UID", "IF"})
"""Words of CHANGE and LIST that name many records at once; no logonid may be taken for one of them."""


class Acf2(OwnByCommand):
    """ACF2 on one system.

    rely_on_pswdfrc  do not say PSWD-EXP, which CASECAUT cannot delegate: the site's GSO PSWD option PSWDFRC sets it
    lift_suspend     SUSPEND counts as a lock by wrong passwords, as where CICS, IMS or an exit sets it for them
    phrase           its users have password phrases: those are set, and PWP-TOD and PWP-EXP are what is read
    """

    name = "acf2"
    proof_grain = timedelta(seconds=61)  # PSWD-TOD has minutes
    resumes_anybody = True

    def __init__(
        self,
        system: str,
        *,
        patterns: Mapping[str, Sequence[str]] | None = None,
        ignore: Sequence[str] = (),
        today: Callable[[], date] | None = None,
        rely_on_pswdfrc: bool = False,
        lift_suspend: bool = False,
        phrase: bool = False,
        orders: Orders | None = None,
    ) -> None:
        del today  # what an administrator locked has a bit of its own here
        self.system = system
        self._orders = orders or shipped_orders(self.name).dialog
        self._patterns = Patterns(system, Table.of(self._orders), patterns or {}, ignore)
        self._rely_on_pswdfrc = rely_on_pswdfrc
        self._lift_suspend = lift_suspend
        self._phrase = phrase
        self._what, self._field = ("phrase", "PWP") if phrase else ("password", "PSWD")

    def status(self, userid: Userid) -> Order:
        """LIST of one logonid, and of its phrase where that is what counts."""
        return self._orders.order(Verb.STATUS, _one(userid), phrase=self._phrase)

    def reset(self, userid: Userid, new: Secret, *, resume: bool) -> Order:
        """CHANGE with PSWD-EXP, and PSWD-VIO(0) to lift a lock by wrong passwords. Raises BadInput on a bad value."""
        fits = typeable(new, allowed=PHRASE, expected="a phrase is expected") if self._phrase else typeable(new)
        first_use = not self._rely_on_pswdfrc
        lift = resume and self._lift_suspend
        return self._orders.order(
            Verb.RESET, _one(userid), fits, resume=resume, first_use=first_use, phrase=self._phrase, lift_lock=lift
        )

    def unlock(self, userid: Userid) -> Order:
        """CHANGE with PSWD-VIO(0), and NOSUSPEND where that is ours to lift: no new password."""
        return self._orders.order(Verb.UNLOCK, _one(userid), phrase=self._phrase, lift_lock=self._lift_suspend)

    def read_status(self, replies: Sequence[Reply], userid: Userid) -> Profile:
        """Read a listing. An unknown logonid gives Standing.UNKNOWN; other refusals raise."""
        rows, shown, around = self._read(replies, userid)
        phrases, around = phrase_records(around, userid)
        absent = False
        if why := self._patterns.refusal(around):
            if why is Reason.UNKNOWN_USER and not shown and not phrases and whole(replies):
                return Profile(userid=userid, standing=Standing.UNKNOWN, raw=rows)
            if why is not Reason.UNKNOWN_USER or not self._phrase or phrases or not shown:
                self._patterns.raise_for(why, "LIST", rows)
            around, absent = (), True  # the logonid is there, and a record of its phrase is not
        strange = interrupted(around) or any(_numbered(row) for row in self._patterns.unlisted(around))
        unread = self._phrase and not phrases and not absent
        if not shown or unread or strange or not whole(replies):
            raise UnexpectedAnswer(self.system, "LIST", with_code(rows, code_of(replies)))
        found = profile(shown[-1], userid, lift_suspend=self._lift_suspend)
        return with_phrase(found, phrases[-1] if phrases else None) if self._phrase else found

    def read_reset(self, replies: Sequence[Reply], userid: Userid) -> None:
        """Return when nothing came but the record, shown again, and the prompts."""
        rows, _, around = self._read(replies, userid)
        _, around = phrase_records(around, userid)
        telling = around or rows  # the record is long, and says nothing of what went wrong
        if why := self._patterns.refusal(around):
            self._patterns.raise_for(why, "CHANGE", telling)
        code = code_of(replies)
        if not whole(replies) or code not in {None, 0}:
            raise UnexpectedAnswer(self.system, "CHANGE", with_code(telling, code))
        if self._patterns.unlisted(around):
            raise self._patterns.unclear("CHANGE", around, code)

    def read_unlock(self, replies: Sequence[Reply], userid: Userid) -> None:
        """The same: it is the same command."""
        self.read_reset(replies, userid)

    def judge(self, before: Profile, after: Profile) -> Proof:
        """PSWD-TOD is the minute of the last change, PSWD-EXP the first-use flag; it is not shown when off. PWP-TOD and
        PWP-EXP are the same of a phrase."""
        tod, exp = f"{self._field}-TOD", f"{self._field}-EXP"
        if after.standing is Standing.UNKNOWN:
            return Proof(verdict=Verdict.NO, note="LIST shows no such logonid")
        if after.stamp is None:
            return Proof(verdict=Verdict.UNKNOWN, note=f"LIST shows no {tod}: no change can be proven on this system")
        if after.stamp == before.stamp:
            note = f"{tod} is {after.stamp} as before: nothing was set, or within the same minute"
            return Proof(verdict=Verdict.UNKNOWN, note=note, again=self.proof_grain)
        if not after.must_change:
            note = f"{tod} is {after.stamp} but {exp} is not there: the {self._what} need not be changed"
            return Proof(verdict=Verdict.NO, note=note, flag_ignored=True)
        return Proof(verdict=Verdict.YES, note="; ".join(_remarks(after)))

    def moved_on(self, seen: str | None, now: Profile) -> bool:
        """PSWD-EXP is gone and PSWD-TOD newer; or, within the same minute, the user has logged on since."""
        if seen is None or now.stamp is None or now.must_change or now.standing is Standing.UNKNOWN:
            return False
        return now.stamp != seen or _used_since(now)

    def _read(
        self, replies: Sequence[Reply], userid: Userid
    ) -> tuple[tuple[str, ...], tuple[Record, ...], tuple[str, ...]]:
        """What was said, the userid's records in it, and the rest; echoes and prompts left out."""
        meant = self._patterns.meant(rows_of(replies))
        rows = tuple(row for row in meant if not PROMPT.fullmatch(row) and not self._orders.echoes(row, userid))
        shown, around = records(rows, userid)
        return rows, shown, around


def _one(userid: Userid) -> Userid:
    if userid in MASKS:
        raise BadInput("userid", f"{userid} would be taken for a mask of many logonids; change it by hand")
    return userid


def _used_since(now: Profile) -> bool:
    """Whether the last logon was on PSWD-TOD's day and not before its minute; both stand in the host's own order."""
    day, _, minute = (now.stamp or "").partition("-")
    used_day, _, used_minute = (now.last_use or "").partition("-")
    return bool(minute) and day == used_day and used_minute[:5] >= minute[:5]


def _remarks(after: Profile) -> list[str]:
    field = "PSWD-VIO or PWP-VIO" if after.phrased else "PSWD-VIO"
    remarks = [f"{field} is not 0: the logonid may still be locked"] if after.suspended_by == "violations" else []
    if after.phrased:  # says which of the two was reset
        return [*remarks, "the pass phrase was set; its password is unchanged and still good"]
    return [*remarks, "its pass phrase is unchanged and still good"] if after.has_phrase else remarks


def _numbered(row: str) -> bool:
    return re.match(r"\s*(ACF[0-9A-F]{5}|IKJ\d{5}[A-Z]?|ICH\w{6})\b", row, re.IGNORECASE) is not None
