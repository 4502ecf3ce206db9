"""A reset's states, and the one table of steps between them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import product

import pytest

from bridge.domain.errors import WrongTurn
from bridge.domain.failure import Reason
from bridge.domain.names import Account, Operator, ResetId, SystemName, Userid
from bridge.domain.reset import ENDED, LEADS_TO, NOTHING_SET_YET, Cleanup, Reset, State, advance, amend

NOON = datetime(2026, 11, 25, 12, tzinfo=UTC)
LATER = NOON + timedelta(minutes=1)
STEPS = {  # product.md's drawing, written a second time
    ("requested", "awaiting_approval"), ("requested", "queued"), ("requested", "cancelled"),
    ("awaiting_approval", "queued"), ("awaiting_approval", "rejected"), ("awaiting_approval", "cancelled"),
    ("queued", "changing"), ("queued", "failed"), ("queued", "cancelled"),
    ("changing", "published"), ("changing", "failed"), ("changing", "queued"), ("changing", "revoked"),
    ("changing", "awaiting_approval"),
    ("published", "queued"), ("queued", "published"),  # armed: the factor is passed; nobody did it, or nobody waits
    ("published", "revealed"), ("published", "expired"), ("published", "revoked"),
    ("revealed", "completed"), ("revealed", "lapsed"), ("revealed", "revoked"),
}  # fmt: skip


def reset_in(state: State, *, touched: bool = False) -> Reset:
    return Reset(
        id=ResetId("R0123456789AB"),
        system=SystemName("PRODA"),
        userid=Userid("JSMITH"),
        person=None,
        policy="standard",
        state=state,
        reason="forgotten",
        requested_by=Operator("agent"),
        requested_at=NOON,
        since=NOON,
        touched=touched,
        not_before=NOON,
    )


@pytest.mark.parametrize(("start", "to"), list(product(State, State)), ids=lambda state: state.value)
@pytest.mark.parametrize("touched", [True, False], ids=["touched", "untouched"])
def test_every_step_is_in_the_drawing_or_refused(start: State, to: State, touched: bool) -> None:
    """Of all pairs of states, exactly the steps of the drawing can be taken; each is one version on."""
    before = reset_in(start, touched=touched)
    if (start.value, to.value) not in STEPS:
        with pytest.raises(WrongTurn) as raised:
            advance(before, to, at=LATER)
        assert (raised.value.state, raised.value.to) == (start, to)
        assert ("already" in str(raised.value)) == (start is to)
        return
    after = advance(before, to, at=LATER)
    assert (after.state, after.since, after.version) == (to, LATER, before.version + 1)
    assert (before.state, before.version) == (start, 1)
    owes = to in ENDED and to is not State.COMPLETED and touched
    assert after.cleanup is (Cleanup.DUE if owes else Cleanup.NONE)
    assert after.not_before == (None if owes else NOON)


def test_every_state_ends_or_leads_on() -> None:
    """No state without a way out but the ends, and every state can be reached from the first."""
    assert set(LEADS_TO) | ENDED == set(State)
    assert not set(LEADS_TO) & ENDED
    assert all(LEADS_TO.values())
    reached, todo = set(), [State.REQUESTED]
    while todo:
        state = todo.pop()
        if state not in reached:
            reached.add(state)
            todo += LEADS_TO.get(state, frozenset())
    assert reached == set(State)


def test_i7_every_state_can_still_end() -> None:
    """From wherever it stands, some way leads to an end."""
    for state in State:
        reached, todo = set(), [state]
        while todo:
            here = todo.pop()
            if here not in reached:
                reached.add(here)
                todo += LEADS_TO.get(here, frozenset())
        assert reached & ENDED


@pytest.mark.parametrize("state", list(State))
def test_ended_says_whether_a_step_leads_on(state: State) -> None:
    """The ends are those without a step."""
    assert reset_in(state).ended is (state in ENDED)


def test_nothing_is_set_before_changing() -> None:
    """A person can cancel in any state before changing, and in no other."""
    assert {state for state in State if State.CANCELLED in LEADS_TO.get(state, frozenset())} == NOTHING_SET_YET


def test_changes_go_along_with_the_step() -> None:
    """Other fields change in the same step; an explicit clean-up stands."""
    before = reset_in(State.CHANGING, touched=True)
    after = advance(before, State.FAILED, at=LATER, failure=Reason.HOST_TIMEOUT, cleanup=Cleanup.DONE)
    assert (after.failure, after.cleanup) == (Reason.HOST_TIMEOUT, Cleanup.DONE)


def test_amend_stays_in_its_state() -> None:
    """One version on, everything else as it was."""
    before = reset_in(State.CHANGING)
    after = amend(before, touched=True)
    assert (after.state, after.since, after.version, after.touched) == (State.CHANGING, NOON, 2, True)


def test_account_is_the_userid_on_its_system() -> None:
    """Two userids of the same name on two systems are two accounts."""
    assert reset_in(State.QUEUED).account == Account(SystemName("PRODA"), Userid("JSMITH"))
