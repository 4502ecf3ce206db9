"""A person decides about a reset: revoke, approve, reject."""

from __future__ import annotations

from bridge.domain.errors import NotAllowed, WrongTurn
from bridge.domain.names import ResetId, free_text
from bridge.domain.policy import Caller, Deed, demand
from bridge.domain.reset import NOTHING_SET_YET, Reset, State, advance, amend
from bridge.flows.ledger import note, tell_owner, unset, write
from bridge.ports import WebKit


def revoke(reset_id: str, caller: Caller, reason: str, kit: WebKit) -> Reset:
    """End a reset now: cancelled where nothing was set yet, else revoked and made worthless on the host.

    Raises NotAllowed, NotFound, BadInput, WrongTurn when it has ended already.
    """
    demand(caller, Deed.REVOKE)
    reason = free_text(reason, "reason", most=500)
    with kit.store.work() as work:
        before = work.resets.get(ResetId(reset_id))
        to = State.CANCELLED if before.state in NOTHING_SET_YET else State.REVOKED
        after = advance(before, to, at=kit.clock.now(), note=reason)
        write(work, before, after, by=f"operator:{caller.name}", reason=reason, source=caller.source)
        work.links.erase([before.id])
        if before.awaited or (to is State.REVOKED and before.state is not State.CHANGING):
            tell_owner(work, kit, unset("revoked", after), after)
    return after


def approve(reset_id: str, caller: Caller, reason: str, kit: WebKit) -> Reset:
    """Vouch for a reset; with enough approvals it is queued. Nobody approves what they asked for, or twice."""
    demand(caller, Deed.DECIDE)
    reason = free_text(reason, "reason", most=500)
    with kit.store.work() as work:
        before = _awaiting(work.resets.get(ResetId(reset_id)), State.QUEUED)
        if caller.name == before.requested_by or caller.name in before.approved_by:
            raise NotAllowed(f"{caller.name} asked for this reset or approved it already; another person has to")
        voices = (*before.approved_by, caller.name)
        policy = kit.systems.get(before.system)
        now, by = kit.clock.now(), f"operator:{caller.name}"
        needed = max(policy.approvals if policy else 1, 1)
        if len(voices) < needed:
            after = amend(before, approved_by=voices)
            work.resets.save(before, after)
            note(work, "reset.approval", at=now, by=by, reset=after, reason=reason, source=caller.source)
        else:
            after = advance(before, State.QUEUED, at=now, approved_by=voices)
            write(work, before, after, by=by, reason=reason, source=caller.source)
    return after


def reject(reset_id: str, caller: Caller, reason: str, kit: WebKit) -> Reset:
    """Say no to a reset that waits for approval."""
    demand(caller, Deed.DECIDE)
    reason = free_text(reason, "reason", most=500)
    with kit.store.work() as work:
        before = _awaiting(work.resets.get(ResetId(reset_id)), State.REJECTED)
        after = advance(before, State.REJECTED, at=kit.clock.now(), note=reason)
        write(work, before, after, by=f"operator:{caller.name}", reason=reason, source=caller.source)
    return after


def _awaiting(reset: Reset, to: State) -> Reset:
    if reset.state is not State.AWAITING_APPROVAL:
        raise WrongTurn(reset.id, reset.state, to)
    return reset
