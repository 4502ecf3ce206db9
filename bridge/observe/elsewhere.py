"""Work that is about to wait for another machine says so, and whoever gave it its turn hears of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import local


class _Ear(local):
    told: Callable[[], None] | None = None


_ear = _Ear()


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
