"""Codes that are sent: how many an hour has, and what is on record of those that never left."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from bridge.domain.errors import CodeUnsent, LinkEnded, NoPhone
from bridge.domain.names import Person
from bridge.domain.policy import Policy
from bridge.domain.second import PHONE
from bridge.domain.secret import Secret
from bridge.flows.disown import disown
from bridge.flows.send import send
from tests.fakes.kit import House, house
from tests.unit.flows.test_disown_sent import Kept


@pytest.fixture
def phone() -> Kept:
    return Kept()


@pytest.fixture
def bridge(tmp_path: Path, phone: Kept) -> Iterator[House]:
    """A published link of somebody with a telephone."""
    policy = Policy(factors=(PHONE,))
    with house(tmp_path, policy=policy, enrolled=False, phone="+491711234512", gateway=phone) as made:
        made.ask()
        made.work()
        yield made


def test_an_hour_ends_with_its_first_code_whatever_came_since(bridge: House) -> None:
    """Whoever needs one now and then, all afternoon, is never told that these were too many."""
    for _ in range(12):
        assert send(bridge.attempt(""), bridge.web)
        bridge.clock.move(minutes=20)


def test_an_entry_of_somebody_else_s_is_no_place_for_a_code(bridge: House, phone: Kept) -> None:
    """A directory that answers with another person than it was asked for: nothing goes to that one's telephone."""
    bridge.directory.person = lambda _: replace(bridge.directory.people[0], person=Person("eve"))  # type: ignore[method-assign]
    with pytest.raises(NoPhone):
        send(bridge.attempt(""), bridge.web)
    assert not phone.last


def test_a_code_that_never_left_takes_no_newer_one_along(bridge: House, phone: Kept) -> None:
    """The gateway thought about the first for so long that the next was asked for, and came."""
    arrived = phone.send

    def slow(number: str, code: Secret, language: str) -> None:
        phone.send = arrived  # type: ignore[method-assign]
        bridge.clock.move(seconds=31)
        assert send(bridge.attempt(""), bridge.web)
        raise CodeUnsent("gateway: it could not be reached, or broke off")

    phone.send = slow  # type: ignore[method-assign]
    with pytest.raises(CodeUnsent):
        send(bridge.attempt(""), bridge.web)
    assert bridge.open(phone.last)


def test_a_link_that_is_over_rings_nobody(bridge: House, phone: Kept) -> None:
    """Withdrawn by its person: whoever else has it gets them no more messages."""
    disown(bridge.attempt(""), bridge.web)
    with pytest.raises(LinkEnded):
        send(bridge.attempt(""), bridge.web)
    assert not phone.last


def test_a_code_that_never_left_is_is_on_record(bridge: House, phone: Kept) -> None:
    """Beside the one that says that it was to be sent; and the next one need not wait."""
    phone.broken = True
    with pytest.raises(CodeUnsent):
        send(bridge.attempt(""), bridge.web)
    last = [one.event for one in bridge.records(bridge.mail.links[-1].reset_id)][-2:]
    assert [(event.kind, event.detail["factor"], event.detail["source"]) for event in last] == [
        ("factor.sent", PHONE, "198.51.100.9"), ("factor.unsent", PHONE, "198.51.100.9")
    ]  # fmt: skip
    phone.broken = False
    assert send(bridge.attempt(""), bridge.web)
