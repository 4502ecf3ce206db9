"""A copy of the SQLite file, taken while it is in use, and put back. PostgreSQL has its own tools for both."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import Final
from urllib.parse import quote

from bridge.domain.errors import StoreFault
from connectors.store.connect import parse, sqlite_path

ELSEWHERE: Final = "this is for SQLite; with PostgreSQL use pg_dump, and pg_restore, then `restore` without FILE"
PAGES: Final = 2000  # copied at a time; writers get their turn in between


def back_up(url: str, to: Path) -> int:
    """Copy the database to a new private file; returns its size in bytes. Raises StoreFault."""
    source = _file(url)
    if not source.exists():
        raise StoreFault(f"there is no database at {source}")
    _make(to)
    try:
        with closing(_open(source, "ro")) as old, closing(_open(to, "rw")) as new:
            old.backup(new, pages=PAGES, sleep=0.01)
            _demand_sound(new, to)
    except (sqlite3.Error, StoreFault) as error:
        to.unlink(missing_ok=True)
        raise error if isinstance(error, StoreFault) else StoreFault(f"{source}: cannot be copied: {error}") from None
    return to.stat().st_size


def put_back(url: str, backup: Path, at: datetime) -> Path | None:
    """Make a backup the database; what was there is kept beside it, and its name returned.

    Raises StoreFault, also where somebody has the database open: what they write from here on would be lost with it.
    """
    target = _file(url)
    _demand_unused(target)
    fresh = target.with_name(f"{target.name}.restoring")
    fresh.unlink(missing_ok=True)
    if not backup.is_file():
        raise StoreFault(f"there is no file {backup}")
    _make(fresh)
    try:
        with closing(_open(backup, "ro")) as old, closing(_open(fresh, "rw")) as new:
            old.backup(new)
            _demand_sound(new, backup)
    except (sqlite3.Error, StoreFault) as error:
        fresh.unlink(missing_ok=True)
        raise error if isinstance(error, StoreFault) else StoreFault(f"{backup}: is no backup: {error}") from None
    aside = target.with_name(f"{target.name}.before-{at:%Y%m%dT%H%M%S}") if target.exists() else None
    if aside:
        target.rename(aside)
    for leftover in ("-wal", "-shm"):
        target.with_name(target.name + leftover).unlink(missing_ok=True)
    fresh.rename(target)
    return aside


def take_back(url: str, aside: Path | None) -> None:
    """Undo put_back(), whose result `aside` is: the backup could not be used."""
    target = _file(url)
    for leftover in ("", "-wal", "-shm"):
        target.with_name(target.name + leftover).unlink(missing_ok=True)
    if aside:
        aside.rename(target)


def _file(url: str) -> Path:
    path = sqlite_path(parse(url))
    if path is None:
        raise StoreFault(ELSEWHERE)
    return path


def _demand_unused(path: Path) -> None:
    """SQLite gives up its log, and takes what is in it into the file, only where no other has the file open."""
    if not path.exists():
        return
    try:
        with closing(_open(path, "rw")) as last:
            last.execute("PRAGMA journal_mode = DELETE")
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode == sqlite3.SQLITE_BUSY:
            words = f"somebody has {path} open: stop the web role, the scheduler and every command first"
            raise StoreFault(words) from None
        raise StoreFault(f"{path}: {error}") from None
    except sqlite3.DatabaseError:
        return  # damaged: that is what backups are for


def _make(path: Path) -> None:
    try:
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    except FileExistsError:
        raise StoreFault(f"{path}: stands there already; name a new file") from None
    except OSError as error:
        raise StoreFault(f"{path}: cannot be written: {error.strerror}") from None


def _open(path: Path, mode: str) -> sqlite3.Connection:
    return sqlite3.connect(f"file:{quote(str(path.absolute()))}?mode={mode}", uri=True, isolation_level=None)


def _demand_sound(connection: sqlite3.Connection, path: Path) -> None:
    found = [str(row[0]) for row in connection.execute("PRAGMA quick_check(3)")]
    tables = {str(row[0]) for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    if found != ["ok"]:
        raise StoreFault(f"{path}: damaged: {found[0]}")
    if "alembic_version" not in tables:
        raise StoreFault(f"{path}: is no database of this program")
    connection.execute("PRAGMA journal_mode = DELETE")  # one file, that opens wherever it is carried
