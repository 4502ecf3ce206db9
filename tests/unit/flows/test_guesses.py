"""Networks that wrong answers come from: counted for an hour, held up no longer, and only where that is wanted."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from bridge.domain.errors import Paused, WrongAnswer
from bridge.domain.policy import Policy
from bridge.flows.guesses import held_up
from bridge.flows.reveal import Shown, reveal
from bridge.ports import Suspect
from tests.fakes.kit import House, house

NETWORK = "192.0.2.0/24"


def answered(bridge: House, answer: str) -> object:
    """What comes of it, from there."""
    return reveal(replace(bridge.attempt(answer), network=NETWORK), bridge.web)


def counted(bridge: House) -> int:
    """How many wrong answers have come from there."""
    with bridge.store.look() as work:
        found = work.networks.get(NETWORK)
    return found.count if found else 0


def test_without_a_limit_nobody_is_held_up(tmp_path: Path) -> None:
    """Nor for what was counted while there was one; and who is counted nowhere never is."""
    with house(tmp_path, network_limit=0) as bridge:
        bridge.ask()
        bridge.work()
        now = bridge.clock.now()
        with bridge.store.work() as work:
            for network in (NETWORK, ""):
                work.networks.put(Suspect(network=network, count=50, since=now, at=now))
        held_up(NETWORK, bridge.web)
        held_up("", replace(bridge.web, network_limit=1))
        assert isinstance(answered(bridge, bridge.totp()), Shown)


def test_an_hour_begins_with_its_first_wrong_answer(tmp_path: Path) -> None:
    """And ends whatever came since: the next one begins at one."""
    with house(tmp_path, policy=Policy(attempts=50), network_limit=9) as bridge:
        bridge.ask()
        bridge.work()
        counts = []
        for minutes in (0, 59, 1):
            bridge.clock.move(minutes=minutes)
            with pytest.raises(WrongAnswer):
                answered(bridge, "000000")
            counts.append(counted(bridge))
        assert counts == [1, 2, 1]


def test_nobody_is_held_up_past_the_hour(tmp_path: Path) -> None:
    """A pause that began at its end is over with it."""
    with house(tmp_path, policy=Policy(attempts=50), network_limit=2) as bridge:
        bridge.ask()
        bridge.work()
        for seconds in (0, 3590):
            bridge.clock.move(seconds=seconds)
            with pytest.raises(WrongAnswer):
                answered(bridge, "000000")
        bridge.clock.move(seconds=9)
        with pytest.raises(Paused):
            answered(bridge, bridge.totp())
        bridge.clock.move(seconds=1)
        assert isinstance(answered(bridge, bridge.totp()), Shown)
