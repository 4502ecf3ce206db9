"""Who is signed in to the console, in SQL."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete, insert, or_, select, update

from bridge.domain.console import SignedIn
from bridge.domain.record import micros
from connectors.store.sql import Sql
from connectors.store.tables import signed_in
from connectors.store.times import moment


class SqlConsole:
    """The port `Console`."""

    def __init__(self, sql: Sql) -> None:
        self._sql = sql

    def add(self, signed: SignedIn) -> None:
        row = {
            "digest": signed.digest,
            "token": signed.token,
            "begun": micros(signed.begun),
            "seen": micros(signed.seen),
        }
        self._sql.do(insert(signed_in), row)

    def get(self, digest: bytes) -> SignedIn | None:
        row = self._sql.row(select(signed_in).where(signed_in.c.digest == digest))
        if row is None:
            return None
        return SignedIn(digest=row.digest, token=row.token, begun=moment(row.begun), seen=moment(row.seen))

    def saw(self, digest: bytes, at: datetime) -> None:
        later = (signed_in.c.digest == digest, signed_in.c.seen < micros(at))
        self._sql.do(update(signed_in).where(*later).values(seen=micros(at)))

    def end(self, digest: bytes) -> bool:
        return self._sql.do(delete(signed_in).where(signed_in.c.digest == digest)) == 1

    def keep(self, token: str, most: int) -> int:
        self._sql.hold(f"console {token}")
        newest = (signed_in.c.seen.desc(), signed_in.c.begun.desc(), signed_in.c.digest)
        kept = select(signed_in.c.digest).where(signed_in.c.token == token).order_by(*newest).limit(most)
        return self._sql.do(delete(signed_in).where(signed_in.c.token == token, signed_in.c.digest.not_in(kept)))

    def purge(self, *, seen_before: datetime, begun_before: datetime) -> int:
        old = or_(signed_in.c.seen <= micros(seen_before), signed_in.c.begun <= micros(begun_before))
        return self._sql.do(delete(signed_in).where(old))
