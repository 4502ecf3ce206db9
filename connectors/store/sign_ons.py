"""Sign-ons that a link's page came back from, in SQL: one row for each state that was taken."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from sqlalchemy import bindparam, delete, select, update

from bridge.domain.names import ResetId
from bridge.domain.record import micros
from bridge.ports import SignedOn
from connectors.store.fixed import Fixed
from connectors.store.sql import Sql
from connectors.store.tables import sign_ons
from connectors.store.times import moment

OF: Final = Fixed(select(sign_ons).where(sign_ons.c.reset_id == bindparam("reset_id")).order_by(sign_ons.c.until))


class SqlSignOns:
    """The port `SignOns`."""

    def __init__(self, sql: Sql) -> None:
        self._sql = sql

    def of(self, reset_id: ResetId) -> list[SignedOn]:
        return [
            SignedOn(
                state=row.state,
                reset_id=ResetId(row.reset_id),
                tag=row.tag,
                right=bool(row.good),
                until=moment(row.until),
            )
            for row in self._sql.rows(OF, {"reset_id": reset_id})
        ]

    def add(self, signed: SignedOn, at: datetime) -> bool:
        self._sql.do(delete(sign_ons).where(sign_ons.c.until < micros(at)))
        row = {
            "state": signed.state,
            "reset_id": signed.reset_id,
            "tag": signed.tag,
            "good": int(signed.right),
            "until": micros(signed.until),
        }
        return self._sql.add_if_absent(sign_ons, row)

    def use(self, signed: SignedOn) -> bool:
        unused = (sign_ons.c.state == signed.state, sign_ons.c.tag.is_not(None))
        return self._sql.do(update(sign_ons).where(*unused).values(tag=None)) == 1
