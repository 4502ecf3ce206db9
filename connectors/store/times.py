"""Times as the tables hold them: whole microseconds since 1970, UTC."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Final

from bridge.domain.record import micros

EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


def stored(at: datetime | None) -> int | None:
    """An aware time → its number; None stays None."""
    return None if at is None else micros(at)


def moment(number: int) -> datetime:
    """The time that a number stands for, aware, UTC."""
    return EPOCH + timedelta(microseconds=number)


def maybe(number: int | None) -> datetime | None:
    """As moment; None stays None."""
    return None if number is None else moment(number)
