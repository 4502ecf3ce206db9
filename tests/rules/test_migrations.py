"""The migrations, run one after another, make exactly what connectors/store/tables describes."""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text

from bridge.domain.errors import StoreFault
from connectors.store.connect import engines
from connectors.store.tables import REVISIONS, metadata
from connectors.store.transaction import transaction
from connectors.store.upgrade import MIGRATIONS, upgrade
from tests.postgres import Postgres, postgres

__all__ = ["postgres"]

PARTS = r",?\s*\n\s*|, (?=[a-z_]+ [A-Z])"  # SQLite puts a column that was added later into the last one's line

POSTGRES_SCHEMA = """
    SELECT 'column', table_name, column_name, data_type, is_nullable, coalesce(column_default, '')
      FROM information_schema.columns WHERE table_schema = 'public'
    UNION ALL
    SELECT 'constraint', conrelid::regclass::text, conname, pg_get_constraintdef(oid), '', ''
      FROM pg_constraint WHERE connamespace = 'public'::regnamespace
    UNION ALL
    SELECT 'index', tablename, indexname, indexdef, '', '' FROM pg_indexes WHERE schemaname = 'public'
"""

OLD_ROWS: dict[str, dict[str, Any]] = {
    "resets": {
        "id": "R0123456789AB", "system": "PRODA", "userid": "PAYROLL7", "ordinal": 1, "policy": "standard",
        "state": "published", "reason": "forgotten", "requested_by": "anna", "requested_at": 1, "since": 1,
        "version": 1, "tries": 0, "touched": 1, "cleanup": "none", "approved_by": "",
    },
    "links": {"reset_id": "R0123456789AB", "locator": "L", "verifier": bytes(32), "key_id": "k", "tries": 0},
    "codes": {"reset_id": "R0123456789AB", "tag": "t"},
}  # fmt: skip
"""One row of each table that hangs on another, as the first version wrote it."""


def on(url: str, work: Callable[[Connection], None]) -> None:
    """Let `work` have the connection in one transaction."""
    writer, reader = engines(url, None)
    try:
        with transaction(writer, writes=True) as sql:
            sql.hand_to(work)
    finally:
        reader.dispose()
        writer.dispose()


def quoteless(sql: str | None) -> str:
    """SQLite quotes the name of a table that was renamed, as batch migrations do."""
    return (sql or "").replace('"', "")


def schema(url: str) -> set[tuple[Any, ...]]:
    """Everything the database itself says of its tables, but Alembic's own."""
    found: set[tuple[Any, ...]] = set()

    def read(connection: Connection) -> None:
        if connection.dialect.name == "postgresql":
            rows = [tuple(row) for row in connection.execute(text(POSTGRES_SCHEMA))]
        else:
            asked = connection.execute(text("SELECT type, tbl_name, name, sql FROM sqlite_master"))
            rows = [(*row[:3], tuple(sorted(re.split(PARTS, quoteless(row[3]))))) for row in asked]
        found.update(row for row in rows if row[1] != "alembic_version")

    on(url, read)
    return found


@pytest.fixture(params=["sqlite", "postgresql"])
def two(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[str, str]:
    """Two empty databases."""
    if request.param == "sqlite":
        for name in ("one.db", "two.db"):
            (tmp_path / name).touch(0o600)
        return f"sqlite:///{tmp_path}/one.db", f"sqlite:///{tmp_path}/two.db"
    server: Postgres = request.getfixturevalue("postgres")
    return server.url(server.new_database()), server.url(server.new_database())


def test_migrating_gives_what_the_tables_describe(two: tuple[str, str]) -> None:
    """Columns, types, checks, keys and partial indexes are the same, made either way."""
    upgrade(two[0])
    on(two[1], metadata.create_all)
    assert schema(two[0]) == schema(two[1])
    assert len(schema(two[0])) > 50


def test_alembic_finds_nothing_left_to_migrate(two: tuple[str, str]) -> None:
    """Its own comparison of a migrated database with the tables is empty."""
    upgrade(two[0])
    differences: list[Any] = []

    def compare(connection: Connection) -> None:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        differences.extend(compare_metadata(context, metadata))

    on(two[0], compare)
    assert differences == []


def test_every_table_of_sqlite_is_strict(tmp_path: Path) -> None:
    """A text where a number belongs is refused by the database."""
    url = f"sqlite:///{tmp_path}/bridge.db"
    upgrade(url)
    loose: list[str] = []

    def read(connection: Connection) -> None:
        loose.extend(row.name for row in connection.execute(text("PRAGMA table_list")) if not row.strict)

    on(url, read)
    assert {name for name in loose if not name.startswith("sqlite_")} == {"alembic_version"}


def test_the_program_knows_every_migration_in_order() -> None:
    """REVISIONS, by which a database is refused as older or newer, is the chain of the migrations' files."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.set_main_option("path_separator", "os")
    scripts = [script.revision for script in ScriptDirectory.from_config(config).walk_revisions()]
    assert tuple(reversed(scripts)) == REVISIONS


def test_every_migration_says_when_it_runs() -> None:
    """Its docstring has a line that begins with "Runs before" or "Runs after"."""
    for file in (MIGRATIONS / "versions").glob("[0-9]*.py"):
        assert re.search(r"^Runs (before|after) ", file.read_text(), re.M), file.name


def migrate(connection: Connection, revision: str) -> None:
    """Bring it to that revision."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    command.upgrade(config, revision)


def old_rows(connection: Connection) -> None:
    """The first version's tables, with one reset that waits to be collected."""
    migrate(connection, REVISIONS[0])
    for table, row in OLD_ROWS.items():
        columns = ", ".join(f'"{name}"' for name in row)
        marks = ", ".join(f":{name}" for name in row)
        connection.execute(text(f"INSERT INTO {table} ({columns}) VALUES ({marks})"), row)


def test_what_was_stored_outlives_every_migration(two: tuple[str, str]) -> None:
    """A table that is made anew takes no link and no code of a reset with it."""
    on(two[0], old_rows)
    assert upgrade(two[0]) == (REVISIONS[0], REVISIONS[-1])
    left: dict[str, int] = {}

    def count(connection: Connection) -> None:
        left.update((name, connection.execute(text(f"SELECT count(*) FROM {name}")).scalar_one()) for name in OLD_ROWS)

    on(two[0], count)
    assert left == dict.fromkeys(OLD_ROWS, 1)


def test_an_upgrade_that_would_leave_rows_without_their_reset_is_undone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Foreign keys rest while SQLite upgrades; they are looked at before it counts."""
    url = f"sqlite:///{tmp_path}/bridge.db"
    (tmp_path / "bridge.db").touch(0o600)
    on(url, old_rows)

    def lose_the_reset(connection: Connection) -> None:
        connection.execute(text("DELETE FROM resets"))

    monkeypatch.setattr("connectors.store.upgrade._run", lose_the_reset)
    with pytest.raises(StoreFault, match="refer to nothing"):
        upgrade(url)
    kept: list[int] = []
    on(url, lambda connection: kept.append(connection.execute(text("SELECT count(*) FROM resets")).scalar_one()))
    assert kept == [1]


def test_a_migration_that_fails_leaves_nothing(two: tuple[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Half an upgrade is none: the tables made before the failure are gone."""

    def run_and_fail(connection: Connection) -> None:
        metadata.create_all(connection)
        raise KeyboardInterrupt

    monkeypatch.setattr("connectors.store.upgrade._run", run_and_fail)
    with suppress(KeyboardInterrupt):
        upgrade(two[0])
    assert schema(two[0]) == set()


@pytest.mark.parametrize(("kinds", "begun"), [(("", "phone"), 1), (("",), 0), (("phone",), 0)])
def test_numbers_that_were_looked_at_stay_looked_at(two: tuple[str, str], kinds: tuple[str, ...], begun: int) -> None:
    """0018: a database counts on where it counted numbers, and begins where it did not."""
    found: list[int] = []

    def as_of_0017(connection: Connection) -> None:
        migrate(connection, "0017")
        for kind in kinds:
            person = "js" if kind else ""
            connection.execute(
                text("INSERT INTO contacts (person, kind, address, since) VALUES (:person, :kind, '', 7)"),
                {"person": person, "kind": kind},
            )

    def count(connection: Connection) -> None:
        asked = "SELECT count(*) FROM contacts WHERE person = '' AND kind = 'phone' AND since = 7"
        found.append(connection.execute(text(asked)).scalar_one())

    on(two[0], as_of_0017)
    upgrade(two[0])
    on(two[0], count)
    assert found == [begun]
