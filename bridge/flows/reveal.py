"""The password is handed over once, to whoever holds the link and passes the factor (I4, I5, I10)."""

from __future__ import annotations

from dataclasses import replace

from bridge.domain.errors import (
    BridgeError,
    LinkDead,
    LinkEnded,
    NextQuestion,
    QuestionLapsed,
    SignOnLapsed,
    VaultLocked,
    WrongAnswer,
)
from bridge.domain.link import Sealed
from bridge.domain.policy import Policy
from bridge.domain.reset import Reset, State, advance
from bridge.domain.second import OIDC, Challenge
from bridge.flows.alarm import damaged, used_again
from bridge.flows.elsewhere import Inquiry, Ruling, begin, end, judge_of, ruled, uncount
from bridge.flows.handover import Shown, Waiting, hand_over, let_in, person_of
from bridge.flows.holder import HOLDER, Attempt, accepted, no_answer, over, proven, takers
from bridge.flows.ledger import note, tell, tell_owner, unset, write
from bridge.ports import WebKit, Work

__all__ = ["Shown", "Waiting", "reveal"]


def reveal(attempt: Attempt, kit: WebKit) -> Shown | Waiting:
    """Hand over the password once; of an armed link that has none yet, have it made and let its holder wait.

    The answer is judged, counted, and the row claimed in one transaction under the link's row lock: of any number of
    requests on any number of nodes one gets the password, and no wrong answer goes uncounted. The text leaves only
    after the commit. An answer that another server judges is judged between two transactions, the second of which
    claims the row: a right one that comes too late gets nothing. Raises LinkDead, LinkEnded, NotYet, WrongAnswer,
    BadInput, NextQuestion, QuestionLapsed, SignOnLapsed, FactorUnreached, Overtaken, TooMany, VaultLocked (nothing
    spent).
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


def _judged(found: Sealed, attempt: Attempt, work: Work, kit: WebKit) -> Shown | Waiting | Inquiry | BridgeError:
    """Inside the transaction. What must be stored although the answer is no is returned, not raised."""
    sealed = work.links.lock(found.locator)
    if sealed is None:
        return LinkDead("no such link, or not its key")
    reset, now = work.resets.get(sealed.reset_id), kit.clock.now()
    if why_not := over(reset, sealed, kit.clock.latest()):
        if reset.state is not State.CHANGING and isinstance(why_not, LinkEnded):
            used_again(reset, why_not, attempt, work, kit)
        return why_not
    policy = kit.systems.get(reset.system) or Policy(name=reset.policy)
    policy = replace(policy, factors=attempt.among(policy.factors))
    wrong = work.tries.lock(person_of(reset))
    if attempt.kind == OIDC and not any(kit.factors[kind].offered(reset, now, work) for kind in policy.factors):
        raise SignOnLapsed("no sign-on is open on this link")
    judge = judge_of(policy, attempt, kit)
    # An answer to a server's question is nobody else's: our factors would else be tried without being counted.
    ours = [] if attempt.asked else takers(policy, attempt.answer, kit)
    if attempt.asked and judge is None:
        return QuestionLapsed("the question is not open any more")
    if not ours and judge is None:
        raise no_answer()
    factor = accepted(reset, policy, attempt.answer, now, work, kit) if ours else None
    if factor is not None:
        return _right(reset, sealed, policy, attempt, factor, work, kit)
    heard = any(one.offered(reset, now, work) for one in ours)
    if judge is not None:
        begun = begin(judge, reset, person_of(reset), attempt, wrong, heard, work, kit)
        if isinstance(begun, Inquiry) or not heard:
            return begun
    return _wrong(reset, policy, wrong + 1, attempt, work, kit)


def _elsewhere(found: Sealed, attempt: Attempt, inquiry: Inquiry, kit: WebKit) -> Shown | Waiting | BridgeError:
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
) -> Shown | Waiting | BridgeError:
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
        return _right(reset, sealed, policy, attempt, inquiry.judge.kind, work, kit)
    if ruling is False or inquiry.heard:
        return _wrong(reset, policy, max(wrong, 1), attempt, work, kit)
    uncount(inquiry, wrong, work, kit)
    asked = isinstance(ruling, Challenge)
    note(work, "factor.asked" if asked else "factor.unreached", at=kit.clock.now(), by=HOLDER, reset=reset,
         factor=inquiry.judge.kind, source=attempt.source, agent=attempt.agent[:200])  # fmt: skip
    return NextQuestion(ruling.words) if isinstance(ruling, Challenge) else ruling


def _right(
    reset: Reset, sealed: Sealed, policy: Policy, attempt: Attempt, factor: str, work: Work, kit: WebKit
) -> Shown | Waiting:
    """The factor is passed: in the transaction that the caller commits."""
    if sealed.public is not None and sealed.ciphertext is None:
        return let_in(reset, attempt, factor, work, kit)
    return hand_over(reset, sealed, policy, attempt, factor, work, kit)


def _wrong(reset: Reset, policy: Policy, count: int, attempt: Attempt, work: Work, kit: WebKit) -> BridgeError:
    """Count a wrong answer; at the limit destroy the link and tell (I5)."""
    now, left = kit.clock.now(), max(policy.attempts - count, 0)
    note(work, "factor.wrong", at=now, by=HOLDER, reset=reset, source=attempt.source, agent=attempt.agent[:200],
         count=count, left=left)  # fmt: skip
    work.tries.set(person_of(reset), 0 if left == 0 else count, now)
    if left == 0:
        after = advance(reset, State.REVOKED, at=now, note="too many wrong answers")
        write(work, reset, after, by="system", wrong_answers=count)
        work.links.erase([reset.id])
        values = {"system": reset.system, "userid": reset.userid, "source": attempt.source, "reset": reset.id}
        tell(work, kit, unset("link_destroyed", after), kit.security_address, at=now, **values)
        tell_owner(work, kit, "link_destroyed", after)
    return WrongAnswer(left)
