"""A person with an armed link: asked, passed the factor, waiting, fetching."""

from __future__ import annotations

from bridge.domain.policy import Policy
from bridge.domain.reset import State
from bridge.domain.secret import Secret
from bridge.flows.collect import collect, progress
from bridge.flows.handover import Shown, Step, Waiting
from bridge.ports import Notice
from tests.fakes.kit import House

ARMED = Policy(delivery="armed")


def linked(bridge: House) -> str:
    """Asked, and the link is out."""
    asked = bridge.ask()
    (after,) = bridge.work()
    assert after.state is State.PUBLISHED
    return asked.reset.id


def fetch(bridge: House, ticket: Secret, *, again: bool = False) -> Shown | Waiting:
    return collect(bridge.attempt(""), ticket, bridge.web, again=again)


def fetched(bridge: House, ticket: Secret) -> Shown:
    shown = fetch(bridge, ticket)
    assert isinstance(shown, Shown)
    return shown


def step(bridge: House, ticket: Secret) -> Step:
    return progress(bridge.attempt(""), ticket, bridge.web).step


def notices(bridge: House) -> list[Notice]:
    with bridge.store.look() as work:
        return work.outbox.due(bridge.clock.now(), 50)
