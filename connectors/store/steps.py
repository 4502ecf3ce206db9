"""Claims that take several factors, in SQL: one row for each page that has passed some of them."""

from __future__ import annotations

import json

from sqlalchemy import delete, select

from bridge.domain.names import ResetId
from bridge.domain.record import micros
from bridge.ports import Progress
from connectors.store.sql import Sql
from connectors.store.tables import steps
from connectors.store.times import moment


class SqlSteps:
    """The port `Steps`."""

    def __init__(self, sql: Sql) -> None:
        self._sql = sql

    def of(self, reset_id: ResetId) -> list[Progress]:
        query = select(steps).where(steps.c.reset_id == reset_id).order_by(steps.c.until, steps.c.tag)
        return [
            Progress(
                reset_id=ResetId(row.reset_id),
                tag=row.tag,
                passed=tuple(json.loads(row.passed)),
                until=moment(row.until),
            )
            for row in self._sql.rows(query)
        ]

    def put(self, progress: Progress, keep: int) -> None:
        row = {
            "reset_id": progress.reset_id,
            "tag": progress.tag,
            "passed": json.dumps(progress.passed),
            "until": micros(progress.until),
        }
        self._sql.put(steps, row)
        for older in self.of(progress.reset_id)[:-keep]:
            self.drop(older.reset_id, older.tag)

    def drop(self, reset_id: ResetId, tag: str | None = None) -> None:
        its_own = delete(steps).where(steps.c.reset_id == reset_id)
        self._sql.do(its_own if tag is None else its_own.where(steps.c.tag == tag))
