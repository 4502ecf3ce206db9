"""What runs by the clock. Jobs only say "look": the claim in the database decides, so that two nodes do no harm."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Final, Literal

from bridge.flows import contacts, crowd, post, sweep
from bridge.flows.evidence import show_head
from bridge.observe import events
from bridge.ports import Kit, WorkKit

log = events.logger("schedules")

WIPED_WITHIN: Final = timedelta(seconds=3)  # what another process has erased leaves the log, with or without us erasing


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """A flow and how often it looks.

    at_start   for the first time when it begins, else when so much time is over
    lane       the threads that it shares: "long" for what can take minutes, "alarms" for what waits for nothing else
    """

    name: str
    every: timedelta
    run: Callable[[], object]
    at_start: bool = False
    lane: Literal["default", "long", "alarms"] = "default"


def scheduler_jobs(
    kit: Kit, *, keep: timedelta, audit_keep: timedelta, checkpoint: Callable[[], None]
) -> tuple[Job, ...]:
    """The scheduler role: touches the database only."""
    return (
        Job(name="expire", every=timedelta(seconds=5), run=partial(_expire, kit, checkpoint)),
        Job(name="reclaim", every=timedelta(seconds=3), run=partial(sweep.reclaim, kit)),
        Job(name="patience", every=timedelta(seconds=20), run=partial(sweep.lose_patience, kit)),
        Job(name="give-up", every=timedelta(seconds=5), run=partial(sweep.give_up, kit)),
        Job(name="crowds", every=timedelta(minutes=5), run=partial(crowd.settle, kit)),
        Job(name="head", every=timedelta(hours=1), run=partial(_note_head, kit)),
        _cleaning("purge", partial(sweep.purge, kit, keep)),
        _cleaning("thin", partial(sweep.thin, kit, audit_keep)),
        Job(name="checkpoint", every=WIPED_WITHIN, run=checkpoint),
    )


def _cleaning(name: str, run: Callable[[], object]) -> Job:
    """At the start as well: a daemon that is restarted every few hours would else never come to it."""
    return Job(name=name, every=timedelta(hours=6), run=run, at_start=True, lane="long")


def worker_jobs(kit: WorkKit, *, over: Callable[[], bool] = lambda: False) -> tuple[Job, ...]:
    """The worker role: the only one that holds the relay's password. An alarm has left within a second.

    over   whether the daemon is stopping: what takes long ends early
    """
    return (
        Job(name="alarms", every=timedelta(milliseconds=250), run=partial(post.alarms, kit), lane="alarms"),
        Job(name="post", every=timedelta(milliseconds=400), run=partial(post.notices, kit)),
        Job(
            name="survey",
            every=timedelta(minutes=10),
            run=partial(contacts.survey, kit, over),
            at_start=True,
            lane="long",
        ),
        Job(name="first-look", every=timedelta(minutes=1), run=partial(contacts.first_look, kit, over), lane="long"),
    )


def _note_head(kit: Kit) -> None:
    """The chain's end goes where the events go: whoever puts the database back to older days cannot reach it there."""
    with kit.store.look() as work:
        seq, seal = work.audit.head()
    log.info("audit.head", head=show_head(seq, seal))


def _expire(kit: Kit, checkpoint: Callable[[], None]) -> int:
    """What was destroyed also has to leave the write-ahead log."""
    ended = sweep.expire(kit)
    if ended:
        checkpoint()
    return ended
