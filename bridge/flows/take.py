"""A worker takes the next piece of work on a system, under a lease on the account."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from enum import StrEnum

from bridge.domain.errors import HostRefused, HostUnreached, Overtaken, TicketLapsed
from bridge.domain.failure import Reason
from bridge.domain.names import SystemName
from bridge.domain.reset import Cleanup, Reset, State, advance, amend
from bridge.flows.ledger import note, tell_owner, write
from bridge.ports import Host, Lease, Pass, Session, Work, WorkKit


class Task(StrEnum):
    """What is to be done on the host."""

    CHANGE = "change"
    SPOIL = "spoil"
    FOLLOW = "follow"


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """A reset, what to do about it, and the lease under which it is done."""

    task: Task
    reset: Reset
    lease: Lease


def waiting(system: SystemName, kit: WorkKit) -> bool:
    """Whether there is anything to do on a system."""
    now = kit.clock.now()
    with kit.store.look() as work:
        return work.errands.next_due(system, now) is not None or work.resets.next_due(system, now) is not None


def take(system: SystemName, kit: WorkKit) -> Job | None:
    """Take the most urgent piece of work on a system, or None. Written down before anything outside happens."""
    now = kit.clock.now()
    with kit.store.work() as work:
        reset = work.resets.next_due(system, now)
        if reset is None:
            return None
        lease = work.leases.take(reset.account, kit.owner, at=now, until=now + kit.lease_for)
        if lease is None:
            return None
        if reset.state is not State.QUEUED:
            return Job(task=Task.SPOIL if reset.cleanup is Cleanup.DUE else Task.FOLLOW, reset=reset, lease=lease)
        taken = advance(reset, State.CHANGING, at=now, not_before=None)
        write(work, reset, taken, by=f"worker:{kit.owner}", attempt=taken.tries + 1)
        return Job(task=Task.CHANGE, reset=taken, lease=lease)


@contextmanager
def session_for(reset: Reset, host: Host, kit: WorkKit) -> Iterator[tuple[Host, Session]]:
    """A session with the authority that the reset needs: for a privileged userid that of the other service id, which
    is held under a lease and logged off at once, so that nobody else ever meets it."""
    if not reset.elevated:
        with host.session() as session:
            yield host, session
        return
    other = host.elevated
    if other is None or other.seat is None:
        raise HostRefused(host.name, Reason.PRIVILEGED_USER)
    now = kit.clock.now()
    with kit.store.work() as work:
        lease = work.leases.take(other.seat, kit.owner, at=now, until=now + kit.lease_for)
    if lease is None:
        raise HostUnreached(host.name, "the service id for privileged userids is in use; it is tried again")
    try:
        with other.session() as session:
            yield other, session
    finally:
        other.close()
        with kit.store.work() as work:
            work.leases.give_back(lease)


def give_back(job: Job, kit: WorkKit) -> None:
    """End the lease; one that is no longer ours is left alone."""
    with kit.store.work() as work:
        work.leases.give_back(job.lease)


def still_ours(job: Job, kit: WorkKit) -> None:
    """Prolong the lease before a step that another holder must not meet. Raises Overtaken."""
    with kit.store.work() as work:
        if not work.leases.renew(job.lease, kit.clock.now() + kit.lease_for):
            raise Overtaken(f"the lease on {job.reset.account}")


def still_awaited(passed: Pass | None, kit: WorkKit) -> None:
    """Before a step that is taken for who waits at an armed link's page. Raises TicketLapsed where they cannot collect
    any more what would come of it."""
    if passed is not None and kit.clock.latest() >= passed.until:
        raise TicketLapsed("nobody waits for it any more")


@contextmanager
def typing(job: Job, kit: WorkKit) -> Iterator[None]:
    """Around the command that sets a password: afterwards the lease is prolonged once more.

    A worker that is frozen in here beyond its lease, with its machine, types over what the next holder has set. When
    it wakes and finds the lease gone, whatever is open on the account ends or begins again: the password that its link
    shows may not be the host's (I3). Raises Overtaken then, whatever the block raised.
    """
    try:
        yield
    finally:
        now = kit.clock.now()
        with kit.store.work() as work:
            ours = work.leases.renew(job.lease, now + kit.lease_for)
            if not ours:
                _typed_late(job, work, kit)
        if not ours:
            raise Overtaken(f"the lease on {job.reset.account}")


def _typed_late(job: Job, work: Work, kit: WorkKit) -> None:
    now, by = kit.clock.now(), f"worker:{kit.owner}"
    note(work, "host.typed_late", at=now, by=by, reset=job.reset, task=job.task)
    for other in work.resets.open_for(job.reset.account):
        if other.state in {State.PUBLISHED, State.REVEALED}:
            late = replace(other, touched=True)  # an armed link had nothing on the host to be spoiled, and has now
            after = advance(late, State.REVOKED, at=now, note="another worker's late command changed the password")
            write(work, other, after, by=by, why=after.note)
            work.links.erase([other.id])
            tell_owner(work, kit, "revoked", after)
        elif other.state is State.CHANGING:  # its holder finds that it was overtaken, and it begins again
            work.resets.save(other, amend(other, touched=True))


@contextmanager
def held(job: Job, kit: WorkKit) -> Iterator[None]:
    """The lease is given back at the end of the block, however it ends."""
    try:
        yield
    finally:
        give_back(job, kit)
