"""Systems that share one database: what a reset shows on the others. Not a flow: what `change` ends with."""

from __future__ import annotations

from bridge.domain.codes import new_id
from bridge.domain.errand import Errand, ErrandId, Kind
from bridge.domain.names import SystemName
from bridge.domain.reset import Reset
from bridge.ports import Work, WorkKit


def look_at_sharing(reset: Reset, work: Work, kit: WorkKit) -> None:
    """Ask each of them what it shows now; their answers go into the record."""
    for other in kit.sharing.get(reset.system, ()):
        work.errands.add(_look_there(reset, other, kit))


def _look_there(reset: Reset, other: SystemName, kit: WorkKit) -> Errand:
    return Errand(
        id=ErrandId(new_id(kit.dice, "E")),
        kind=Kind.STATE,
        system=other,
        userid=reset.userid,
        reason=f"shares its database with {reset.system}, where it was reset",
        ticket=reset.id,
        asked_by=reset.requested_by,
        asked_at=reset.since,
        since=reset.since,
    )
