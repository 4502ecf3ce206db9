"""One transaction: begun, committed at the end of its block, or as if it had never been."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from threading import BoundedSemaphore
from typing import Final

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import SQLAlchemyError

from bridge.domain.errors import StoreBusy
from connectors.store.connect import BEGIN, BUSY_AFTER, MOST
from connectors.store.faults import NONE_FREE, at_commit, plain, plainly
from connectors.store.sql import Sql

CUT_WITHIN: Final = 250  # milliseconds that writers may wait for it, every few seconds
Line = tuple[Connection, sqlite3.Connection]  # and what the driver calls it


@contextmanager
def transaction(engine: Engine, *, writes: bool) -> Iterator[Sql]:
    """One on a connection from the engine's pool. Raises StoreUnsure where it is not known how it ended."""
    with plainly():
        connection = engine.connect()
    try:
        with plainly():
            connection.begin()
        sql = Sql(connection, writes=writes)
        yield sql
        if sql.fault is not None:  # somebody caught it; nothing of this may be kept
            raise sql.fault
        _commit(connection, writes)
    except BaseException:
        try:
            connection.rollback()
        except SQLAlchemyError:
            connection.invalidate()  # what is open there ends with the connection
        raise
    finally:
        connection.close()


def _commit(connection: Connection, writes: bool) -> None:
    """Nothing depends on what comes of one that only looked: all that was asked has been answered."""
    try:
        connection.commit()
    except SQLAlchemyError as error:
        raise (at_commit(error) if writes else plain(error)) from None


class Pooled:
    """PostgreSQL's: each transaction takes a connection from SQLAlchemy's pool, which looks whether it still lives."""

    def __init__(self, engine: Engine, *, writes: bool) -> None:
        self._engine, self._writes = engine, writes

    @contextmanager
    def transaction(self) -> Iterator[Sql]:
        """transaction() of that engine."""
        with transaction(self._engine, writes=self._writes) as sql:
            yield sql

    def checkpoint(self) -> bool:
        """PostgreSQL overwrites when it likes."""
        return True

    def close(self) -> None:
        """Close every connection."""
        self._engine.dispose()


class Kept:
    """SQLite's: connections stay with who used them last, one that writes or several that read.

    The way through SQLAlchemy's pool and transactions is a quarter millisecond where the processor has other things to
    keep in its cache as well, which is more than the statements take. The connections are SQLAlchemy's all the same:
    what is no fixed statement runs through them, inside the driver's transaction.
    """

    def __init__(self, engine: Engine, *, writes: bool) -> None:
        self._engine, self._writes = engine, writes
        self._room = BoundedSemaphore(1 if writes else MOST - 1)  # one is for checkpoint()
        self._free: list[Line] = []  # the warmest last

    @contextmanager
    def transaction(self) -> Iterator[Sql]:
        """As the function of that name."""
        if not self._room.acquire(timeout=BUSY_AFTER):
            raise StoreBusy(NONE_FREE)
        try:
            with plainly():
                connection, driver = self._take()
            try:
                with plainly():
                    driver.execute(BEGIN[self._writes])
                sql = Sql(connection, writes=self._writes)
                yield sql
                if sql.fault is not None:
                    raise sql.fault
                with plainly():
                    if connection.in_transaction():  # a statement went by way of SQLAlchemy, which took note of it
                        connection.commit()
                    else:
                        driver.commit()
            except BaseException:
                if _undone(connection, driver):
                    self._free.append((connection, driver))
                raise
            self._free.append((connection, driver))
        finally:
            self._room.release()

    def _take(self) -> Line:
        try:
            return self._free.pop()
        except IndexError:
            connection = self._engine.connect()
        driver = connection.connection.driver_connection
        assert isinstance(driver, sqlite3.Connection)
        return connection, driver

    def checkpoint(self) -> bool:
        """Copy the write-ahead log beside those who write, then cut it off; False while somebody is in the way."""
        with plainly():
            connection = self._engine.raw_connection()
        cursor = connection.cursor()
        try:
            if cursor.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchall()[0][1] == 0:
                return True
            cursor.execute(f"PRAGMA busy_timeout = {CUT_WITHIN}")
            blocked = cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()[0][0]
            cursor.execute(f"PRAGMA busy_timeout = {BUSY_AFTER * 1000}")
        except sqlite3.Error:
            connection.invalidate()
            return False
        finally:
            connection.close()
        return bool(blocked == 0)

    def close(self) -> None:
        """Close every connection that is not at work."""
        while self._free:
            self._free.pop()[0].close()
        self._engine.dispose()


def _undone(connection: Connection, driver: sqlite3.Connection) -> bool:
    """Roll back; whether it can be used again."""
    try:
        connection.rollback()
        driver.rollback()
    except (SQLAlchemyError, sqlite3.Error):
        with suppress(SQLAlchemyError):
            connection.invalidate()
        connection.close()
        return False
    return True
