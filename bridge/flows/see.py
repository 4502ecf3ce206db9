"""Looking: who calls, what a reset did, what the record says."""

from __future__ import annotations

from bridge.domain.names import ResetId
from bridge.domain.policy import Caller, Deed, demand
from bridge.domain.record import Record
from bridge.domain.reset import Reset, State
from bridge.domain.secret import Secret
from bridge.flows.caller import caller_with, digest_of
from bridge.ports import Kit


def caller_of(token: Secret, source: str, kit: Kit) -> Caller:
    """Whose token it is. Raises NotAllowed for an unknown, ended or revoked one, or a disabled operator: one answer."""
    with kit.store.look() as work:
        return caller_with(work.operators.token(digest_of(token)), source, kit.clock.latest(), work)


def reset(reset_id: str, caller: Caller, kit: Kit) -> tuple[Reset, list[Record]]:
    """A reset and its records, oldest first. Raises NotAllowed, NotFound."""
    demand(caller, Deed.SEE)
    with kit.store.look() as work:
        found = work.resets.get(ResetId(reset_id))
        return found, work.audit.of_reset(found.id)


def resets(
    caller: Caller, kit: Kit, *, state: str | None = None, system: str | None = None, userid: str | None = None,
    cursor: str | None = None, limit: int = 50,
) -> tuple[list[Reset], str | None]:  # fmt: skip
    """A page of resets, newest first."""
    demand(caller, Deed.SEE)
    with kit.store.look() as work:
        return work.resets.find(
            state=State(state) if state else None, system=system, userid=userid, cursor=cursor, limit=limit
        )


def audit(caller: Caller, kit: Kit, *, after: int = 0, limit: int = 200) -> list[Record]:
    """Records after a sequence number."""
    demand(caller, Deed.AUDIT)
    with kit.store.look() as work:
        return work.audit.records(after, limit)
