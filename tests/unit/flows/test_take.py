"""A worker takes what is due: never what somebody else has, and each attempt is on record."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bridge.domain.reset import State
from bridge.flows.take import take
from connectors.store.leases import SqlLeases
from tests.fakes.kit import House


@pytest.mark.parametrize("how", ["before", "just now"])
def test_i7_what_somebody_else_has_is_left_to_them(bridge: House, monkeypatch: pytest.MonkeyPatch, how: str) -> None:
    """Also where they took the account between the look and the taking: without a lease nothing is typed."""
    reset, now = bridge.ask().reset, bridge.clock.now()
    if how == "before":
        with bridge.store.work() as work:
            assert work.leases.take(reset.account, "there/W2", at=now, until=now + timedelta(minutes=3))
    else:
        monkeypatch.setattr(SqlLeases, "take", lambda *_, **__: None)
    assert take(bridge.host.name, bridge.worker) is None
    assert bridge.reset(reset.id).state is State.QUEUED


def test_each_attempt_is_on_record_with_its_number(bridge: House) -> None:
    """The host's answer was lost at the first: what was typed twice was begun twice."""
    reset_id = bridge.ask().reset.id
    bridge.host.faults = ["change-after:lost"]
    bridge.work()
    bridge.clock.move(minutes=5)
    bridge.work()
    changing = [one.event for one in bridge.records(reset_id) if one.event.kind == "reset.changing"]
    assert [event.detail["attempt"] for event in changing] == [1, 2]
