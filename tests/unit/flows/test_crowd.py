"""What people without a key can put on record has an end, and nothing that it told is lost."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta

import pytest

from bridge.domain.errors import BridgeError
from bridge.domain.record import Record
from bridge.domain.reset import State
from bridge.flows import crowd
from bridge.flows.holder import find
from bridge.flows.look import Opening, Visit, record, standing
from bridge.flows.reveal import reveal
from bridge.flows.sweep import purge
from bridge.ports import Work
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
    assert {**counted.detail, "since": ""} == {
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


class Meanwhile:
    """The store: what is over is purged between a look and what is written then."""

    def __init__(self, bridge: House) -> None:
        self._bridge, self.look, self.wrote = bridge, bridge.store.look, 0

    @contextmanager
    def work(self) -> Iterator[Work]:
        """A transaction that writes."""
        self.wrote += 1
        purge(self._bridge.worker, timedelta(0))
        with self._bridge.store.work() as work:
            yield work


def an_opening(bridge: House, locator: str, source: str) -> Visit:
    """By a browser with a long name."""
    return Visit(locator=locator, opening=Opening(at=bridge.clock.now(), source=source, agent="x" * 300))


def test_who_is_written_down_together_is_told_apart(bridge: House) -> None:
    """Each opening is on the record of its own link; a name that is no link's is on none, and writes nothing alone."""
    asked = [bridge.ask(userid).reset.id for userid in ("JSMITH", "MJONES")]
    bridge.work(2)
    locators = [bridge.attempt("", mail=mail).locator for mail in (0, 1)]
    owners = [find(locator, bridge.web) for locator in locators]
    visits = [an_opening(bridge, locator, f"192.0.2.{number}") for number, locator in enumerate([*locators, "0" * 26])]
    bridge.clock.move(minutes=1)
    kit = replace(bridge.web, store=(store := Meanwhile(bridge)))
    record([visits[2], an_opening(bridge, "no name", "192.0.2.3")], kit)
    assert store.wrote == 0
    record([visits[2], *visits], kit)
    assert store.wrote == 1
    opened = {
        reset_id: [each.event for each in bridge.records(reset_id) if each.event.kind == "link.opened"]
        for reset_id in asked
    }
    for owner, visit in zip(owners, visits, strict=False):
        assert owner is not None
        (event,) = opened[owner.reset_id]
        assert (event.at, event.detail["source"]) == (visit.opening.at, visit.opening.source)
        assert event.detail["agent"] == "x" * 200


def test_a_link_that_is_purged_meanwhile_takes_no_others_opening_along(bridge: House) -> None:
    """One of a batch has lost its reset since it was looked for: the rest are on record."""
    links(bridge, "JSMITH", "MJONES")
    batch = [an_opening(bridge, bridge.attempt("", mail=mail).locator, "192.0.2.1") for mail in (0, 1)]
    gone = find(batch[0].locator, bridge.web)
    assert gone is not None
    with bridge.store.work() as work:
        before = work.resets.get(gone.reset_id)
        work.resets.save(before, replace(before, state=State.COMPLETED, version=before.version + 1))
    bridge.clock.move(seconds=1)
    record(batch, replace(bridge.web, store=Meanwhile(bridge)))
    assert find(batch[0].locator, bridge.web) is None
    assert kinds(bridge)["link.opened"] == 1
