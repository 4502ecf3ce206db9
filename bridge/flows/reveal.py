"""The password is handed over once, to whoever holds the link and passes the factor (I4, I5, I10)."""

from __future__ import annotations

from bridge.domain.errors import (
    BridgeError,
    LinkDead,
    LinkEnded,
    NextQuestion,
    QuestionLapsed,
    SignOnLapsed,
    TicketLapsed,
    VaultLocked,
    WrongAnswer,
)
from bridge.domain.link import Sealed
from bridge.domain.policy import Policy
from bridge.domain.reset import Reset, State
from bridge.domain.second import OIDC, Challenge
from bridge.flows.alarm import damaged, used_again
from bridge.flows.crowd import note_one
from bridge.flows.elsewhere import Inquiry, Ruling, begin, end, judge_of, ruled, uncount
from bridge.flows.guesses import admit, forfeit, unpaused, wrong
from bridge.flows.handover import Shown, Waiting, person_of
from bridge.flows.holder import HOLDER, Attempt, accepted, no_answer, over, shown_by, takers
from bridge.flows.steps import OneMore, passed, walked, wanted
from bridge.ports import WebKit, Work

__all__ = ["OneMore", "Shown", "Waiting", "reveal"]


def reveal(attempt: Attempt, kit: WebKit) -> Shown | Waiting | OneMore:
    """Hand over the password once; of an armed link that has none yet, have it made and let its holder wait.

    Where the policy demands several factors, each answer but the last is answered with OneMore.

    The answer is judged, counted, and the row claimed in one transaction under the link's row lock: of any number of
    requests on any number of nodes one gets the password, and no wrong answer goes uncounted. The text leaves only
    after the commit. An answer that another server judges is judged between two transactions, the second of which
    claims the row: a right one that comes too late gets nothing. Raises LinkDead, LinkEnded, NotYet, WrongAnswer,
    BadInput, NextQuestion, QuestionLapsed, SignOnLapsed, TicketLapsed, Paused, FactorUnreached, Overtaken, TooMany,
    VaultLocked (nothing spent).
    """
    sealed = shown_by(attempt, admit(attempt, kit), kit)
    try:
        with kit.store.work() as work:
            outcome = _judged(sealed, attempt, work, kit)
        if isinstance(outcome, Inquiry):
            outcome = _elsewhere(sealed, attempt, outcome, kit)
    except VaultLocked as locked:
        damaged(sealed, attempt, str(locked), kit)  # the transaction left nothing: neither factor nor link is used up
        raise
    if isinstance(outcome, WrongAnswer) and outcome.left == 0:
        forfeit(sealed.reset_id, attempt, kit)
    if isinstance(outcome, BridgeError):
        raise outcome
    return outcome


def _judged(
    found: Sealed, attempt: Attempt, work: Work, kit: WebKit
) -> Shown | Waiting | OneMore | Inquiry | BridgeError:
    """Inside the transaction. What must be stored although the answer is no is returned, not raised."""
    sealed = work.links.lock(found.locator)
    if sealed is None:
        return LinkDead("no such link, or not its key")
    reset = work.resets.get(sealed.reset_id)
    if why_not := over(reset, sealed, kit.clock.latest()):
        if reset.state is not State.CHANGING and isinstance(why_not, LinkEnded):
            used_again(reset, why_not, attempt, work, kit)
        return why_not
    return _answered(reset, sealed, attempt, work, kit)


def _answered(
    reset: Reset, sealed: Sealed, attempt: Attempt, work: Work, kit: WebKit
) -> Shown | Waiting | OneMore | Inquiry | BridgeError:
    """The link is alive, and locked: judge what was typed. What is raised has changed nothing."""
    policy, now = kit.systems.get(reset.system) or Policy(name=reset.policy), kit.clock.now()
    count = work.tries.lock(person_of(reset))
    before = walked(reset, attempt, work, kit)
    kinds = attempt.among(wanted(policy, before))
    if attempt.kind == OIDC and not any(kit.factors[kind].offered(reset, now, work) for kind in kinds):
        raise SignOnLapsed("no sign-on is open on this link")
    judge = judge_of(kinds, attempt, kit)
    # An answer to a server's question is nobody else's: our factors would else be tried without being counted.
    ours = [] if attempt.asked else takers(kinds, attempt.answer, kit)
    if attempt.asked and judge is None:
        raise QuestionLapsed("the question is not open any more")
    if not ours and judge is None:
        raise no_answer()
    unpaused(reset, policy, count, work, kit)
    code = work.links.code(reset.id) if policy.demand.several(policy.factors) else None
    factor = accepted(reset, policy, kinds, attempt.answer, now, work, kit) if ours else None
    if factor is not None:
        outcome = passed(reset, sealed, policy, attempt, factor, before, work, kit)
        if isinstance(outcome, OneMore) and code is not None:
            work.links.set_code(reset.id, code)  # it cannot be had again, should this page get lost
        return outcome
    heard = any(one.offered(reset, now, work) for one in ours)
    if judge is not None:
        begun = begin(judge, reset, person_of(reset), attempt, count, heard, work, kit)
        if isinstance(begun, Inquiry) or not heard:
            return begun
    return wrong(reset, sealed, policy, count + 1, attempt, work, kit)


def _elsewhere(
    found: Sealed, attempt: Attempt, inquiry: Inquiry, kit: WebKit
) -> Shown | Waiting | OneMore | BridgeError:
    """Let the other server judge, then go on where _judged stopped. A vault that stays shut uses nothing up."""
    ruling = ruled(inquiry)
    try:
        with kit.store.work() as work:
            return _ruled(found, attempt, inquiry, ruling, work, kit)
    except VaultLocked:
        with kit.store.work() as work:
            count = work.tries.lock(inquiry.claim.person)
            end(inquiry, ruling, work, kit)
            uncount(inquiry, count, work, kit)
        raise


def _ruled(
    found: Sealed, attempt: Attempt, inquiry: Inquiry, ruling: Ruling, work: Work, kit: WebKit
) -> Shown | Waiting | OneMore | BridgeError:
    """Inside the second transaction: the link may be another's, or over, since the first."""
    sealed = work.links.lock(found.locator)
    reset = work.resets.get(inquiry.reset.id)
    count = work.tries.lock(inquiry.claim.person)
    end(inquiry, ruling, work, kit)
    why_not = over(reset, sealed, kit.clock.latest()) if sealed else LinkDead("no such link, or not its key")
    if sealed is None or why_not:
        uncount(inquiry, count, work, kit)
        if reset.state is not State.CHANGING and isinstance(why_not, LinkEnded):
            used_again(reset, why_not, attempt, work, kit)
        return why_not or LinkDead("no such link, or not its key")
    policy = kit.systems.get(reset.system) or Policy(name=reset.policy)
    if ruling is True:
        return _ruled_right(reset, sealed, policy, attempt, inquiry, count, work, kit)
    if ruling is False or inquiry.heard:
        return wrong(reset, sealed, policy, max(count, 1), attempt, work, kit)
    uncount(inquiry, count, work, kit)
    asked = isinstance(ruling, Challenge)
    note_one(work, "factor.asked" if asked else "factor.unreached", at=kit.clock.now(), by=HOLDER, reset=reset,
             source=attempt.source, network=attempt.network, factor=inquiry.judge.kind,
             agent=attempt.agent[:200])  # fmt: skip
    return NextQuestion(ruling.words) if isinstance(ruling, Challenge) else ruling


def _ruled_right(
    reset: Reset, sealed: Sealed, policy: Policy, attempt: Attempt, inquiry: Inquiry, count: int, work: Work,
    kit: WebKit,
) -> Shown | Waiting | OneMore | BridgeError:  # fmt: skip
    """The other server says yes. Where that is not enough, no try is given back but the one that this answer took."""
    try:
        before = walked(reset, attempt, work, kit)
    except TicketLapsed as lapsed:
        uncount(inquiry, count, work, kit)
        return lapsed
    outcome = passed(reset, sealed, policy, attempt, inquiry.judge.kind, before, work, kit)
    if isinstance(outcome, OneMore):
        uncount(inquiry, count, work, kit)
    return outcome
