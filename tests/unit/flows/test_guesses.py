"""Networks that wrong answers come from: counted for an hour, held up no longer, and only where that is wanted.
What becomes of a person's other links, and of their count."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from bridge.domain.errors import NotDisowned, Paused, WrongAnswer
from bridge.domain.names import Person
from bridge.domain.policy import Policy
from bridge.domain.reset import Reset, State
from bridge.flows import guesses
from bridge.flows.disown import disown
from bridge.flows.guesses import held_up
from bridge.flows.reveal import Shown, reveal
from bridge.ports import Suspect, WebKit
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


def test_a_network_that_goes_on_waits_for_a_quarter_of_an_hour_at_most(tmp_path: Path) -> None:
    """Doubled with each more; a person's own pause ends sooner, for a network's many are not one who mistypes."""
    with house(tmp_path, network_limit=2) as bridge:
        now, waits = bridge.clock.now(), []
        for count in (1, 2, 3, 6, 7, 60):
            with bridge.store.work() as work:
                work.networks.put(Suspect(network=NETWORK, count=count, since=now, at=now))
            try:
                held_up(NETWORK, bridge.web)
                waits.append(0.0)
            except Paused as paused:
                waits.append((paused.until - now).total_seconds())
        assert waits == [0, 30, 60, 480, 900, 900]


def test_i5_wrong_answers_to_a_read_link_count_for_their_network_as_well(tmp_path: Path) -> None:
    """Whoever has many old links would else guess on them, from one place, for as long as they like."""
    with house(tmp_path, network_limit=2) as bridge:
        bridge.ask()
        bridge.work()
        bridge.open(bridge.totp())
        for _ in range(2):
            with pytest.raises(NotDisowned):
                disown(replace(bridge.attempt("000000"), network=NETWORK), bridge.web)
        assert counted(bridge) == 2
        with bridge.store.look() as work:
            assert "network_paused" in [notice.kind for notice in work.outbox.due(bridge.clock.now(), 9)]


def test_i5_a_link_that_is_used_up_by_itself_gives_its_person_no_guesses_back(tmp_path: Path) -> None:
    """Its own count is at the limit, the person's is not, for a right answer came in between: that one goes on."""
    with house(tmp_path, policy=Policy(attempts=4)) as bridge:
        resets = [bridge.ask(userid).reset.id for userid in ("JSMITH", "MJONES")]
        bridge.work(2)
        for mail, answer in ((0, "000000"), (0, "000000"), (1, bridge.totp()), (0, "000000"), (0, "000000")):
            if answer == "000000":
                with pytest.raises(WrongAnswer):
                    bridge.open(answer, mail=mail)
            else:
                bridge.open(answer, mail=mail)
        assert State.REVOKED in {bridge.reset(each).state for each in resets}
        with bridge.store.look() as work:
            assert work.tries.lock(Person("js")) == 2


def test_a_link_whose_policy_bears_more_outlives_the_others(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the person's count is at the limit of one policy alone, only links of that one are destroyed; the count
    stays, and destroys the rest in its time."""

    def limit(reset: Reset, kit: WebKit) -> int:
        return 3 if reset.userid == "JSMITH" else 5

    with house(tmp_path, policy=Policy(attempts=3)) as bridge:
        strict = bridge.ask("JSMITH").reset.id
        bridge.work()
        mild = bridge.ask("MJONES").reset.id
        bridge.work()
        monkeypatch.setattr(guesses, "_limit", limit)
        for _ in range(3):
            with pytest.raises(WrongAnswer):
                bridge.open("000000", mail=0)
        assert [bridge.reset(each).state for each in (strict, mild)] == [State.REVOKED, State.PUBLISHED]
        with bridge.store.look() as work:
            assert work.tries.lock(Person("js")) == 3
