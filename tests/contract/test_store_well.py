"""A database that still reads and takes no more records: it is known for it, until one can be written again."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from psycopg.errors import DiskFull, TooManyConnections

from bridge.domain.errors import StoreBusy, StoreFault
from connectors.store.engine import SqlStore
from connectors.store.faults import plain
from tests.contract.samples import an_event
from tests.contract.test_store_open import past_the_store
from tests.fakes.kit import House
from tests.fakes.web import Browser

REFUSES = {
    "sqlite": ["CREATE TRIGGER no_more BEFORE INSERT ON audit BEGIN SELECT RAISE(ABORT, 'no more'); END"],
    "postgresql": [
        "CREATE FUNCTION no_more() RETURNS trigger AS 'BEGIN RAISE EXCEPTION ''no more''; END' LANGUAGE plpgsql",
        "CREATE TRIGGER no_more BEFORE INSERT ON audit FOR EACH ROW EXECUTE FUNCTION no_more()",
    ],
}
AGAIN = {"sqlite": "DROP TRIGGER no_more", "postgresql": "DROP TRIGGER no_more ON audit"}


def test_a_record_that_could_not_be_written_is_remembered_until_one_can(store: SqlStore, url: str) -> None:
    """It is tried with one that does not stay; nobody who is well is asked to write anything."""
    kind = url.partition(":")[0].partition("+")[0]
    with store.work() as work:
        work.audit.append(an_event(1))
    past_the_store(url, *REFUSES[kind])
    store.well()  # nobody has noticed yet, and to look is not to write
    with pytest.raises(StoreFault), store.work() as work:
        work.audit.append(an_event(2))
    for _ in range(2):
        with pytest.raises(StoreFault):
            store.well()
    past_the_store(url, AGAIN[kind])
    store.well()
    past_the_store(url, REFUSES[kind][-1])
    store.well()  # it was well when it last wrote
    past_the_store(url, AGAIN[kind])
    with store.work() as work:
        assert work.audit.verify() == (1, None)


def test_a_full_disk_is_remembered_too(sqlite_url: str, open_at: Any) -> None:
    """It is noticed when something is to be kept, and not before."""
    store = open_at(sqlite_url)
    with store.work() as work:
        work.audit.append(an_event(1))
    for connection, driver in store._writer._free:
        assert connection is not None
        pages = driver.execute("PRAGMA page_count").fetchone()[0]
        driver.execute(f"PRAGMA max_page_count = {pages}")
    with pytest.raises(StoreFault, match="disk is full"), store.work() as work:
        for number in range(2, 400):
            work.audit.append(an_event(number))
    for connection, driver in store._writer._free:
        assert connection is not None
        driver.execute("PRAGMA max_page_count = 1000000")
    store.well()
    with store.work() as work:
        assert work.audit.verify() == (1, None)


def test_a_full_disk_of_postgresql_is_no_passing_trouble() -> None:
    """PostgreSQL counts it among what is scarce, as connections are, which come free by themselves."""
    assert type(plain(DiskFull())) is StoreFault
    assert type(plain(TooManyConnections())) is StoreBusy


def test_a_node_that_can_record_nothing_is_not_ready(bridge: House, tmp_path: Path) -> None:
    """Strangers hear that alone; who may see numbers, why."""
    client, outside = Browser(bridge).client, {"REMOTE_ADDR": "192.0.2.1"}
    assert client.get("/readyz").status_code == 200
    past_the_store(f"sqlite:///{tmp_path / 'bridge.db'}", *REFUSES["sqlite"])
    with pytest.raises(StoreFault):
        bridge.ask()
    said = client.get("/readyz")
    assert said.status_code == 503
    assert said.text.startswith("not ready: the database refused a row")
    assert client.get("/readyz", environ_overrides=outside).text == "not ready\n"
