"""Leases in SQL: one holder per account, one text for both engines."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from sqlalchemy import bindparam, delete, select, text, update

from bridge.domain.names import Account
from bridge.domain.record import micros
from bridge.ports import Lease
from connectors.store.fixed import Fixed
from connectors.store.sql import Sql
from connectors.store.tables import leases

# A first fence is the time: above any that the account had before its row was purged.
TAKE: Final = Fixed(
    text("""
    INSERT INTO leases (system, userid, owner, fence, until) VALUES (:system, :userid, :owner, :at, :until)
    ON CONFLICT (system, userid) DO UPDATE
    SET owner = excluded.owner, fence = leases.fence + 1, until = excluded.until
    WHERE leases.until <= :at
    RETURNING fence
""")
)
HERE: Final = (leases.c.system == bindparam("system_is"), leases.c.userid == bindparam("userid_is"))
HELD: Final = Fixed(select(leases.c.owner).where(*HERE, leases.c.until > bindparam("at")))
OURS: Final = (leases.c.owner == bindparam("owner_is"), leases.c.fence == bindparam("fence_is"), leases.c.until > 0)
SET: Final = Fixed(update(leases).where(*HERE, *OURS).values(until=bindparam("to")))


class SqlLeases:
    """The port `Leases`."""

    def __init__(self, sql: Sql) -> None:
        self._sql = sql

    def take(self, account: Account, owner: str, *, at: datetime, until: datetime) -> Lease | None:
        values = {"system": account.system, "userid": account.userid, "owner": owner}
        row = self._sql.row(TAKE, {**values, "at": micros(at), "until": micros(until)})
        return None if row is None else Lease(account=account, owner=owner, fence=row.fence, until=until)

    def held(self, account: Account, at: datetime) -> bool:
        values = {"system_is": account.system, "userid_is": account.userid, "at": micros(at)}
        return self._sql.row(HELD, values) is not None

    def renew(self, lease: Lease, until: datetime) -> bool:
        return self._set(lease, micros(until)) == 1

    def give_back(self, lease: Lease) -> None:
        self._set(lease, 0)

    def give_back_dead(self, node: str, run: str) -> int:
        ours = leases.c.owner.startswith(f"{node}/", autoescape=True)
        dead = (ours, leases.c.owner != f"{node}/{run}", leases.c.until > 0)
        return self._sql.do(update(leases).where(*dead).values(until=0))

    def purge(self, lapsed_before: datetime) -> int:
        return self._sql.do(delete(leases).where(leases.c.until < micros(lapsed_before)))

    def _set(self, lease: Lease, until: int) -> int:
        here = {"system_is": lease.account.system, "userid_is": lease.account.userid}
        return self._sql.do(SET, {**here, "owner_is": lease.owner, "fence_is": lease.fence, "to": until})
