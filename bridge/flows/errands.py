"""Unlock and state: asked by an operator, done by a worker, without a password and without a link."""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta
from typing import Final

from bridge.domain.codes import new_id
from bridge.domain.errand import (
    MOST_TRIES,
    Errand,
    ErrandId,
    Kind,
    Step,
    again,
    described,
    end,
    why_no_unlock,
)
from bridge.domain.errors import (
    AnswerLost,
    BadInput,
    BridgeError,
    DirectoryUnreached,
    HostRefused,
    HostUnreached,
    NotFound,
    StoreBusy,
)
from bridge.domain.failure import Reason
from bridge.domain.names import Operator, Person, ResetId, SystemName, account_of, free_text
from bridge.domain.outcome import Profile
from bridge.domain.patience import growing
from bridge.domain.policy import Caller, Deed, demand
from bridge.domain.record import Event
from bridge.flows.ask import Ask, Once
from bridge.flows.ledger import tell_person
from bridge.ports import Host, Kit, Lease, Session, Work, WorkKit

PATIENCE: Final = {Kind.UNLOCK: timedelta(minutes=30), Kind.STATE: timedelta(minutes=2)}


def send(kind: Kind, wish: Ask, caller: Caller, kit: Kit, *, once: Once | None = None) -> Errand:
    """Put an errand into the queue. Raises NotAllowed, BadInput."""
    demand(caller, Deed.ASK)
    errand = _new(kind, wish, caller, kit)
    with kit.store.work() as work:
        if once and (made := work.idempotency.get(caller.name, once.key)):
            if made[0] != once.fingerprint:
                raise BadInput("Idempotency-Key", "a key of its own for each request: this one came with another body")
            return work.errands.get(ErrandId(made[1]))
        work.errands.add(errand)
        _note(work, errand, f"{kind}.requested", by=f"operator:{caller.name}", reason=errand.reason,
              ticket=errand.ticket, source=caller.source)  # fmt: skip
        if once:
            work.idempotency.put(caller.name, once.key, once.fingerprint, errand.id, errand.asked_at)
    return errand


def see(errand_id: str, caller: Caller, kit: Kit) -> Errand:
    """One errand. Raises NotAllowed, NotFound."""
    demand(caller, Deed.SEE)
    with kit.store.look() as work:
        return work.errands.get(ErrandId(errand_id))


def newest(kind: Kind, caller: Caller, kit: Kit, *, limit: int) -> list[Errand]:
    """The last that were asked for, newest first. Raises NotAllowed."""
    demand(caller, Deed.SEE)
    with kit.store.look() as work:
        return work.errands.newest(kind, limit)


def in_hand(errand: Errand, kit: Kit) -> bool:
    """Whether a worker is at it."""
    with kit.store.look() as work:
        return work.leases.held(errand.account, kit.clock.now())


def take(system: SystemName, kit: WorkKit) -> tuple[Errand, Lease] | None:
    """The next errand on a system with a lease on its account, or None."""
    now = kit.clock.now()
    with kit.store.look() as work:
        if work.errands.next_due(system, now) is None:
            return None
    with kit.store.work() as work:
        errand = work.errands.next_due(system, now)
        lease = work.leases.take(errand.account, kit.owner, at=now, until=now + kit.lease_for) if errand else None
        return (errand, lease) if errand and lease else None


def carry_out(errand: Errand, host: Host, kit: WorkKit) -> Errand:
    """Do it, and store how it ended or that it waits. Both kinds may be repeated without harm; stale ones are not."""
    if kit.clock.now() - errand.asked_at >= PATIENCE[errand.kind]:
        seen = f" (the last thing in the way: {errand.failure_text})" if errand.failure_text else ""
        return _failed(
            errand, HostUnreached(host.name, f"nobody could do it in time; ask again if it is wanted{seen}"), kit
        )
    try:
        with host.session() as session:
            profile, note, lifted = (_unlock if errand.kind is Kind.UNLOCK else _look)(errand, host, session)
    except (HostUnreached, AnswerLost) as trouble:
        return _later(errand, trouble, kit)
    except StoreBusy:  # nothing is known of it but that it waits
        raise
    except BridgeError as trouble:
        return _failed(errand, trouble, kit)
    answer = described(profile) | ({"lifted": lifted} if errand.kind is Kind.UNLOCK else {})
    after = end(errand, Step.DONE, at=kit.clock.now(), answer=answer, failure_text=None)
    person = _owner(errand, kit) if lifted else None
    with kit.store.work() as work:
        work.errands.save(errand, after)
        _note(work, after, f"{errand.kind}.done", by=f"worker:{kit.owner}", proof=note, ticket=errand.ticket,
              standing=profile.standing, must_change=profile.must_change)  # fmt: skip
        _tell_reset(work, after, kit, standing=profile.standing, must_change=profile.must_change)
        if person:
            tell_person(work, kit, "unlocked", person, at=after.since)
    return after


def _owner(errand: Errand, kit: WorkKit) -> Person | None:
    """Whose account it is; nobody's where the directory cannot be read: that costs the notice alone."""
    try:
        owner = kit.directory.owner_of(errand.account)
    except DirectoryUnreached:
        return None
    return owner.person if owner else None


def _new(kind: Kind, wish: Ask, caller: Caller, kit: Kit) -> Errand:
    account = account_of(wish.system, wish.userid, kit.forms)
    if account.system not in kit.systems:
        raise BadInput("system", "one of " + ", ".join(sorted(kit.systems)) + " is expected")
    now = kit.clock.now()
    return Errand(
        id=ErrandId(new_id(kit.dice, "E")),
        kind=kind,
        system=account.system,
        userid=account.userid,
        reason=free_text(wish.reason, "reason", most=500),
        ticket=free_text(wish.ticket, "ticket", most=64) if wish.ticket else None,
        asked_by=Operator(caller.name),
        asked_at=now,
        since=now,
    )


def _look(errand: Errand, _: Host, session: Session) -> tuple[Profile, str, bool]:
    return session.profile(errand.userid), "the host's listing", False


def _unlock(errand: Errand, host: Host, session: Session) -> tuple[Profile, str, bool]:
    """Lift the suspension and prove it by the listing; the last value says whether there was one."""
    before = session.profile(errand.userid)
    if reason := why_no_unlock(before):
        raise HostRefused(host.name, reason, before.raw[:3])
    if not before.suspended:
        return before, "was not locked", False
    session.unlock(errand.userid)
    after = session.profile(errand.userid)
    if after.suspended:
        raise HostRefused(host.name, Reason.NOT_PROVEN, after.raw[:3])
    return after, "read back: no longer suspended", True


def _later(errand: Errand, trouble: HostUnreached | AnswerLost, kit: WorkKit) -> Errand:
    now = kit.clock.now()
    lost = isinstance(trouble, AnswerLost) and errand.tries + 1 >= MOST_TRIES
    if lost or now - errand.asked_at >= PATIENCE[errand.kind]:
        return _failed(errand, trouble, kit)
    after = again(errand, not_before=now + growing(errand.asked_at, now), text=str(trouble))
    with kit.store.work() as work:
        work.errands.save(errand, after)
    return after


def _failed(errand: Errand, trouble: BridgeError, kit: WorkKit) -> Errand:
    after = end(errand, Step.FAILED, at=kit.clock.now(), failure=trouble.reason, failure_text=str(trouble))
    with kit.store.work() as work:
        work.errands.save(errand, after)
        _note(work, after, f"{errand.kind}.failed", by=f"worker:{kit.owner}", why=trouble.reason, text=str(trouble))
        _tell_reset(work, after, kit, why=trouble.reason, text=str(trouble))
    return after


def _tell_reset(work: Work, errand: Errand, kit: WorkKit, **found: str | bool | None) -> None:
    """Put what a system shows onto the reset that it was asked for, done on another with the same database."""
    if errand.kind is not Kind.STATE or not errand.ticket or not ResetId.pattern.fullmatch(errand.ticket):
        return
    with suppress(NotFound):
        reset = work.resets.get(ResetId(errand.ticket))
        if reset.userid == errand.userid and errand.system in kit.sharing.get(reset.system, ()):
            told = {"on": errand.system, "errand": errand.id, **found}
            by = f"worker:{kit.owner}"
            work.audit.append(
                Event(at=errand.since, kind="host.seen_elsewhere", by=by, reset_id=reset.id, detail=told)
            )  # fmt: skip


def _note(work: Work, errand: Errand, kind: str, *, by: str, **detail: str | bool | None) -> None:
    told = {"system": errand.system, "userid": errand.userid, **detail}
    work.audit.append(Event(at=errand.since, kind=kind, by=by, reset_id=errand.id, detail=told))
