"""`restore` without a file: the database was put back by other means."""

from __future__ import annotations

import json
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

from bridge.compose.backup import backup
from bridge.compose.shared import opened, upgrade_database
from bridge.config.reader import read
from bridge.domain.reset import State
from connectors.machine import dice
from connectors.vault import new_key_text
from tests.contract.samples import a_reset
from tests.unit.cli.conftest import Run


def test_a_database_that_was_put_back_otherwise_is_ended_too(desk: Run, tmp_path: Path) -> None:
    """By pg_restore, or from a snapshot: nothing is copied, what was open is ended, and that is on record."""
    with opened(read(tmp_path / "bridge/resetbridge.yaml")) as kept, kept.store.work() as work:
        work.resets.add(a_reset(state=State.PUBLISHED))

    ended = desk("restore")

    assert ended.code == 0, ended.err
    assert "the chain holds; one open reset ended" in ended.out
    assert not list((tmp_path / "bridge").glob("bridge.db.before-*"))
    records = [json.loads(line)["kind"] for line in desk("audit", "export").out.splitlines()]
    assert records[-2:] == ["store.restored", "reset.revoked"]


def test_while_somebody_has_the_database_open_nothing_is_put_in_its_place(desk: Run, tmp_path: Path) -> None:
    """A web role that was left running would go on in the old file, and all that it wrote would be lost."""
    backup, config = tmp_path / "one.db", read(tmp_path / "bridge/resetbridge.yaml")
    assert desk("backup", str(backup)).code == 0
    with opened(config) as web:
        with web.store.look() as work:
            work.audit.records()
        refused = desk("restore", str(backup))
        assert (refused.code, "open: stop the web role" in refused.err) == (1, True)
        assert not list((tmp_path / "bridge").glob("bridge.db.*before*"))
        with web.store.work() as work:
            work.resets.add(a_reset(state=State.QUEUED))
    assert desk("restore", str(backup)).code == 0
    (aside,) = (tmp_path / "bridge").glob("bridge.db.before-*")
    with closing(sqlite3.connect(aside)) as old:
        assert old.execute("SELECT count(*) FROM resets").fetchone() == (1,)  # what stood in the log is in the file
    with opened(config) as web, web.store.look() as work:
        assert work.resets.find()[0] == []


def test_a_damaged_database_is_replaced_all_the_same(desk: Run, tmp_path: Path) -> None:
    """That is what backups are for."""
    backup, database = tmp_path / "one.db", tmp_path / "bridge/bridge.db"
    assert desk("backup", str(backup)).code == 0
    for leftover in database.parent.glob("bridge.db-*"):
        leftover.unlink()
    database.write_bytes(b"not a database at all" * 500)
    assert desk("restore", str(backup)).code == 0
    assert desk("audit", "verify").code == 0


def test_a_backup_that_no_key_opens_leaves_everything_as_it_was(desk: Run, tmp_path: Path) -> None:
    """Another machine's, or one whose key has gone: what was there is there again, and says why."""
    home, other = tmp_path / "bridge", tmp_path / "other"
    shutil.copytree(home, other)
    for leftover in other.glob("bridge.db*"):
        leftover.unlink()
    (key,) = (other / "keys").iterdir()
    key.write_text(new_key_text(dice).expose() + "\n")
    elsewhere = read(other / "resetbridge.yaml")
    upgrade_database(elsewhere)
    with opened(elsewhere):
        pass
    backup(elsewhere, tmp_path / "foreign.db")
    with opened(read(home / "resetbridge.yaml")) as web, web.store.work() as work:
        work.resets.add(a_reset(state=State.QUEUED))

    refused = desk("restore", str(tmp_path / "foreign.db"))

    assert refused.code == 1
    assert "key" in refused.err
    assert not list(home.glob("bridge.db.before-*"))
    with opened(read(home / "resetbridge.yaml")) as web, web.store.look() as work:
        assert len(work.resets.find()[0]) == 1
    (home / "bridge.db").unlink()
    assert desk("restore", str(tmp_path / "foreign.db")).code == 1
    assert not list(home.glob("bridge.db*"))  # nor is one left where there was none
