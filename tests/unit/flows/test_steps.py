"""The token of a page that has passed some of the factors: until when it counts, where, and which of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from bridge.domain.demand import Demand
from bridge.domain.errors import TicketLapsed
from bridge.domain.policy import Policy
from bridge.domain.second import RADIUS, RELEASE_CODE, TOTP
from bridge.domain.secret import Secret
from bridge.flows.reveal import OneMore, Shown, reveal
from tests.fakes.judge import RIGHT, FakeJudge
from tests.fakes.kit import House, house

THREE = (TOTP, RADIUS, RELEASE_CODE)


@pytest.fixture
def bridge(tmp_path: Path) -> Iterator[House]:
    """A policy that demands three factors."""
    policy = Policy(factors=THREE, demand=Demand(required=THREE))
    with house(tmp_path, policy=policy, judges={RADIUS: FakeJudge()}) as made:
        yield made


def asked(bridge: House, userid: str = "JSMITH") -> Secret:
    """A link of that account; the code that the help desk reads out."""
    code = bridge.ask(userid).release_code
    bridge.work()
    assert code
    return code


def step(bridge: House, answer: str | Secret, before: OneMore | None = None) -> OneMore | Shown:
    outcome = reveal(replace(bridge.attempt(answer), progress=before.token if before else None), bridge.web)
    assert isinstance(outcome, OneMore | Shown)
    return outcome


def more(bridge: House, answer: str | Secret, before: OneMore | None = None) -> OneMore:
    outcome = step(bridge, answer, before)
    assert isinstance(outcome, OneMore)
    return outcome


def test_ten_minutes_are_for_all_of_them_together(bridge: House) -> None:
    """Whoever passes one every nine minutes keeps no page open all day."""
    code = asked(bridge)
    first = more(bridge, bridge.totp())
    bridge.clock.move(minutes=6)
    second = more(bridge, RIGHT, first)
    assert second.passed_until == first.passed_until == bridge.clock.now() + timedelta(minutes=4)
    bridge.clock.move(minutes=4)
    with pytest.raises(TicketLapsed):
        step(bridge, code, second)


def test_a_clock_that_was_set_back_gives_no_more_time(bridge: House) -> None:
    """Ten minutes have passed all the same."""
    asked(bridge)
    first = more(bridge, bridge.totp())
    bridge.clock.put_back(minutes=8)
    bridge.clock.move(minutes=10)
    with pytest.raises(TicketLapsed):
        step(bridge, RIGHT, first)


def test_the_newer_token_takes_the_place_of_the_older(bridge: House) -> None:
    """One page goes on, not as many as there were steps."""
    code = asked(bridge)
    first = more(bridge, bridge.totp())
    second = more(bridge, RIGHT, first)
    with pytest.raises(TicketLapsed):
        step(bridge, RIGHT, first)
    assert isinstance(step(bridge, code, second), Shown)


def test_a_token_that_was_moved_to_another_link_counts_for_nothing(bridge: House) -> None:
    """Whoever writes to the database has passed the factors of one link, and of no other."""
    asked(bridge)
    first = more(bridge, bridge.totp())
    mine = bridge.mail.links[-1].reset_id
    asked(bridge, "MJONES")
    with bridge.store.work() as work:
        (progress,) = work.steps.of(mine)
        work.steps.put(replace(progress, reset_id=bridge.mail.links[-1].reset_id), 8)
    with pytest.raises(TicketLapsed):
        step(bridge, RIGHT, first)


def test_of_many_pages_of_one_link_the_oldest_begins_again(bridge: House) -> None:
    """Eight are kept: somebody's own, and no table that whoever has a link fills."""
    asked(bridge)
    pages = []
    for _ in range(9):
        pages.append(more(bridge, bridge.totp()))
        bridge.clock.move(seconds=30)
    with pytest.raises(TicketLapsed):
        step(bridge, RIGHT, pages[0])
    assert more(bridge, RIGHT, pages[1])
