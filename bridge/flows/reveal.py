"""The password is handed over once, to whoever holds the link and passes the factor (I4, I5, I10)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from bridge.domain.errors import (
    BridgeError,
    LinkDead,
    LinkEnded,
    NextQuestion,
    QuestionLapsed,
    VaultLocked,
    WrongAnswer,
)
from bridge.domain.link import Closed, Sealed
from bridge.domain.names import Account, Person, SystemName, Userid
from bridge.domain.policy import Policy
from bridge.domain.reset import Reset, State, advance
from bridge.domain.second import Challenge
from bridge.domain.secret import Secret
from bridge.flows.alarm import damaged, used_again
from bridge.flows.elsewhere import Inquiry, Ruling, begin, end, judge_of, ruled, uncount
from bridge.flows.holder import HOLDER, Attempt, accepted, no_answer, over, proven, takers, visit_of
from bridge.flows.ledger import note, tell, tell_owner, write
from bridge.ports import Binding, WebKit, Work

FIRST_LOOK: Final = timedelta(seconds=5)  # after a reveal, when the host is first asked whether it was used


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """What the one page shows. `visit` lets this page say "this was not me" without another factor.

    password   Closed where the link's key stayed in the browser, which opens the rest
    """

    password: Secret | Closed
    system: SystemName
    userid: Userid
    unused_until: datetime
    visit: str


def reveal(attempt: Attempt, kit: WebKit) -> Shown:
    """Hand over the password once.

    The answer is judged, counted, and the row claimed in one transaction under the link's row lock: of any number of
    requests on any number of nodes one gets the password, and no wrong answer goes uncounted. The text leaves only
    after the commit. An answer that another server judges is judged between two transactions, the second of which
    claims the row: a right one that comes too late gets nothing. Raises LinkDead, LinkEnded, NotYet, WrongAnswer,
    BadInput, NextQuestion, QuestionLapsed, FactorUnreached, Overtaken, TooMany, VaultLocked (nothing spent).
    """
    sealed = proven(attempt, kit)
    try:
        with kit.store.work() as work:
            outcome = _judged(sealed, attempt, work, kit)
        if isinstance(outcome, Inquiry):
            outcome = _elsewhere(sealed, attempt, outcome, kit)
    except VaultLocked as locked:
        damaged(sealed, attempt, str(locked), kit)  # the transaction left nothing: neither factor nor link is used up
        raise
    if isinstance(outcome, BridgeError):
        raise outcome
    return outcome


def _judged(found: Sealed, attempt: Attempt, work: Work, kit: WebKit) -> Shown | Inquiry | BridgeError:
    """Inside the transaction. What must be stored although the answer is no is returned, not raised."""
    sealed = work.links.lock(found.locator)
    if sealed is None:
        return LinkDead("no such link, or not its key")
    reset, now = work.resets.get(sealed.reset_id), kit.clock.now()
    if why_not := over(reset, sealed, kit.clock.latest()):
        if reset.state is not State.CHANGING:
            used_again(reset, why_not, attempt, work, kit)
        return why_not
    policy = kit.systems.get(reset.system) or Policy(name=reset.policy)
    wrong = work.tries.lock(_person(reset))
    judge = judge_of(reset, policy, attempt, kit)
    # An answer to a server's question is nobody else's: our factors would else be tried without being counted.
    ours = [] if attempt.asked else takers(policy, attempt.answer, kit)
    if attempt.asked and judge is None:
        return QuestionLapsed("the question is not open any more")
    if not ours and judge is None:
        raise no_answer()
    factor = accepted(reset, policy, attempt.answer, now, work, kit) if ours else None
    if factor is not None:
        return _claimed(reset, sealed, policy, attempt, factor, work, kit)
    heard = any(one.offered(reset, now, work) for one in ours)
    if judge is not None:
        begun = begin(judge, reset, _person(reset), attempt, wrong, heard, work, kit)
        if isinstance(begun, Inquiry) or not heard:
            return begun
    return _wrong(reset, policy, wrong + 1, attempt, work, kit)


def _elsewhere(found: Sealed, attempt: Attempt, inquiry: Inquiry, kit: WebKit) -> Shown | BridgeError:
    """Let the other server judge, then go on where _judged stopped. A vault that stays shut uses nothing up."""
    ruling = ruled(inquiry)
    try:
        with kit.store.work() as work:
            return _ruled(found, attempt, inquiry, ruling, work, kit)
    except VaultLocked:
        with kit.store.work() as work:
            wrong = work.tries.lock(inquiry.claim.person)
            end(inquiry, ruling, work, kit)
            uncount(inquiry, wrong, work, kit)
        raise


def _ruled(
    found: Sealed, attempt: Attempt, inquiry: Inquiry, ruling: Ruling, work: Work, kit: WebKit
) -> Shown | BridgeError:
    """Inside the second transaction: the link may be another's, or over, since the first."""
    sealed = work.links.lock(found.locator)
    reset = work.resets.get(inquiry.reset.id)
    wrong = work.tries.lock(inquiry.claim.person)
    end(inquiry, ruling, work, kit)
    why_not = over(reset, sealed, kit.clock.latest()) if sealed else LinkDead("no such link, or not its key")
    if sealed is None or why_not:
        uncount(inquiry, wrong, work, kit)
        if reset.state is not State.CHANGING and isinstance(why_not, LinkEnded):
            used_again(reset, why_not, attempt, work, kit)
        return why_not or LinkDead("no such link, or not its key")
    policy = kit.systems.get(reset.system) or Policy(name=reset.policy)
    if ruling is True:
        return _claimed(reset, sealed, policy, attempt, inquiry.judge.kind, work, kit)
    if ruling is False or inquiry.heard:
        return _wrong(reset, policy, max(wrong, 1), attempt, work, kit)
    uncount(inquiry, wrong, work, kit)
    asked = isinstance(ruling, Challenge)
    note(work, "factor.asked" if asked else "factor.unreached", at=kit.clock.now(), by=HOLDER, reset=reset,
         factor=inquiry.judge.kind, source=attempt.source, agent=attempt.agent[:200])  # fmt: skip
    return NextQuestion(ruling.words) if isinstance(ruling, Challenge) else ruling


def _wrong(reset: Reset, policy: Policy, count: int, attempt: Attempt, work: Work, kit: WebKit) -> BridgeError:
    """Count a wrong answer; at the limit destroy the link and tell (I5)."""
    now, left = kit.clock.now(), max(policy.attempts - count, 0)
    note(work, "factor.wrong", at=now, by=HOLDER, reset=reset, source=attempt.source, agent=attempt.agent[:200],
         count=count, left=left)  # fmt: skip
    work.tries.set(_person(reset), 0 if left == 0 else count, now)
    if left == 0:
        after = advance(reset, State.REVOKED, at=now, note="too many wrong answers")
        write(work, reset, after, by="system", wrong_answers=count)
        work.links.erase([reset.id])
        values = {"system": reset.system, "userid": reset.userid, "source": attempt.source, "reset": reset.id}
        tell(work, kit, "link_destroyed", kit.security_address, at=now, **values)
        tell_owner(work, kit, "link_destroyed", after)
    return WrongAnswer(left)


def _claimed(
    reset: Reset, sealed: Sealed, policy: Policy, attempt: Attempt, factor: str, work: Work, kit: WebKit
) -> Shown:
    """Open, erase, move on: in the transaction that the caller commits before anything is shown."""
    now, unused_until = kit.clock.now(), kit.clock.latest() + policy.unused_ttl
    password = _opened(reset, sealed, attempt, kit)
    after = advance(reset, State.REVEALED, at=now, expires_at=unused_until, not_before=now + FIRST_LOOK)
    write(work, reset, after, by=HOLDER, factor=factor, source=attempt.source, agent=attempt.agent[:200])
    work.links.put(replace(sealed, ciphertext=None, opened_at=now))
    work.tries.set(_person(reset), 0, now)
    tell_owner(work, kit, "revealed", after, when=now.strftime("%Y-%m-%d %H:%M UTC"))
    return Shown(
        password=password,
        system=reset.system,
        userid=reset.userid,
        unused_until=unused_until,
        visit=visit_of(reset, sealed, kit).expose(),
    )


def _opened(reset: Reset, sealed: Sealed, attempt: Attempt, kit: WebKit) -> Secret | Closed:
    """Both layers with the key; the server's alone with a proof of it."""
    bound_to = Binding(reset_id=reset.id, account=Account(reset.system, reset.userid), locator=sealed.locator)
    if attempt.proof is not None:
        return kit.vault.unwrap(sealed, attempt.proof, bound_to)
    return kit.vault.open(sealed, attempt.key, bound_to)


def _person(reset: Reset) -> Person:
    """Published resets have a person: `change` refuses to mail nobody."""
    if reset.person is None:
        raise LinkDead("no such link, or not its key")
    return reset.person
