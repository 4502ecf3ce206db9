"""Bring a database to the newest migration. Alembic is imported here alone, when it is needed: it takes a second."""

from __future__ import annotations

import os
import sqlite3
from contextlib import suppress
from pathlib import Path
from typing import Final

from sqlalchemy import Connection, event

from bridge.domain.errors import StoreFault
from bridge.domain.secret import Secret
from connectors.store.connect import engines, keep_private, parse, sqlite_path
from connectors.store.engine import revision
from connectors.store.tables import REVISIONS
from connectors.store.transaction import transaction

MIGRATIONS: Final = Path(__file__).with_name("migrations")


def upgrade(url: str, password: Secret | None = None) -> tuple[str | None, str]:
    """Make the database if there is none, and run the migrations it lacks, all or nothing.

    Returns the revision it had (None: it was empty) and the one it has. Raises StoreFault when it is newer than this
    program, or cannot be written.
    """
    path = sqlite_path(parse(url))
    if path is not None:
        _make_file(path)
    writer, reader = engines(url, password, patience=None)
    if path is not None:
        event.listen(writer, "connect", _keep_children)
    try:
        with transaction(writer, writes=True) as sql:
            sql.hold("upgrade")
            had = revision(sql)
            if had is not None and had not in REVISIONS:
                raise StoreFault("the database is newer than this program; install the version that upgraded it")
            if had != REVISIONS[-1]:
                sql.hand_to(_run)
                sql.hand_to(_nothing_dangles)
    finally:
        reader.dispose()
        writer.dispose()
    return had, REVISIONS[-1]


def _make_file(path: Path) -> None:
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with suppress(FileExistsError):
            os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    except OSError as error:
        raise StoreFault(f"{path}: the database cannot be made ({error.strerror})") from None
    keep_private(path)


def _keep_children(connection: sqlite3.Connection, _: object) -> None:
    """Let a table be made anew without what refers to it going with the old one.

    With foreign keys on, SQLite's DROP TABLE deletes all rows first, and ON DELETE CASCADE follows; inside the
    transaction this can no longer be switched. Source: sqlite.org, "Making Other Kinds Of Table Schema Changes", and
    DROP TABLE.
    """
    connection.execute("PRAGMA foreign_keys = OFF")


def _nothing_dangles(connection: Connection) -> None:
    """What was switched off for the upgrade is checked before it counts."""
    if connection.dialect.name == "sqlite" and connection.exec_driver_sql("PRAGMA foreign_key_check").first():
        raise StoreFault("the upgrade would leave rows that refer to nothing; the database is as it was")


def _run(connection: Connection) -> None:
    from alembic import command  # noqa: PLC0415
    from alembic.config import Config  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
