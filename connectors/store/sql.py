"""One transaction's statements: runs them, speaks plainly of errors, and hides what differs between the engines."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import (
    ColumnElement,
    Connection,
    Executable,
    Row,
    Select,
    Table,
    func,
    inspect,
    literal_column,
    select,
    true,
)
from sqlalchemy.dialects import sqlite
from sqlalchemy.exc import SQLAlchemyError

from bridge.domain.errors import BridgeError
from connectors.store.faults import plain

if TYPE_CHECKING:
    from sqlalchemy.dialects import postgresql

Values = Mapping[str, Any]
APART: Final = 2000  # rows; SQLite moves rows among three pages, and empty ones are some 120 to a page


class Sql:
    """The connection of one transaction.

    writes  False in a transaction that only reads: nothing is locked there
    fault   the first error in it. PostgreSQL answers a COMMIT after an error with a silent rollback, so the unit of
            work looks here first
    """

    def __init__(self, connection: Connection, *, writes: bool) -> None:
        self._connection = connection
        self._postgres = connection.dialect.name == "postgresql"
        self.writes = writes
        self.fault: BridgeError | None = None

    def rows(self, statement: Executable, values: Values | Sequence[Values] | None = None) -> list[Row[Any]]:
        """All rows of the answer."""
        try:
            return list(self._connection.execute(statement, values).all())
        except SQLAlchemyError as error:
            self.fault = plain(error)
        raise self.fault

    def row(self, statement: Executable, values: Values | None = None) -> Row[Any] | None:
        """The first row of the answer."""
        found = self.rows(statement, values)
        return found[0] if found else None

    def do(self, statement: Executable, values: Values | Sequence[Values] | None = None) -> int:
        """Run it, once or for each of `values`; how many rows an UPDATE or DELETE changed in all."""
        if isinstance(values, Sequence) and not values:
            return 0
        try:
            return self._connection.execute(statement, values).rowcount
        except SQLAlchemyError as error:
            self.fault = plain(error)
        raise self.fault

    def has_table(self, name: str) -> bool:
        """Whether there is such a table."""
        try:
            return inspect(self._connection).has_table(name)
        except SQLAlchemyError as error:
            self.fault = plain(error)
        raise self.fault

    def hand_to(self, work: Callable[[Connection], None]) -> None:
        """Let a tool work on the connection, inside the transaction."""
        try:
            return work(self._connection)
        except SQLAlchemyError as error:
            self.fault = plain(error)
        raise self.fault

    def locked(self, query: Select[Any], *, skip: bool = False) -> Select[Any]:
        """The query with its rows locked until the end. SQLite needs no more than its one writer's transaction."""
        return query.with_for_update(skip_locked=skip) if self.writes and self._postgres else query

    def lock(self, *queries: Select[Any]) -> None:
        """Lock their rows until the end, one query after the other; SQLite has no need to be asked."""
        if self.writes and self._postgres:
            for query in queries:
                self.rows(query.with_for_update())

    def hold(self, name: str) -> None:
        """Wait until no other transaction holds this name, and hold it until the end, row or no row."""
        if self.writes and self._postgres:
            number = int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "big", signed=True)
            self.rows(select(func.pg_advisory_xact_lock(number)))

    def apart_from(self, table: Table, live: ColumnElement[bool]) -> ColumnElement[bool]:
        """Rows that can go without SQLite moving those that match `live`: only what arrived long before the first."""
        if self._postgres:
            return true()
        rowid: ColumnElement[int] = literal_column(f"{table.name}.rowid")
        first = select(func.min(literal_column("rowid"))).select_from(table).where(live).scalar_subquery()
        return (
            rowid
            < func.coalesce(first, select(func.max(literal_column("rowid"))).select_from(table).scalar_subquery())
            - APART
        )

    def put(self, table: Table, row: Values) -> None:
        """Add the row, or replace the one with the same primary key."""
        keys = [column.name for column in table.primary_key]
        rest = [name for name in row if name not in keys]
        put = self._insert(table)
        self.do(put.on_conflict_do_update(index_elements=keys, set_={n: put.excluded[n] for n in rest}), row)

    def add_if_absent(self, table: Table, row: Values) -> bool:
        """Add the row unless one has its primary key; True if it was added."""
        keys = list(table.primary_key)
        put = self._insert(table).on_conflict_do_nothing(index_elements=keys).returning(*keys)
        return bool(self.rows(put, row))

    def _insert(self, table: Table) -> postgresql.Insert | sqlite.Insert:
        """The engine's own INSERT: both have ON CONFLICT, in the same words."""
        if self._postgres:
            from sqlalchemy.dialects import postgresql  # noqa: PLC0415 - 2 MB that SQLite can do without

            return postgresql.insert(table)
        return sqlite.insert(table)
