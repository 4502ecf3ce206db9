"""A short pause between wrong answers is waited out: one answer after the other is judged, each only later.

Who hands in many at once is told to come back instead: waiting threads are the only ones that other people have.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from threading import BoundedSemaphore
from typing import Final, TypeVar

from bridge.domain.errors import Paused
from bridge.ports import Clock

T = TypeVar("T")
SHORT: Final = timedelta(seconds=4)
SEATS: Final = BoundedSemaphore(4)  # of the 16 threads that answer


def patiently(act: Callable[[], T], clock: Clock) -> T:
    """What `act` returns; once more after the pause that it met, if that is short and a seat is free.

    Raises what `act` raises: Paused where the pause is long, every seat taken, or a second pause follows.
    """
    try:
        return act()
    except Paused as paused:
        left = paused.until - clock.now()
        if left > SHORT or not SEATS.acquire(blocking=False):
            raise
    try:
        clock.sleep(left)
    finally:
        SEATS.release()
    return act()
