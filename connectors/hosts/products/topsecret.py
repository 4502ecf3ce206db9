"""Top Secret: what to type, and how to read the answer. Pure.

Every command says that it worked, TSS0300I with the function's name, or that it did not, TSS0301I, with the reason in
a line of its own before or after. Neither of them means that the command did not get there.

Sources: Broadcom Top Secret for z/OS, Command Functions (LIST, REPLACE, REMOVE; PASSWORD, SUSPEND) and Message
Reference; knowledge base 45837 (what a help desk needs), 227078. Texts of scope and authority refusals are not
established: their words are matched, not their numbers.
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
from connectors.hosts.products.own import OwnByCommand
from connectors.hosts.products.patterns import Patterns, Table, code_of, rows_of, typeable, whole, with_code
from connectors.hosts.products.tsslist import covered, interval, listing, profile, shown_in_clear

DONE: Final = re.compile(r"\s*TSS0300I\s+(\S+)\s+FUNCTION SUCCESSFUL\s*", re.IGNORECASE)
NUMBERED: Final = re.compile(r"\s*(?:TSS\d{4}[A-Z]?|IKJ\d{5}[A-Z]?)\b", re.IGNORECASE)
NEVER: Final = ("NOPW", "RANDOM")
"""As a password: none is needed any more; the product draws one. TYPEABLE leaves out `*`, which keeps the old one."""

ONLY_ITS_WORD: Final = "EXPIRES was 01/01/80 before as well: only TSS0300I says that the new password took"


class TopSecret(OwnByCommand):
    """Top Secret on one system."""

    name = "topsecret"
    never = NEVER
    proof_grain = timedelta(0)
    resumes_anybody = False  # what REMOVE SUSPEND answers for an ACID that is not suspended is not established

    def __init__(
        self,
        system: str,
        *,
        patterns: Mapping[str, Sequence[str]] | None = None,
        ignore: Sequence[str] = (),
        today: Callable[[], date] | None = None,
        orders: Orders | None = None,
    ) -> None:
        del today  # who suspended has an attribute of its own here
        self.system = system
        self._orders = orders or shipped_orders(self.name).dialog
        self._patterns = Patterns(system, Table.of(self._orders), patterns or {}, ignore)

    def status(self, userid: Userid) -> Order:
        """LIST of one ACID; DATA(ALL) would leave the password's section out."""
        return self._orders.order(Verb.STATUS, userid)

    def reset(self, userid: Userid, new: Secret, *, resume: bool) -> Order:
        """REPLACE with all three sub-operands: without EXP the password is good for the whole interval.

        The interval is left empty and so kept. REMOVE SUSPEND follows only where REPLACE was successful. Raises
        BadInput on a value that would mean something else in PASSWORD( ).
        """
        return self._orders.order(Verb.RESET, userid, typeable(new, never=NEVER), resume=resume)

    def unlock(self, userid: Userid) -> Order:
        """REMOVE SUSPEND: of suspensions by passwords, violations and exits. Never ASUSPEND, an administrator's."""
        return self._orders.order(Verb.UNLOCK, userid)

    def read_status(self, replies: Sequence[Reply], userid: Userid) -> Profile:
        """Read a listing. An unknown ACID gives Standing.UNKNOWN; other refusals raise."""
        rows = covered(self._meant(replies, userid))
        record, around = listing(rows, userid)
        if why := self._patterns.refusal(around):
            if why is Reason.UNKNOWN_USER and not record and whole(replies):
                return Profile(userid=userid, standing=Standing.UNKNOWN, raw=rows)
            self._patterns.raise_for(why, "LIST", rows)
        sound = whole(replies) and _done(around) == ("LIST",) and code_of(replies) in {None, 0}
        strange = any(NUMBERED.match(row) for row in self._patterns.unlisted(around))
        found = profile(record, userid, rows) if sound and not strange else None
        if found is None:
            raise UnexpectedAnswer(self.system, "LIST", with_code(rows, code_of(replies)))
        return found

    def read_reset(self, replies: Sequence[Reply], userid: Userid) -> None:
        """Return if every command that was typed was successful, REPLACE first; each Reply then says so once."""
        self._demand((("REPLACE",), ("REPLACE", "REMOVE")), "REPLACE", replies, userid)

    def read_unlock(self, replies: Sequence[Reply], userid: Userid) -> None:
        """Return if REMOVE was successful."""
        self._demand((("REMOVE",),), "REMOVE", replies, userid)

    def judge(self, before: Profile, after: Profile) -> Proof:
        """EXPIRES is 01/01/80 while the next signon has to choose a password; the interval should be as before."""
        if after.standing is Standing.UNKNOWN or not after.has_password:
            return Proof(verdict=Verdict.NO, note="LIST shows no password")
        if after.stamp is None:
            note = "LIST shows no expiration date: nothing can be proven on this system"
            return Proof(verdict=Verdict.UNKNOWN, note=note)
        if not after.must_change:
            note = f"EXPIRES is {after.stamp}, not 01/01/80: the password was set but need not be changed"
            return Proof(verdict=Verdict.NO, note=note, flag_ignored=True)
        notes = [ONLY_ITS_WORD] if before.must_change else []
        return Proof(verdict=Verdict.YES, note="; ".join([*notes, *_remarks(before, after)]))

    def moved_on(self, seen: str | None, now: Profile) -> bool:
        """EXPIRES is another day than the one that EXP left."""
        known = now.standing is not Standing.UNKNOWN and now.has_password and now.stamp is not None
        return known and seen is not None and not now.must_change and now.stamp != seen

    def _meant(self, replies: Sequence[Reply], userid: Userid) -> tuple[str, ...]:
        return tuple(row for row in self._patterns.meant(rows_of(replies)) if not self._orders.echoes(row, userid))

    def _demand(
        self, wanted: Sequence[tuple[str, ...]], step: str, replies: Sequence[Reply], userid: Userid
    ) -> None:  # fmt: skip
        """Raise unless the functions reported as successful are among the wanted, and nothing else was said."""
        rows = self._meant(replies, userid)
        if why := self._patterns.refusal(rows):
            self._patterns.raise_for(why, step, rows, partly=bool(_done(rows)))
        done, code = _done(rows), code_of(replies)
        every = len(replies) == 1 or len(done) == len(replies)  # a helper has one Reply for all that it typed
        if done not in wanted or not every or not whole(replies) or code not in {None, 0}:
            raise UnexpectedAnswer(self.system, step, with_code(rows, code))
        if others := tuple(row for row in rows if not DONE.fullmatch(row)):
            raise self._patterns.unclear(step, others, code)


def _done(rows: Sequence[str]) -> tuple[str, ...]:
    """The functions that TSS0300I names, in order."""
    return tuple(found[1].upper() for row in rows if (found := DONE.fullmatch(row)))


def _remarks(before: Profile, after: Profile) -> list[str]:
    then, now = interval(before.raw), interval(after.raw)
    remarks = [f"the interval was {then} and is {now} days"] if then != now else []
    if shown_in_clear(after.raw):
        remarks.append("LIST shows passwords to the service id: take DATA(PWVIEW) away from it")
    if after.standing is Standing.SUSPENDED:
        remarks.append("the ACID is still suspended")
    return [*remarks, "its pass phrase is unchanged and still good"] if after.has_phrase else remarks
