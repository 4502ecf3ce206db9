"""Wrong answers per person in SQL."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from sqlalchemy import bindparam, select

from bridge.domain.names import Person
from bridge.domain.record import micros
from connectors.store.fixed import Fixed
from connectors.store.sql import Sql
from connectors.store.tables import tries
from connectors.store.times import moment

COUNT: Final = Fixed(select(tries.c.count).where(tries.c.person == bindparam("person")))


class SqlTries:
    """The port `Tries`."""

    def __init__(self, sql: Sql) -> None:
        self._sql = sql

    def lock(self, person: Person) -> int:
        if self._sql.writes:
            self._sql.add_if_absent(tries, {"person": person, "count": 0, "at": 0})
        row = self._sql.row(self._sql.locked(COUNT), {"person": person})
        return 0 if row is None else int(row[0])

    def last(self, person: Person) -> datetime:
        row = self._sql.row(select(tries.c.at).where(tries.c.person == person))
        return moment(0 if row is None else row.at)

    def set(self, person: Person, count: int, at: datetime) -> None:
        self._sql.put(tries, {"person": person, "count": count, "at": micros(at)})
