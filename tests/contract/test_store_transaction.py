"""One transaction: what broke is not used again, who finds no room is told, and every fault is told in our words."""

from __future__ import annotations

import sqlite3
from contextlib import ExitStack, closing, suppress
from pathlib import Path

import pytest
from sqlalchemy import Connection, text

from bridge.domain.errors import StoreBusy, StoreFault
from bridge.domain.names import ResetId
from connectors.store import transaction
from connectors.store.connect import BUSY_AFTER, MOST
from connectors.store.engine import SqlStore
from connectors.store.sealed import SqlLinks
from tests.contract.conftest import Open
from tests.contract.samples import a_link, a_reset, add


def _break(connection: Connection) -> None:
    driver = connection.connection.driver_connection
    assert driver is not None
    driver.close()


def test_a_connection_that_broke_is_not_used_again(store: SqlStore) -> None:
    """Whoever writes has one: the next transaction gets a new one, and does not find this one for ever."""
    for ways in (store._writer, store._reader):
        for _ in range(MOST + 1):
            with pytest.raises(StoreFault), ways.transaction() as sql:
                sql.hand_to(_break)
                sql.rows(text("SELECT 1"))
    with store.work() as work:
        add(work, a_reset())
    with store.look() as work:
        assert len(work.resets.find()[0]) == 1


def test_who_finds_no_room_is_told_and_the_log_is_cut_all_the_same(
    sqlite_url: str, open_at: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With every reader at work one connection is left for the log's sake; and once one has left there is room."""
    store = open_at(sqlite_url)
    monkeypatch.setattr(transaction, "BUSY_AFTER", 1)
    with ExitStack() as crowd:
        for _ in range(MOST - 1):
            crowd.enter_context(store.look())
        with pytest.raises(StoreBusy, match="no connection was free"), store.look():
            pass
        assert store.checkpoint()
    with store.look() as work:
        assert work.resets.find() == ([], None)


def test_a_checkpoint_leaves_nobody_with_its_own_impatience(sqlite_url: str, open_at: Open) -> None:
    """It waits for a quarter of a second on a connection that somebody else reads with afterwards."""
    store = open_at(sqlite_url)
    with store.work() as work:
        add(work, a_reset())
    assert store.checkpoint()
    with ExitStack() as crowd:
        for _ in range(MOST - 1):
            sql = crowd.enter_context(store._reader.transaction())
            assert [tuple(row) for row in sql.rows(text("PRAGMA busy_timeout"))] == [(BUSY_AFTER * 1000,)]


def test_a_commit_that_is_refused_is_a_fault_in_our_words(sqlite_url: str, open_at: Open) -> None:
    """No driver's error gets out, nothing of it stays, and the next one works."""
    store = open_at(sqlite_url)
    with pytest.raises(StoreFault, match="breaks a promise"), store._writer.transaction() as sql:
        driver = sql._connection.connection.driver_connection
        assert isinstance(driver, sqlite3.Connection)
        driver.execute("PRAGMA defer_foreign_keys = ON")
        SqlLinks(sql).put(a_link(ResetId("R000000000000")))
        assert not sql._connection.in_transaction()  # SQLAlchemy took no part
    with store.work() as work:
        add(work, a_reset())
    with store.look() as work:
        assert work.links.of(ResetId("R000000000000")) is None


def test_a_database_that_another_program_holds_is_a_fault_in_our_words(sqlite_url: str, open_at: Open) -> None:
    """And once it has let go the same connection works."""
    store = open_at(sqlite_url)
    with store._writer.transaction() as sql:
        sql.hand_to(lambda connection: connection.exec_driver_sql("PRAGMA busy_timeout = 50").close())
    with closing(sqlite3.connect(sqlite_url.removeprefix("sqlite:///"), isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreBusy, match="another program holds its lock"), store.work():
            pass
        other.execute("ROLLBACK")
    with store.work() as work:
        add(work, a_reset())


def test_a_store_that_is_closed_has_no_file_open(sqlite_url: str, open_at: Open) -> None:
    """Neither of those who wrote nor of those who read."""
    file = Path(sqlite_url.removeprefix("sqlite:///"))
    store = open_at(sqlite_url)
    with store.look(), store.look(), store.work() as work:
        add(work, a_reset())
    assert _opened(file)
    store.close()
    assert not _opened(file)


def _opened(file: Path) -> list[str]:
    opened: list[str] = []
    for one in Path("/proc/self/fd").iterdir():
        with suppress(FileNotFoundError):
            opened.append(str(one.readlink()))
    return [path for path in opened if path.startswith(str(file))]
