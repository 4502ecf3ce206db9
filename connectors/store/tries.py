"""Wrong answers per person in SQL."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from sqlalchemy import Row, bindparam, delete, select

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
        row = self._locked(person)
        if row is None and self._sql.writes:  # purged between the two statements
            row = self._locked(person)
        return 0 if row is None else int(row[0])

    def last(self, person: Person) -> datetime:
        row = self._sql.row(select(tries.c.at).where(tries.c.person == person))
        return moment(0 if row is None else row.at)

    def set(self, person: Person, count: int, at: datetime) -> None:
        self._sql.put(tries, {"person": person, "count": count, "at": micros(at)})

    def drop(self, person: Person) -> None:
        self._sql.do(delete(tries).where(tries.c.person == person))

    def purge(self, before: datetime) -> int:
        return self._sql.do(delete(tries).where(tries.c.at < micros(before)))

    def _locked(self, person: Person) -> Row[Any] | None:
        if self._sql.writes:
            self._sql.add_if_absent(tries, {"person": person, "count": 0, "at": 0})
        return self._sql.row(self._sql.locked(COUNT), {"person": person})
