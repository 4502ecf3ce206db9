"""What names people or accounts has an end, over SQLite and PostgreSQL."""

from __future__ import annotations

from datetime import timedelta

from bridge.domain.codes import new_id
from bridge.domain.errand import Step
from bridge.domain.link import new_locator
from bridge.domain.names import Account, Person, Userid
from bridge.domain.reset import State
from bridge.flows import sweep
from bridge.ports import CODE, Invitation, Notice, PersonRecord
from connectors.machine import dice
from connectors.store.engine import SqlStore
from tests.contract.samples import NOW, PAYROLL7, PRODA, a_reset, add, after
from tests.contract.test_store_errands import an_errand
from tests.contract.test_store_rows import a_factor
from tests.contract.test_store_sweep import a_kit
from tests.fakes.outside import FakeClock

JO = Person("jo")
MISTYPED = Account(PRODA, Userid("PAYROL7"))


def purge(store: SqlStore, **by: float) -> int:
    """As the scheduler does, so long after NOW, with what has ended kept for two days."""
    return sweep.purge(a_kit(store, FakeClock(after(**by))), timedelta(days=2))


def test_more_than_one_transaction_takes_goes_at_one_go(store: SqlStore, monkeypatch) -> None:  # type: ignore[no-untyped-def]
    """However many have ended: none waits for the next time."""
    monkeypatch.setattr(sweep, "AT_ONCE", 2)
    with store.work() as work:
        add(work, *(a_reset(f"U{n}", State.FAILED) for n in range(5)))
    assert purge(store, days=3) == 5


def test_a_lease_that_nobody_holds_is_forgotten(store: SqlStore) -> None:
    """One that was given back, and one that ran out long ago; who holds one, or did a moment ago, keeps it."""
    held, lapsed = Account(PRODA, Userid("HELD")), Account(PRODA, Userid("LAPSED"))
    with store.work() as work:
        given_back = work.leases.take(MISTYPED, "n1/a", at=NOW, until=after(minutes=3))
        assert given_back is not None
        work.leases.give_back(given_back)
        work.leases.take(PAYROLL7, "n1/a", at=NOW, until=after(minutes=3))
        work.leases.take(lapsed, "n1/a", at=NOW, until=after(days=2, minutes=-1))
        work.leases.take(held, "n1/a", at=NOW, until=after(days=9))
    purge(store, days=2)
    with store.work() as work:
        assert work.leases.held(held, after(days=2))
        assert work.leases.purge(after(days=30)) == 2


def test_i3_a_lease_taken_anew_is_not_an_earlier_holders(store: SqlStore) -> None:
    """A thread that was frozen until its lease was forgotten, and another of the same run has the account: the first
    one's is lost, and the fence has gone on."""
    with store.work() as work:
        mine = work.leases.take(PAYROLL7, "n1/a", at=NOW, until=after(minutes=3))
        again = work.leases.take(PAYROLL7, "n1/a", at=after(minutes=3), until=after(minutes=6))
        assert mine is not None
        assert again is not None
        work.leases.give_back(again)
        assert work.leases.purge(after(minutes=9)) == 1
        assert not work.leases.renew(again, after(minutes=20))
        theirs = work.leases.take(PAYROLL7, "n1/a", at=after(minutes=9), until=after(minutes=12))
        assert theirs is not None
        assert theirs.fence > again.fence > mine.fence
        assert not work.leases.renew(mine, after(minutes=20))
        work.leases.give_back(mine)
        assert work.leases.held(PAYROLL7, after(minutes=10))


def test_wrong_answers_of_long_ago_are_forgotten(store: SqlStore) -> None:
    """A month after the last one nothing of them counts; until then they do, and so do others'."""
    kim = Person("kim")
    with store.work() as work:
        work.tries.set(JO, 3, NOW)
        work.tries.set(kim, 2, after(days=1))
        work.tries.lock(Person("only-looked-at"))
    purge(store, days=30, seconds=1)
    with store.work() as work:
        assert work.tries.last(JO) < NOW
        assert (work.tries.lock(JO), work.tries.lock(kim)) == (0, 2)
        assert work.tries.purge(after(days=99)) == 2, "of who was only looked at nothing was left"


def test_i5_wrong_answers_are_counted_under_a_lock_though_a_purge_comes_between(store: SqlStore) -> None:
    """The row was there for one statement and is gone for the next: it is made again, and locked."""
    once = iter([None])
    with store.work() as work:
        sql, add_if_absent = work.tries._sql, work.tries._sql.add_if_absent  # type: ignore[attr-defined]
        sql.add_if_absent = lambda *row: next(once, "over") and add_if_absent(*row)
        assert work.tries.lock(JO) == 0
    with store.work() as work:
        assert work.tries.purge(NOW) == 1


def test_the_key_of_an_unlock_goes_with_it(store: SqlStore) -> None:
    """Also one whose errand an earlier version deleted; one whose reset or errand is still there stays."""
    old, queued, reset = an_errand(step=Step.DONE), an_errand("B"), a_reset()
    with store.work() as work:
        work.errands.add(old)
        work.errands.add(queued)
        add(work, reset)
        for made in (old.id, queued.id, reset.id, "E000000000000"):
            work.idempotency.put("agent1", made, b"print", made, NOW)
    purge(store, days=3)
    with store.look() as work:
        left = [made for made in (old.id, queued.id, reset.id, "E000000000000") if work.idempotency.get("agent1", made)]
    assert left == [queued.id, reset.id]


def test_a_notice_that_no_relay_took_goes_and_is_on_record(store: SqlStore) -> None:
    """To a person, or a user's address; a code as well. Alarms stay however old, also of a kind that users get, too."""
    written = [
        Notice(id="N1", at=NOW, kind="revealed", person=JO, not_before=after(days=9)),
        Notice(id="N2", at=NOW, kind="address_changed", to="jo@example.com"),
        Notice(id="N3", at=NOW, kind=CODE, to="jo@example.com", values={"sealed": "00", "until": NOW.isoformat()}),
        Notice(id="N4", at=NOW, kind="link_destroyed", person=JO),
        Notice(id="N5", at=NOW, kind="link_destroyed", to="security@example.com"),
        Notice(id="N6", at=NOW, kind="service_id_stopped", to="security@example.com"),
        Notice(id="N7", at=after(days=1), kind="revealed", person=JO),
    ]
    with store.work() as work:
        for notice in written:
            work.outbox.add(notice)
        work.outbox.later("N4", after(days=1))
    purge(store, days=2, hours=1)
    with store.look() as work:
        assert [notice.id for notice in work.outbox.due(after(days=99), 9)] == ["N5", "N6", "N7"]
        records = [one.event for one in work.audit.records()]
        assert work.audit.verify()[1] is None
    assert {one.kind for one in records} == {"notice.dropped"}
    assert [(one.detail["notice"], one.detail["person"], one.detail["tries"]) for one in records] == [
        ("revealed", "jo", 0), ("address_changed", None, 0), (CODE, None, 0), ("link_destroyed", "jo", 1)
    ]  # fmt: skip


def an_invitation() -> Invitation:
    """Open for an hour."""
    made = new_id(dice, "E")
    return Invitation(id=made, person=JO, locator=new_locator(dice), tag="k$1", code=None, passed=None,
                      wait=timedelta(0), at=NOW, by="local:root", until=after(hours=1))  # fmt: skip


def test_an_old_invitation_goes_though_nobody_is_invited_again(store: SqlStore) -> None:
    """A month after its end; until then its holder is told that it is over."""
    invitation = an_invitation()
    with store.work() as work:
        work.invitations.add(invitation)
    purge(store, days=30)
    with store.look() as work:
        assert work.invitations.lock(invitation.locator) == invitation
    purge(store, days=31)
    with store.look() as work:
        assert work.invitations.lock(invitation.locator) is None


def test_who_had_a_factor_is_forgotten_long_after_the_last_one(store: SqlStore) -> None:
    """Counted from when it was taken away, not from when the first one came; who has one is known for as long."""
    kim = Person("kim")
    with store.work() as work:
        for factor in (a_factor(), a_factor("F2"), a_factor("F3", kim)):
            work.people.add_factor(factor)
        assert work.people.remove_factor("F1", after(days=5))
        assert work.people.remove_factor("F2", after(days=10))
    purge(store, days=40)
    with store.look() as work:
        assert work.people.had_factor(JO)
    purge(store, days=41)
    with store.look() as work:
        assert not work.people.had_factor(JO)
        assert work.people.had_factor(kim)


def test_a_person_is_removed_with_their_accounts_and_invitations(store: SqlStore) -> None:
    """Once; an account is then free for somebody else."""
    jo = PersonRecord(person=JO, name="Jo", email="jo@example.com", accounts=(PAYROLL7,))
    with store.work() as work:
        work.people.put(jo)
        work.invitations.add(an_invitation())
    with store.work() as work:
        assert work.people.remove(JO)
        assert not work.people.remove(JO)
        assert work.people.owner_of(PAYROLL7) is None
        assert (work.invitations.drop(JO), work.invitations.drop(JO)) == (1, 0)
        work.people.put(PersonRecord(person=Person("kim"), name="Kim", accounts=(PAYROLL7,)))
