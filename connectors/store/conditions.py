"""Conditions of systems in SQL: one row for each node and system."""

from __future__ import annotations

from sqlalchemy import delete, insert, select, update

from bridge.domain.outcome import Condition, Reach
from bridge.domain.record import micros
from connectors.store.sql import Sql
from connectors.store.tables import conditions
from connectors.store.times import moment


class SqlConditions:
    """The port `Conditions`."""

    def __init__(self, sql: Sql) -> None:
        self._sql = sql

    def put(self, condition: Condition) -> None:
        here = (conditions.c.system == condition.system, conditions.c.node == condition.node)
        self._sql.do(delete(conditions).where(*here))
        row = {
            "system": condition.system,
            "node": condition.node,
            "reach": condition.reach.value,
            "words": condition.words[:500],
            "at": micros(condition.at),
            "heard": micros(condition.heard),
        }
        self._sql.do(insert(conditions), row)

    def keep(self, condition: Condition) -> None:
        here = (conditions.c.system == condition.system, conditions.c.node == condition.node)
        if not self._sql.do(update(conditions).where(*here).values(heard=micros(condition.heard))):
            self.put(condition)

    def all(self) -> list[Condition]:
        rows = self._sql.rows(select(conditions).order_by(conditions.c.system, conditions.c.node))
        return [
            Condition(
                system=row.system, node=row.node, reach=Reach(row.reach), words=row.words, at=moment(row.at),
                heard=moment(max(row.at, row.heard)),
            )
            for row in rows
        ]  # fmt: skip

    def forget(self, node: str) -> int:
        return self._sql.do(delete(conditions).where(conditions.c.node == node))
