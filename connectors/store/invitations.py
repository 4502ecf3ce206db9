"""Links at which people enrol second factors, in SQL."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Row, delete, insert, select, update

from bridge.domain.link import Locator
from bridge.domain.names import Person
from bridge.domain.record import micros
from bridge.ports import Invitation
from connectors.store.sql import Sql
from connectors.store.tables import invitations
from connectors.store.times import moment

MICRO: Final = timedelta(microseconds=1)


class SqlInvitations:
    """The port `Invitations`."""

    def __init__(self, sql: Sql) -> None:
        self._sql = sql

    def add(self, invitation: Invitation) -> None:
        self._sql.do(insert(invitations), to_row(invitation))

    def lock(self, locator: Locator) -> Invitation | None:
        row = self._sql.row(self._sql.locked(select(invitations).where(invitations.c.locator == locator)))
        return None if row is None else to_invitation(row)

    def put(self, invitation: Invitation) -> None:
        self._sql.put(invitations, to_row(invitation))

    def end(self, person: Person, at: datetime, *, own: bool = False) -> int:
        still = [invitations.c.person == person, invitations.c.ended_at.is_(None), invitations.c.until > micros(at)]
        if own:
            still.append(invitations.c.passed.is_not(None))
        gone = {"ended_at": micros(at), "kind": None, "pending": None, "pending_until": None}
        return self._sql.do(update(invitations).where(*still).values(**gone))

    def drop(self, person: Person) -> int:
        return self._sql.do(delete(invitations).where(invitations.c.person == person))

    def purge(self, before: datetime) -> int:
        return self._sql.do(delete(invitations).where(invitations.c.until < micros(before)))


def to_row(invitation: Invitation) -> dict[str, Any]:
    """An invitation as its row."""
    ended, open_until = invitation.ended_at, invitation.pending_until
    return {
        "id": invitation.id,
        "person": invitation.person,
        "locator": invitation.locator,
        "tag": invitation.tag,
        "code": invitation.code,
        "passed": invitation.passed,
        "wait": invitation.wait // MICRO,
        "at": micros(invitation.at),
        "by": invitation.by,
        "until": micros(invitation.until),
        "tries": invitation.tries,
        "ended_at": micros(ended) if ended else None,
        "kind": invitation.kind,
        "pending": invitation.pending,
        "pending_until": micros(open_until) if open_until else None,
    }


def to_invitation(row: Row[Any]) -> Invitation:
    """A row as an invitation."""
    return Invitation(
        id=row.id,
        person=Person(row.person),
        locator=Locator(row.locator),
        tag=row.tag,
        code=row.code,
        passed=row.passed,
        wait=row.wait * MICRO,
        at=moment(row.at),
        by=row.by,
        until=moment(row.until),
        tries=row.tries,
        ended_at=moment(row.ended_at) if row.ended_at is not None else None,
        kind=row.kind,
        pending=row.pending,
        pending_until=moment(row.pending_until) if row.pending_until is not None else None,
    )
