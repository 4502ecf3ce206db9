"""Notices that wait for the relay, in SQL."""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Row, bindparam, delete, or_, select, update

from bridge.domain.names import Person
from bridge.domain.record import micros
from bridge.ports import Notice
from connectors.store.fixed import Fixed
from connectors.store.sql import Sql
from connectors.store.tables import outbox
from connectors.store.times import maybe, moment, stored

READY: Final = or_(outbox.c.not_before.is_(None), outbox.c.not_before <= bindparam("now"))
DUE: Final = select(outbox).where(READY).order_by(outbox.c.at, outbox.c.id).limit(bindparam("most"))
WHICH: Final = {
    None: Fixed(DUE),
    True: Fixed(DUE.where(outbox.c.person.is_(None))),
    False: Fixed(DUE.where(outbox.c.person.is_not(None))),
}


class SqlOutbox:
    """The port `Outbox`."""

    def __init__(self, sql: Sql) -> None:
        self._sql = sql

    def add(self, notice: Notice) -> None:
        if any(not isinstance(value, str) for value in notice.values.values()):
            raise TypeError(f"notice {notice.kind}: plain texts only, never a Secret")
        row = {
            "id": notice.id,
            "at": micros(notice.at),
            "kind": notice.kind,
            "recipient": notice.to,
            "language": notice.language,
            "person": notice.person,
            "link_to": " ".join(notice.link_to),
            "texts": json.dumps(dict(notice.values)),
            "tries": notice.tries,
            "not_before": stored(notice.not_before),
        }
        self._sql.add(outbox, row)

    def due(self, at: datetime, limit: int, *, alarms: bool | None = None) -> list[Notice]:
        """As the port has it; those another node has locked are left out."""
        rows = self._sql.rows(self._sql.locked(WHICH[alarms], skip=True), {"now": micros(at), "most": limit})
        return [to_notice(row) for row in rows]

    def stale(self, before: datetime, limit: int, *, alarms: Collection[str]) -> list[Notice]:
        to_users = or_(outbox.c.person.is_not(None), outbox.c.kind.not_in(alarms))
        old = select(outbox).where(outbox.c.at < micros(before), to_users)
        query = old.order_by(outbox.c.at, outbox.c.id).limit(limit)
        return [to_notice(row) for row in self._sql.rows(self._sql.locked(query, skip=True))]

    def hold(self, notice_ids: Sequence[str], until: datetime) -> None:
        """Due to nobody until then; no try is counted."""
        self._sql.do(update(outbox).where(outbox.c.id.in_(notice_ids)).values(not_before=micros(until)))

    def done(self, notice_id: str) -> None:
        self._sql.do(delete(outbox).where(outbox.c.id == notice_id))

    def later(self, notice_id: str, not_before: datetime) -> None:
        """Put off, and count the try."""
        changed = {"not_before": micros(not_before), "tries": outbox.c.tries + 1}
        self._sql.do(update(outbox).where(outbox.c.id == notice_id).values(changed))


def to_notice(row: Row[Any]) -> Notice:
    """A row as a notice."""
    return Notice(
        id=row.id,
        at=moment(row.at),
        kind=row.kind,
        to=row.recipient,
        language=row.language,
        person=Person(row.person) if row.person else None,
        link_to=tuple(row.link_to.split()),
        values=json.loads(row.texts),
        tries=row.tries,
        not_before=maybe(row.not_before),
    )
