"""How long to wait before trying again: pure, so that tests need no clock."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

LEAST: Final = timedelta(seconds=2)
MOST: Final = timedelta(minutes=1)
LONGEST_PAUSE: Final = timedelta(minutes=5)


def growing(since: datetime, now: datetime, *, least: timedelta = LEAST, most: timedelta = MOST) -> timedelta:
    """A pause that grows with what has passed: a quarter of it, within limits."""
    return min(max((now - since) / 4, least), most)


def after_wrong(count: int, first: timedelta, most: timedelta = LONGEST_PAUSE) -> timedelta:
    """The pause after so many wrong answers: none after one, `first` after two, then doubled with each more."""
    if count < 2 or not first:
        return timedelta(0)
    return min(first * (1 << min(count - 2, 20)), max(most, first))


def ends(at: datetime, pause: timedelta, now: datetime) -> datetime | None:
    """When a pause that began at `at` is over; None if it is. A clock that was set back makes it no longer."""
    return at + pause if timedelta(0) < at + pause - now <= pause else None
