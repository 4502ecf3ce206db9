"""Time is up: published → expired; leases that ran out → queued; the queue's patience; old rows thinned."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from bridge.domain.console import IDLE, LONGEST
from bridge.domain.failure import Reason
from bridge.domain.policy import Policy
from bridge.domain.record import Event
from bridge.domain.reset import Reset, State, advance
from bridge.flows.ledger import note, tell_owner, write
from bridge.ports import Kit, Work
from bridge.texts.letters import ALARMS

AT_ONCE: Final = 2000
BATCHES: Final = 20
SETTLE: Final = timedelta(seconds=3)  # what a dead worker's last command may still need on the host
STRANDED_TRIES: Final = 10
NETWORKS_KEPT: Final = timedelta(days=1)  # wrong answers per network: longer than any pause
TRIES_KEPT: Final = timedelta(days=30)  # wrong answers per person: longer than any link lives or any pause lasts
LEASES_KEPT: Final = timedelta(days=1)  # those that ran out and were not given back: longer than any is held
HAD_FACTOR_KEPT: Final = timedelta(days=30)  # after the last one, or for as long as resets are
INVITATIONS_KEPT: Final = timedelta(days=30)  # after their end
PAUSE: Final = timedelta(milliseconds=50)


def expire(kit: Kit) -> int:
    """End every unread link whose time is up: the sealed form goes now, the host's password is due to be spoiled."""
    total = 0
    while True:
        now = kit.clock.now()
        with kit.store.work() as work:
            due = work.resets.overdue(kit.clock.latest(), AT_ONCE)
            pairs = [(reset, advance(reset, State.EXPIRED, at=now)) for reset in due]
            work.resets.save_all(pairs)
            work.links.erase([after.id for _, after in pairs])
            work.audit.append(*[_event(after) for _, after in pairs])
        total += len(due)
        if len(due) < AT_ONCE:
            return total


def reclaim(kit: Kit) -> int:
    """Put back what a dead worker held: from the start, with a new password (I7)."""
    now = kit.clock.now()
    with kit.store.work() as work:
        stranded = work.resets.stranded(now, AT_ONCE)
        for reset in stranded:
            _reclaimed(reset, work, kit)
    return len(stranded)


def _reclaimed(reset: Reset, work: Work, kit: Kit) -> None:
    now = kit.clock.now()
    tries = reset.tries + 1
    if tries >= STRANDED_TRIES or reset.system not in kit.systems:
        after = advance(reset, State.FAILED, at=now, failure=Reason.HOST_TIMEOUT, tries=tries,
                        failure_text=f"begun {tries} times and never finished")  # fmt: skip
    else:
        after = advance(reset, State.QUEUED, at=now, tries=tries, not_before=now + SETTLE)
    write(work, reset, after, by="system", why="the worker that held it is gone", tries=tries)
    work.links.erase([reset.id])


def lose_patience(kit: Kit) -> int:
    """Fail what waited in the queue, or for approval, longer than its policy allows."""
    now = kit.clock.now()
    ended = 0
    shortest = min((policy.queue_ttl for policy in kit.systems.values()), default=timedelta(hours=4))
    with kit.store.work() as work:
        for reset in work.resets.waiting_since(now - shortest, AT_ONCE):
            policy = kit.systems.get(reset.system, Policy())
            if reset.awaited:
                continue  # give_up() sees to those
            if now - reset.requested_at < policy.queue_ttl and reset.system in kit.systems:
                continue
            write(work, reset, _too_long(reset, kit), by="system", why="waited too long")
            work.links.erase([reset.id])
            ended += 1
    return ended


def _too_long(reset: Reset, kit: Kit) -> Reset:
    now = kit.clock.now()
    if reset.state is not State.QUEUED:
        return advance(reset, State.CANCELLED, at=now, note="nobody approved it in time")
    reason = Reason.HOST_UNREACHABLE if reset.system in kit.systems else Reason.SYSTEM_REMOVED
    return advance(reset, State.FAILED, at=now, failure=reason, failure_text=reset.failure_text or reason.words)


def give_up(kit: Kit) -> int:
    """Take out of the queue what nobody waits for any more: its ticket has lapsed.

    Where nothing was set the link is as good as before. Where something may have been it ends, and is spoiled.
    """
    with kit.store.work() as work:
        found = work.resets.given_up(kit.clock.latest(), AT_ONCE)
        for reset in found:
            after = _given_up(reset, kit)
            write(work, reset, after, by="system", why="nobody waits for it any more")
            if after.state is State.FAILED:
                tell_owner(work, kit, "change_failed", after)
    return len(found)


def _given_up(reset: Reset, kit: Kit) -> Reset:
    now = kit.clock.now()
    if not reset.touched:
        return advance(reset, State.PUBLISHED, at=now, not_before=None)
    reason = Reason.HOST_TIMEOUT
    return advance(reset, State.FAILED, at=now, failure=reason, failure_text=reset.failure_text or reason.words)


def purge(kit: Kit, keep: timedelta) -> int:
    """Delete resets that ended longer ago than `keep`, and what else has had its time; the audit chain stays whole."""
    now, gone = kit.clock.now(), 0
    for _ in range(BATCHES):  # of a longer backlog the rest goes next time: a daemon that stops waits for this
        began = kit.clock.now()
        with kit.store.work() as work:
            count = work.resets.purge(now - keep, AT_ONCE)
        gone += count
        if count < AT_ONCE:
            break
        kit.clock.sleep(max(PAUSE, kit.clock.now() - began))  # others write as well
    with kit.store.work() as work:
        work.errands.purge(now - keep)
        work.idempotency.purge(now - keep)
        work.invitations.purge(now - INVITATIONS_KEPT)
        work.people.purge(now - max(keep, HAD_FACTOR_KEPT))
    _drop_notices(kit, now - keep)
    with kit.store.work() as work:
        work.leases.purge(now - LEASES_KEPT)
    with kit.store.work() as work:
        work.tries.purge(now - TRIES_KEPT)
        work.networks.purge(now - NETWORKS_KEPT)
    with kit.store.work() as work:
        latest = kit.clock.latest()
        work.console.purge(seen_before=latest - IDLE, begun_before=latest - LONGEST)
    return gone


def _drop_notices(kit: Kit, before: datetime) -> None:
    """What no relay took in all that time is news to nobody, and names who it was for. Each is on record. An alarm to
    security stays until it leaves."""
    while True:
        with kit.store.work() as work:
            stale = work.outbox.stale(before, AT_ONCE, alarms=ALARMS)
            for notice in stale:
                work.outbox.done(notice.id)
                note(work, "notice.dropped", at=kit.clock.now(), by="system", notice=notice.kind, person=notice.person,
                     written=notice.at.isoformat(), tries=notice.tries)  # fmt: skip
        if len(stale) < AT_ONCE:
            return


def thin(kit: Kit, keep: timedelta) -> int:
    """Delete audit records older than `keep`: what names people has an end. That it was done is on record."""
    now, gone = kit.clock.now(), 0
    while True:
        with kit.store.work() as work:
            count = work.audit.thin(now - keep, AT_ONCE)
            if count:
                note(work, "audit.thinned", at=now, by="system", records=count, before=(now - keep).isoformat())
        gone += count
        if count < AT_ONCE:
            return gone


def _event(after: Reset) -> Event:
    return Event(at=after.since, kind="reset.expired", by="system", reset_id=after.id,
                 detail={"system": after.system, "userid": after.userid, "why": "not read in time"})  # fmt: skip
