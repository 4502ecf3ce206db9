"""Errands in SQL: every write is conditional on the version that was read."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Row, and_, bindparam, delete, exists, insert, or_, select, update

from bridge.domain.errand import Errand, ErrandId, Kind, Step
from bridge.domain.errors import NotFound, Overtaken
from bridge.domain.failure import Reason
from bridge.domain.names import Operator, SystemName, checked_userid
from bridge.domain.record import micros
from connectors.store.fixed import Fixed
from connectors.store.sql import Sql
from connectors.store.tables import errands, leases, word
from connectors.store.times import maybe, moment, stored

# Asked all day long, so put together once. Values: system, now in microseconds.
UNHELD: Final = ~exists().where(
    leases.c.system == errands.c.system, leases.c.userid == errands.c.userid, leases.c.until > bindparam("now")
)
READY: Final = or_(errands.c.not_before.is_(None), errands.c.not_before <= bindparam("now"))
DUE: Final = Fixed(
    select(errands)
    .where(errands.c.step == word(Step.QUEUED), errands.c.system == bindparam("system"), READY, UNHELD)
    .order_by(errands.c.asked_at, errands.c.id)
    .limit(1)
)


class SqlErrands:
    """The port `Errands`."""

    def __init__(self, sql: Sql) -> None:
        self._sql = sql

    def add(self, errand: Errand) -> None:
        self._sql.do(insert(errands), to_row(errand))

    def get(self, errand_id: ErrandId) -> Errand:
        row = self._sql.row(select(errands).where(errands.c.id == errand_id))
        if row is None:
            raise NotFound(f"there is no errand {errand_id}")
        return to_errand(row)

    def save(self, before: Errand, after: Errand) -> None:
        same = (errands.c.id == before.id, errands.c.version == before.version)
        if self._sql.do(update(errands).where(*same).values(to_row(after))) != 1:
            raise Overtaken(f"errand {before.id}")

    def next_due(self, system: SystemName, at: datetime) -> Errand | None:
        query = self._sql.locked(DUE, skip=True)
        row = self._sql.row(query, {"system": system, "now": micros(at)})
        return None if row is None else to_errand(row)

    def newest(self, kind: Kind, limit: int) -> list[Errand]:
        query = select(errands).where(errands.c.kind == kind.value).order_by(errands.c.asked_at.desc(), errands.c.id)
        return [to_errand(row) for row in self._sql.rows(query.limit(limit))]

    def purge(self, ended_before: datetime) -> int:
        old = and_(errands.c.step != word(Step.QUEUED), errands.c.since < micros(ended_before))
        return self._sql.do(delete(errands).where(old))


def to_row(errand: Errand) -> dict[str, Any]:
    """As the table holds it."""
    return {
        "id": errand.id,
        "kind": errand.kind.value,
        "system": errand.system,
        "userid": errand.userid,
        "reason": errand.reason,
        "ticket": errand.ticket,
        "asked_by": errand.asked_by,
        "asked_at": micros(errand.asked_at),
        "step": errand.step.value,
        "since": micros(errand.since),
        "version": errand.version,
        "tries": errand.tries,
        "not_before": stored(errand.not_before),
        "failure": errand.failure.value if errand.failure else None,
        "failure_text": errand.failure_text,
        "answer": json.dumps(dict(errand.answer), sort_keys=True),
    }


def to_errand(row: Row[Any]) -> Errand:
    """The reverse."""
    return Errand(
        id=ErrandId(row.id),
        kind=Kind(row.kind),
        system=SystemName(row.system),
        userid=checked_userid(row.userid),
        reason=row.reason,
        ticket=row.ticket,
        asked_by=Operator(row.asked_by),
        asked_at=moment(row.asked_at),
        step=Step(row.step),
        since=moment(row.since),
        version=row.version,
        tries=row.tries,
        not_before=maybe(row.not_before),
        failure=Reason(row.failure) if row.failure else None,
        failure_text=row.failure_text,
        answer=json.loads(row.answer),
    )
