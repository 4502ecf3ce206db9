"""The service id's own password: which to type, and a new one when the old is over. See bridge.domain.own.

Each step is stored, with its audit record, before the outside learns of it. So a process that is gone in between leaves
one of two: nothing has happened, or either password may be the host's, and the next logon decides.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Final

from bridge.domain import own as rules
from bridge.domain.errors import (
    BridgeError,
    HostUnreached,
    NotAllowed,
    Overtaken,
    OwnPasswordStopped,
    Refused,
    ServiceIdRejected,
    TryLater,
    Unsure,
    VaultLocked,
)
from bridge.domain.names import Account
from bridge.domain.own import Own, Plan, Which
from bridge.domain.password import Rules, draft
from bridge.domain.record import Event
from bridge.domain.secret import Secret
from bridge.flows.ledger import tell
from bridge.flows.rotate_words import (
    AT_THE_MANAGER,
    BARRED,
    FILE_IS_OLDER,
    NONE_TAKEN,
    NOT_OURS,
    SOON_CHANGED,
    STUCK,
    UNCLEAR,
    UNDER_WAY,
    WRONG,
)
from bridge.ports import Desk, Work

LATER: Final = timedelta(seconds=15)


class Keeper:
    """The port `OwnPassword`.

    read       what the configuration's file holds; None where a key logs on
    by         for the audit, e.g. worker:NODE/RUN
    may_draw   False for whoever only looks: the doctor
    """

    def __init__(
        self,
        account: Account,
        read: Callable[[], Secret | None],
        plan: Plan,
        wanted: Rules,
        kit: Desk,
        *,
        by: str,
        may_draw: bool = True,
    ) -> None:
        self.account, self._asked = account, False
        self._read, self._plan, self._rules, self._kit = read, plan, wanted, kit
        self._by, self._may_draw = by, may_draw
        self._label = label(account)
        self._own: Own | None = None
        self._file: Secret | None = None
        self._which = Which.CURRENT
        self._spent = self._drew = self._given_up = False

    # --- what may be done -------------------------------------------------------------------------

    @property
    def due(self) -> bool:
        """Whether the host should be logged on to for the password's sake."""
        return self._may_draw and rules.due(self._look(), self._plan, self._kit.clock.now())

    @property
    def open_to_change(self) -> bool:
        """Whether an expired password may be changed at logon: the plan says so, or somebody has asked for it."""
        own = self._look()
        wanted = own is not None and own.wanted_at is not None
        return self._may_draw and (wanted or (self._plan.mode != "never" and not self._worn_out(own)))

    @property
    def voluntary(self) -> bool:
        """A new one is wanted in this logon although the host does not demand it. Never while one is to be proven."""
        return self._asked and not (self._own is not None and self._own.in_doubt)

    @voluntary.setter
    def voluntary(self, asked: bool) -> None:
        self._asked = asked

    @property
    def outstanding(self) -> bool:
        """Whether what was drawn in this logon may have reached the host."""
        return self._drew

    @property
    def advice(self) -> str:
        """What to do about an expired password that is not to be changed here."""
        if self._plan.mode == "never":
            return self._words(NOT_OURS)
        return self._words(NONE_TAKEN if self._may_draw or self._worn_out(self._look()) else SOON_CHANGED)

    @staticmethod
    def _worn_out(own: Own | None) -> bool:
        """Whether the host has taken no new one, as often as it is asked to."""
        return own is not None and own.failed >= rules.MOST_FAILED

    # --- one logon --------------------------------------------------------------------------------

    def to_try(self) -> Secret | None:
        """The password to log on with; None where a key does. Raises OwnPasswordStopped when none may be typed."""
        self._spent = self._drew = self._given_up = False
        self._which = Which.CURRENT
        self._file, self._own = self._read(), self._look()
        if self._file is None or self._own is None:
            return self._file
        self._heed(self._file)
        if self._own.in_doubt and not self._may_draw:
            raise OwnPasswordStopped(self.account.system, self._words(STUCK if self._own.stuck else UNDER_WAY))
        which = self._own.next
        if which is None:
            words = self._own.words or self._words(STUCK if self._own.stuck else WRONG)
            raise OwnPasswordStopped(self.account.system, words)
        self._which = which
        sealed = self._own.candidate if which is Which.CANDIDATE else self._own.current
        try:
            return self._file if sealed is None else self._kit.vault.open_own(sealed, self._label, self._file)
        except VaultLocked as locked:
            raise OwnPasswordStopped(self.account.system, str(locked)) from None

    def spend(self) -> None:
        """It is about to be sent: one of two is marked first, so that nobody ever sends it a second time."""
        if self._spent or self._own is None or not self._own.in_doubt or self._drew:
            return
        marked = rules.tried(self._own, self._which)
        if marked.stuck:  # unless an answer comes, this is what a person has to read
            marked = replace(marked, words=self._words(STUCK))
        with self._kit.store.work() as work:
            self._save(work, marked, "service.tried", which=self._which)
        self._spent = True

    def draw(self) -> Secret | None:
        """Another one, stored before it is returned; None where it is not to be changed here.

        Called when the host has shown that the one which was typed is right, or when it is steady.
        """
        if self._file is None or not self.open_to_change:
            return None
        own = self._own or Own(account=self.account)
        if own.in_doubt and not self._drew and self._which is Which.CANDIDATE:
            return None  # chosen a moment ago, and over already: a person looks first
        new = draft(self._rules, self.account.userid, self._kit.dice)
        sealed = self._kit.vault.seal_own(new, self._label, self._file)
        mark = own.mark or self._kit.vault.mark(self._file, self._label)
        with self._kit.store.work() as work:
            self._save(work, rules.drawn(own, sealed, mark, at=self._kit.clock.now()), "service.candidate")
        self._drew = True
        return new

    def withdraw(self, said: str = "") -> None:
        """What was drawn never left, or the host refused it in these words."""
        if self._own is None or not self._drew:
            return
        with self._kit.store.work() as work:
            self._save(work, rules.withdrawn(self._own), "service.candidate_refused", said=said[:200] or "never sent")
        self._drew = False

    def accepted(self) -> bool:
        """The logon worked. True: what was drawn in it is to be proven by another logon."""
        now, own = self._kit.clock.now(), self._own
        if self._drew:
            self._record("service.changed")
            return True
        if own is None or not own.in_doubt:
            if self._plan.mode == "by_age" and self._file is not None and (own is None or own.since is None):
                self._begin_to_count(self._file)
            return False
        with self._kit.store.work() as work:
            if self._which is Which.CANDIDATE:
                self._save(work, rules.promoted(own, at=now), "service.proven")
                work.own.want(self.account, at=None, by=None)
            else:
                words = "the host still had the earlier password: the change did not take place"
                self._save(work, rules.kept(own, at=now, words=words), "service.kept")
                work.own.want(self.account, at=None, by=None)
        return False

    def refused(self, why: ServiceIdRejected) -> bool:
        """The logon was refused. True: the other of the two may be tried now; False: security is told."""
        if isinstance(why, OwnPasswordStopped):
            return False
        if self._file is None:
            self._stop(why)
            return False
        wrong = why.what in {Refused.WRONG, Refused.LAST_STRAW}
        if wrong and self._drew and self._asked:  # typed together, and none of them was taken
            self.withdraw("the present password is wrong")
        if wrong and not self._drew:
            return self._wrong(why)
        if why.what is Refused.MANAGER or (why.what is Refused.UNCLEAR and not self._drew):
            return self._held(why, AT_THE_MANAGER if why.what is Refused.MANAGER else UNCLEAR)
        if self._own is not None and self._own.in_doubt and not self._drew:
            self._about_something_else(self._own, why)
        elif why.what is Refused.EXPIRED and not (self._drew or self._given_up) and self.open_to_change:
            self.gave_up(" / ".join(why.said))  # demanded, and nowhere to type it: not to be tried at each reset
        if why.what is Refused.OTHER:
            return self._held(why, BARRED)
        self._stop(why)
        return False

    def unanswered(self, why: HostUnreached) -> None:
        """The logon failed otherwise. A host that has answered, and not about the password, has counted nothing."""
        own = self._own
        if own is not None and own.in_doubt and self._spent and why.answered and not self._drew:
            with self._kit.store.work() as work:
                self._save(work, rules.tried(own, self._which, done=False))
            self._spent = False

    def gave_up(self, words: str) -> None:
        """The host took no new password."""
        self._given_up = True
        now, own = self._kit.clock.now(), self._own or Own(account=self.account)
        with self._kit.store.work() as work:
            self._save(work, rules.gave_up(own, at=now, words=words[:300]), "service.gave_up", said=words[:200])
            work.own.want(self.account, at=None, by=None)

    def troubled(self, why: BridgeError) -> None:
        """A rotation has not come to its end. What a person must mend first is not gone on with by itself."""
        if isinstance(why, Overtaken):
            return
        self._own = self._look()
        own = self._own or Own(account=self.account)
        with self._kit.store.work() as work:
            self._save(work, replace(own, not_before=self._kit.clock.now() + LATER, words=own.words or str(why)[:300]))
            if not isinstance(why, TryLater | Unsure):
                work.own.want(self.account, at=None, by=None)

    def expires_in(self, days: int) -> None:
        """The host says so: kept for the plan, `check` and the metrics."""
        if self._file is None or not self._may_draw or self._drew:
            return
        at = self._kit.clock.now() + timedelta(days=days)
        own = self._own or Own(account=self.account, mark=self._kit.vault.mark(self._file, self._label))
        if own.expires_at is None or abs(own.expires_at - at) >= timedelta(days=1):
            with self._kit.store.work() as work:
                self._save(work, replace(own, expires_at=at), "service.expires", days=days)

    # --- within -----------------------------------------------------------------------------------

    def _heed(self, file: Secret) -> None:
        """Let the file count if it is another than what the stored one builds on; never one that was replaced."""
        own, vault = self._own, self._kit.vault
        if own is None or own.mark is None or vault.marked(own.mark, file, self._label):
            return
        if own.mark_before is not None and vault.marked(own.mark_before, file, self._label):
            raise OwnPasswordStopped(self.account.system, self._words(FILE_IS_OLDER))
        with self._kit.store.work() as work:
            self._save(work, rules.from_file(own, vault.mark(file, self._label)), "service.from_file")

    def _wrong(self, why: ServiceIdRejected) -> bool:
        own = self._own or Own(account=self.account)
        said = " / ".join(why.said)[:200]
        if own.in_doubt:
            self._record("service.wrong", which=self._which, said=said)
            if why.what is Refused.LAST_STRAW:  # a revoked one lets nobody in: the other is not typed for nothing
                own = replace(own, candidate_tried=True, current_tried=True)
            if own.stuck:
                self._stop(why, replace(own, words=self._words(STUCK)))
            return self._which is Which.CANDIDATE and not own.current_tried
        assert self._file is not None
        mark = own.mark or self._kit.vault.mark(self._file, self._label)
        self._stop(why, replace(own, mark=mark, refused=True, words=self._words(WRONG)))
        return False

    def _held(self, why: ServiceIdRejected, text: str) -> bool:
        """It may have been counted, or is for nothing. No other process types it either, before a person has looked."""
        assert self._file is not None
        own = self._own or Own(account=self.account)
        mark = own.mark or self._kit.vault.mark(self._file, self._label)
        words = f"{self._words(text)}. It was: {' / '.join(why.said)[:300]}"
        self._stop(why, replace(own, mark=mark, refused=True, words=words))
        return False

    def _stop(self, why: ServiceIdRejected, own: Own | None = None) -> None:
        """Record that nothing is typed any more, what is to be stored of it with it, and tell security."""
        now, said = self._kit.clock.now(), " / ".join(why.said)[:200]
        with self._kit.store.work() as work:
            if own is not None:
                self._own = work.own.save(own)
            self._note(work, "service.stopped", why=said)
            tell(work, self._kit, "service_id_stopped", self._kit.security_address, at=now, why=said,
                 **_told(self.account))  # fmt: skip

    def _about_something_else(self, own: Own, why: ServiceIdRejected) -> None:
        """Expired: it is right, and that settles the doubt. Revoked and the like: nothing was counted."""
        now = self._kit.clock.now()
        if why.what is Refused.EXPIRED and self._which is Which.CANDIDATE:
            self._store(replace(rules.promoted(own, at=now), failed=own.failed + 1), "service.proven")
        elif why.what is Refused.EXPIRED:
            self._store(rules.kept(own, at=now, words="expired, and no new one was taken"), "service.kept")
        elif why.what is Refused.OTHER and self._spent:
            self._store(rules.tried(own, self._which, done=False))
            self._spent = False

    def _begin_to_count(self, file: Secret) -> None:
        """Its age is not known: it is counted from the first time that it was seen to be right."""
        own = self._own or Own(account=self.account)
        mark = own.mark or self._kit.vault.mark(file, self._label)
        self._store(replace(own, mark=mark, since=self._kit.clock.now()))

    def _look(self) -> Own | None:
        with self._kit.store.look() as work:
            return work.own.get(self.account)

    def _words(self, text: str) -> str:
        return text.format(system=self.account.system, userid=self.account.userid)

    def _store(self, own: Own, kind: str | None = None, **detail: str | int | None) -> None:
        with self._kit.store.work() as work:
            self._save(work, own, kind, **detail)

    def _save(self, work: Work, own: Own, kind: str | None = None, **detail: str | int | None) -> None:
        """Raises Overtaken when another node has moved it meanwhile: then nothing was sent on this one's account."""
        self._own = work.own.save(own)
        if kind:
            self._note(work, kind, **detail)

    def _record(self, kind: str, **detail: str | int | None) -> None:
        with self._kit.store.work() as work:
            self._note(work, kind, **detail)

    def _note(self, work: Work, kind: str, **detail: str | int | None) -> None:
        told = {"system": self.account.system, "userid": self.account.userid, **detail}
        work.audit.append(Event(at=self._kit.clock.now(), kind=kind, by=self._by, detail=told))


def want(account: Account, desk: Desk, by: str) -> None:
    """Ask for a rotation: whichever worker holds the service id's seat does it."""
    with desk.store.work() as work:
        now = desk.clock.now()
        work.own.want(account, at=now, by=by)
        work.audit.append(Event(at=now, kind="service.wanted", by=by, detail=_told(account)))


def take_back(account: Account, desk: Desk, by: str) -> None:
    """Nobody has done it: it is not to come as a surprise later."""
    with desk.store.work() as work:
        work.own.want(account, at=None, by=None)
        work.audit.append(Event(at=desk.clock.now(), kind="service.unwanted", by=by, detail=_told(account)))


def retry(account: Account, desk: Desk, by: str, file: Secret | None = None) -> bool:
    """Let a password that was refused be typed again: a person has mended it on the host. False: none was refused.

    file    what the configuration's holds: one that was replaced before counts again, since a person says so

    Raises NotAllowed where both of two were refused: typing them again is what must never happen.
    """
    with desk.store.work() as work:
        own = work.own.get(account)
        again = None if own is None or file is None else _put_back(own, file, desk)
        if again is not None:
            work.own.save(again)
            work.audit.append(Event(at=desk.clock.now(), kind="service.from_file", by=by, detail=_told(account)))
            return True
        if own is not None and own.stuck:
            raise NotAllowed(STUCK.format(userid=account.userid))
        if own is None or not own.refused:
            return False
        work.own.save(replace(own, refused=False, words=""))
        work.audit.append(Event(at=desk.clock.now(), kind="service.retry", by=by, detail=_told(account)))
    return True


def _put_back(own: Own, file: Secret, desk: Desk) -> Own | None:
    """With the file counting again that was replaced; None where it is not that one."""
    name = label(own.account)
    if own.mark_before is None or not desk.vault.marked(own.mark_before, file, name):
        return None
    return rules.from_file(own, desk.vault.mark(file, name))


def _told(account: Account) -> dict[str, str]:
    return {"system": account.system, "userid": account.userid}


def label(account: Account) -> str:
    """What its sealed forms are bound to."""
    return f"service id:{account.system}:{account.userid}"
