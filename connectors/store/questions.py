"""Open questions in SQL: one row for each person and kind of factor, and each link that has been read."""

from __future__ import annotations

from typing import Final

from sqlalchemy import bindparam, select

from bridge.domain.names import Person, ResetId
from bridge.domain.record import micros
from bridge.ports import Question
from connectors.store.fixed import Fixed
from connectors.store.sql import Sql
from connectors.store.tables import questions
from connectors.store.times import moment

GET: Final = Fixed(
    select(questions).where(questions.c.person == bindparam("person"), questions.c.kind == bindparam("kind"))
)


class SqlQuestions:
    """The port `Questions`."""

    def __init__(self, sql: Sql) -> None:
        self._sql = sql

    def get(self, person: Person, kind: str) -> Question | None:
        row = self._sql.row(GET, {"person": person, "kind": kind})
        if row is None:
            return None
        return Question(
            person=Person(row.person),
            kind=row.kind,
            reset_id=ResetId(row.reset_id),
            at=moment(row.at),
            until=moment(row.until),
            state=row.state,
            asked=row.asked,
            since=moment(row.since),
        )

    def put(self, question: Question) -> None:
        row = {
            "person": question.person,
            "kind": question.kind,
            "reset_id": question.reset_id,
            "at": micros(question.at),
            "until": micros(question.until),
            "state": question.state,
            "asked": question.asked,
            "since": micros(question.since),
        }
        self._sql.put(questions, row)
