"""Since when the directory has named an address, or an account's owner, in SQL."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Final

from sqlalchemy import bindparam, delete, select

from bridge.domain.names import Person
from bridge.domain.record import micros
from bridge.ports import EVERYTHING, Met
from connectors.store.fixed import Fixed
from connectors.store.sql import Sql
from connectors.store.tables import contacts
from connectors.store.times import moment

OF: Final = Fixed(select(contacts).where(contacts.c.person == bindparam("person")))
BASELINE: Final = ""
"""Nobody's name: its rows say since when everybody has been looked at, and of which kind."""


class SqlContacts:
    """The port `Contacts`."""

    def __init__(self, sql: Sql) -> None:
        self._sql = sql

    def of(self, person: Person) -> Mapping[str, Met]:
        rows = self._sql.rows(self._sql.locked(OF), {"person": person})
        return {row.kind: Met(row.address, moment(row.since)) for row in rows}

    def put(self, person: Person, kind: str, met: Met) -> None:
        row = {"person": person, "kind": kind, "address": met.address, "since": micros(met.since)}
        self._sql.put(contacts, row)

    def drop(self, person: Person, kinds: Iterable[str]) -> None:
        for kind in kinds:
            self._sql.do(delete(contacts).where(contacts.c.person == person, contacts.c.kind == kind))

    def people(self) -> frozenset[Person]:
        rows = self._sql.rows(select(contacts.c.person).distinct().where(contacts.c.person != BASELINE))
        return frozenset(Person(row.person) for row in rows)

    def clear(self) -> int:
        known = len(self.people())
        self._sql.do(delete(contacts))
        return known

    def begun(self, what: str = EVERYTHING) -> bool:
        return self.since(what) is not None

    def since(self, what: str) -> datetime | None:
        return next((moment(row.since) for row in self._sql.rows(OF, {"person": BASELINE}) if row.kind == what), None)

    def begin(self, at: datetime, what: str = EVERYTHING) -> None:
        self._sql.put(contacts, {"person": BASELINE, "kind": what, "address": "", "since": micros(at)})

    def end(self, what: str) -> None:
        self._sql.do(delete(contacts).where(contacts.c.person == BASELINE, contacts.c.kind == what))
