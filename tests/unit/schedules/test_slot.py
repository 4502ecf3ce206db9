"""A slot sees to the service ids' own passwords, under their leases."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from bridge.domain.names import Account, SystemName, Userid
from bridge.domain.outcome import Reach
from schedules.worker import Slot
from tests.fakes.host import FakeHost
from tests.fakes.kit import House, house

SEAT = Account(SystemName("PRODA"), Userid("RSTBRDG"))
OTHER = Account(SystemName("PRODA"), Userid("RSTPRIV"))


@pytest.fixture
def home(tmp_path: Path) -> Iterator[House]:
    with house(tmp_path) as made:
        yield made


def turn(home: House, host: FakeHost) -> Slot:
    slot = Slot("PRODA", 0, lambda: host, home.worker)
    slot._turn(host)
    return slot


@pytest.mark.parametrize("elevated", [False, True])
@pytest.mark.parametrize("elsewhere", [False, True])
def test_only_the_node_that_holds_the_seat_rotates(home: House, elevated: bool, elsewhere: bool) -> None:
    """The service id's, and that for privileged userids; where another node has it, nothing is done here."""
    host = FakeHost("PRODA")
    host.seat, host.elevated = SEAT, FakeHost("PRODA")
    host.elevated.seat = OTHER
    meant = host.elevated if elevated else host
    meant.rotation_due = True
    now = home.clock.now()
    if elsewhere:
        with home.store.work() as work:
            assert work.leases.take(OTHER if elevated else SEAT, "there/W9", at=now, until=now + timedelta(minutes=3))
    turn(home, host)
    assert meant.calls == ([] if elsewhere else ["rotate"])
    with home.store.look() as work:
        assert work.leases.held(OTHER, now) is (elsewhere and elevated)


@pytest.mark.parametrize("fault", ["unreached", "service_id", "lost"])
def test_trouble_with_a_rotation_leaves_the_slot_at_work(home: House, fault: str) -> None:
    """It is said and left alone for a moment."""
    host = FakeHost("PRODA")
    host.rotation_due = True
    host.faults = [f"rotate:{fault}"]
    slot = turn(home, host)
    slot._turn(host)
    assert host.calls == ["rotate"]
    home.clock.move(minutes=1)
    slot._turn(host)
    assert host.calls == ["rotate", "rotate"]


def test_a_slot_that_stands_back_takes_nothing(home: House) -> None:
    """What is due is left to another service id's slot."""
    home.ask()
    host = FakeHost("PRODA")
    host.waits = True
    turn(home, host)
    assert host.calls == []
    host.waits = False
    turn(home, host)
    assert host.calls


def test_a_system_that_is_mended_while_idle_is_said_to_be(home: House) -> None:
    """Before the first piece of work nothing is said: a condition that another run left may still be true."""
    host = FakeHost("PRODA")
    host.condition = (Reach.REFUSED, "the password is wrong")
    slot = Slot("PRODA", 0, lambda: host, home.worker)

    def told() -> list[Reach]:
        with home.store.look() as work:
            return [each.reach for each in work.conditions.all()]

    slot._rest(host)
    assert told() == []
    slot._say(host)
    assert told() == [Reach.REFUSED]
    host.condition = (Reach.WELL, "")
    slot._rest(host)
    assert told() == [Reach.WELL]


def test_a_node_at_work_says_so_now_and_then(home: House) -> None:
    """Since when it says what it says stays as it was; one that was forgotten is back."""
    host, began = FakeHost("PRODA"), home.clock.now()
    slot = Slot("PRODA", 0, lambda: host, home.worker)
    slot._say(host)
    home.clock.move(minutes=4)
    slot._rest(host)
    with home.store.work() as work:
        assert [(each.at, each.heard) for each in work.conditions.all()] == [(began, began)]
        assert work.conditions.forget("here") == 1
    home.clock.move(minutes=1)
    slot._rest(host)
    with home.store.work() as work:
        (back,) = work.conditions.all()
        assert (back.at, back.heard) == (began, home.clock.now())
        work.conditions.put(replace(back, reach=Reach.UNREACHABLE))
    home.clock.move(minutes=5)
    slot._rest(host)
    with home.store.look() as work:
        (kept,) = work.conditions.all()
        assert (kept.reach, kept.heard) == (Reach.UNREACHABLE, home.clock.now())  # what its other slot says
