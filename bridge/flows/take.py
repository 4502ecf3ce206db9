"""A worker takes the next piece of work on a system, under a lease on the account."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum

from bridge.domain.errors import Overtaken
from bridge.domain.names import SystemName
from bridge.domain.reset import Cleanup, Reset, State, advance
from bridge.flows.ledger import write
from bridge.ports import Lease, WorkKit


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


def give_back(job: Job, kit: WorkKit) -> None:
    """End the lease; one that is no longer ours is left alone."""
    with kit.store.work() as work:
        work.leases.give_back(job.lease)


def still_ours(job: Job, kit: WorkKit) -> None:
    """Prolong the lease before a step that another holder must not meet. Raises Overtaken."""
    with kit.store.work() as work:
        if not work.leases.renew(job.lease, kit.clock.now() + kit.lease_for):
            raise Overtaken(f"the lease on {job.reset.account}")


@contextmanager
def held(job: Job, kit: WorkKit) -> Iterator[None]:
    """The lease is given back at the end of the block, however it ends."""
    try:
        yield
    finally:
        give_back(job, kit)
