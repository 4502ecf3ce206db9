"""Which machines have worked on systems, and forgetting one that is gone for good."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from bridge.domain.errors import NotFound
from bridge.domain.outcome import Reach
from bridge.flows.ledger import note
from bridge.ports import Desk


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """One machine. `silent`: it has not been heard from for longer than the configuration calls long."""

    name: str
    heard: datetime
    silent: bool
    well: tuple[str, ...]
    away: tuple[str, ...]


def nodes(desk: Desk, silent_before: datetime) -> list[Node]:
    """All that have met a system, by name."""
    with desk.store.look() as work:
        found = work.conditions.all()
    known = []
    for name in sorted({one.node for one in found}):
        its = [one for one in found if one.node == name]
        heard = max(one.heard for one in its)
        known.append(
            Node(
                name=name,
                heard=heard,
                silent=heard < silent_before,
                well=tuple(one.system for one in its if one.reach is Reach.WELL),
                away=tuple(one.system for one in its if one.reach is not Reach.WELL),
            )
        )
    return known


def forget(name: str, by: str, desk: Desk) -> datetime:
    """Drop what it said of any system; when it was last heard from. One that is at work says so again. Raises
    NotFound."""
    with desk.store.work() as work:
        heard = [one.heard for one in work.conditions.all() if one.node == name]
        if not heard:
            raise NotFound(f"no node {name} has met a system; `resetbridge nodes list` names those that have")
        work.conditions.forget(name)
        last = max(heard)
        note(work, "node.forgotten", at=desk.clock.now(), by=by, node=name, systems=len(heard), heard=last.isoformat())
    return last
