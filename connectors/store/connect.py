"""Ways to the database: a SQLite file, or PostgreSQL through psycopg 3, with the settings each has to have."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Final
from urllib.parse import quote

from sqlalchemy import Connection, Engine, QueuePool, create_engine, event
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError

from bridge.domain.errors import StoreFault
from bridge.domain.secret import Secret

BUSY_AFTER: Final = 15  # seconds until a lock that does not come free is an error
SILENT: Final = 20.0  # seconds without an answer until PostgreSQL is taken to be away; of BUSY_AFTER it tells itself
MOST: Final = 16  # connections at once, of SQLite's readers or of PostgreSQL altogether

BEGIN: Final = {True: "BEGIN IMMEDIATE", False: "BEGIN"}  # whether it writes
PRAGMAS: Final = (
    f"PRAGMA busy_timeout = {BUSY_AFTER * 1000}",
    "PRAGMA journal_mode = WAL",
    "PRAGMA synchronous = FULL",  # a commit that was answered survives a power cut
    "PRAGMA foreign_keys = ON",
    "PRAGMA secure_delete = ON",  # what is erased is overwritten
    "PRAGMA temp_store = MEMORY",
    "PRAGMA trusted_schema = OFF",
)
SETTINGS: Final = (
    "-c synchronous_commit=on -c timezone=UTC "
    f"-c lock_timeout={BUSY_AFTER}s -c idle_in_transaction_session_timeout=120s"
)


def engines(url: str, password: Secret | None, *, patience: float | None = SILENT) -> tuple[Engine, Engine]:
    """The engine that writes and the one that reads. Connects to nothing yet.

    patience  seconds for each statement on PostgreSQL; None: a table may be built anew for as long as it takes
    """
    parsed = parse(url)
    if sqlite_path(parsed) is None:
        return postgres_engines(parsed, password, patience)
    return sqlite_engines(parsed)


def parse(url: str) -> URL:
    """Read `storage.url`."""
    try:
        parsed = make_url(url)
    except ArgumentError:
        parsed = URL.create("unknown")
    if parsed.drivername not in {"sqlite", "postgresql", "postgresql+psycopg"}:
        raise StoreFault("storage.url: sqlite:///PATH or postgresql+psycopg://USER@HOST/DATABASE is expected")
    if parsed.drivername == "sqlite" and parsed.database in {None, "", ":memory:"}:
        raise StoreFault("storage.url: a file is expected: sqlite:///PATH")
    return parsed


def sqlite_path(url: URL) -> Path | None:
    """The file that it names; None for PostgreSQL."""
    return Path(url.database or "") if url.drivername == "sqlite" else None


def sqlite_engines(url: URL) -> tuple[Engine, Engine]:
    """One connection that writes, whose pool is the queue of writers; several that read."""
    path = Path(url.database or "")
    if not path.exists():
        raise StoreFault(f"there is no database at {path}; make one with `resetbridge db upgrade`")
    keep_private(path)
    return _sqlite_engine(path, writes=True), _sqlite_engine(path, writes=False)


def _sqlite_engine(path: Path, *, writes: bool) -> Engine:
    engine = create_engine(
        "sqlite://",
        creator=lambda: _connect(path, writes=writes),
        poolclass=QueuePool,
        hide_parameters=True,
        pool_size=1 if writes else MOST,
        max_overflow=0,
        pool_timeout=BUSY_AFTER,
    )

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        driver = connection.connection.driver_connection
        assert isinstance(driver, sqlite3.Connection)
        if not driver.in_transaction:  # transaction.py may have begun it
            driver.execute(BEGIN[writes])

    return engine


def _connect(path: Path, *, writes: bool) -> sqlite3.Connection:
    address = f"file:{quote(str(path.absolute()))}?mode=rw"  # never create: upgrade() does
    connection = sqlite3.connect(address, uri=True, isolation_level=None, check_same_thread=False, timeout=BUSY_AFTER)
    try:
        for pragma in PRAGMAS:
            connection.execute(pragma)
        if not writes:
            connection.execute("PRAGMA query_only = ON")
    except BaseException:
        connection.close()
        raise
    return connection


def keep_private(path: Path) -> None:
    """Owner only; SQLite gives the files beside it the same mode."""
    for file in (path, path.with_name(path.name + "-wal"), path.with_name(path.name + "-shm")):
        try:
            if file.stat().st_mode & 0o077:
                file.chmod(0o600)
        except FileNotFoundError:
            continue
        except OSError as error:
            raise StoreFault(f"{file}: its mode has to be 0600 and cannot be changed ({error.strerror})") from None


def postgres_engines(url: URL, password: Secret | None, patience: float | None) -> tuple[Engine, Engine]:
    """One pool; readers get one snapshot each and may not write."""
    if password is not None:
        url = url.set(password=password.expose())
    writer = create_engine(
        url.set(drivername="postgresql+psycopg"),
        hide_parameters=True,
        pool_size=MOST // 2,
        max_overflow=MOST // 2,
        pool_timeout=BUSY_AFTER,
        pool_pre_ping=True,
        connect_args={
            "options": SETTINGS,
            "connect_timeout": 10,
            "application_name": "resetbridge",
            "prepare_threshold": None,  # a pooler in between, or an upgrade under way, does no harm
        },
    )
    from connectors.store.answered import patiently  # noqa: PLC0415 - 8 MB, where the database is a file

    event.listen(writer, "do_connect", patiently(patience))
    return writer, writer.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
