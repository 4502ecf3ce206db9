"""Counts of what anybody can cause, in SQL."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from sqlalchemy import bindparam, delete, select

from bridge.domain.record import micros
from bridge.ports import Crowd, Scope
from connectors.store.fixed import Fixed
from connectors.store.sql import Sql
from connectors.store.tables import crowds
from connectors.store.times import moment

THIS: Final = (
    crowds.c.kind == bindparam("kind"),
    crowds.c.reset_id == bindparam("reset"),
    crowds.c.network == bindparam("network"),
)
COUNTED: Final = Fixed(select(crowds).where(*THIS))
DROP: Final = Fixed(delete(crowds).where(*THIS))


class SqlCrowds:
    """The port `Crowds`."""

    def __init__(self, sql: Sql) -> None:
        self._sql = sql

    def lock(self, scope: Scope, at: datetime) -> Crowd:
        if found := self.of(scope):
            return found
        begun = Crowd(scope=scope, since=at, at=at)
        self._sql.add_if_absent(crowds, _row(begun))
        return self.of(scope) or begun

    def of(self, scope: Scope) -> Crowd | None:
        row = self._sql.row(self._sql.locked(COUNTED), scope._asdict())
        if row is None:
            return None
        return Crowd(
            scope=scope, since=moment(row.since), noted=row.noted, left=row.left_out, at=moment(row.at),
            source=row.source,
        )  # fmt: skip

    def put(self, crowd: Crowd) -> None:
        self._sql.put(crowds, _row(crowd))

    def drop(self, scope: Scope) -> None:
        self._sql.do(DROP, scope._asdict())

    def begun_before(self, at: datetime, limit: int) -> list[Scope]:
        before = select(crowds).where(crowds.c.since <= micros(at)).order_by(crowds.c.since).limit(limit)
        return [Scope(row.kind, row.reset_id, row.network) for row in self._sql.rows(before)]


def _row(crowd: Crowd) -> dict[str, str | int]:
    return {
        "kind": crowd.scope.kind,
        "reset_id": crowd.scope.reset,
        "network": crowd.scope.network,
        "since": micros(crowd.since),
        "noted": crowd.noted,
        "left_out": crowd.left,
        "at": micros(crowd.at),
        "source": crowd.source,
    }
