"""Looking at a link spends nothing (I10): an opening is recorded, and who proves the key sees who else was there."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from bridge.domain.errors import LinkEnded
from bridge.flows.holder import HOLDER, Attempt, find, over, proven
from bridge.flows.ledger import note
from bridge.ports import WebKit


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    """Somebody opened the page, with the key or without."""

    at: datetime
    source: str
    agent: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How a live link stands. `openings` oldest first, this visit's own among them."""

    expires_at: datetime
    openings: tuple[Opening, ...]


def look(locator: str, source: str, agent: str, kit: WebKit) -> None:
    """Record that a page was opened, if there is such a link. Spends nothing, whoever it was."""
    sealed = find(locator, kit)
    if sealed is None:
        return
    with kit.store.work() as work:
        note(work, "link.opened", at=kit.clock.now(), by=HOLDER, reset=work.resets.get(sealed.reset_id),
             source=source, agent=agent[:200])  # fmt: skip


def standing(attempt: Attempt, kit: WebKit) -> Standing:
    """What a holder of the key may know before the factor. Raises LinkDead, LinkEnded, NotYet."""
    sealed = proven(attempt, kit)
    with kit.store.look() as work:
        reset, records = work.resets.get(sealed.reset_id), work.audit.of_reset(sealed.reset_id)
    if why_not := over(reset, sealed, kit.clock.latest()):
        raise why_not
    if reset.expires_at is None:
        raise LinkEnded("expired", reset.since)
    openings = [record.event for record in records if record.event.kind == "link.opened"]
    return Standing(
        expires_at=reset.expires_at,
        openings=tuple(
            Opening(at=event.at, source=str(event.detail["source"]), agent=str(event.detail["agent"]))
            for event in openings
        ),
    )
