"""Looking: who calls, what a reset did, what the record says."""

from __future__ import annotations

from datetime import datetime

from bridge.domain.names import ResetId
from bridge.domain.policy import Caller, Deed, demand
from bridge.domain.record import Record
from bridge.domain.reset import Reset, State
from bridge.domain.secret import Secret
from bridge.flows.caller import caller_with, digest_of
from bridge.ports import Kit, Work


def caller_of(token: Secret, source: str, kit: Kit) -> Caller:
    """Whose token it is. Raises NotAllowed for an unknown, ended or revoked one, or a disabled operator: one answer."""
    with kit.store.look() as work:
        return caller_with(work.operators.token(digest_of(token)), source, kit.clock.latest(), work)


def reset(reset_id: str, caller: Caller, kit: Kit) -> tuple[Reset, list[Record], datetime | None]:
    """A reset, its records, oldest first, and until when its release code works. Raises NotAllowed, NotFound."""
    demand(caller, Deed.SEE)
    with kit.store.look() as work:
        found = work.resets.get(ResetId(reset_id))
        return found, work.audit.of_reset(found.id), code_ends(found, work, kit)


def code_ends(reset: Reset, work: Work, kit: Kit) -> datetime | None:
    """Until when the release code of a published reset works; None where it has none, or it has been used."""
    policy = kit.systems.get(reset.system)
    if policy is None or reset.state is not State.PUBLISHED or work.links.code(reset.id) is None:
        return None
    ends = reset.since + policy.release_code_ttl
    return min(ends, reset.expires_at or ends)


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
