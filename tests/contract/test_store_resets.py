"""The port `Resets` over SQLite and PostgreSQL."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from datetime import timedelta

import pytest

from bridge.domain.errors import BadInput, NotFound, Overtaken, StoreFault
from bridge.domain.failure import Reason
from bridge.domain.names import Person, ResetId, SystemName
from bridge.domain.reset import Cleanup, Delivery, State, amend
from bridge.ports import Pass, Question
from connectors.store.engine import SqlStore
from tests.contract.samples import NOW, PAYROLL7, PRODA, a_link, a_reset, add, after, an_event, at_state


def test_a_reset_comes_back_as_it_was_stored(store: SqlStore) -> None:
    """Every field survives the way into the database and back, to the microsecond."""
    full = a_reset(
        state=State.FAILED, person=None, ticket="INC1", version=7, tries=3, touched=True, not_before=after(hours=1),
        expires_at=after(microseconds=1), failure=Reason.HOST_TIMEOUT, failure_text="no answer", cleanup=Cleanup.DUE,
        seen="26.329", note="née Ünal · 東", approved_by=("a", "b"),
    )  # fmt: skip
    bare = a_reset("OTHER")
    with store.work() as work:
        add(work, full, bare)

    with store.look() as work:
        assert work.resets.get(full.id) == full
        assert work.resets.get(bare.id) == bare
        assert type(work.resets.get(full.id).id) is ResetId


def test_an_unknown_reset_is_not_found(store: SqlStore) -> None:
    """Asking for an id that nobody gave out raises NotFound."""
    with store.look() as work, pytest.raises(NotFound):
        work.resets.get(ResetId("R000000000000"))


def test_a_save_over_a_stale_version_is_overtaken_and_changes_nothing(store: SqlStore) -> None:
    """The second of two writers who read the same version gets Overtaken."""
    reset = a_reset()
    with store.work() as work:
        add(work, reset)
    with store.work() as work:
        work.resets.save(reset, at_state(reset, State.CHANGING))

    with pytest.raises(Overtaken), store.work() as work:
        work.resets.save(reset, at_state(reset, State.CANCELLED))

    with store.look() as work:
        assert work.resets.get(reset.id).state is State.CHANGING


def test_a_save_that_forgets_the_version_is_refused(store: SqlStore) -> None:
    """A save whose version does not grow, or of another reset, is a mistake and raises ValueError."""
    reset = a_reset()
    with store.work() as work:
        add(work, reset)
        with pytest.raises(ValueError, match="later"):
            work.resets.save(reset, reset)
        with pytest.raises(ValueError, match="later"):
            work.resets.save(reset, a_reset(version=2))


def test_save_all_is_all_or_nothing(store: SqlStore) -> None:
    """One stale version among many: Overtaken, and none of the others moved either."""
    resets = [a_reset(f"U{number}") for number in range(20)]
    with store.work() as work:
        add(work, *resets)
        work.resets.save(resets[13], amend(resets[13], note="moved"))

    with pytest.raises(Overtaken), store.work() as work:
        work.resets.save_all([(reset, at_state(reset, State.CANCELLED)) for reset in resets])

    with store.look() as work:
        assert {work.resets.get(reset.id).state for reset in resets} == {State.QUEUED}
    with store.work() as work:
        work.resets.save_all([])


def test_a_block_that_raises_leaves_everything_as_it_was(store: SqlStore) -> None:
    """Whatever was written in a block that raises, in any table, is as if it had never been."""
    reset = a_reset()
    with pytest.raises(KeyError), store.work() as work:
        add(work, reset)
        work.links.put(a_link(reset.id))
        work.tries.set(reset.person, 3, NOW)  # type: ignore[arg-type]
        work.audit.append(an_event())
        work.leases.take(PAYROLL7, "n/1", at=NOW, until=after(minutes=3))
        raise KeyError

    with store.work() as work:
        assert work.resets.find() == ([], None)
        assert work.links.of(reset.id) is None
        assert work.tries.lock(reset.person) == 0  # type: ignore[arg-type]
        assert work.audit.head() == (0, b"")
        assert work.leases.take(PAYROLL7, "n/2", at=NOW, until=after(minutes=3)) is not None


def test_an_error_that_somebody_swallowed_still_undoes_the_block(store: SqlStore) -> None:
    """PostgreSQL would answer COMMIT with a silent rollback; the block raises what went wrong instead."""
    reset = a_reset()
    with pytest.raises(Overtaken), store.work() as work:
        add(work, reset)
        with suppress(Overtaken):
            add(work, reset)

    with store.look() as work:
        assert work.resets.find() == ([], None)


def test_i6_two_resets_of_an_account_are_never_on_the_host_at_once(store: SqlStore) -> None:
    """The database itself refuses a second changing, published or revealed reset of the same account."""
    for first in (State.CHANGING, State.PUBLISHED, State.REVEALED):
        one, other = a_reset(f"A{first[:5]}".upper(), first), a_reset(f"A{first[:5]}".upper())
        with store.work() as work:
            add(work, one, other)
        with pytest.raises(Overtaken), store.work() as work:
            work.resets.save(other, at_state(other, State.CHANGING))


def test_i6_superseding_fits_into_one_transaction(store: SqlStore) -> None:
    """An older published reset ends and a newer one of the account starts, together."""
    older, newer = a_reset(state=State.PUBLISHED), a_reset(state=State.CHANGING, requested_at=after(hours=1))
    with store.work() as work:
        add(work, older)
    with store.work() as work:
        assert work.resets.open_for(PAYROLL7) == [older]
        work.resets.save(older, at_state(older, State.REVOKED))
        add(work, newer)
        assert work.resets.open_for(PAYROLL7) == [newer]


def test_open_for_lists_what_has_not_ended_oldest_first(store: SqlStore) -> None:
    """Only resets of that account, only those not ended, in the order in which they were asked for."""
    first, second, third = (a_reset() for _ in range(3))  # asked for in the same microsecond
    over, stranger = a_reset(state=State.EXPIRED), a_reset("SOMEONE")
    with store.work() as work:
        add(work, first, over, second, stranger, third)
        assert work.resets.open_for(PAYROLL7) == [first, second, third]
        assert work.resets.newer_than(first) == [over, second, third]
        assert work.resets.newer_than(third) == []
    with store.look() as work:
        assert work.resets.open_for(PAYROLL7) == [first, second, third]


def test_find_pages_from_new_to_old_without_a_gap_or_a_double(store: SqlStore) -> None:
    """Pages of any size hold every reset once, newest first, while new ones arrive."""
    asked = [a_reset(f"U{n % 7}", requested_at=after(seconds=n // 3)) for n in range(23)]
    with store.work() as work:
        add(work, *asked)

    seen, cursor = [], None
    while True:
        with store.work() as work:
            page, cursor = work.resets.find(cursor=cursor, limit=5)
            add(work, a_reset("LATE", requested_at=after(days=1)))
        seen += page
        if cursor is None:
            break
    assert len(seen) == 23
    assert {reset.id for reset in seen} == {reset.id for reset in asked}
    assert [reset.requested_at for reset in seen] == sorted((r.requested_at for r in asked), reverse=True)


def test_find_filters(store: SqlStore) -> None:
    """State, system and userid narrow what is found, alone and together."""
    one = a_reset("U1", State.FAILED)
    two = a_reset("U1")
    three = a_reset("U1", system=SystemName("TESTB"))
    with store.work() as work:
        add(work, one, two, three)
    with store.look() as work:
        assert work.resets.find(state=State.FAILED)[0] == [one]
        assert work.resets.find(system="TESTB")[0] == [three]
        assert {reset.id for reset in work.resets.find(userid="U1")[0]} == {one.id, two.id, three.id}
        assert work.resets.find(userid="U1", system="PRODA", state=State.QUEUED)[0] == [two]
        assert work.resets.find(userid="' OR 1=1 --")[0] == []
        assert len(work.resets.find(limit=-1)[0]) == 1


@pytest.mark.parametrize(
    "cursor", ["", "x", "%%%", "MSAyIDM", "é", "MTIzIDQ1IFIwMDA", "A" * 5000, "LTEgMSBSMDAwMDAwMDAwMDAw"]
)
def test_a_cursor_that_we_did_not_give_out_is_bad_input(store: SqlStore, cursor: str) -> None:
    """Anything but a cursor of ours raises BadInput."""
    with store.look() as work, pytest.raises(BadInput):
        work.resets.find(cursor=cursor)


def test_next_due_prefers_queued_then_cleanup_then_revealed(store: SqlStore) -> None:
    """The oldest queued reset first, whatever else is due; then clean-ups; then revealed ones to follow."""
    newer = a_reset("Q1", requested_at=after(minutes=1))
    older = a_reset("Q2")
    cleanup = a_reset("C1", State.EXPIRED, cleanup=Cleanup.DUE)
    revealed = a_reset("R1", State.REVEALED, not_before=after(minutes=-1))
    elsewhere = a_reset("Q3", system=SystemName("TESTB"), requested_at=after(days=-1))
    done = a_reset("C2", State.EXPIRED, cleanup=Cleanup.DONE)
    with store.work() as work:
        add(work, newer, older, cleanup, revealed, elsewhere, done)
    order = []
    with store.work() as work:
        while (reset := work.resets.next_due(PRODA, after(minutes=2))) is not None:
            order.append(reset)
            assert work.leases.take(reset.account, "n/1", at=after(minutes=2), until=after(minutes=5))
    assert order == [older, newer, cleanup, revealed]
    with store.look() as work:
        assert work.resets.next_due(PRODA, after(minutes=4)) is None
        assert work.resets.next_due(PRODA, after(minutes=5)) == older


@pytest.mark.parametrize(
    "reset",
    [
        a_reset(not_before=after(seconds=10)),
        a_reset(state=State.EXPIRED, cleanup=Cleanup.DUE, not_before=after(seconds=10)),
        a_reset(state=State.REVEALED, not_before=after(seconds=10)),
    ],
    ids=["queued", "cleanup", "revealed"],
)
def test_next_due_waits_until_not_before(store: SqlStore, reset: object) -> None:
    """A reset put off is not due one microsecond early, and due on time."""
    with store.work() as work:
        add(work, reset)  # type: ignore[arg-type]
        assert work.resets.next_due(PRODA, after(seconds=10) - timedelta(microseconds=1)) is None
        assert work.resets.next_due(PRODA, after(seconds=10)) == reset


def test_stranded_is_what_changes_without_a_live_lease(store: SqlStore) -> None:
    """A changing reset is stranded when its lease has run out, was given back, or never was."""
    held, lapsed, never, queued = (
        a_reset("H", State.CHANGING),
        a_reset("L", State.CHANGING),
        a_reset("N", State.CHANGING),
        a_reset("Q"),
    )
    with store.work() as work:
        add(work, held, lapsed, never, queued)
        work.leases.take(held.account, "n/1", at=NOW, until=after(minutes=3))
        work.leases.take(lapsed.account, "n/1", at=NOW, until=after(minutes=1))
        assert {r.id for r in work.resets.stranded(after(minutes=2), 10)} == {lapsed.id, never.id}
        assert len(work.resets.stranded(after(minutes=2), 1)) == 1


def test_overdue_is_what_is_published_and_out_of_time(store: SqlStore) -> None:
    """A published reset is overdue at its end, not before; a revealed one never."""
    early = a_reset("E", State.PUBLISHED, expires_at=after(hours=1))
    late = a_reset("L", State.PUBLISHED, expires_at=after(hours=2))
    revealed = a_reset("R", State.REVEALED, expires_at=after(hours=1))
    with store.work() as work:
        add(work, late, early, revealed)
        assert work.resets.overdue(after(hours=1) - timedelta(microseconds=1), 10) == []
        assert work.resets.overdue(after(hours=1), 10) == [early]
        assert work.resets.overdue(after(hours=2), 10) == [early, late]
        assert work.resets.overdue(after(hours=2), 1) == [early]


def test_who_waits_at_the_page_comes_first_and_is_given_up_when_the_ticket_lapses(store: SqlStore) -> None:
    """Before what was queued earlier; given up to the second, and only while queued."""
    armed = {"delivery": Delivery.ARMED, "expires_at": after(hours=24)}
    early, waits = a_reset("U1"), a_reset("U2", requested_at=after(minutes=5), **armed)
    out, taken = a_reset("U3", State.PUBLISHED, **armed), a_reset("U4", State.CHANGING, **armed)
    with store.work() as work:
        add(work, early, waits, out, taken)
        for reset in (waits, out, taken):
            work.links.let_in(Pass(reset_id=reset.id, tag="k$1", at=NOW, until=after(minutes=10)))
        assert work.resets.get(waits.id) == waits
        assert work.resets.next_due(PRODA, after(minutes=6)) == waits
        assert work.resets.given_up(after(minutes=9, seconds=59), 10) == []
        assert work.resets.given_up(after(minutes=10), 10) == [waits]


def test_waiting_since_lists_what_nobody_has_begun(store: SqlStore) -> None:
    """Requested, awaiting and queued resets that were asked for earlier, oldest first."""
    waiting = [a_reset(f"W{n}", state, requested_at=after(minutes=n)) for n, state in
               enumerate((State.QUEUED, State.REQUESTED, State.AWAITING_APPROVAL))]  # fmt: skip
    with store.work() as work:
        add(work, *reversed(waiting), a_reset("C", State.CHANGING), a_reset("F", State.FAILED))
        assert work.resets.waiting_since(after(minutes=2), 10) == waiting[:2]
        assert work.resets.waiting_since(after(minutes=3), 2) == waiting[:2]


def test_purge_takes_links_and_codes_along_and_leaves_the_audit(store: SqlStore) -> None:
    """Old ended resets go with all that hangs on them; those that owe a clean-up, or are young or open, stay."""
    old, owing, young, open_ = (
        a_reset("O", State.EXPIRED, cleanup=Cleanup.DONE), a_reset("C", State.EXPIRED, cleanup=Cleanup.DUE),
        a_reset("Y", State.FAILED, since=after(days=2)), a_reset("Q"),
    )  # fmt: skip
    with store.work() as work:
        add(work, old, owing, young, open_)
        link = a_link(old.id)
        work.links.put(link)
        work.links.set_code(old.id, "tag")
        work.idempotency.put("agent1", "k", b"f", old.id, NOW)
        work.audit.append(an_event(reset_id=old.id))
        asked = Question(person=Person("jo"), kind=f"phone of {old.id}", reset_id=old.id, at=NOW, until=NOW, state=None,
                         asked=1, since=NOW)  # fmt: skip
        work.questions.put(asked)
        work.questions.put(replace(asked, kind="phone", reset_id=young.id))
    with store.work() as work:
        assert work.resets.purge(after(days=1), 10) == 1
        assert work.resets.purge(after(days=1), 10) == 0
    with store.look() as work:
        assert {reset.id for reset in work.resets.find()[0]} == {owing.id, young.id, open_.id}
        assert work.links.look(link.locator) is None
        assert work.links.code(old.id) is None
        assert work.questions.get(Person("jo"), asked.kind) is None
        assert work.questions.get(Person("jo"), "phone") is not None
        assert work.idempotency.get("agent1", "k") is None
        assert len(work.audit.of_reset(old.id)) == 1
        assert work.audit.verify() == (1, None)


def test_counts_name_every_state(store: SqlStore) -> None:
    """Every state has a number, also zero, and clean-ups due have one of their own; a queue says when it is due."""
    with store.work() as work:
        add(work, a_reset("A", not_before=after(minutes=9)), a_reset("B", not_before=after(minutes=4)),
            a_reset("C", State.REVOKED, cleanup=Cleanup.DUE), a_reset("D", State.CHANGING))  # fmt: skip
    with store.look() as work:
        counts, queues = work.resets.counts(), work.resets.queues()
    assert sorted((queue.system, queue.state, queue.count, queue.since, queue.due) for queue in queues) == [
        (PRODA, State.CHANGING, 1, NOW, NOW),
        (PRODA, State.QUEUED, 2, NOW, after(minutes=4)),
    ]
    assert set(counts) == {*State, "cleanup"}
    assert (counts["queued"], counts["revoked"], counts["cleanup"], counts["failed"]) == (2, 1, 1, 0)


def test_a_look_cannot_write(store: SqlStore) -> None:
    """A transaction that only reads refuses a write, and says nothing of the values."""
    with pytest.raises(StoreFault, match="read-only"), store.look() as work:
        add(work, a_reset(reason="only for your eyes"))
    with pytest.raises(StoreFault, match="read-only"), store.look() as work:
        work.audit.append(an_event())


def test_a_look_sees_one_moment(store: SqlStore) -> None:
    """What others commit meanwhile does not appear in the middle of a look."""
    with store.look() as before:
        assert before.resets.find() == ([], None)
        with store.work() as work:
            add(work, a_reset())
        assert before.resets.find() == ([], None)
    with store.look() as then:
        assert len(then.resets.find()[0]) == 1


def test_userids_with_special_characters_are_values_not_text(store: SqlStore) -> None:
    """Quotes, percent signs and colons in free text reach the table and nothing else."""
    reason = "'; DROP TABLE resets; -- \\ % :x $1 \" {}"
    reset = a_reset("A@#$", reason=reason)
    with store.work() as work:
        add(work, reset)
    with store.look() as work:
        assert work.resets.get(reset.id).reason == reason
