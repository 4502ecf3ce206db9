"""How long to wait before trying again: pure, so that tests need no clock."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

LEAST: Final = timedelta(seconds=2)
MOST: Final = timedelta(minutes=1)


def growing(since: datetime, now: datetime, *, least: timedelta = LEAST, most: timedelta = MOST) -> timedelta:
    """A pause that grows with what has passed: a quarter of it, within limits."""
    return min(max((now - since) / 4, least), most)
