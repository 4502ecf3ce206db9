"""Who has passed an armed link's factor waits while the host is changed, and is not asked a second time."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Final

from bridge.domain.errors import BridgeError, LinkDead, LinkEnded, TicketLapsed, VaultLocked
from bridge.domain.link import Sealed
from bridge.domain.policy import Policy
from bridge.domain.reset import Reset, State
from bridge.domain.secret import Secret
from bridge.flows.alarm import damaged, used_again
from bridge.flows.handover import Shown, Step, Waiting, hand_over, queued_for
from bridge.flows.holder import HOLDER, Attempt, over, proven
from bridge.flows.ledger import write
from bridge.ports import Pass, WebKit, Work

TICKET: Final = "ticket"  # in the place of the factor, in the record


def collect(attempt: Attempt, ticket: Secret, kit: WebKit, *, again: bool = False) -> Shown | Waiting:
    """Hand over the password if it is there, once; else say how far it is. `again`: try the host once more.

    The ticket counts for the factor, with the link's key and for the link that it was given for, until it lapses.
    Raises LinkDead, LinkEnded, TicketLapsed, Overtaken, VaultLocked (nothing spent).
    """
    sealed = proven(attempt, kit)
    try:
        with kit.store.work() as work:
            outcome = _collected(sealed, attempt, ticket, again, work, kit)
    except VaultLocked as locked:
        damaged(sealed, attempt, str(locked), kit)
        raise
    if isinstance(outcome, BridgeError):
        raise outcome
    return outcome


def progress(attempt: Attempt, ticket: Secret, kit: WebKit) -> Waiting:
    """How far it is, for a page that asks often: nothing is written or handed over. Raises what collect raises."""
    found = proven(attempt, kit)
    with kit.store.look() as work:
        sealed, reset = work.links.of(found.reset_id), work.resets.get(found.reset_id)
        passed = work.links.passed(found.reset_id)
    if sealed is None or sealed.locator != found.locator:
        raise LinkDead("no such link, or not its key")
    return _standing(reset, sealed, _valid(reset, sealed, passed, ticket, kit), ticket)


def _collected(
    found: Sealed, attempt: Attempt, ticket: Secret, again: bool, work: Work, kit: WebKit
) -> Shown | Waiting | BridgeError:
    """Inside the transaction. What must be stored although the answer is no is returned, not raised."""
    sealed = work.links.lock(found.locator)
    if sealed is None:
        return LinkDead("no such link, or not its key")
    reset, now = work.resets.get(sealed.reset_id), kit.clock.now()
    try:
        passed = _valid(reset, sealed, work.links.passed(reset.id), ticket, kit)
    except LinkEnded as ended:
        used_again(reset, ended, attempt, work, kit)
        return ended
    waiting = _standing(reset, sealed, passed, ticket)
    if waiting.step is Step.READY:
        policy = kit.systems.get(reset.system) or Policy(name=reset.policy)
        return hand_over(reset, sealed, policy, attempt, TICKET, work, kit)
    if waiting.step is Step.AWAY and again:
        after = queued_for(reset, now)
        write(work, reset, after, by=HOLDER, factor=TICKET, source=attempt.source, agent=attempt.agent[:200])
        work.links.let_in(replace(passed, at=now))  # they wait anew, for as long as at first
        return _standing(after, sealed, passed, ticket)
    return waiting


def _valid(reset: Reset, sealed: Sealed, passed: Pass | None, ticket: Secret, kit: WebKit) -> Pass:
    """What the ticket stands for. Raises LinkEnded, TicketLapsed."""
    now = kit.clock.latest()
    why_not = over(reset, sealed, now)
    if isinstance(why_not, LinkEnded):
        raise why_not
    right = kit.vault.tag_matches(passed.tag if passed else None, f"pass:{reset.id}", ticket)
    if passed is None or not right:
        raise TicketLapsed("no ticket of this link")
    if now >= passed.until:
        _lapsed(reset, now)
    return passed


def _lapsed(reset: Reset, now: datetime) -> None:
    """Raises LinkEnded where the link has run out besides: another code would open nothing. Raises nothing while a
    worker is at it that has set nothing so far: only then can be said whether anything has been changed."""
    ends = reset.expires_at
    if ends is None or now < ends:
        raise TicketLapsed("a ticket that has lapsed")
    if reset.touched or reset.state is not State.CHANGING:
        raise LinkEnded("expired" if reset.touched else "expired_unset", ends)


def _standing(reset: Reset, sealed: Sealed, passed: Pass, ticket: Secret) -> Waiting:
    return Waiting(step=_step(reset, sealed), ticket=ticket, until=passed.until)


def _step(reset: Reset, sealed: Sealed) -> Step:
    """What the row says of it; nothing of the host's is told."""
    if reset.state is State.PUBLISHED:
        return Step.AWAY if sealed.ciphertext is None else Step.READY
    if reset.touched:
        return Step.SETTING
    return Step.CONNECTING if reset.state is State.CHANGING else Step.WAITING
