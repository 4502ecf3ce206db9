"""What people without a right to anything can put on record: one record each at first, then one for many. Not a flow.

Whoever knows a link's locator can open its page, and begin and break off a sign-on, as often as they like. Each record
lies in the one chain that all others wait for, and is kept for years. So the rest of an hour is counted: that it is, is
on record at once, and how many they were when the hour is over.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from bridge.domain.names import ResetId
from bridge.domain.policy import COUNTED_OVER
from bridge.domain.record import Event
from bridge.domain.reset import Reset
from bridge.ports import Crowd, Kit, Scope, Work

FIRST: Final = 2  # of each link: never left out, whatever a crowd does to other links
OF_LINK: Final = 20
OF_NETWORK: Final = 200  # a company's people can all come from one address
IN_ALL: Final = 2000
AT_ONCE: Final = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """An event that anybody could have caused. `network`: where it is counted for; empty: for none."""

    kind: str
    at: datetime
    by: str
    reset: Reset
    source: str
    network: str = ""
    detail: dict[str, str | int | bool | None]


def note_some(work: Work, *said: Said) -> None:
    """Record each, or only count it. From here on the transaction locks nothing but the record's head."""
    now = max((one.at for one in said), default=None)
    if now is None:
        return
    crowds = {scope: _current(work.crowds.lock(scope, now), now, work) for scope in _scopes(said, work)}
    for one in said:
        _note(one, crowds, work)
    for crowd in crowds.values():
        work.crowds.put(crowd)


def note_one(
    work: Work, kind: str, *, at: datetime, by: str, reset: Reset, source: str, network: str = "",
    **detail: str | int | bool | None,
) -> None:  # fmt: skip
    """note_some() for one event."""
    note_some(work, Said(kind=kind, at=at, by=by, reset=reset, source=source, network=network, detail=detail))


def left_out(work: Work, kind: str, reset_id: ResetId) -> int:
    """How many of them, of the reset's, have been counted and have no record of their own."""
    past = sum(
        int(record.event.detail["count"] or 0)
        for record in work.audit.of_reset(reset_id, kind="record.counted")
        if record.event.detail["of"] == kind
    )
    crowd = work.crowds.of(Scope(kind, reset_id))
    return past + (crowd.left if crowd else 0)


def settle(kit: Kit) -> int:
    """Put on record what was counted in hours that are over, and forget those. Returns how many there were."""
    now, done = kit.clock.now(), 0
    while True:
        with kit.store.work() as work:
            over = work.crowds.begun_before(now - COUNTED_OVER, AT_ONCE)
            for scope in sorted(over):
                crowd = work.crowds.lock(scope, now)  # it may have a new hour by now
                if _over(crowd, now):
                    _close(crowd, now, work)
                    work.crowds.drop(scope)
        done += len(over)
        if len(over) < AT_ONCE:
            return done


# --- within ---------------------------------------------------------------------------------------


def _scopes(said: Sequence[Said], work: Work) -> list[Scope]:
    """What they count for. Once all is full no network gets a row: networks are for the taking, too."""
    kinds = {one.kind for one in said}
    full = {kind for kind in kinds if (all_ := work.crowds.of(Scope(kind))) and all_.noted >= IN_ALL}
    scopes = {Scope(kind) for kind in kinds} | {Scope(one.kind, one.reset.id) for one in said}
    scopes |= {Scope(one.kind, "", one.network) for one in said if one.network and one.kind not in full}
    return sorted(scopes)


def _current(crowd: Crowd, now: datetime, work: Work) -> Crowd:
    """The count of this hour; one that is over is put on record."""
    if not _over(crowd, now):
        return crowd
    _close(crowd, now, work)
    return Crowd(scope=crowd.scope, since=now, at=now)


def _over(crowd: Crowd, now: datetime) -> bool:
    """A clock set back does not make an hour longer."""
    return abs(now - crowd.since) >= COUNTED_OVER


def _close(crowd: Crowd, now: datetime, work: Work) -> None:
    if crowd.left:
        _record(work, "record.counted", crowd.scope, now, of=crowd.scope.kind, count=crowd.left,
                since=crowd.since.isoformat(), source=crowd.source)  # fmt: skip


def _note(one: Said, crowds: dict[Scope, Crowd], work: Work) -> None:
    own, all_, near = Scope(one.kind, one.reset.id), Scope(one.kind), Scope(one.kind, "", one.network)
    noted = crowds[own].noted
    full = {
        "link": noted >= OF_LINK,
        "network": near in crowds and near != all_ and crowds[near].noted >= OF_NETWORK,
        "all": crowds[all_].noted >= IN_ALL,
    }
    if noted < FIRST or not any(full.values()):
        facts = {"system": one.reset.system, "userid": one.reset.userid, "source": one.source, **one.detail}
        work.audit.append(Event(at=one.at, kind=one.kind, by=one.by, reset_id=one.reset.id, detail=facts))
        for scope in {own, all_, near} & crowds.keys():
            crowds[scope] = replace(crowds[scope], noted=crowds[scope].noted + 1)
        return
    if not crowds[own].left:
        why = next(name for name, is_full in full.items() if is_full)
        _record(work, "record.capped", own, one.at, of=one.kind, why=why, source=one.source)
    crowds[own] = replace(crowds[own], left=crowds[own].left + 1, at=one.at, source=one.source)


def _record(work: Work, kind: str, scope: Scope, at: datetime, **detail: str | int) -> None:
    work.audit.append(Event(at=at, kind=kind, by="system", reset_id=scope.reset, detail=detail))
