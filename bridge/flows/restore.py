"""After a restore: what was open in the backup is ended, for the world has moved on since."""

from __future__ import annotations

from typing import Final

from bridge.domain.reset import NOTHING_SET_YET, State, advance
from bridge.flows.ledger import note, write
from bridge.ports import Desk

PAGE: Final = 100
OPEN: Final = (*sorted(NOTHING_SET_YET), State.CHANGING, State.PUBLISHED)


def after_restore(by: str, desk: Desk) -> int:
    """End every reset that was under way; returns how many.

    A published link may have been read since, and I4 says once. One that waited, or was being changed, may have been
    done since, too: done again, it would overwrite the password that its user chose meanwhile. What they set on the
    hosts is then made worthless by the worker. The restore itself is on record.
    """
    with desk.store.work() as work:
        now = desk.clock.now()  # whoever signed out since is signed in again: all are out
        work.console.purge(seen_before=now, begun_before=now)
        note(work, "store.restored", at=desk.clock.now(), by=by)
    return sum(_end(state, by, desk) for state in OPEN)


def _end(state: State, by: str, desk: Desk) -> int:
    to, ended = State.CANCELLED if state in NOTHING_SET_YET else State.REVOKED, 0
    while True:
        with desk.store.work() as work:
            found, _ = work.resets.find(state=state, limit=PAGE)
            for before in found:
                after = advance(before, to, at=desk.clock.now(), note="the database was restored from a backup")
                write(work, before, after, by=by, restored=True)
            work.links.erase([reset.id for reset in found])
        ended += len(found)
        if len(found) < PAGE:
            return ended
