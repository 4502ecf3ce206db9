"""What an Idempotency-Key was used for, in SQL."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete, exists, select

from bridge.domain.errors import Overtaken
from bridge.domain.record import micros
from connectors.store.sql import Sql
from connectors.store.tables import errands, idempotency, resets


class SqlIdempotency:
    """The port `Idempotency`."""

    def __init__(self, sql: Sql) -> None:
        self._sql = sql

    def get(self, caller: str, key: str) -> tuple[bytes, str] | None:
        same = (idempotency.c.caller == caller, idempotency.c.key == key)
        row = self._sql.row(select(idempotency).where(*same))
        return None if row is None else (row.fingerprint, row.made)

    def put(self, caller: str, key: str, fingerprint: bytes, made: str, at: datetime) -> None:
        row = {"caller": caller, "key": key, "fingerprint": fingerprint, "made": made, "at": micros(at)}
        if not self._sql.add_if_absent(idempotency, row):
            raise Overtaken("the Idempotency-Key")

    def purge(self, before: datetime) -> int:
        made = idempotency.c.made
        gone = (~exists().where(resets.c.id == made), ~exists().where(errands.c.id == made))
        return self._sql.do(delete(idempotency).where(idempotency.c.at < micros(before), *gone))
