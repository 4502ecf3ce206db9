"""After a restore: what was open in the backup is ended, for the world has moved on since."""

from __future__ import annotations

from bridge.domain.reset import State, advance
from bridge.flows.ledger import note, write
from bridge.ports import Desk

PAGE = 100


def after_restore(by: str, desk: Desk) -> int:
    """Revoke every published reset; its link may have been read since, and I4 says once. Returns how many.

    What they set on the hosts is then made worthless by the worker. The restore itself is on record.
    """
    with desk.store.work() as work:
        note(work, "store.restored", at=desk.clock.now(), by=by)
    ended = 0
    while True:
        with desk.store.work() as work:
            found, _ = work.resets.find(state=State.PUBLISHED, limit=PAGE)
            for before in found:
                after = advance(
                    before, State.REVOKED, at=desk.clock.now(), note="the database was restored from a backup"
                )
                write(work, before, after, by=by, restored=True)
            work.links.erase([reset.id for reset in found])
        ended += len(found)
        if len(found) < PAGE:
            return ended
