"""Wrong answers per network in SQL."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from sqlalchemy import bindparam, delete, select

from bridge.domain.record import micros
from bridge.ports import Suspect
from connectors.store.fixed import Fixed
from connectors.store.sql import Sql
from connectors.store.tables import networks
from connectors.store.times import moment

COUNTED: Final = Fixed(
    select(networks.c.count.label("many"), networks.c.since, networks.c.at).where(
        networks.c.network == bindparam("network")
    )
)


class SqlNetworks:
    """The port `Networks`."""

    def __init__(self, sql: Sql) -> None:
        self._sql = sql

    def get(self, network: str) -> Suspect | None:
        row = self._sql.row(self._sql.locked(COUNTED), {"network": network})
        if row is None or not row.many:
            return None
        return Suspect(network=network, count=row.many, since=moment(row.since), at=moment(row.at))

    def lock(self, network: str) -> Suspect | None:
        self._sql.add_if_absent(networks, {"network": network, "count": 0, "since": 0, "at": 0})
        return self.get(network)

    def put(self, suspect: Suspect) -> None:
        row = {
            "network": suspect.network,
            "count": suspect.count,
            "since": micros(suspect.since),
            "at": micros(suspect.at),
        }
        self._sql.put(networks, row)

    def purge(self, before: datetime) -> int:
        return self._sql.do(delete(networks).where(networks.c.at < micros(before)))
