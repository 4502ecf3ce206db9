"""Stored people, their accounts and their second factors in SQL."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Row, bindparam, delete, exists, insert, select, tuple_, update

from bridge.domain.errors import BadInput
from bridge.domain.names import Account, Person, SystemName, checked_userid
from bridge.domain.record import micros
from bridge.ports import Enrolled, PersonRecord
from connectors.store.fixed import Fixed
from connectors.store.sql import Sql
from connectors.store.tables import accounts, factors, first_factors, people
from connectors.store.times import moment

ENROLLED: Final = select(factors).order_by(factors.c.person, factors.c.added_at, factors.c.id)
FACTORS: Final = Fixed(ENROLLED)
FACTORS_OF: Final = Fixed(ENROLLED.where(factors.c.person == bindparam("person")))
STEP: Final = Fixed(
    update(factors)
    .where(factors.c.id == bindparam("factor"), factors.c.last_step < bindparam("step"))
    .values(last_step=bindparam("step"))
)


class SqlPeople:
    """The port `People`."""

    def __init__(self, sql: Sql) -> None:
        self._sql = sql

    def put(self, record: PersonRecord) -> None:
        self._refuse_taken(record)
        row = {
            "person": record.person,
            "name": record.name,
            "email": record.email,
            "phone": record.phone,
            "language": record.language,
            "manager": record.manager,
            "groups": json.dumps(list(record.groups)),
            "other_email": record.other_email,
        }
        self._sql.put(people, row)
        self._sql.do(delete(accounts).where(accounts.c.person == record.person))
        owned = [
            {"system": system, "userid": userid, "person": record.person, "position": position}
            for position, (system, userid) in enumerate(dict.fromkeys(record.accounts))
        ]
        self._sql.do(insert(accounts), owned)

    def get(self, person: Person) -> PersonRecord | None:
        row = self._sql.row(select(people).where(people.c.person == person))
        if row is None:
            return None
        owned = select(accounts).where(accounts.c.person == person).order_by(accounts.c.position)
        return to_record(row, self._sql.rows(owned))

    def owner_of(self, account: Account) -> PersonRecord | None:
        same = (accounts.c.system == account.system, accounts.c.userid == account.userid)
        row = self._sql.row(select(accounts.c.person).where(*same))
        return None if row is None else self.get(Person(row.person))

    def all(self) -> list[PersonRecord]:
        owned: dict[str, list[Row[Any]]] = {}
        for row in self._sql.rows(select(accounts).order_by(accounts.c.person, accounts.c.position)):
            owned.setdefault(row.person, []).append(row)
        found = self._sql.rows(select(people).order_by(people.c.person))
        return [to_record(row, owned.get(row.person, ())) for row in found]

    def factors(self, person: Person | None = None) -> list[Enrolled]:
        rows = self._sql.rows(FACTORS) if person is None else self._sql.rows(FACTORS_OF, {"person": person})
        return [to_factor(row) for row in rows]

    def add_factor(self, factor: Enrolled) -> None:
        row = {
            "id": factor.id,
            "person": factor.person,
            "kind": factor.kind,
            "label": factor.label,
            "seed": factor.seed,
            "added_at": micros(factor.added_at),
            "added_by": factor.added_by,
            "last_step": factor.last_step,
            "usable_from": micros(factor.usable_from) if factor.usable_from else None,
        }
        self._sql.do(insert(factors), row)
        self._sql.add_if_absent(first_factors, {"person": factor.person, "at": micros(factor.added_at)})

    def had_factor(self, person: Person) -> bool:
        return self._sql.row(select(first_factors.c.at).where(first_factors.c.person == person)) is not None

    def remove_factor(self, factor_id: str, at: datetime) -> bool:
        theirs = select(factors.c.person).where(factors.c.id == factor_id).scalar_subquery()
        self._sql.do(update(first_factors).where(first_factors.c.person == theirs).values(at=micros(at)))
        return self._sql.do(delete(factors).where(factors.c.id == factor_id)) == 1

    def remove(self, person: Person) -> bool:
        self._sql.do(delete(accounts).where(accounts.c.person == person))
        return self._sql.do(delete(people).where(people.c.person == person)) == 1

    def purge(self, before: datetime) -> int:
        none_left = ~exists().where(factors.c.person == first_factors.c.person)
        return self._sql.do(delete(first_factors).where(first_factors.c.at < micros(before), none_left))

    def use_step(self, factor_id: str, step: int) -> bool:
        return self._sql.do(STEP, {"factor": factor_id, "step": step}) == 1

    def _refuse_taken(self, record: PersonRecord) -> None:
        if not record.accounts:
            return
        place = tuple_(accounts.c.system, accounts.c.userid)
        others = select(accounts).where(place.in_([tuple(one) for one in record.accounts]))
        row = self._sql.row(others.where(accounts.c.person != record.person).order_by(accounts.c.position))
        if row is not None:
            raise BadInput("accounts", f"{row.system}:{row.userid} already belongs to {row.person}")


def to_record(row: Row[Any], owned: Iterable[Row[Any]]) -> PersonRecord:
    """A person's row and those of their accounts as a record."""
    return PersonRecord(
        person=Person(row.person),
        name=row.name,
        email=row.email,
        other_email=row.other_email,
        phone=row.phone,
        language=row.language,
        manager=row.manager,
        groups=tuple(json.loads(row.groups)),
        accounts=tuple(Account(SystemName(one.system), checked_userid(one.userid)) for one in owned),
    )


def to_factor(row: Row[Any]) -> Enrolled:
    """A row as a factor."""
    return Enrolled(
        id=row.id,
        person=Person(row.person),
        kind=row.kind,
        label=row.label,
        seed=row.seed,
        added_at=moment(row.added_at),
        added_by=row.added_by,
        last_step=row.last_step,
        usable_from=moment(row.usable_from) if row.usable_from is not None else None,
    )
