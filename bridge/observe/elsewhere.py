"""Work that is about to wait for another machine says so, and whoever gave it its turn hears of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import BoundedSemaphore, local
from typing import Final

AT_ONCE: Final = 24  # requests that one other server is given: well below the threads that there are for all who wait
TURN: Final = 2.0  # seconds to wait for one's turn with it


class _Ear(local):
    told: Callable[[], None] | None = None


_ear = _Ear()


class Room:
    """So many wait for one other server at once. One that is silent would else take every thread from those who wait
    for another.

    turn   seconds to wait for room; left out: a moment. 0 where whoever is inside waits for a turn of their own
    """

    def __init__(self, turn: float | None = None) -> None:
        self._free, self._turn = BoundedSemaphore(AT_ONCE), turn

    @contextmanager
    def entered(self) -> Iterator[bool]:
        """Whether there was room; it is kept for the block."""
        waits()
        got = self._free.acquire(timeout=TURN if self._turn is None else self._turn)
        try:
            yield got
        finally:
            if got:
                self._free.release()


@contextmanager
def heard(told: Callable[[], None]) -> Iterator[None]:
    """What this thread does in the block is heard."""
    _ear.told = told
    try:
        yield
    finally:
        _ear.told = None


def waits() -> None:
    """From here on this thread may be waiting for somebody else. Said as often as one likes, and where nobody hears."""
    if _ear.told is not None:
        _ear.told()
