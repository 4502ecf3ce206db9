"""Resets and links to put into a store."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from bridge.domain.codes import new_reset_id
from bridge.domain.link import Sealed, new_locator
from bridge.domain.names import Account, Operator, Person, ResetId, SystemName, Userid
from bridge.domain.record import Event
from bridge.domain.reset import Reset, State
from bridge.ports import Work
from connectors.machine import dice

NOW = datetime(2026, 11, 25, 12, 0, 0, 123457, tzinfo=UTC)
PRODA = SystemName("PRODA")
PAYROLL7 = Account(PRODA, Userid("PAYROLL7"))


def after(**by: float) -> datetime:
    """A time so long after NOW."""
    return NOW + timedelta(**by)


def a_reset(userid: str = "PAYROLL7", state: State = State.QUEUED, **values: Any) -> Reset:
    """A reset of PRODA:userid, asked for at NOW."""
    plain: dict[str, Any] = {
        "id": new_reset_id(dice),
        "system": PRODA,
        "userid": Userid(userid),
        "person": Person("jo"),
        "policy": "standard",
        "state": state,
        "reason": "forgotten",
        "requested_by": Operator("agent1"),
        "requested_at": NOW,
        "since": NOW,
    }
    return Reset(**{**plain, **values})


def at_state(reset: Reset, state: State, **values: Any) -> Reset:
    """The reset in another state, one version on, whatever the table of steps says."""
    return replace(reset, state=state, version=reset.version + 1, **values)


def a_link(reset_id: ResetId, **values: Any) -> Sealed:
    """A link with random bytes in it."""
    plain: dict[str, Any] = {
        "reset_id": reset_id,
        "locator": new_locator(dice),
        "verifier": dice(32),
        "ciphertext": dice(60),
        "key_id": "0badcafe",
    }
    return Sealed(**{**plain, **values})


def an_event(number: int = 0, **values: Any) -> Event:
    """Something to record."""
    plain: dict[str, Any] = {"at": NOW, "kind": "reset.queued", "by": "operator:agent1", "detail": {"number": number}}
    return Event(**{**plain, **values})


def add(work: Work, *resets: Reset) -> None:
    """Add each."""
    for reset in resets:
        work.resets.add(reset)
