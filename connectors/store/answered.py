"""A connection to PostgreSQL that waits for no longer than it is told to. Imported where there is one alone."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from psycopg import Connection, OperationalError
from psycopg.pq import TransactionStatus


class Answered(Connection[Any]):
    """Hangs up on a server that has gone silent: PostgreSQL's own library waits for as long as the machine is there,
    a quarter of an hour where it is not, and everybody who asks for a page waits with it."""

    patience: float | None = None

    def wait(self, gen: Any, interval: float = 0.1, timeout: float | None = None) -> Any:
        """What each statement passes through, rollback and the look whether it still lives included. Of a commit that
        was given up nobody knows whether it was done: engine.py asks for it on another connection."""
        try:
            return super().wait(gen, interval, self.patience if timeout is None else timeout)
        except OperationalError:
            if self.pgconn.transaction_status == TransactionStatus.ACTIVE:  # it was asked and has not answered
                self.close()
            raise


def patiently(patience: float | None) -> Callable[..., Answered]:
    """What SQLAlchemy calls to connect; None: for as long as it takes."""

    def connect(dialect: object, record: object, args: list[Any], options: dict[str, Any]) -> Answered:
        connection = Answered.connect(*args, **options)
        connection.patience = patience
        return connection

    return connect
