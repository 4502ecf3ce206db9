"""The machine: time and chance."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Protocol


class Clock(Protocol):
    """The only source of time."""

    def now(self) -> datetime:
        """The time, aware, UTC."""

    def latest(self) -> datetime:
        """The time by which links and tokens end: setting the machine's clock back gives none of them a longer life."""

    def sleep(self, pause: timedelta) -> None:
        """Wait; used by retries in memory only."""


Dice = Callable[[int], bytes]
"""n → n random bytes from the operating system."""
