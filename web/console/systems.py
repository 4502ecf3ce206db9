"""How each system stands, the worst first: what `check`, the API and readyz say of it, on one page."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum
from typing import Final

from bridge.domain.names import SystemName
from bridge.domain.outcome import Condition, Reach
from bridge.domain.policy import Caller, Deed, demand
from bridge.flows.strain import Strain, advice, strains
from bridge.ports import WebKit
from web.settings import SystemFacts, WebSettings

FORGET: Final = "see to that machine; gone for good: `resetbridge nodes forget {node}`"


class Level(IntEnum):
    """The worst first."""

    REFUSED = 0
    AWAY = 1
    SILENT = 2
    SLOW = 3
    UNTRIED = 4
    WELL = 5


OPEN: Final = "Circuit open"
WORDS: Final = {
    Level.REFUSED: f"{OPEN}: the service id was refused",
    Level.AWAY: f"{OPEN}: not reached",
    Level.SILENT: "Not heard from",
    Level.SLOW: "Slow",
    Level.UNTRIED: "No worker yet",
    Level.WELL: "Well: no logon has failed",
}
SIGNS: Final = {
    Level.REFUSED: "✖", Level.AWAY: "✖", Level.SILENT: "▲", Level.SLOW: "▲", Level.UNTRIED: "○", Level.WELL: "✔",
}  # fmt: skip
"""Colour is never the only sign."""


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """What one node says of a system. `next`: what a person does about it."""

    node: str
    level: Level
    at: datetime
    words: str = ""
    advice: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """One system.

    why        what keeps its resets waiting, besides the nodes that do not reach it
    again_at   when the first of the resets that wait may be tried again; None: none waits
    """

    name: str
    facts: SystemFacts
    delivery: str
    level: Level
    views: tuple[View, ...]
    why: tuple[str, ...]
    waiting: int
    working: int
    again_at: datetime | None

    @property
    def words(self) -> str:
        """How it stands, in a line; where nodes do not say the same of it, from which."""
        if self.idle:
            return "Not tried yet"
        shut = [view.node for view in self.views if view.level <= Level.AWAY]
        where = f"{OPEN} on {', '.join(shut)}" if self.well else OPEN
        return WORDS[self.level].replace(OPEN, where)

    @property
    def idle(self) -> bool:
        """Whether nobody has asked for anything there yet: then no worker has said anything, and none is missed."""
        return self.level is Level.UNTRIED and not self.waiting and not self.working

    @property
    def well(self) -> tuple[str, ...]:
        """The nodes that it is well from: they go on working."""
        return tuple(view.node for view in self.views if view.level is Level.WELL)

    @property
    def sign(self) -> str:
        """The same as a sign."""
        return SIGNS[self.level]

    @property
    def open(self) -> bool:
        """Whether the circuit is open for some node."""
        return self.level <= Level.AWAY


def cards(caller: Caller, kit: WebKit, settings: WebSettings) -> list[Card]:
    """Every configured system. Raises NotAllowed."""
    demand(caller, Deed.SEE_SYSTEMS)
    with kit.store.look() as work:
        found = work.conditions.all()
    here = strains(kit.store, kit.systems, kit.clock.now(), settings.site.silent_after)
    made = [_card(strain, [one for one in found if one.system == strain.system], kit, settings) for strain in here]
    return sorted(made, key=lambda card: (card.level, card.name))


def _card(strain: Strain, conditions: list[Condition], kit: WebKit, settings: WebSettings) -> Card:
    name = SystemName(strain.system)
    silent = dict(strain.silent)
    views = sorted((_view(one, silent) for one in conditions), key=lambda view: (view.level, view.node))
    why = strain.delays
    level = min([view.level for view in views] or [Level.UNTRIED])
    if why and level is Level.WELL:
        level = Level.SLOW
    return Card(
        name=name,
        facts=settings.systems.get(name, SystemFacts(title=name, product="unknown")),
        delivery=kit.systems[name].delivery,
        level=level,
        views=tuple(views),
        why=why,
        waiting=strain.waiting,
        working=strain.working,
        again_at=strain.due,
    )


def _view(one: Condition, silent: dict[str, datetime]) -> View:
    if one.node in silent:
        return View(node=one.node, level=Level.SILENT, at=one.heard, advice=FORGET.format(node=one.node))
    if one.reach is Reach.WELL:
        return View(node=one.node, level=Level.WELL, at=one.at)
    level = Level.REFUSED if one.reach is Reach.REFUSED else Level.AWAY
    words = one.words.removeprefix(f"{one.system}: ")
    return View(node=one.node, level=level, at=one.at, words=words, advice=advice(one.reach, one.system))
