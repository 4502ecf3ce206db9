"""What keeps a system's resets waiting, as the database shows it: for probes, metrics, the API and `check`.

No node is out of order for it: each goes on opening links, which takes no host. Whoever takes nodes out of rotation
because a mainframe is slow takes the page from those who have their mail already.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from bridge.domain.outcome import Reach
from bridge.domain.reset import State
from bridge.ports import Store

SLOW: Final = timedelta(
    seconds=90
)  # in one worker's hands: a logon, the change, its proof and the mail take half a minute
LONG: Final = timedelta(minutes=5)  # in the queue

ADVICE: Final = {
    Reach.UNREACHABLE: "it tries again by itself",
    Reach.REFUSED: "a new password of its service id is noticed by itself; mended on the host only, or at a session "
                   "manager, say `resetbridge service-id retry {system}`",
}  # fmt: skip


def advice(reach: Reach, system: str) -> str:
    """What becomes of a system that a node has stopped working on, and what a person does about it."""
    return ADVICE[reach].format(system=system)


@dataclass(frozen=True, slots=True, kw_only=True)
class Strain:
    """How one system stands.

    waiting, oldest    resets in the queue, and how long the first of them has been there
    due                from when on the first of them may be taken; None: there is none
    working, longest   those that a worker holds, and how long it has held the first
    away               nodes whose last logon there did not work
    refused            nodes that log on no more, since the host refused the service id there
    silent             nodes that have said nothing for long, and since when: what they said last counts for nothing
    """

    system: str
    waiting: int = 0
    oldest: timedelta = timedelta(0)
    due: datetime | None = None
    working: int = 0
    longest: timedelta = timedelta(0)
    away: tuple[str, ...] = ()
    refused: tuple[str, ...] = ()
    silent: tuple[tuple[str, datetime], ...] = ()

    @property
    def why(self) -> tuple[str, ...]:
        """What is wrong, in words without names of people; empty where nothing is."""
        said = [f"no logon any more from {node}: the service id was refused" for node in self.refused]
        said += [f"not reached from {node}" for node in self.away]
        said += [f"{node} not heard from since {at:%Y-%m-%d %H:%M} UTC" for node, at in self.silent]
        return (*said, *self.delays)

    @property
    def delays(self) -> tuple[str, ...]:
        """Of that, what takes too long."""
        said = []
        if self.longest > SLOW:
            said.append(
                f"{self.working} under way, the oldest for {_seconds(self.longest)}: the host or the relay is slow"
            )
        if self.oldest > LONG:
            said.append(f"{self.waiting} waiting, the oldest for {_seconds(self.oldest)}")
        return tuple(said)


def strains(store: Store, systems: Iterable[str], now: datetime, silent_after: timedelta) -> list[Strain]:
    """One for each of the systems, in the order of their names. Raises StoreFault."""
    with store.look() as work:
        queues = {(queue.system, queue.state): queue for queue in work.resets.queues()}
        conditions = work.conditions.all()
    found = []
    for system in sorted(systems):
        queued, changing = (queues.get((system, state)) for state in (State.QUEUED, State.CHANGING))
        here = [one for one in conditions if one.system == system]
        silent = {one.node: one.heard for one in here if now - one.heard > silent_after}
        heard = [one for one in here if one.node not in silent]
        found.append(
            Strain(
                system=system,
                waiting=queued.count if queued else 0,
                oldest=max(now - queued.since, timedelta(0)) if queued else timedelta(0),
                due=queued.due if queued else None,
                working=changing.count if changing else 0,
                longest=max(now - changing.since, timedelta(0)) if changing else timedelta(0),
                away=tuple(sorted(one.node for one in heard if one.reach is Reach.UNREACHABLE)),
                refused=tuple(sorted(one.node for one in heard if one.reach is Reach.REFUSED)),
                silent=tuple(sorted(silent.items())),
            )
        )
    return found


def _seconds(age: timedelta) -> str:
    return f"{age.total_seconds():.0f} s"
