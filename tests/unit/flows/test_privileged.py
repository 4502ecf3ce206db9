"""Privileged userids: refused, or done by another service id after another person's word."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from bridge.domain.errors import NotAllowed
from bridge.domain.failure import Reason
from bridge.domain.names import Account, SystemName, Userid
from bridge.domain.outcome import Profile, Standing
from bridge.domain.policy import Caller, Policy, Role
from bridge.domain.reset import Cleanup, State
from bridge.flows import decide
from tests.fakes.host import FakeHost
from tests.fakes.kit import AGENT, House, house

CHIEF = Caller(name="carla", roles=frozenset({Role.APPROVER}))
BOTH = Caller(name=AGENT.name, roles=frozenset({Role.AGENT, Role.APPROVER}))
SPECIAL = Profile(userid=Userid("JSMITH"), standing=Standing.ACTIVE, privileged=("SPECIAL",))


@pytest.fixture
def strict(tmp_path: Path) -> Iterator[House]:
    with house(tmp_path, policy=Policy(privileged="approve")) as made:
        made.host.accounts[Userid("JSMITH")].profile = SPECIAL
        other = FakeHost("PRODA", "JSMITH")
        other.accounts = made.host.accounts
        other.seat = Account(SystemName("PRODA"), Userid("RSTBRDG2"))
        made.host.elevated = other
        yield made


def test_another_person_approves_and_the_other_service_id_does_it(strict: House) -> None:
    """The ordinary service id only looked; the other one made the change, and was logged off. The link opens."""
    asked = strict.ask()
    (waiting,) = strict.work()
    assert (waiting.state, waiting.elevated, waiting.touched) == (State.AWAITING_APPROVAL, True, False)
    with pytest.raises(NotAllowed):
        decide.approve(asked.reset.id, BOTH, "mine", strict.web)
    decide.approve(asked.reset.id, CHIEF, "called her back", strict.web)
    (after,) = strict.work()
    assert after.state is State.PUBLISHED
    assert "change-before" not in strict.host.calls
    assert "change-before" in strict.host.elevated.calls  # type: ignore[union-attr]
    used = strict.host.elevated
    assert used and used.closed_after == len(used.calls) > 0
    assert strict.open(strict.totp()).password.expose() == strict.host.accounts[Userid("JSMITH")].password


def test_what_is_spoiled_is_spoiled_by_the_same_service_id(strict: House) -> None:
    """Revoked after publication: the ordinary one could not even list it."""
    asked = strict.ask()
    strict.work()
    decide.approve(asked.reset.id, CHIEF, "called her back", strict.web)
    strict.work()
    decide.revoke(asked.reset.id, AGENT, "wrong person", strict.web)
    assert strict.work()[0].cleanup is Cleanup.DONE
    assert "change-before" not in strict.host.calls


def test_a_listing_that_is_refused_may_be_a_privileged_one(strict: House) -> None:
    """IRR.LISTUSER does not show SPECIAL userids to a delegate: another person's word is asked for, too."""
    strict.ask()
    strict.host.faults = ["profile:not_authorized"]
    assert strict.work()[0].state is State.AWAITING_APPROVAL


def test_without_the_other_service_id_it_fails(strict: House) -> None:
    """Approved, and nobody to do it."""
    asked = strict.ask()
    strict.work()
    strict.host.elevated = None
    decide.approve(asked.reset.id, CHIEF, "called her back", strict.web)
    (after,) = strict.work()
    assert (after.state, after.failure) == (State.FAILED, Reason.PRIVILEGED_USER)


def test_while_somebody_else_has_the_other_service_id_nothing_is_typed(strict: House) -> None:
    """Two log-ons with it at once would be one too many for a host that lets each in once; afterwards it goes on."""
    asked = strict.ask()
    strict.work()
    decide.approve(asked.reset.id, CHIEF, "called her back", strict.web)
    seat, now = strict.host.elevated.seat, strict.clock.now()  # type: ignore[union-attr]
    with strict.store.work() as work:
        lease = work.leases.take(seat, "there/W2", at=now, until=now + timedelta(minutes=3))  # type: ignore[arg-type]
    assert lease
    (waits,) = strict.work()
    assert waits.state is State.QUEUED
    assert not strict.host.passwords_ever_set
    with strict.store.work() as work:
        work.leases.give_back(lease)
    strict.clock.move(minutes=5)
    assert strict.work()[0].state is State.PUBLISHED


def test_a_rejected_one_ends_untouched(strict: House) -> None:
    """No is no."""
    asked = strict.ask()
    strict.work()
    decide.reject(asked.reset.id, CHIEF, "not she", strict.web)
    assert strict.reset(asked.reset.id).state is State.REJECTED
    assert not strict.host.passwords_ever_set


def test_protected_ids_stay_out_of_reach_of_the_other_one_too(strict: House) -> None:
    """Elevation lifts one reason and no other."""
    asked = strict.ask()
    strict.work()
    decide.approve(asked.reset.id, CHIEF, "called her back", strict.web)
    shown = Profile(userid=Userid("JSMITH"), standing=Standing.ACTIVE, privileged=("SPECIAL",), protected=True)
    strict.host.accounts[Userid("JSMITH")].profile = shown
    assert strict.work()[0].failure is Reason.PROTECTED_USER


def test_by_default_privileged_ids_are_refused(bridge: House) -> None:
    """Nobody's word helps where the policy does not say so."""
    bridge.ask()
    bridge.host.accounts[Userid("JSMITH")].profile = SPECIAL
    assert bridge.work()[0].failure is Reason.PRIVILEGED_USER
