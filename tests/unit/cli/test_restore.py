"""`restore` without a file: the database was put back by other means."""

from __future__ import annotations

import json
from pathlib import Path

from bridge.compose.shared import opened
from bridge.config.reader import read
from bridge.domain.reset import State
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
