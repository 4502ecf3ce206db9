"""Resets in SQL. Every write is conditional on the version that was read."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Row, Select, and_, bindparam, delete, exists, func, insert, or_, select, tuple_, update
from sqlalchemy.sql.elements import ColumnElement

from bridge.domain.errors import BadInput, NotFound, Overtaken
from bridge.domain.failure import Reason
from bridge.domain.names import Account, Operator, Person, ResetId, SystemName, checked_userid
from bridge.domain.record import micros
from bridge.domain.reset import ENDED, Cleanup, Delivery, Reset, State, View
from bridge.ports import Queue
from connectors.store import tables
from connectors.store.fixed import Fixed
from connectors.store.sealed import SqlLinks
from connectors.store.sql import Sql
from connectors.store.tables import leases, passes, resets, word
from connectors.store.times import maybe, moment, stored

MOST: Final = 500  # rows of one page
CHUNK: Final = 500
OVER: Final = resets.c.state.in_([word(state) for state in sorted(ENDED)])
COLUMNS: Final = [column for column in resets.c if column.name != "ordinal"]
SAVED: Final = [column.name for column in COLUMNS if column.name != "id"]
SAVE: Final = Fixed(
    update(resets)
    .where(resets.c.id == bindparam("was_id"), resets.c.version == bindparam("was_version"))
    .values({name: bindparam(name) for name in SAVED})
)
QUEUES: Final = (
    select(
        resets.c.system,
        resets.c.state,
        func.count().label("many"),
        func.min(resets.c.since).label("since"),
        func.min(func.coalesce(resets.c.not_before, resets.c.since)).label("due"),
    )
    .where(resets.c.state.in_([word(State.QUEUED), word(State.CHANGING)]))
    .group_by(resets.c.system, resets.c.state)
)
GET: Final = Fixed(select(*COLUMNS).where(resets.c.id == bindparam("id")))

# Asked all day long, so put together once: that costs SQLAlchemy more than asking. Values: system, now in microseconds.
UNHELD: Final = ~exists().where(
    leases.c.system == resets.c.system, leases.c.userid == resets.c.userid, leases.c.until > bindparam("now")
)
STRANDED: Final = select(*COLUMNS).where(resets.c.state == word(State.CHANGING), UNHELD).order_by(resets.c.since)


def _due(condition: ColumnElement[bool], *order: ColumnElement[Any]) -> Fixed:
    ready = or_(resets.c.not_before.is_(None), resets.c.not_before <= bindparam("now"))
    its_own = resets.c.system == bindparam("system")
    return Fixed(select(*COLUMNS).where(condition, its_own, ready, UNHELD).order_by(*order).limit(1))


DUE: Final = (
    _due(
        and_(resets.c.state == word(State.QUEUED), resets.c.expires_at.is_not(None)),  # somebody waits at the page
        resets.c.since,
    ),
    _due(resets.c.state == word(State.QUEUED), resets.c.requested_at, resets.c.ordinal),
    _due(resets.c.cleanup == word(Cleanup.DUE), resets.c.since),
    _due(resets.c.state == word(State.REVEALED), func.coalesce(resets.c.not_before, 0), resets.c.since),
)


def to_row(reset: Reset) -> dict[str, Any]:
    """A reset as a row."""
    return {
        "id": reset.id,
        "system": reset.system,
        "userid": reset.userid,
        "person": reset.person,
        "policy": reset.policy,
        "state": reset.state.value,
        "reason": reset.reason,
        "requested_by": reset.requested_by,
        "requested_at": micros(reset.requested_at),
        "since": micros(reset.since),
        "ticket": reset.ticket,
        "version": reset.version,
        "tries": reset.tries,
        "touched": int(reset.touched),
        "not_before": stored(reset.not_before),
        "expires_at": stored(reset.expires_at),
        "failure": reset.failure.value if reset.failure else None,
        "failure_text": reset.failure_text,
        "cleanup": reset.cleanup.value,
        "seen": reset.seen,
        "note": reset.note,
        "approved_by": json.dumps(list(reset.approved_by)),
        "elevated": int(reset.elevated),
        "delivery": reset.delivery.value,
        "contact_since": stored(reset.contact_since),
        "mailed_to": reset.mailed_to,
        "view": reset.view.value,
    }


def to_reset(row: Row[Any]) -> Reset:
    """A row as a reset."""
    return Reset(
        id=ResetId(row.id),
        system=SystemName(row.system),
        userid=checked_userid(row.userid),
        person=Person(row.person) if row.person is not None else None,
        policy=row.policy,
        state=State(row.state),
        reason=row.reason,
        requested_by=Operator(row.requested_by),
        requested_at=moment(row.requested_at),
        since=moment(row.since),
        ticket=row.ticket,
        version=row.version,
        tries=row.tries,
        touched=bool(row.touched),
        not_before=maybe(row.not_before),
        expires_at=maybe(row.expires_at),
        failure=Reason(row.failure) if row.failure is not None else None,
        failure_text=row.failure_text,
        cleanup=Cleanup(row.cleanup),
        seen=row.seen,
        note=row.note,
        approved_by=tuple(json.loads(row.approved_by)),
        elevated=bool(row.elevated),
        delivery=Delivery(row.delivery),
        contact_since=maybe(row.contact_since),
        mailed_to=row.mailed_to,
        view=View(row.view),
    )


class SqlResets:
    """The port `Resets`."""

    def __init__(self, sql: Sql) -> None:
        self._sql = sql

    def add(self, reset: Reset) -> None:
        """Add it, as the account's newest."""
        self._hold(reset.account)
        newest = select(func.coalesce(func.max(resets.c.ordinal), 0) + 1).where(*_of(reset.account))
        self._sql.do(insert(resets).values(ordinal=newest.scalar_subquery(), **to_row(reset)))

    def get(self, reset_id: ResetId) -> Reset:
        row = self._sql.row(GET, {"id": reset_id})
        if row is None:
            raise NotFound(f"no reset {reset_id}")
        return to_reset(row)

    def save(self, before: Reset, after: Reset) -> None:
        if self._sql.do(SAVE, _step(before, after)) != 1:
            raise Overtaken(f"reset {before.id}")

    def save_all(self, pairs: Sequence[tuple[Reset, Reset]]) -> None:
        """Store all, or raise Overtaken and count on the block's rollback for those that were written."""
        if self._sql.do(SAVE, [_step(before, after) for before, after in pairs]) != len(pairs):
            raise Overtaken("one of the resets")

    def open_for(self, account: Account) -> list[Reset]:
        self._hold(account)
        query = select(*COLUMNS).where(*_of(account), ~OVER).order_by(resets.c.ordinal)
        return self._all(self._sql.locked(query))

    def asked(
        self, nth: int, *, since: datetime, account: Account | None = None, by: str | None = None
    ) -> datetime | None:
        query = select(resets.c.requested_at).where(resets.c.requested_at > micros(since))
        if account is not None:
            query = query.where(*_of(account))
        if by is not None:
            query = query.where(resets.c.requested_by == by)
        row = self._sql.row(query.order_by(resets.c.requested_at.desc()).offset(nth - 1).limit(1))
        return None if row is None else moment(row.requested_at)

    def published_for(self, person: Person) -> list[Reset]:
        query = select(*COLUMNS).where(resets.c.state == word(State.PUBLISHED), resets.c.person == person)
        return self._all(query.order_by(resets.c.requested_at, resets.c.ordinal))

    def newer_than(self, reset: Reset) -> list[Reset]:
        its_own = select(resets.c.ordinal).where(resets.c.id == reset.id).scalar_subquery()
        query = select(*COLUMNS).where(*_of(reset.account), resets.c.ordinal > its_own)
        return self._all(query.order_by(resets.c.ordinal))

    def find(
        self,
        *,
        state: State | None = None,
        system: str | None = None,
        userid: str | None = None,
        cursor: str | None = None,
        limit: int = 50,
    ) -> tuple[list[Reset], str | None]:
        limit = max(1, min(limit, MOST))
        place = tuple_(resets.c.requested_at, resets.c.ordinal, resets.c.id)
        query = select(resets).limit(limit + 1)
        query = query.order_by(resets.c.requested_at.desc(), resets.c.ordinal.desc(), resets.c.id.desc())
        if state is not None:
            query = query.where(resets.c.state == state.value)
        if system is not None:
            query = query.where(resets.c.system == system)
        if userid is not None:
            query = query.where(resets.c.userid == userid)
        if cursor is not None:
            query = query.where(place < tuple_(*_read_cursor(cursor)))
        found = self._sql.rows(query)
        page = [to_reset(row) for row in found[:limit]]
        return page, _cursor(found[limit - 1]) if len(found) > limit else None

    def next_due(self, system: SystemName, at: datetime) -> Reset | None:
        values = {"system": system, "now": micros(at)}
        for query in DUE:
            row = self._sql.row(self._sql.locked(query, skip=True), values)
            if row is not None:
                return to_reset(row)
        return None

    def stranded(self, at: datetime, limit: int) -> list[Reset]:
        query = STRANDED.limit(limit)
        return [to_reset(row) for row in self._sql.rows(self._sql.locked(query, skip=True), {"now": micros(at)})]

    def overdue(self, at: datetime, limit: int) -> list[Reset]:
        published = resets.c.state == word(State.PUBLISHED)
        query = select(*COLUMNS).where(published, resets.c.expires_at <= micros(at))
        return self._all(self._sql.locked(query.order_by(resets.c.expires_at).limit(limit), skip=True))

    def given_up(self, at: datetime, limit: int) -> list[Reset]:
        lapsed = exists().where(passes.c.reset_id == resets.c.id, passes.c.until <= micros(at))
        waited_for = and_(resets.c.state == word(State.QUEUED), resets.c.expires_at.is_not(None))
        query = select(*COLUMNS).where(waited_for, lapsed).order_by(resets.c.since).limit(limit)
        return self._all(self._sql.locked(query, skip=True))

    def waiting_since(self, before: datetime, limit: int) -> list[Reset]:
        waiting = resets.c.state.in_([word(s) for s in (State.REQUESTED, State.AWAITING_APPROVAL, State.QUEUED)])
        query = select(*COLUMNS).where(waiting, resets.c.requested_at < micros(before))
        return self._all(query.order_by(resets.c.requested_at, resets.c.ordinal).limit(limit))

    def purge(self, ended_before: datetime, limit: int) -> int:
        old = and_(OVER, resets.c.cleanup != word(Cleanup.DUE), resets.c.since < micros(ended_before))
        query = select(resets.c.id).where(old).order_by(resets.c.since).limit(limit)
        ids = [ResetId(row.id) for row in self._sql.rows(self._sql.locked(query, skip=True))]
        if ids:
            SqlLinks(self._sql).purge(ids)
        for start in range(0, len(ids), CHUNK):
            part = ids[start : start + CHUNK]
            self._sql.do(delete(tables.idempotency).where(tables.idempotency.c.made.in_(part)))
            self._sql.do(delete(resets).where(resets.c.id.in_(part)))
        return len(ids)

    def counts(self) -> dict[str, int]:
        found = {state.value: 0 for state in State}
        for row in self._sql.rows(select(resets.c.state, func.count().label("many")).group_by(resets.c.state)):
            found[row.state] = row.many
        due = self._sql.row(select(func.count().label("many")).where(resets.c.cleanup == word(Cleanup.DUE)))
        found["cleanup"] = due.many if due else 0
        return found

    def queues(self) -> list[Queue]:
        return [
            Queue(
                system=row.system, state=State(row.state), count=row.many, since=moment(row.since), due=moment(row.due)
            )
            for row in self._sql.rows(QUEUES)
        ]

    def _hold(self, account: Account) -> None:
        self._sql.hold(f"account {account}")

    def _all(self, query: Select[Any]) -> list[Reset]:
        return [to_reset(row) for row in self._sql.rows(query)]


def _of(account: Account) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return resets.c.system == account.system, resets.c.userid == account.userid


def _step(before: Reset, after: Reset) -> dict[str, Any]:
    if after.id != before.id or after.version <= before.version:
        raise ValueError(f"reset {before.id}: a save goes from one version to a later one; use advance() or amend()")
    row = to_row(after)
    del row["id"]
    return {**row, "was_id": before.id, "was_version": before.version}


def _cursor(row: Row[Any]) -> str:
    text = f"{row.requested_at} {row.ordinal} {row.id}"
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def _read_cursor(cursor: str) -> tuple[int, int, str]:
    try:
        text = base64.b64decode(cursor[:200] + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True).decode("ascii")
        at, ordinal, reset_id = text.split(" ")
        if not (at.isdecimal() and ordinal.isdecimal() and len(at) < 19 and len(ordinal) < 10):
            raise ValueError
        return int(at), int(ordinal), ResetId(reset_id)
    except (ValueError, binascii.Error):
        raise BadInput("cursor", "the cursor of the page before is expected, unchanged") from None
