"""Looking at a link spends nothing (I10): an opening is recorded, and who proves the key sees who else was there."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from bridge.domain.errors import LinkDead, LinkEnded, NotFound, TicketLapsed
from bridge.domain.names import ResetId
from bridge.domain.policy import Policy
from bridge.domain.reset import Reset
from bridge.flows.crowd import Said, left_out, note_some
from bridge.flows.holder import HOLDER, Attempt, name_of, over, proven
from bridge.flows.steps import walked, wanted
from bridge.ports import Progress, WebKit, Work

OPENED: Final = "link.opened"


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    """Somebody opened the page, with the key or without."""

    at: datetime
    source: str
    agent: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How a live link stands. `openings` oldest first, this visit's own among them.

    more   openings that were only counted, for there were too many
    passed, wanted   kinds of factors: which this page has passed of those that are demanded, and which bring it further
    several          whether it takes more than one
    passed_until     until when they count; None where none has been passed
    """

    expires_at: datetime
    openings: tuple[Opening, ...]
    more: int = 0
    passed: tuple[str, ...] = ()
    wanted: tuple[str, ...] = ()
    several: bool = False
    passed_until: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """Somebody opened a page under a name that may be a link's. `network`: where they are counted for."""

    locator: str
    opening: Opening
    network: str = ""


def look(locator: str, source: str, agent: str, kit: WebKit) -> None:
    """Record that a page was opened, if there is such a link. Spends nothing, whoever it was."""
    opening = Opening(at=kit.clock.now(), source=source, agent=agent[:200])
    record([Visit(locator=locator, opening=opening)], kit)


def record(visits: Sequence[Visit], kit: WebKit) -> None:
    """Record pages that were opened, in one transaction: a crowd's commits would keep waiting those who have a code.
    A name that is no link's does not even begin one."""
    with kit.store.look() as work:
        names = [(name_of(visit.locator), visit) for visit in visits]
        found = [(work.links.look(name), visit) for name, visit in names if name]
    known = [(sealed.reset_id, visit) for sealed, visit in found if sealed]
    if not known:
        return
    with kit.store.work() as work:
        resets: dict[ResetId, Reset] = {}
        for reset_id, _ in known:
            with suppress(NotFound):  # purged meanwhile: all others are recorded
                resets[reset_id] = work.resets.get(reset_id)
        note_some(work, *(_said(resets[reset_id], visit) for reset_id, visit in known if reset_id in resets))


def _said(reset: Reset, visit: Visit) -> Said:
    opening = visit.opening
    return Said(
        kind=OPENED, at=opening.at, by=HOLDER, reset=reset, source=opening.source, network=visit.network,
        detail={"agent": opening.agent[:200]},
    )  # fmt: skip


def standing(attempt: Attempt, kit: WebKit) -> Standing:
    """What a holder of the key may know before the factor. Raises LinkDead, LinkEnded, NotYet."""
    sealed = proven(attempt, kit)
    with kit.store.look() as work:
        reset, records = work.resets.get(sealed.reset_id), work.audit.of_reset(sealed.reset_id)
        progress, more = _progress(reset, attempt, work, kit), left_out(work, OPENED, reset.id)
    if why_not := over(reset, sealed, kit.clock.latest()):
        raise why_not
    policy = kit.systems.get(reset.system) or Policy(name=reset.policy)
    if reset.expires_at is None:
        raise LinkEnded("expired", reset.since)
    openings = [record.event for record in records if record.event.kind == OPENED]
    return Standing(
        expires_at=reset.expires_at,
        openings=tuple(
            Opening(at=event.at, source=str(event.detail["source"]), agent=str(event.detail["agent"]))
            for event in openings
        ),
        more=more,
        passed=progress.passed if progress else (),
        wanted=wanted(policy, progress),
        several=policy.demand.several(policy.factors),
        passed_until=progress.until if progress else None,
    )


def tongue(attempt: Attempt, kit: WebKit) -> str:
    """The language of the link's mail, for whoever holds its key, dead or alive; empty for everybody else.

    A page that spoke it to who only knows the locator would tell that there is such a link, and of whom.
    """
    try:
        return proven(attempt, kit).language
    except LinkDead:
        return ""


def _progress(reset: Reset, attempt: Attempt, work: Work, kit: WebKit) -> Progress | None:
    """A token that has lapsed stands for nothing."""
    try:
        return walked(reset, attempt, work, kit)
    except TicketLapsed:
        return None
