"""Answers that are still good: a few minutes old at most, and not more than so many."""

from __future__ import annotations

from collections import OrderedDict
from datetime import datetime, timedelta
from threading import Lock
from typing import Generic, TypeVar

from bridge.ports import Clock

K = TypeVar("K")
V = TypeVar("V")


class Recent(Generic[K, V]):
    """Forgets what is older than `age`, and beyond `most` what was asked for longest ago. For any number of threads."""

    def __init__(self, age: timedelta, most: int, clock: Clock) -> None:
        self._age, self._most, self._clock = age, most, clock
        self._lock = Lock()
        self._kept: OrderedDict[K, tuple[datetime, V]] = OrderedDict()

    def get(self, key: K) -> tuple[bool, V | None]:
        """(whether it is known, what it is)."""
        with self._lock:
            found = self._kept.get(key)
            if found is None:
                return False, None
            if self._clock.latest() >= found[0] + self._age:
                del self._kept[key]
                return False, None
            self._kept.move_to_end(key)
            return True, found[1]

    def put(self, key: K, value: V) -> None:
        """Keep it from now on."""
        with self._lock:
            self._kept[key] = (self._clock.latest(), value)
            self._kept.move_to_end(key)
            while len(self._kept) > self._most:
                self._kept.popitem(last=False)
