"""Who is served next: web/turns.py on a loop of its own, with threads that wait until they are told."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from threading import Event, get_ident

import pytest

from bridge.observe import elsewhere
from web import turns
from web.turns import Turns


class Desk:
    """Work that lasts until it is let go, and the order in which it was begun."""

    def __init__(self, executor: ThreadPoolExecutor, *, at_once: int = 1, threads: int = 8) -> None:
        self.turns = Turns(executor, at_once=at_once, threads=threads)
        self.begun: list[str] = []
        self._gates: dict[str, Event] = {}

    async def comes(self, name: str, patience: float = 0.0) -> asyncio.Task[str]:
        """Somebody comes, and stands in line by the time this is over."""
        self._gates[name] = Event()
        task = asyncio.ensure_future(self.turns.run(patience, self._work, name))
        await asyncio.sleep(0)
        return task

    def _work(self, name: str) -> str:
        self.begun.append(name)
        if name.startswith("waits"):
            elsewhere.waits()
            elsewhere.waits()
        assert self._gates[name].wait(10)
        if name.startswith("bad"):
            raise ValueError(name)
        return name

    def let_go(self, *names: str) -> None:
        """They may end."""
        for name in names:
            self._gates[name].set()

    async def until(self, *names: str) -> None:
        """These have begun, in this order."""
        async with asyncio.timeout(10):
            while len(self.begun) < len(names):
                await asyncio.sleep(0)
        assert self.begun == list(names)


@pytest.fixture
def executor() -> Iterator[ThreadPoolExecutor]:
    """More threads than turns."""
    with ThreadPoolExecutor(8) as threads:
        yield threads


@pytest.fixture(autouse=True)
def nobody_is_away(monkeypatch: pytest.MonkeyPatch) -> None:
    """However slow the machine is; the tests that are about it say so."""
    monkeypatch.setattr(turns, "AWAY", 3600.0)


def run(story: Callable[[], Awaitable[None]]) -> None:
    """On a loop of its own."""

    async def whole() -> None:
        async with asyncio.timeout(20):
            await story()

    asyncio.run(whole())


def test_who_sent_a_form_goes_before_who_only_looks(executor: ThreadPoolExecutor) -> None:
    """Among those who wait; who is at work already is not interrupted."""

    async def story() -> None:
        desk = Desk(executor)
        tasks = [await desk.comes("first")]
        tasks += [await desk.comes("look", 3600.0), await desk.comes("form"), await desk.comes("second form")]
        desk.let_go("first", "look", "form", "second form")
        assert await asyncio.gather(*tasks) == ["first", "look", "form", "second form"]
        assert desk.begun == ["first", "form", "second form", "look"]

    run(story)


def test_nobody_is_passed_over_for_ever(executor: ThreadPoolExecutor) -> None:
    """A look whose patience is over goes before a form that came later."""

    async def story() -> None:
        desk, loop = Desk(executor), asyncio.get_running_loop()
        tasks = [await desk.comes("first"), await desk.comes("look", 0.01)]
        came = loop.time()
        async with asyncio.timeout(10):
            while loop.time() <= came + 0.02:
                await asyncio.sleep(0.001)
        tasks.append(await desk.comes("form"))
        desk.let_go("first", "look", "form")
        await asyncio.gather(*tasks)
        assert desk.begun == ["first", "look", "form"]

    run(story)


@pytest.mark.parametrize("at_once", [1, 3])
def test_so_many_are_at_work_at_once(executor: ThreadPoolExecutor, at_once: int) -> None:
    """No more, no fewer, and each that ends lets in one."""

    async def story() -> None:
        desk = Desk(executor, at_once=at_once)
        names = [f"n{number}" for number in range(at_once + 2)]
        tasks = [await desk.comes(name) for name in names]
        await desk.until(*names[:at_once])
        desk.let_go(names[0])
        await tasks[0]
        await desk.until(*names[: at_once + 1])
        desk.let_go(*names)
        await asyncio.gather(*tasks)

    run(story)


def test_who_waits_for_somebody_else_holds_up_nobody(
    executor: ThreadPoolExecutor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A server of codes that takes long: the next one begins, and afterwards there are no more turns than before."""
    monkeypatch.setattr(turns, "AWAY", 0.01)

    async def story() -> None:
        desk = Desk(executor)
        slow, quick = await desk.comes("slow"), await desk.comes("quick")
        await desk.until("slow", "quick")
        monkeypatch.setattr(turns, "AWAY", 3600.0)
        desk.let_go("quick", "slow")
        assert (await slow, await quick) == ("slow", "quick")
        tasks = [await desk.comes("third"), await desk.comes("fourth")]
        await desk.until("slow", "quick", "third")
        desk.let_go("third")
        await tasks[0]
        await desk.until("slow", "quick", "third", "fourth")
        desk.let_go("fourth")
        await tasks[1]

    run(story)


def test_who_says_that_it_waits_passes_the_turn_on_once(executor: ThreadPoolExecutor) -> None:
    """At once, however often it is said; and the thread's next work is not heard for the last one's."""

    async def story() -> None:
        desk = Desk(executor)
        said = await desk.comes("waits")
        tasks = [await desk.comes("second"), await desk.comes("third")]
        await desk.until("waits", "second")
        desk.let_go("waits")
        assert await said == "waits"
        await asyncio.sleep(0)
        assert desk.begun == ["waits", "second"]  # its end passed on nothing more
        desk.let_go("second", "third")
        await asyncio.gather(*tasks)

    run(story)


def test_who_waits_for_somebody_else_keeps_no_thread_from_those_at_work(
    executor: ThreadPoolExecutor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two threads, and three who wait for a silent server: the next two work all the same, and a third one does not.
    Whoever has waited gives back nothing that was given back before."""
    monkeypatch.setattr(turns, "AWAY", 0.01)

    async def story() -> None:
        desk = Desk(executor, threads=2)
        names = ("waits", "waits too", "waits as well", "first", "second")
        tasks = [await desk.comes(name) for name in names]
        await desk.until(*names)
        tasks.append(await desk.comes("third"))
        desk.let_go("waits", "waits too", "waits as well")
        await asyncio.gather(*tasks[:3])
        await asyncio.sleep(0.1)
        assert desk.begun == list(names)
        desk.let_go("first")
        await desk.until(*names, "third")
        desk.let_go("second", "third")
        await asyncio.gather(*tasks)

    run(story)


def test_the_turn_is_passed_on_in_the_loop(executor: ThreadPoolExecutor, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not in the thread that says so: nothing would wake the loop, and two could be let in for one."""
    passing: list[int] = []

    async def story() -> None:
        desk = Desk(executor)
        passes_on = desk.turns._next

        def noted() -> None:
            passing.append(get_ident())
            passes_on()

        monkeypatch.setattr(desk.turns, "_next", noted)
        said, second = await desk.comes("waits"), await desk.comes("second")
        desk.let_go("second")
        assert await second == "second"
        desk.let_go("waits")
        assert await said == "waits"

    run(story)
    assert passing == [get_ident()] * 2


def test_a_thread_that_serves_nobody_says_it_to_nobody() -> None:
    """Neither outside of any turn nor when the loop has gone."""
    elsewhere.waits()
    with ThreadPoolExecutor(1) as threads:
        begun, over, said = Event(), Event(), Future[None]()

        def work() -> None:
            begun.set()
            assert over.wait(10)
            try:
                elsewhere.waits()
                said.set_result(None)
            except BaseException as error:
                said.set_exception(error)

        async def story() -> None:
            desk = asyncio.ensure_future(Turns(threads, at_once=1, threads=1).run(0.0, work))
            while not begun.is_set():
                await asyncio.sleep(0)
            desk.cancel()

        asyncio.run(story())
        over.set()
        said.result(10)
        threads.submit(elsewhere.waits).result(10)


def test_a_fault_passes_the_turn_on(executor: ThreadPoolExecutor) -> None:
    """It is whose it is, and the next one begins."""

    async def story() -> None:
        desk = Desk(executor)
        bad, good = await desk.comes("bad"), await desk.comes("good")
        desk.let_go("bad", "good")
        with pytest.raises(ValueError, match="bad"):
            await bad
        assert await good == "good"

    run(story)


def test_who_goes_just_when_the_turn_has_come_passes_it_on(
    executor: ThreadPoolExecutor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between the turn and the first step nobody is left standing behind somebody who is not there."""

    async def story() -> None:
        desk = Desk(executor)
        first, gone, third = await desk.comes("first"), await desk.comes("gone"), await desk.comes("third")
        passes_on = desk.turns._next

        def cancels() -> None:
            passes_on()
            gone.cancel()

        monkeypatch.setattr(desk.turns, "_next", cancels)
        desk.let_go("first", "third")
        assert (await first, await third) == ("first", "third")
        assert desk.begun == ["first", "third"]
        assert gone.cancelled()

    run(story)


def test_who_has_gone_is_passed_over(executor: ThreadPoolExecutor) -> None:
    """The turn goes to the next one in line, and not before there is one: who goes had none to pass on."""

    async def story() -> None:
        desk = Desk(executor)
        first, gone, third = await desk.comes("first"), await desk.comes("gone"), await desk.comes("third")
        gone.cancel()
        assert await asyncio.wait([gone])
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        await asyncio.get_running_loop().run_in_executor(executor, bool)  # whoever was let in has begun
        assert desk.begun == ["first"]
        desk.let_go("first", "third")
        assert (await first, await third) == ("first", "third")
        assert desk.begun == ["first", "third"]

    run(story)
