"""Statements that are asked all day long: SQLAlchemy writes them down once, then the driver runs them by itself.

A reveal is a dozen statements. To put one together costs SQLAlchemy some 60 µs, to run one that it knows 17, the
driver 2. What is run so is still on SQLAlchemy's connection, and in the transaction that it began there.
"""

from __future__ import annotations

from collections import namedtuple
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from operator import itemgetter
from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import BindParameter, Delete, Dialect, Insert, Select, Table, TextClause, Update, bindparam, insert
from sqlalchemy.dialects import sqlite
from sqlalchemy.sql.compiler import SQLCompiler

if TYPE_CHECKING:
    from sqlalchemy.dialects import postgresql

Values = Mapping[str, Any]
Statement = Select[Any] | Insert | Update | Delete | TextClause


class Plan(NamedTuple):
    """A statement in one engine's words.

    arguments   the values by name → what its driver wants
    """

    text: str
    arguments: Callable[[Values], Any]


class Fixed:
    """A statement whose values are bound by name when it is run; no value is a list.

    The tables know whole numbers, text and bytes alone, which both drivers take and give as they are.
    """

    __slots__ = ("_locked", "_plans", "_row", "_statement")

    def __init__(self, statement: Statement) -> None:
        self._statement = statement
        self._plans: dict[str, Plan] = {}
        self._locked: dict[bool, Fixed] = {}
        self._row: Callable[[Sequence[Any]], Any] | None = None

    def plan(self, dialect: Dialect) -> Plan:
        """What that engine is told."""
        found = self._plans.get(dialect.name)
        if found is None:
            found = self._plans[dialect.name] = _plan(self._statement, dialect)
        return found

    def locked(self, *, skip: bool) -> Fixed:
        """The query with its rows locked until the transaction ends."""
        if skip not in self._locked:
            assert isinstance(self._statement, Select), "only rows that are looked for can be locked"
            self._locked[skip] = Fixed(self._statement.with_for_update(skip_locked=skip))
        return self._locked[skip]

    def rows(self, cursor: Any) -> list[Any]:
        """What the driver found, by the names of its columns."""
        if self._row is None:
            names = [column[0] for column in cursor.description]
            self._row = namedtuple("Row", names)._make  # type: ignore[attr-defined]  # named when it is run
        return [self._row(row) for row in cursor.fetchall()]


def _plan(statement: Statement, dialect: Dialect) -> Plan:
    compiled = statement.compile(dialect=dialect)
    assert isinstance(compiled, SQLCompiler)
    asked = {bind.key for bind in compiled.binds.values() if bind.required}
    constants = {name: value for name, value in compiled.params.items() if name not in asked}
    if not compiled.positional:
        return Plan(str(compiled), lambda values: {**values, **constants})
    order = tuple(compiled.positiontup or ())
    if constants or len(order) < 2:
        return Plan(str(compiled), lambda values: [constants[n] if n in constants else values[n] for n in order])
    return Plan(str(compiled), itemgetter(*order))


@cache
def adding(table: Table, names: tuple[str, ...]) -> Fixed:
    """Adds a row that has those columns."""
    return Fixed(insert(table).values({name: _later(table, name) for name in names}))


@cache
def putting(table: Table, names: tuple[str, ...], *, postgres: bool) -> Fixed:
    """Adds a row, or replaces the one with the same primary key."""
    keys = [column.name for column in table.primary_key]
    put = _insert(table, names, postgres=postgres)
    changed = {name: put.excluded[name] for name in names if name not in keys}
    return Fixed(put.on_conflict_do_update(index_elements=keys, set_=changed))


@cache
def adding_if_absent(table: Table, names: tuple[str, ...], *, postgres: bool) -> Fixed:
    """Adds a row unless one has its primary key, which is the answer if it was added."""
    keys = list(table.primary_key)
    put = _insert(table, names, postgres=postgres)
    return Fixed(put.on_conflict_do_nothing(index_elements=keys).returning(*keys))


def _insert(table: Table, names: tuple[str, ...], *, postgres: bool) -> postgresql.Insert | sqlite.Insert:
    """The engine's own INSERT: both have ON CONFLICT, in the same words."""
    if postgres:
        from sqlalchemy.dialects import postgresql  # noqa: PLC0415 - 2 MB that SQLite can do without

        return postgresql.insert(table).values({name: _later(table, name) for name in names})
    return sqlite.insert(table).values({name: _later(table, name) for name in names})


def _later(table: Table, name: str) -> BindParameter[Any]:
    return bindparam(name, type_=table.c[name].type)
