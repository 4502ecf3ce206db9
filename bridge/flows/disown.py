""" "This was not me": ends what somebody else began. Takes the key of an unread link, the factor of a read one."""

from __future__ import annotations

from dataclasses import replace
from enum import StrEnum
from typing import Final

from bridge.domain.errors import (
    BadInput,
    BridgeError,
    LinkDead,
    LinkEnded,
    NextQuestion,
    NotDisowned,
    TooMany,
    VaultLocked,
    WrongTurn,
)
from bridge.domain.link import Sealed
from bridge.domain.policy import COUNTED_OVER, Policy
from bridge.domain.reset import Delivery, Reset, State, advance
from bridge.domain.second import MAIL, OIDC, PASSKEY, PHONE, RADIUS, TOTP, Challenge
from bridge.domain.secret import Secret
from bridge.flows.alarm import damaged, shut, used_again
from bridge.flows.crowd import note_one
from bridge.flows.elsewhere import Inquiry, Ruling, claimed, end, judge_of, ruled
from bridge.flows.guesses import suspect
from bridge.flows.handover import PASS_FOR, person_of
from bridge.flows.holder import (
    HOLDER,
    Attempt,
    accepted,
    over,
    proven,
    takers,
    used_up,
    visit_of,
    was_read,
)
from bridge.flows.invite import OWNER
from bridge.flows.ledger import note, tell, unset, write
from bridge.flows.send import all_sent, owner_of, ways
from bridge.flows.wallet import remove
from bridge.ports import WebKit, Work

LASTING: Final = frozenset({TOTP, PASSKEY, OIDC, PHONE, MAIL, RADIUS})
TOO_LATE: Final = frozenset({State.COMPLETED, State.LAPSED})


class Disowned(StrEnum):
    """What came of it. UNSET: ended, and no password had been set behind it; LATE: nothing was left to end."""

    ENDED = "ended"
    UNSET = "unset"
    LATE = "late"


def disown(attempt: Attempt, kit: WebKit, *, visit: str = "") -> Disowned:
    """The holder of the key ends an unread link; a read one, whoever passes the factor or passed it (`visit`).

    Wrong answers to a read link count for that link alone, and end nothing: who kept an old link locks nobody out. At
    the limit it takes no more, of whichever factor, as an unread one; security is told, once.
    LATE where the password had been used, or had lapsed; security is told all the same, of each link once.
    Raises LinkDead, LinkEnded, NotYet, NotDisowned, VaultLocked (nothing spent, security told); where another server
    judges, NextQuestion, QuestionLapsed, FactorUnreached, Overtaken and TooMany as well.
    """
    sealed = proven(attempt, kit)
    try:
        with kit.store.work() as work:
            outcome = _disowned(sealed, attempt, visit, work, kit)
    except VaultLocked as locked:
        damaged(sealed, attempt, str(locked), kit)
        raise
    if isinstance(outcome, Inquiry):
        ruling = ruled(outcome)
        with kit.store.work() as work:
            outcome = _ruled(sealed, attempt, outcome, ruling, work, kit)
    if isinstance(outcome, BridgeError):
        raise outcome
    return outcome


def _disowned(found: Sealed, attempt: Attempt, visit: str, work: Work, kit: WebKit) -> Disowned | Inquiry | BridgeError:
    """Inside the transaction. What must be stored although the answer is no is returned, not raised."""
    sealed = work.links.lock(found.locator)
    if sealed is None:
        return LinkDead("no such link, or not its key")
    reset = work.resets.get(sealed.reset_id)
    read = was_read(reset, sealed)
    stranger = read and Secret(visit) != visit_of(reset, sealed, kit)
    if stranger and (no := _unproven(reset, sealed, attempt, work, kit)):
        return no
    return _ended(reset, sealed, read, attempt, work, kit)


def _ended(
    reset: Reset, sealed: Sealed, read: bool, attempt: Attempt, work: Work, kit: WebKit
) -> Disowned | BridgeError:
    """Whoever says so may."""
    now = kit.clock.now()
    left = reset.state not in TOO_LATE
    if left:
        waits = reset.state is State.QUEUED and reset.awaited
        try:
            to = State.CANCELLED if waits else State.REVOKED
            after = advance(reset, to, at=now, note="the user said: this was not me")
        except WrongTurn:
            return over(reset, sealed, kit.clock.latest()) or LinkEnded(reset.state, reset.since)
        write(work, reset, after, by=HOLDER, disowned=True, source=attempt.source, agent=attempt.agent[:200])
        work.links.erase([reset.id])
    else:
        note_one(work, "link.disowned", at=now, by=HOLDER, reset=reset, source=attempt.source, network=attempt.network,
                 agent=attempt.agent[:200])  # fmt: skip
    if read:
        work.invitations.end(person_of(reset), now)  # whoever read it may have the person's factors open
        _undo(reset, attempt, work, kit)
    if left or len(work.audit.of_reset(reset.id, kind="link.disowned")) == 1:
        tell(work, kit, unset("disowned", reset), kit.security_address, at=now, system=reset.system,
             userid=reset.userid, reset=reset.id, source=attempt.source, read="yes" if read else "no")  # fmt: skip
    if not left:
        return Disowned.LATE
    return Disowned.UNSET if reset.delivery is Delivery.ARMED and not reset.touched else Disowned.ENDED


def _undo(reset: Reset, attempt: Attempt, work: Work, kit: WebKit) -> None:
    """Take away the factors that came in by the page of this link: they would open the next one."""
    begun = [record.event.at for record in work.audit.of_reset(reset.id, kind="factor.own_opened")]
    for factor in work.people.factors(person_of(reset)) if begun else ():
        if factor.added_by == OWNER and any(at <= factor.added_at < at + PASS_FOR for at in begun):
            remove(factor, kit.clock.now(), HOLDER, work, kit, of_reset=reset.id, source=attempt.source)


def takes(attempt: Attempt, kit: WebKit) -> tuple[str, ...]:
    """With which factors a read link can be disowned now: those of its policy that the person has, and that can still
    be checked. A code that was read out ended with the reveal."""
    sealed, now = proven(attempt, kit), kit.clock.now()
    with kit.store.look() as work:
        reset = work.resets.get(sealed.reset_id)
        policy = kit.systems.get(reset.system) or Policy(name=reset.policy)
        if not was_read(reset, sealed) or used_up(reset, sealed, kit):
            return ()
        kinds = [kind for kind in policy.factors if kind in LASTING and (kind in kit.factors or kind in kit.judges)]
        have = {kind for kind in kinds if kind in kit.factors and kit.factors[kind].offered(reset, now, work)}
    have |= _judged(reset, sealed, kinds, kit)
    if kit.sign_on is not None:
        have.add(OIDC)
    if not {PHONE, MAIL}.isdisjoint(kinds):
        have |= ways(sealed, kit)
    return tuple(kind for kind in kinds if kind in have)


def _judged(reset: Reset, sealed: Sealed, kinds: list[str], kit: WebKit) -> set[str]:
    """Of which another server could be asked; none while the directory does not answer."""
    judges = [kind for kind in kinds if kind in kit.judges]
    try:
        owner = owner_of(sealed, kit) if judges else None
    except BridgeError:
        return set()
    return {kind for kind in judges if owner and kit.judges[kind].offered(reset, owner)}


def _unproven(reset: Reset, sealed: Sealed, attempt: Attempt, work: Work, kit: WebKit) -> BridgeError | Inquiry | None:
    """None if the factor is right. An answer that another server judges is counted before it leaves."""
    opened = sealed.opened_at or reset.since
    policy, now = kit.systems.get(reset.system) or Policy(name=reset.policy), kit.clock.now()
    if used_up(reset, sealed, kit):
        used_again(reset, LinkEnded("opened", opened), attempt, work, kit)  # whoever read it may have used them up
        shut(reset, attempt, work, kit)  # the last of them may have been judged elsewhere while this node was killed
        return NotDisowned(opened, left=0)
    work.tries.lock(person_of(reset))  # as whoever judges an answer: what the person was asked is read and written
    try:
        kinds = attempt.among([kind for kind in policy.factors if kind in LASTING])
        if attempt.kind == OIDC and not any(kit.factors[kind].offered(reset, now, work) for kind in kinds):
            return NotDisowned(opened, left=None)
        judge = judge_of(kinds, attempt, kit)
        # An answer to a server's question is nobody else's, as in reveal.
        ours = [] if attempt.asked and judge else takers(kinds, attempt.answer, kit)
        if (ours or judge is None) and accepted(reset, policy, kinds, attempt.answer, now, work, kit):
            return None
        if judge is not None:
            heard = any(one.offered(reset, now, work) for one in ours)
            begun: Inquiry | BridgeError = TooMany(int(COUNTED_OVER.total_seconds()))
            if attempt.asked or not all_sent(reset, judge.kind, opened, work, "factor.asked"):
                begun = claimed(judge, reset, person_of(reset), attempt, heard, work, kit, read=True)
            if isinstance(begun, TooMany):
                used_again(reset, LinkEnded("opened", opened), attempt, work, kit)  # the same of these
            if isinstance(begun, Inquiry):
                work.links.put(replace(sealed, tries=sealed.tries + 1))
            if isinstance(begun, Inquiry) or not heard:
                return begun
    except BadInput:
        return NotDisowned(opened, left=None)
    work.links.put(replace(sealed, tries=sealed.tries + 1))
    return _wrong(reset, sealed, sealed.tries + 1, attempt, work, kit)


def _ruled(
    found: Sealed, attempt: Attempt, inquiry: Inquiry, ruling: Ruling, work: Work, kit: WebKit
) -> Disowned | BridgeError:
    """Inside the second transaction: somebody else may have ended it since the first."""
    sealed = work.links.lock(found.locator)
    reset = work.resets.get(inquiry.reset.id)
    work.tries.lock(inquiry.claim.person)
    end(inquiry, ruling, work, kit)
    if sealed is None:
        return LinkDead("no such link, or not its key")
    if not was_read(reset, sealed):
        return over(reset, sealed, kit.clock.latest()) or LinkEnded(reset.state, reset.since)
    if ruling is False or (inquiry.heard and ruling is not True):
        return _wrong(reset, sealed, sealed.tries, attempt, work, kit)
    work.links.put(replace(sealed, tries=max(sealed.tries - 1, 0)))
    if ruling is True:
        return _ended(reset, sealed, True, attempt, work, kit)
    asked = isinstance(ruling, Challenge)
    note_one(work, "factor.asked" if asked else "factor.unreached", at=kit.clock.now(), by=HOLDER, reset=reset,
             source=attempt.source, network=attempt.network, factor=inquiry.judge.kind,
             agent=attempt.agent[:200])  # fmt: skip
    return NextQuestion(ruling.words) if isinstance(ruling, Challenge) else ruling


def _wrong(reset: Reset, sealed: Sealed, count: int, attempt: Attempt, work: Work, kit: WebKit) -> NotDisowned:
    """Put on record a wrong answer that has been counted."""
    opened, now = sealed.opened_at or reset.since, kit.clock.now()
    policy = kit.systems.get(reset.system) or Policy(name=reset.policy)
    left = max(policy.attempts - count, 0)
    note(work, "factor.wrong", at=now, by=HOLDER, reset=reset, source=attempt.source, agent=attempt.agent[:200],
         count=count, left=left, read=True)  # fmt: skip
    used_again(reset, LinkEnded("opened", opened), attempt, work, kit)
    if left == 0:
        shut(reset, attempt, work, kit)
    suspect(attempt, work, kit)
    return NotDisowned(opened, left=left)
