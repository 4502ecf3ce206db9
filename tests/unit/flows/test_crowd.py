"""What people without a key can put on record has an end, and nothing that it told is lost."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace

import pytest

from bridge.domain.errors import BridgeError
from bridge.domain.record import Record
from bridge.flows import crowd
from bridge.flows.look import Opening, Visit, record, standing
from bridge.flows.reveal import reveal
from tests.fakes.kit import House


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The same rules with small numbers."""
    for name, value in (("OF_LINK", 4), ("OF_NETWORK", 6), ("IN_ALL", 8)):
        monkeypatch.setattr(crowd, name, value)
    return iter([None])


def visits(bridge: House, count: int, *, mail: int = -1, network: str = "198.51.100.0/24") -> None:
    """So many openings of a mail's link by somebody without its key."""
    opening = Opening(at=bridge.clock.now(), source="198.51.100.66", agent="scan")
    record([Visit(locator=bridge.attempt("", mail=mail).locator, opening=opening, network=network)] * count, bridge.web)


def all_records(bridge: House) -> list[Record]:
    with bridge.store.look() as work:
        assert work.audit.verify()[1] is None
        return work.audit.records()


def kinds(bridge: House) -> Counter[str]:
    return Counter(each.event.kind for each in all_records(bridge))


def links(bridge: House, *userids: str) -> None:
    for userid in userids:
        bridge.ask(userid)
        bridge.work()


def test_openings_of_one_link_are_counted_once_they_are_many(bridge: House) -> None:
    """That they are is on record at once, how many when the hour is over; the holder is told of all of them."""
    links(bridge, "JSMITH")
    visits(bridge, 3)
    visits(bridge, 40)
    assert kinds(bridge)["link.opened"] == 4
    assert kinds(bridge)["record.capped"] == 1
    before = standing(bridge.attempt(""), bridge.web)
    assert (len(before.openings), before.more) == (4, 39)

    bridge.clock.move(hours=1)
    assert crowd.settle(bridge.worker) == 3
    assert crowd.settle(bridge.worker) == 0
    (counted,) = [each.event for each in all_records(bridge) if each.event.kind == "record.counted"]
    assert counted.detail | {"since": ""} == {
        "of": "link.opened", "count": 39, "since": "", "source": "198.51.100.66",
    }  # fmt: skip
    assert standing(bridge.attempt(""), bridge.web).more == 39
    visits(bridge, 1)
    assert kinds(bridge)["link.opened"] == 5


def test_an_hour_that_nobody_settled_is_put_on_record_by_whoever_comes_next(bridge: House) -> None:
    """A scheduler that stands still loses no count."""
    links(bridge, "JSMITH")
    visits(bridge, 10)
    bridge.clock.move(hours=2)
    visits(bridge, 1)
    assert kinds(bridge)["record.counted"] == 1
    assert kinds(bridge)["link.opened"] == 5


def test_no_crowd_on_one_link_hides_who_opens_another(bridge: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of every link the first two are on record, from a network that is full, too."""
    monkeypatch.setattr(crowd, "OF_NETWORK", 4)
    links(bridge, "JSMITH", "MJONES")
    visits(bridge, 50, mail=0)
    visits(bridge, 50, mail=1)
    assert kinds(bridge)["link.opened"] == 4 + 2
    visits(bridge, 1, mail=1, network="203.0.113.0/24")
    assert kinds(bridge)["link.opened"] == 7
    whys = [each.event.detail["why"] for each in all_records(bridge) if each.event.kind == "record.capped"]
    assert whys == ["link", "network"]


def test_a_full_hour_takes_no_more_networks(bridge: House) -> None:
    """Networks are for the taking: once all is full they get no rows."""
    links(bridge, "JSMITH", "MJONES")
    visits(bridge, 50, mail=0)
    for number in range(20):
        visits(bridge, 1, mail=1, network=f"2001:db8:0:{number}::/64")
    with bridge.store.look() as work:
        scopes = work.crowds.begun_before(bridge.clock.now(), 100)
    assert len([scope for scope in scopes if scope.network]) < 10


def test_a_dead_link_tried_again_and_again_alarms_once_and_is_counted(bridge: House) -> None:
    """Its holder can press for ever: security has the alarm, the record the first of it."""
    links(bridge, "JSMITH")
    opened = bridge.open(bridge.totp())
    assert opened
    for _ in range(20):
        with pytest.raises(BridgeError):
            reveal(replace(bridge.attempt("123456"), source="203.0.113.9"), bridge.web)
    found = kinds(bridge)
    assert (found["link.used_again"], found["link.elsewhere"], found["record.capped"]) == (4, 1, 1)


def test_what_is_left_out_is_told_of_its_own_kind_alone(bridge: House) -> None:
    """While the hour runs, and when it is over and its counts are on record."""
    reset = bridge.ask().reset
    bridge.work()
    now = bridge.clock.now()
    opened, begun = (
        crowd.Said(kind=kind, at=now, by="user", reset=reset, source="198.51.100.66", detail={})
        for kind in ("link.opened", "sign_on.begun")
    )
    with bridge.store.work() as work:
        crowd.note_some(work, *[opened] * (4 + 3), *[begun] * (4 + 5))
    for hours in (0, 1):
        bridge.clock.move(hours=hours)
        crowd.settle(bridge.worker)
        with bridge.store.look() as work:
            assert [crowd.left_out(work, kind, reset.id) for kind in ("link.opened", "sign_on.begun")] == [3, 5]


def test_hours_that_are_over_are_settled_however_many_they_are(bridge: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """A few in each transaction, until there are none; none before its time."""
    links(bridge, "JSMITH")
    visits(bridge, 10)
    assert crowd.settle(bridge.worker) == 0
    monkeypatch.setattr(crowd, "AT_ONCE", 1)
    bridge.clock.move(hours=1)
    assert crowd.settle(bridge.worker) == 3
    assert kinds(bridge)["record.counted"] == 1
