"""Service ids' own passwords in SQL: every write is conditional on the version that was read."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from sqlalchemy import Row, and_, bindparam, select, update

from bridge.domain.errors import Overtaken
from bridge.domain.names import Account, SystemName, checked_userid
from bridge.domain.own import Own
from connectors.store.fixed import Fixed
from connectors.store.sql import Sql
from connectors.store.tables import own_passwords
from connectors.store.times import maybe, stored

MOST_WORDS: Final = 500
GET: Final = Fixed(
    select(own_passwords).where(
        own_passwords.c.system == bindparam("system"), own_passwords.c.userid == bindparam("userid")
    )
)


class SqlOwnPasswords:
    """The port `OwnPasswords`."""

    def __init__(self, sql: Sql) -> None:
        self._sql = sql

    def get(self, account: Account) -> Own | None:
        row = self._sql.row(GET, {"system": account.system, "userid": account.userid})
        return None if row is None else to_own(row)

    def all(self) -> list[Own]:
        rows = self._sql.rows(select(own_passwords).order_by(own_passwords.c.system, own_passwords.c.userid))
        return [to_own(row) for row in rows]

    def save(self, own: Own) -> Own:
        row = to_row(own) | {"version": own.version + 1}
        if own.version == 0:
            done = self._sql.add_if_absent(own_passwords, row)
        else:
            same = and_(_of(own.account), own_passwords.c.version == own.version)
            done = self._sql.do(update(own_passwords).where(same).values(row)) == 1
        if not done:
            raise Overtaken(f"the password of {own.account}")
        return to_own(self._sql.rows(select(own_passwords).where(_of(own.account)))[0])

    def want(self, account: Account, *, at: datetime | None, by: str | None) -> None:
        self._sql.add_if_absent(own_passwords, to_row(Own(account=account)) | {"version": 1})
        afresh = {"not_before": None, "failed": 0, "words": ""} if at else {}
        values = {"wanted_at": stored(at), "wanted_by": by, **afresh}
        self._sql.do(update(own_passwords).where(_of(account)).values(values))


def _of(account: Account) -> Any:
    return and_(own_passwords.c.system == account.system, own_passwords.c.userid == account.userid)


def to_row(own: Own) -> dict[str, Any]:
    """As the table holds it, but for the version, and for who asked: that is written apart."""
    return {
        "system": own.account.system,
        "userid": own.account.userid,
        "mark": own.mark,
        "mark_before": own.mark_before,
        "current": own.current,
        "since": stored(own.since),
        "candidate": own.candidate,
        "drawn_at": stored(own.drawn_at),
        "candidate_tried": int(own.candidate_tried),
        "current_tried": int(own.current_tried),
        "refused": int(own.refused),
        "failed": own.failed,
        "expires_at": stored(own.expires_at),
        "not_before": stored(own.not_before),
        "words": own.words[:MOST_WORDS],
    }


def to_own(row: Row[Any]) -> Own:
    """The reverse."""
    return Own(
        account=Account(SystemName(row.system), checked_userid(row.userid)),
        version=row.version,
        mark=row.mark,
        mark_before=row.mark_before,
        current=row.current,
        since=maybe(row.since),
        candidate=row.candidate,
        drawn_at=maybe(row.drawn_at),
        candidate_tried=bool(row.candidate_tried),
        current_tried=bool(row.current_tried),
        refused=bool(row.refused),
        failed=row.failed,
        expires_at=maybe(row.expires_at),
        wanted_at=maybe(row.wanted_at),
        wanted_by=row.wanted_by,
        not_before=maybe(row.not_before),
        words=row.words,
    )
