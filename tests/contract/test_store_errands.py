"""The port `Errands` over SQLite and PostgreSQL."""

from __future__ import annotations

from typing import Any

import pytest

from bridge.domain.codes import new_id
from bridge.domain.errand import Errand, ErrandId, Kind, Step, again, end
from bridge.domain.errors import NotFound, Overtaken
from bridge.domain.failure import Reason
from bridge.domain.names import Operator, SystemName, Userid
from connectors.machine import dice
from connectors.store.engine import SqlStore
from tests.contract.samples import NOW, PRODA, after


def an_errand(userid: str = "PAYROLL7", **values: Any) -> Errand:
    """A queued unlock of PRODA:userid."""
    plain: dict[str, Any] = {
        "id": ErrandId(new_id(dice, "E")),
        "kind": Kind.UNLOCK,
        "system": PRODA,
        "userid": Userid(userid),
        "reason": "locked out",
        "asked_by": Operator("agent1"),
        "asked_at": NOW,
        "since": NOW,
    }
    return Errand(**{**plain, **values})


def test_the_newest_of_a_kind_come_first_and_no_more_than_asked_for(store: SqlStore) -> None:
    """Whatever their step; another kind's are left out."""
    one, two, three = (an_errand(asked_at=after(minutes=minutes)) for minutes in (2, 3, 1))
    with store.work() as work:
        for errand in (one, two, three, an_errand(kind=Kind.STATE, asked_at=after(minutes=9))):
            work.errands.add(errand)
        work.errands.save(one, done := end(one, Step.DONE, at=after(hours=1)))
        assert work.errands.newest(Kind.UNLOCK, 9) == [two, done, three]
        assert work.errands.newest(Kind.UNLOCK, 1) == [two]


def test_an_errand_comes_back_as_it_was_stored(store: SqlStore) -> None:
    """Every field survives, through adding and saving; an unknown id is NotFound."""
    errand = an_errand(ticket="INC1", not_before=after(seconds=1))
    with store.work() as work:
        work.errands.add(errand)
        assert work.errands.get(errand.id) == errand
        answer = {"standing": "active", "must_change": True, "last_use": None}
        failed = end(
            errand, Step.FAILED, at=after(hours=1), failure=Reason.UNKNOWN_USER, failure_text="é", answer=answer
        )
        work.errands.save(errand, failed)
    with store.look() as work:
        assert work.errands.get(errand.id) == failed
        with pytest.raises(NotFound):
            work.errands.get(ErrandId("E000000000000"))


def test_a_save_over_a_stale_version_is_overtaken(store: SqlStore) -> None:
    """The second of two who read the same version stores nothing."""
    errand = an_errand()
    with store.work() as work:
        work.errands.add(errand)
        work.errands.save(errand, again(errand, not_before=after(seconds=5), text="away"))
    with pytest.raises(Overtaken), store.work() as work:
        work.errands.save(errand, end(errand, Step.DONE, at=NOW))
    with store.look() as work:
        assert work.errands.get(errand.id).step is Step.QUEUED


def test_the_oldest_due_errand_whose_account_is_free_comes_first(store: SqlStore) -> None:
    """Not one put off, of another system, ended, or of an account that somebody holds."""
    newer, older = an_errand("A", asked_at=after(seconds=1)), an_errand("B")
    off, done = an_errand("C", not_before=after(hours=1)), an_errand("E", step=Step.DONE)
    elsewhere = an_errand("D", system=SystemName("TESTB"))
    with store.work() as work:
        for errand in (newer, older, off, elsewhere, done):
            work.errands.add(errand)
        for expected in (older, newer, None):
            found = work.errands.next_due(PRODA, after(minutes=1))
            assert found == expected
            if found:
                work.leases.take(found.account, "n/1", at=after(minutes=1), until=after(hours=2))
                assert work.leases.held(found.account, after(minutes=1))
        assert not work.leases.held(off.account, after(hours=1))
        assert not work.leases.held(older.account, after(hours=2))
        assert work.errands.next_due(PRODA, after(hours=1)) == off


def test_purge_takes_old_ended_errands_alone(store: SqlStore) -> None:
    """What is queued, or ended lately, stays."""
    old, young, queued = an_errand(step=Step.DONE), an_errand(step=Step.FAILED, since=after(days=2)), an_errand()
    with store.work() as work:
        for errand in (old, young, queued):
            work.errands.add(errand)
        assert work.errands.purge(after(days=1)) == 1
        assert work.errands.get(young.id) == young
        assert work.errands.get(queued.id) == queued
        with pytest.raises(NotFound):
            work.errands.get(old.id)
