"""revealed → completed | lapsed: asks the host whether the user has moved on."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from bridge.domain.errors import BridgeError
from bridge.domain.patience import growing
from bridge.domain.reset import Reset, State, advance, amend
from bridge.flows.ledger import tell_owner, write
from bridge.flows.take import Job, session_for
from bridge.ports import Host, WorkKit

LEAST: Final = timedelta(seconds=5)
GRACE: Final = timedelta(hours=24)  # beyond the policy's time, for a host that cannot be asked


def follow(job: Job, host: Host, kit: WorkKit) -> Reset:
    """Look once; often at first, when people log on, then as seldom as the policy says. Raises Overtaken."""
    now = kit.clock.latest()
    try:
        with session_for(job.reset, host, kit) as (used, session):
            moved = used.moved_on(job.reset.seen, session.profile(job.reset.userid))
    except BridgeError as trouble:
        return _unasked(job.reset, trouble, now, kit)
    if moved:
        return _step(job.reset, State.COMPLETED, "the host shows a password of the user's own", kit)
    if job.reset.expires_at is not None and now >= job.reset.expires_at:
        return _step(job.reset, State.LAPSED, "shown, but not used in time", kit)
    return _later(job.reset, now, kit)


def _unasked(reset: Reset, trouble: BridgeError, now: datetime, kit: WorkKit) -> Reset:
    """The host could not be asked. Lapses only after a grace: `spoil` will look again before it overwrites."""
    if reset.expires_at is not None and now >= reset.expires_at + GRACE:
        return _step(reset, State.LAPSED, f"the host could not be asked: {trouble}", kit)
    return _later(reset, now, kit)


def _later(reset: Reset, now: datetime, kit: WorkKit) -> Reset:
    every = kit.systems[reset.system].follow_every
    pause = growing(reset.since, now, least=min(LEAST, every), most=every)
    if reset.expires_at is not None and now < reset.expires_at:
        pause = min(pause, max(reset.expires_at - now, timedelta(seconds=1)))
    after = amend(reset, not_before=now + pause)
    with kit.store.work() as work:
        work.resets.save(reset, after)
    return after


def _step(reset: Reset, to: State, why: str, kit: WorkKit) -> Reset:
    after = advance(reset, to, at=kit.clock.now(), not_before=None)
    with kit.store.work() as work:
        write(work, reset, after, by=f"worker:{kit.owner}", why=why)
        if to is State.LAPSED:
            tell_owner(work, kit, "lapsed", after)
    return after
