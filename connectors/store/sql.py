"""One transaction's statements: runs them, speaks plainly of errors, and hides what differs between the engines."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from contextlib import closing
from typing import Any, Final, overload

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
from sqlalchemy.exc import SQLAlchemyError

from bridge.domain.errors import BridgeError
from connectors.store.faults import plain
from connectors.store.fixed import Fixed, Values, adding, adding_if_absent, putting

APART: Final = 2000  # rows; SQLite moves rows among three pages, and empty ones are some 120 to a page


class Sql:
    """The connection of one transaction.

    writes  False in a transaction that only reads: nothing is locked there
    changed whether anything was written that the transaction's end decides about
    fault   the first error in it. PostgreSQL answers a COMMIT after an error with a silent rollback, so the unit of
            work looks here first
    """

    def __init__(self, connection: Connection, *, writes: bool) -> None:
        self._connection = connection
        self._cursor = connection.connection.cursor
        self._dialect = connection.dialect
        self._postgres = connection.dialect.name == "postgresql"
        self.writes = writes
        self.changed = False
        self.fault: BridgeError | None = None

    def rows(self, statement: Executable | Fixed, values: Values | Sequence[Values] | None = None) -> list[Row[Any]]:
        """All rows of the answer."""
        try:
            if isinstance(statement, Fixed):
                with closing(self._driven(statement, values)) as cursor:
                    return statement.rows(cursor)
            return list(self._connection.execute(statement, values).all())
        except (SQLAlchemyError, self._dialect.loaded_dbapi.Error) as error:
            self.fault = self._plainly(error)
        raise self.fault

    def row(self, statement: Executable | Fixed, values: Values | None = None) -> Row[Any] | None:
        """The first row of the answer."""
        found = self.rows(statement, values)
        return found[0] if found else None

    def do(self, statement: Executable | Fixed, values: Values | Sequence[Values] | None = None) -> int:
        """Run it, once or for each of `values`; how many rows an UPDATE or DELETE changed in all."""
        if isinstance(values, Sequence) and not values:
            return 0
        self.changed = True
        try:
            if isinstance(statement, Fixed):
                with closing(self._driven(statement, values)) as cursor:
                    return int(cursor.rowcount)
            return self._connection.execute(statement, values).rowcount
        except (SQLAlchemyError, self._dialect.loaded_dbapi.Error) as error:
            self.fault = self._plainly(error)
        raise self.fault

    def _driven(self, statement: Fixed, values: Values | Sequence[Values] | None) -> Any:
        """The driver's cursor behind the statement."""
        plan, cursor = statement.plan(self._dialect), self._cursor()
        if isinstance(values, Sequence):
            cursor.executemany(plan.text, [plan.arguments(each) for each in values])
        else:
            cursor.execute(plan.text, plan.arguments(values or {}))
        return cursor

    def _plainly(self, error: Exception) -> BridgeError:
        """SQLAlchemy gives up a broken connection by itself only where it has been asked."""
        raw = self._dialect.loaded_dbapi.Error
        if isinstance(error, raw) and self._dialect.is_disconnect(error, self._connection.connection, None):
            self._connection.invalidate()
        return plain(error)

    def has_table(self, name: str) -> bool:
        """Whether there is such a table."""
        try:
            return inspect(self._connection).has_table(name)
        except SQLAlchemyError as error:
            self.fault = plain(error)
        raise self.fault

    def hand_to(self, work: Callable[[Connection], None]) -> None:
        """Let a tool work on the connection, inside the transaction."""
        self.changed = True
        try:
            return work(self._connection)
        except SQLAlchemyError as error:
            self.fault = plain(error)
        raise self.fault

    @overload
    def locked(self, query: Fixed, *, skip: bool = False) -> Fixed: ...
    @overload
    def locked(self, query: Select[Any], *, skip: bool = False) -> Select[Any]: ...
    def locked(self, query: Select[Any] | Fixed, *, skip: bool = False) -> Select[Any] | Fixed:
        """The query with its rows locked until the end. SQLite needs no more than its one writer's transaction."""
        if not (self.writes and self._postgres):
            return query
        return query.locked(skip=skip) if isinstance(query, Fixed) else query.with_for_update(skip_locked=skip)

    def lock(self, *queries: Fixed, **values: Any) -> None:
        """Lock their rows until the end, one query after the other; SQLite has no need to be asked."""
        if self.writes and self._postgres:
            for query in queries:
                self.rows(query.locked(skip=False), values)

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

    def add(self, table: Table, *rows: Values) -> None:
        """Add rows; all have the same columns."""
        if rows:
            self.do(adding(table, tuple(rows[0])), rows[0] if len(rows) == 1 else rows)

    def put(self, table: Table, row: Values) -> None:
        """Add the row, or replace the one with the same primary key."""
        self.do(putting(table, tuple(row), postgres=self._postgres), row)

    def add_if_absent(self, table: Table, row: Values) -> bool:
        """Add the row unless one has its primary key; True if it was added."""
        self.changed = True
        return bool(self.rows(adding_if_absent(table, tuple(row), postgres=self._postgres), row))
