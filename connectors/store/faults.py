"""A library's error → ours, in words. Never the library's own text: PostgreSQL puts whole rows into it."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from bridge.domain.errors import BridgeError, Overtaken, StoreBusy, StoreFault, StoreUnsure

# SQLite's primary result codes (the low byte), https://www.sqlite.org/rescode.html
SQLITE_SAYS: Final = {
    5: "the database is busy: another program holds its lock; the request can be made again",
    6: "the database is busy: another program holds its lock; the request can be made again",
    8: "the database cannot be written: its file or folder is read-only",
    10: "the database cannot be read or written: the disk reports an error; see whether it is full or broken",
    11: "the database is damaged; restore a backup",
    13: "the database cannot be written: the disk is full",
    14: "the database cannot be opened: file and folder have to be writable for the daemon's user; look at the limit "
    "of open files as well",
    26: "the file is no SQLite database",
}
# SQLSTATE, PostgreSQL 15 appendix A: whole codes first, then classes
AGAIN: Final = {"40001", "40P01", "23505", "23P01"}  # serialization, deadlock, unique, exclusion
POSTGRES_SAYS: Final = {
    "28": "the database refuses the user or its password",
    "3D": "the database does not exist; create it, then run `resetbridge db upgrade`",
    "42": "the database does not have the tables this program needs, or its user may not use them; "
    "run `resetbridge db upgrade`",
    "25": "the database cannot be written: it is read-only",
    "53": "the database has run out of disk, memory or connections",
    "55": "the database is busy: a lock was not free in time; the request can be made again",
    "57": "the database was stopped, or ended the request; it can be made again",
    "08": "the database cannot be reached",
}
FULL: Final = "53100"  # disk_full: another thing only when somebody has made room
PASSES: Final = {"5", "6", "53", "55", "57", "08"}
"""What is another thing in a moment."""
UNREACHED: Final = "the database cannot be reached, or the connection broke; does it run where storage.url says?"
UNSURE: Final = (
    "the connection to the database broke at the commit, and it cannot be asked whether this was kept; look before "
    "the request is made again"
)
NONE_FREE: Final = "the database is busy: no connection was free in time; the request can be made again"
CONSTRAINT: Final = 19
UNIQUE: Final = {1555, 2067}  # SQLITE_CONSTRAINT_PRIMARYKEY, …_UNIQUE


def plain(error: Exception) -> BridgeError:
    """Say in our words what an error of SQLAlchemy's or of a driver's means."""
    if isinstance(error, PoolTimeout):
        return StoreBusy(NONE_FREE)
    if isinstance(error, SQLAlchemyError) and not isinstance(error, DBAPIError):
        return StoreFault(f"the database library reports {type(error).__name__}")
    cause = error.orig if isinstance(error, DBAPIError) else error
    return _of_sqlite(cause) if isinstance(cause, sqlite3.Error) else _of_postgres(cause)


def at_commit(error: SQLAlchemyError) -> BridgeError:
    """plain(), of what a commit raised. That nothing was kept is certain where a PostgreSQL that goes on says so: one
    that breaks off, or is being stopped, may have kept it before."""
    cause = error.orig if isinstance(error, DBAPIError) else error
    if isinstance(cause, sqlite3.Error | SQLAlchemyError):
        return plain(error)
    said = getattr(getattr(cause, "diag", None), "severity_nonlocalized", None)
    return plain(error) if said == "ERROR" else StoreUnsure(UNSURE)


def _of_sqlite(error: sqlite3.Error) -> BridgeError:
    code = getattr(error, "sqlite_errorcode", None) or 0
    if code in UNIQUE:
        return Overtaken("a row")
    if code & 0xFF == CONSTRAINT:
        return _promise_broken(getattr(error, "sqlite_errorname", ""))
    words = SQLITE_SAYS.get(code & 0xFF, f"SQLite reports {type(error).__name__}, code {code}")
    return _fault(str(code & 0xFF), words)


def _of_postgres(error: BaseException | None) -> BridgeError:
    state = getattr(error, "sqlstate", None) or ""
    if state in AGAIN:
        return Overtaken("a row")
    if state.startswith("23"):
        return _promise_broken(str(getattr(getattr(error, "diag", None), "constraint_name", "")))
    if not state:
        return StoreBusy(UNREACHED)
    if state == FULL:
        return StoreFault("the database cannot be written: its disk is full")
    return _fault(state[:2], POSTGRES_SAYS.get(state[:2], f"PostgreSQL reports {type(error).__name__}, {state}"))


def _fault(code: str, words: str) -> StoreFault:
    return StoreBusy(words) if code in PASSES else StoreFault(words)


def _promise_broken(name: str) -> StoreFault:
    return StoreFault(f"the database refused a row that breaks a promise of the schema ({name})")


@contextmanager
def plainly() -> Iterator[None]:
    """Turn what a library raises inside the block into ours."""
    try:
        yield
    except (SQLAlchemyError, sqlite3.Error) as error:
        raise plain(error) from None
