"""Many links that end at once, and the traces they leave."""

from __future__ import annotations

import random
import re
import time
from pathlib import Path

import pytest

from bridge.domain.reset import Reset, State
from bridge.flows.sweep import expire
from bridge.ports import Kit
from connectors.machine import dice
from connectors.store.engine import SqlStore
from tests.contract.conftest import Open
from tests.contract.samples import a_link, a_reset, add, after
from tests.fakes.outside import FakeClock, FakeDirectory


def a_kit(store: SqlStore, clock: FakeClock) -> Kit:
    """What the sweep uses."""
    return Kit(store=store, clock=clock, dice=dice, directory=FakeDirectory(), systems={})


def published(count: int) -> list[Reset]:
    """So many published resets, each of an account of its own."""
    return [a_reset(f"U{n}", State.PUBLISHED, touched=True, expires_at=after(hours=1)) for n in range(count)]


@pytest.mark.slow
def test_thousands_of_links_that_end_at_once_are_swept_whole(store: SqlStore) -> None:
    """Resets, ciphertext and audit together, committed; no link stays, and the chain verifies."""
    many = 3_000  # benchmarks/ times ten thousand
    resets = published(many)
    with store.work() as work:
        for reset in resets:
            work.resets.add(reset)
            work.links.put(a_link(reset.id))
    clock = FakeClock(after(hours=2))

    swept = expire(a_kit(store, clock))
    store.checkpoint()

    assert swept == many
    with store.look() as work:
        assert work.resets.counts()["expired"] == work.resets.counts()["cleanup"] == many
        links = [work.links.of(reset.id) for reset in resets[::200]]
        assert all(link is not None and link.ciphertext is None for link in links)
        assert work.audit.verify() == (many, None)


def test_what_was_erased_is_nowhere_in_the_files(sqlite_url: str, open_at: Open) -> None:
    """After erasing, replacing or purging, and a checkpoint, neither the database nor its log holds any of it."""
    store = open_at(sqlite_url)
    folder = Path(sqlite_url.removeprefix("sqlite:///")).parent
    rng = random.Random(7)
    alive: dict[int, Reset] = {}
    for round_ in range(60):
        with store.work() as work:
            for number in range(round_ * 40, round_ * 40 + 40):
                alive[number] = a_reset(f"U{number}", rng.choice((State.PUBLISHED, State.EXPIRED)))
                add(work, alive[number])
                for _ in range(rng.choice((1, 1, 1, 2))):  # a second link of the same reset takes the first one's place
                    text = b"<<%06d>>" % number * rng.choice((6, 7, 8, 100, 700))
                    work.links.put(a_link(alive[number].id, ciphertext=text))
        with store.work() as work:
            ending = rng.sample(sorted(alive), rng.randrange(len(alive)))
            work.links.erase([alive.pop(number).id for number in ending])
        if round_ % 7 == 6:
            with store.work() as work:
                work.resets.purge(after(days=2), 300)
                alive = {number: reset for number, reset in alive.items() if work.links.of(reset.id)}
    assert store.checkpoint()

    files = b"".join(file.read_bytes() for file in folder.iterdir())
    found = {int(number) for number in re.findall(rb"<<(\d{6})>>", files)}
    assert found == set(alive)


def test_a_checkpoint_gives_way_to_a_reader(sqlite_url: str, open_at: Open) -> None:
    """While somebody reads, the log cannot be emptied: False, soon, and the next attempt does it."""
    store = open_at(sqlite_url)
    with store.look() as reading:
        reading.resets.find()
        with store.work() as work:
            add(work, a_reset())
        begun = time.perf_counter()
        assert not store.checkpoint()
        assert time.perf_counter() - begun < 5
    assert store.checkpoint()
    with store.work() as work:
        add(work, a_reset())


def test_a_checkpoint_does_not_queue_behind_a_writer(sqlite_url: str, open_at: Open) -> None:
    """While somebody writes, what was committed before is copied all the same; only the cut waits for its next turn."""
    store = open_at(sqlite_url)
    with store.work() as work:
        add(work, a_reset())
    with store.work() as writing:
        add(writing, a_reset("OTHER"))
        begun = time.perf_counter()
        assert not store.checkpoint()
        assert time.perf_counter() - begun < 5
    assert store.checkpoint()
