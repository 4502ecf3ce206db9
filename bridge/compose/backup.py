"""`backup` and `restore`."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from bridge.compose.shared import node, opened, state_directory, upgrade_database
from bridge.config.model import Config
from bridge.domain.errors import StoreFault
from bridge.flows.evidence import verify
from bridge.flows.restore import after_restore
from connectors.machine import StateLock, SystemClock
from connectors.store.copy import back_up, put_back, take_back


@dataclass(frozen=True, slots=True, kw_only=True)
class Restored:
    """What was kept aside, how many links were ended, how many audit records there are, and their first fault."""

    aside: Path | None
    ended: int
    records: int
    fault: str | None


def backup(config: Config, to: Path) -> int:
    """Copy the database while the daemon may run; returns the size in bytes."""
    return back_up(config.storage.url, to)


def restore(config: Config, source: Path | None, by: str) -> Restored:
    """Put a backup in the place of the database, and end what was open in it. Raises StoreFault while a worker runs,
    and whatever is wrong with the backup: a key that is missing, a later program's. A file is then as it was.

    source   None: it is in its place already, by pg_restore or a snapshot
    """
    lock = StateLock.take(state_directory(config) / f".{node(config)}.worker.lock")
    if lock is None:
        raise StoreFault("the daemon is running; stop it first")
    with lock:
        aside = put_back(config.storage.url, source, SystemClock().now()) if source else None
        try:
            upgrade_database(config)
            with opened(config) as desk:
                found = verify(desk)
                ended = after_restore(by, desk)
        except BaseException:
            if source:
                take_back(config.storage.url, aside)
            raise
    return Restored(aside=aside, ended=ended, records=found.records, fault=found.fault)
