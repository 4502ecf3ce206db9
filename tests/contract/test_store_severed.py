"""PostgreSQL is gone at the commit: whether it was done is asked for, and who began it is told the truth."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from bridge.domain.errors import StoreBusy, StoreUnsure
from bridge.domain.link import Locator
from bridge.domain.reset import Reset, State
from connectors.store import engine
from connectors.store.engine import SqlStore, open_store
from connectors.vault import KeyRing
from tests.contract.samples import a_reset, add, an_event, at_state
from tests.contract.test_store_silent import SLOWLY
from tests.frozen import freeze, thaw
from tests.postgres import Postgres
from tests.severed import Cut, Way, severed


@pytest.fixture
def database(postgres: Postgres, postgres_template: str) -> str:
    return postgres.new_database(postgres_template)


@pytest.fixture
def way(postgres: Postgres) -> Iterator[Way]:
    with tempfile.TemporaryDirectory(prefix="rb-way-") as folder, severed(Path(folder), postgres) as made:
        yield made


@pytest.fixture
def store(way: Way, database: str, ring: KeyRing) -> Iterator[SqlStore]:
    made = open_store(way.url(database), None, ring, patience=3)
    yield made
    made.close()


@pytest.fixture
def reset(store: SqlStore) -> Reset:
    made = a_reset(state=State.PUBLISHED)
    with store.work() as work:
        add(work, made)
    return made


def move(store: SqlStore, reset: Reset) -> None:
    """Its state and the record of it, in one transaction."""
    with store.work() as work:
        work.resets.save(reset, at_state(reset, State.REVEALED))
        work.audit.append(an_event(1))


def stands(store: SqlStore, reset: Reset) -> tuple[State, int, str | None]:
    """Its state, how many records there are, and what is wrong with their chain."""
    with store.work() as work:
        return work.resets.get(reset.id).state, *work.audit.verify()


def test_what_was_kept_goes_on_though_the_answer_is_lost(store: SqlStore, way: Way, reset: Reset) -> None:
    """Whoever began it has done it, once, and need not do it again."""
    way.cut(Cut.EVERYTHING)
    move(store, reset)
    assert way.broken.is_set()
    assert stands(store, reset) == (State.REVEALED, 1, None)


def test_what_never_arrived_is_said_not_to_have_happened(store: SqlStore, way: Way, reset: Reset) -> None:
    """Then it can be done again."""
    way.cut(Cut.NOTHING)
    with pytest.raises(StoreBusy, match="cannot be reached") as busy:
        move(store, reset)
    assert not isinstance(busy.value, StoreUnsure)
    assert stands(store, reset) == (State.PUBLISHED, 0, None)
    move(store, reset)
    assert stands(store, reset) == (State.REVEALED, 1, None)


def test_a_commit_that_is_under_way_is_waited_for(
    postgres: Postgres, database: str, store: SqlStore, way: Way, reset: Reset
) -> None:
    """Looked at too early it is not there, and a moment later it is."""
    with postgres.connect(database) as line:
        line.execute(SLOWLY)
    way.cut(Cut.JUST_NOW)
    move(store, reset)
    assert stands(store, reset) == (State.REVEALED, 1, None)


@pytest.mark.parametrize("cut", [Cut.NOTHING, Cut.EVERYTHING])
def test_of_a_database_that_stays_away_it_is_not_known(
    store: SqlStore, way: Way, reset: Reset, cut: Cut, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither the one nor the other is said."""
    monkeypatch.setattr(engine, "ASKED_FOR", timedelta(seconds=0.5))
    way.cut(cut, for_good=True)
    with pytest.raises(StoreUnsure, match="look before the request is made again"):
        move(store, reset)
    way.closed = False
    assert stands(store, reset)[0] is (State.REVEALED if cut is Cut.EVERYTHING else State.PUBLISHED)


def test_it_is_asked_until_the_database_is_there_again(store: SqlStore, way: Way, reset: Reset) -> None:
    """Started anew, or its successor, within seconds."""
    way.cut(Cut.EVERYTHING, for_good=True)
    asked = []

    def look(record: tuple[int, bytes]) -> bool | None:
        asked.append(record)
        way.closed = len(asked) < 3
        return SqlStore._holds(store, record)

    store._holds = look  # type: ignore[method-assign]
    move(store, reset)
    assert len(asked) == 3
    assert stands(store, reset) == (State.REVEALED, 1, None)


def test_what_is_not_on_record_cannot_be_asked_for(store: SqlStore, way: Way, reset: Reset) -> None:
    """A lease, say: whoever took it finds out when it is used."""
    way.cut(Cut.EVERYTHING)
    with pytest.raises(StoreUnsure), store.work() as work:
        work.resets.save(reset, at_state(reset, State.REVEALED))


def test_who_has_written_nothing_has_lost_nothing(store: SqlStore, way: Way, reset: Reset) -> None:
    """Rows were locked, and what they hold was no reason to change them: whoever waits for the host, say."""
    way.cut(Cut.NOTHING)
    with store.work() as work:
        assert work.links.lock(Locator("0" * 26)) is None
        assert work.resets.get(reset.id) == reset
    assert way.broken.is_set()


def test_who_only_looked_has_seen_all_there_was(store: SqlStore, way: Way, reset: Reset) -> None:
    """Nothing is unsure about a transaction that writes nothing."""
    way.cut(Cut.EVERYTHING)
    with pytest.raises(StoreBusy) as busy, store.look() as work:
        assert work.resets.get(reset.id) == reset
    assert not isinstance(busy.value, StoreUnsure)


ENDED = """
    CREATE FUNCTION ended() RETURNS trigger AS
        'BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); PERFORM pg_sleep(1); RETURN NULL; END' LANGUAGE plpgsql;
    CREATE CONSTRAINT TRIGGER ended AFTER INSERT ON audit DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION ended()
"""


def test_a_server_that_is_stopped_at_a_commit(postgres: Postgres, database: str, store: SqlStore, reset: Reset) -> None:
    """It says so, and may have kept it all the same: it is asked. Here it has not."""
    with postgres.connect(database) as line:
        line.execute(ENDED)
    with pytest.raises(StoreBusy) as busy:
        move(store, reset)
    assert not isinstance(busy.value, StoreUnsure)
    assert stands(store, reset) == (State.PUBLISHED, 0, None)


REFUSED = """
    CREATE FUNCTION refused() RETURNS trigger AS 'BEGIN RAISE EXCEPTION ''no''; END' LANGUAGE plpgsql;
    CREATE CONSTRAINT TRIGGER refused AFTER INSERT ON audit DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION refused()
"""


def test_a_server_that_refuses_a_commit_is_believed(
    postgres: Postgres, database: str, store: SqlStore, reset: Reset, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing was kept, and nothing is asked for."""
    with postgres.connect(database) as line:
        line.execute(REFUSED)
    monkeypatch.setattr(store, "_holds", lambda record: pytest.fail("it was asked"))
    with pytest.raises(engine.StoreFault, match="PostgreSQL reports"):
        move(store, reset)


def test_a_server_that_froze_at_a_commit_is_not_waited_for_for_ever(
    postgres: Postgres, database: str, store: SqlStore, way: Way, reset: Reset, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its lock on the end of the chain is still there: nobody can say, and that is said."""
    monkeypatch.setattr(engine, "ASKED_FOR", timedelta(seconds=0.5))
    with postgres.connect(database) as line:
        line.execute(SLOWLY.replace("pg_sleep(2)", "pg_sleep(20)"))
    pids: list[int] = []
    monkeypatch.setattr(way, "take", lambda said: None)

    def frozen() -> None:
        with postgres.connect() as line:
            rows = line.execute(
                "SELECT pid FROM pg_stat_activity WHERE datname = %s AND wait_event = 'PgSleep'", [database]
            ).fetchall()
        pids.extend(row[0] for row in rows)
        for pid in pids:
            freeze(pid)

    kept = SqlStore._holds

    def look(record: tuple[int, bytes]) -> bool | None:
        frozen()
        return kept(store, record)

    store._holds = look  # type: ignore[method-assign]
    try:
        with pytest.raises(StoreUnsure):
            move(store, reset)
        assert pids
    finally:
        for pid in set(pids):
            thaw(pid)
