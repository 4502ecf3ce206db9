"""Links and release codes in SQL: what is sealed, and its end."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import Row, delete, select, update
from sqlalchemy.sql.elements import ColumnElement

from bridge.domain.link import Locator, Sealed
from bridge.domain.names import ResetId
from connectors.store.sql import Sql
from connectors.store.tables import codes, links, resets
from connectors.store.times import maybe, stored

CHUNK: Final = 500


class SqlLinks:
    """The port `Links`."""

    def __init__(self, sql: Sql) -> None:
        self._sql = sql

    def put(self, sealed: Sealed) -> None:
        row = {
            "reset_id": sealed.reset_id,
            "locator": sealed.locator,
            "verifier": sealed.verifier,
            "ciphertext": sealed.ciphertext,
            "key_id": sealed.key_id,
            "tries": sealed.tries,
            "opened_at": stored(sealed.opened_at),
        }
        self._sql.put(links, row)

    def lock(self, locator: Locator) -> Sealed | None:
        """Locks the reset first, then the link: the order of all that end a link, so that none waits in a circle."""
        owner = select(links.c.reset_id).where(links.c.locator == locator)
        self._sql.rows(self._sql.locked(select(resets.c.id).where(resets.c.id.in_(owner))))
        return self._one(links.c.locator == locator, lock=True)

    def look(self, locator: Locator) -> Sealed | None:
        return self._one(links.c.locator == locator)

    def of(self, reset_id: ResetId) -> Sealed | None:
        return self._one(links.c.reset_id == reset_id)

    def erase(self, reset_ids: Sequence[ResetId]) -> None:
        for start in range(0, len(reset_ids), CHUNK):
            these = links.c.reset_id.in_(reset_ids[start : start + CHUNK])
            self._sql.do(update(links).where(these, links.c.ciphertext.is_not(None)).values(ciphertext=None))

    def set_code(self, reset_id: ResetId, tag: str) -> None:
        self._sql.put(codes, {"reset_id": reset_id, "tag": tag})

    def code(self, reset_id: ResetId) -> str | None:
        row = self._sql.row(select(codes.c.tag).where(codes.c.reset_id == reset_id))
        return None if row is None else str(row.tag)

    def drop_code(self, reset_id: ResetId) -> None:
        self._sql.do(delete(codes).where(codes.c.reset_id == reset_id))

    def _one(self, which: ColumnElement[bool], *, lock: bool = False) -> Sealed | None:
        query = select(links).where(which)
        row = self._sql.row(self._sql.locked(query) if lock else query)
        return None if row is None else to_sealed(row)


def to_sealed(row: Row[Any]) -> Sealed:
    """A row as a link."""
    return Sealed(
        reset_id=ResetId(row.reset_id),
        locator=Locator(row.locator),
        verifier=row.verifier,
        ciphertext=row.ciphertext,
        key_id=row.key_id,
        tries=row.tries,
        opened_at=maybe(row.opened_at),
    )
