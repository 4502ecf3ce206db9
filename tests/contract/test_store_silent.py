"""A PostgreSQL that has stopped answering, its connections open: nobody waits for it for ever."""

from __future__ import annotations

import threading

import pytest
from sqlalchemy import text

from bridge.domain.errors import StoreBusy
from connectors.store.connect import engines
from connectors.store.engine import open_store
from connectors.store.transaction import transaction
from connectors.vault import KeyRing
from tests.contract.samples import a_reset, add, an_event
from tests.frozen import freeze, thaw
from tests.postgres import Postgres

PATIENCE = 1.0


@pytest.fixture
def database(postgres: Postgres, postgres_template: str) -> str:
    """A database of its own, never thrown away: what is frozen here must not be waited for."""
    return postgres.new_database(postgres_template)


def backends(postgres: Postgres, database: str) -> list[int]:
    """The processes that serve it."""
    with postgres.connect() as line:
        rows = line.execute("SELECT pid FROM pg_stat_activity WHERE datname = %s", [database]).fetchall()
    return [int(row[0]) for row in rows]


def test_a_frozen_server_is_said_to_be_away_and_found_again(postgres: Postgres, database: str, ring: KeyRing) -> None:
    """Between two transactions: the look whether the connection lives is not waited for either."""
    store = open_store(postgres.url(database), None, ring, patience=PATIENCE)
    frozen: list[int] = []
    try:
        with store.work() as work:
            add(work, a_reset())
        frozen = backends(postgres, database)
        assert frozen
        for pid in frozen:
            freeze(pid)
        with store.look() as work:  # on a new connection: the server itself goes on
            assert len(work.resets.find()[0]) == 1
    finally:
        for pid in frozen:
            thaw(pid)
        store.close()


def test_in_the_middle_of_a_transaction_it_is_undone(postgres: Postgres, database: str, ring: KeyRing) -> None:
    """Neither the statement nor the way back hangs; when it wakes up, nothing of it was kept."""
    store = open_store(postgres.url(database), None, ring, patience=PATIENCE)
    frozen: list[int] = []
    try:
        with pytest.raises(StoreBusy, match="cannot be reached"), store.work() as work:
            work.audit.append(an_event(1))
            work.audit.head()
            frozen = backends(postgres, database)
            for pid in frozen:
                freeze(pid)
            work.audit.append(an_event(2))
        for pid in frozen:
            thaw(pid)
        frozen = []
        with store.work() as work:
            work.audit.append(an_event(3))
            assert work.audit.verify() == (1, None)
    finally:
        for pid in frozen:
            thaw(pid)
        store.close()


def test_an_upgrade_waits_for_as_long_as_it_takes(postgres: Postgres, database: str) -> None:
    """The one thing that may take minutes is not cut short; the same statement elsewhere is."""
    asleep = text("SELECT pg_sleep(0.5)")
    for patience, ends in ((0.1, False), (None, True)):
        writer, reader = engines(postgres.url(database), None, patience=patience)
        try:
            if ends:
                with transaction(writer, writes=True) as sql:
                    sql.rows(asleep)
            else:
                with pytest.raises(StoreBusy), transaction(writer, writes=True) as sql:
                    sql.rows(asleep)
        finally:
            reader.dispose()
            writer.dispose()


def test_a_server_that_answers_no_is_not_hung_up_on(postgres: Postgres, database: str) -> None:
    """What it ended by itself, a lock that was not free, say, it has answered: the connection is good."""
    ours, ended = text("SELECT pg_backend_pid()"), text("SELECT pg_cancel_backend(pg_backend_pid())")
    writer, reader = engines(postgres.url(database), None, patience=PATIENCE)
    pids = []
    try:
        for _ in range(2):
            with pytest.raises(StoreBusy, match="made again"), transaction(writer, writes=True) as sql:
                pids.append(sql.rows(ours)[0][0])
                sql.rows(ended)
        assert pids[0] == pids[1]
    finally:
        reader.dispose()
        writer.dispose()


SLOWLY = """
    CREATE FUNCTION slowly() RETURNS trigger AS 'BEGIN PERFORM pg_sleep(2); RETURN NULL; END' LANGUAGE plpgsql;
    CREATE CONSTRAINT TRIGGER slowly AFTER INSERT ON audit DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION slowly()
"""


def test_what_came_of_a_commit_is_waited_for(postgres: Postgres, database: str, ring: KeyRing) -> None:
    """Whoever gives up there would say that nothing has been done, and it has."""
    with postgres.connect(database) as line:
        line.execute(SLOWLY)
    store = open_store(postgres.url(database), None, ring, patience=PATIENCE)
    try:
        with store.work() as work:
            work.audit.append(an_event(1))
        with store.work() as work:
            assert work.audit.verify() == (1, None)
    finally:
        store.close()


def test_those_who_wait_at_the_same_time_are_all_told(postgres: Postgres, database: str, ring: KeyRing) -> None:
    """Eight threads on eight connections that froze beneath them."""
    store = open_store(postgres.url(database), None, ring, patience=PATIENCE)
    inside, go, told = threading.Barrier(9), threading.Event(), []
    frozen: list[int] = []

    def asks() -> None:
        try:
            with store.look() as work:
                work.resets.find()
                inside.wait(30)
                go.wait(30)
                work.resets.find()
        except StoreBusy as fault:
            told.append(str(fault))

    threads = [threading.Thread(target=asks) for _ in range(8)]
    try:
        for thread in threads:
            thread.start()
        inside.wait(30)
        frozen = backends(postgres, database)
        for pid in frozen:
            freeze(pid)
        go.set()
        for thread in threads:
            thread.join(30)
        assert len(told) == 8
    finally:
        for pid in frozen:
            thaw(pid)
        store.close()
