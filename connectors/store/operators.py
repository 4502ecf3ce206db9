"""Operators and the digests of their tokens in SQL."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from sqlalchemy import Row, insert, select, update

from bridge.domain.names import Operator
from bridge.domain.policy import Role
from bridge.domain.record import micros
from bridge.ports import OperatorRecord, TokenRecord
from connectors.store.sql import Sql
from connectors.store.tables import operators, tokens
from connectors.store.times import maybe, moment, stored


class SqlOperators:
    """The port `Operators`."""

    def __init__(self, sql: Sql) -> None:
        self._sql = sql

    def put(self, operator: OperatorRecord) -> None:
        roles = json.dumps(sorted(role.value for role in operator.roles))
        self._sql.put(operators, {"name": operator.name, "roles": roles, "disabled": int(operator.disabled)})

    def get(self, name: Operator) -> OperatorRecord | None:
        row = self._sql.row(select(operators).where(operators.c.name == name))
        return None if row is None else to_operator(row)

    def all(self) -> list[OperatorRecord]:
        return [to_operator(row) for row in self._sql.rows(select(operators).order_by(operators.c.name))]

    def add_token(self, token: TokenRecord) -> None:
        row = {
            "id": token.id,
            "operator": token.operator,
            "digest": token.digest,
            "created_at": micros(token.created_at),
            "expires_at": stored(token.expires_at),
            "revoked_at": stored(token.revoked_at),
        }
        self._sql.do(insert(tokens), row)

    def token(self, digest: bytes) -> TokenRecord | None:
        row = self._sql.row(select(tokens).where(tokens.c.digest == digest))
        return None if row is None else to_token(row)

    def token_named(self, token_id: str) -> TokenRecord | None:
        row = self._sql.row(select(tokens).where(tokens.c.id == token_id))
        return None if row is None else to_token(row)

    def tokens(self, operator: Operator | None = None) -> list[TokenRecord]:
        query = select(tokens).order_by(tokens.c.created_at, tokens.c.id)
        if operator is not None:
            query = query.where(tokens.c.operator == operator)
        return [to_token(row) for row in self._sql.rows(query)]

    def revoke_token(self, token_id: str, at: datetime) -> bool:
        live = (tokens.c.id == token_id, tokens.c.revoked_at.is_(None))
        return self._sql.do(update(tokens).where(*live).values(revoked_at=micros(at))) == 1


def to_operator(row: Row[Any]) -> OperatorRecord:
    """A row as an operator."""
    return OperatorRecord(
        name=Operator(row.name),
        roles=frozenset(Role(role) for role in json.loads(row.roles)),
        disabled=bool(row.disabled),
    )


def to_token(row: Row[Any]) -> TokenRecord:
    """A row as a token."""
    return TokenRecord(
        id=row.id,
        operator=Operator(row.operator),
        digest=row.digest,
        created_at=moment(row.created_at),
        expires_at=maybe(row.expires_at),
        revoked_at=maybe(row.revoked_at),
    )
