"""Who is served next: few at once, and whoever has sent something before those who only look.

Python runs one thread at a time, and a thread steps aside at each statement that it asks the database. A dozen at once
get no more done than one after the other, and each answer comes when the last does.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import Executor
from contextlib import suppress
from heapq import heappop, heappush
from itertools import count
from typing import Final, ParamSpec, TypeVar

from bridge.observe import elsewhere

AWAY: Final = 0.01  # seconds after which somebody is taken to wait for another machine, without having said so

P = ParamSpec("P")
T = TypeVar("T")


class Turns:
    """Hands work to an executor's threads. Belongs to one event loop.

    threads   so many of them work; what is above that is for those who have said that they wait for another machine. A
              silent one would else hold every thread, of the help desk's pages as well
    """

    def __init__(self, executor: Executor, *, at_once: int, threads: int) -> None:
        self._executor, self._at_once = executor, at_once
        self._places = asyncio.Semaphore(threads)
        self._taken = 0
        self._waiting: list[tuple[float, int, asyncio.Future[None]]] = []
        self._order = count()

    async def run(self, patience: float, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run it in a thread when its turn comes. For `patience` seconds it lets go first who has less, and nobody for
        ever. Once it waits for another machine it holds up nobody."""
        loop = asyncio.get_running_loop()
        if self._taken < self._at_once:
            self._taken += 1
        else:
            turn: asyncio.Future[None] = loop.create_future()
            heappush(self._waiting, (loop.time() + patience, next(self._order), turn))
            try:
                await turn
            except asyncio.CancelledError:
                if turn.done() and not turn.cancelled():  # it had just been handed over
                    self._next()
                raise
        left = placed = False

        def leave() -> None:
            nonlocal left
            if not left:
                left = True
                self._next()

        def step_aside() -> None:
            nonlocal placed
            leave()
            if placed:
                placed = False
                self._places.release()

        def away() -> None:
            with suppress(RuntimeError):  # the loop has ended: there are no turns any more
                loop.call_soon_threadsafe(step_aside)

        def begin() -> T:
            with elsewhere.heard(away):
                return work(*args, **kwargs)

        alarm = loop.call_later(AWAY, leave)
        try:
            await self._places.acquire()
            placed = True
            return await loop.run_in_executor(self._executor, begin)
        finally:
            alarm.cancel()
            step_aside()

    def _next(self) -> None:
        """Pass the turn on; it stays taken where somebody waits for it."""
        while self._waiting:
            turn = heappop(self._waiting)[2]
            if not turn.done():
                turn.set_result(None)
                return
        self._taken -= 1
