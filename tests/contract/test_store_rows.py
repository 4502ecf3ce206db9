"""Links, codes, tries, people, factors, operators, tokens, outbox and idempotency keys over both engines."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bridge.domain.errors import BadInput, Overtaken, StoreFault
from bridge.domain.link import new_locator
from bridge.domain.names import Account, Operator, Person, ResetId, Userid
from bridge.domain.policy import Role
from bridge.domain.secret import Secret
from bridge.ports import Enrolled, Notice, OperatorRecord, Pass, PersonRecord, Question, SignedOn, TokenRecord
from connectors.machine import dice
from connectors.store.engine import SqlStore
from tests.contract.samples import NOW, PAYROLL7, PRODA, a_link, a_reset, add, after

JO, KIM = Person("jo"), Person("kim")


def test_a_link_comes_back_as_it_was_stored(store: SqlStore) -> None:
    """Every field survives, whichever way the link is looked up."""
    reset = a_reset()
    link = a_link(reset.id, tries=2, opened_at=after(seconds=1))
    with store.work() as work:
        add(work, reset)
        work.links.put(link)
        assert work.links.lock(link.locator) == link
    with store.look() as work:
        assert work.links.look(link.locator) == link
        assert work.links.lock(link.locator) == link
        assert work.links.of(reset.id) == link
        assert work.links.look(new_locator(dice)) is None
        assert work.links.lock(new_locator(dice)) is None
        assert work.links.of(ResetId("R000000000000")) is None


def test_i6_a_newer_link_of_a_reset_replaces_the_older(store: SqlStore) -> None:
    """One link per reset: the older locator leads nowhere."""
    reset = a_reset()
    older, newer = a_link(reset.id), a_link(reset.id)
    with store.work() as work:
        add(work, reset)
        work.links.put(older)
        work.links.put(newer)
    with store.look() as work:
        assert work.links.look(older.locator) is None
        assert work.links.of(reset.id) == newer


def test_a_locator_or_verifier_is_never_used_twice(store: SqlStore) -> None:
    """The database refuses a second link with the same locator or the same verifier."""
    one, other = a_reset("A"), a_reset("B")
    link = a_link(one.id)
    with store.work() as work:
        add(work, one, other)
        work.links.put(link)
    for twin in (a_link(other.id, locator=link.locator), a_link(other.id, verifier=link.verifier)):
        with pytest.raises(Overtaken), store.work() as work:
            work.links.put(twin)


def test_erase_destroys_the_ciphertext_and_nothing_else(store: SqlStore) -> None:
    """Locator and verifier stay, so that the key's holder can be told what happened; other links stay whole."""
    resets = [a_reset(f"U{n}") for n in range(3)]
    links = [a_link(reset.id) for reset in resets]
    with store.work() as work:
        add(work, *resets)
        for link in links:
            work.links.put(link)
        work.links.erase([resets[0].id, resets[2].id, ResetId("R000000000000")])
        work.links.erase([])
    with store.look() as work:
        assert [work.links.of(reset.id) for reset in resets] == [
            replace(links[0], ciphertext=None), links[1], replace(links[2], ciphertext=None)
        ]  # fmt: skip


def test_what_was_erased_stays_erased(store: SqlStore) -> None:
    """A copy of the link from before, stored again, brings its ciphertext back under no circumstances."""
    reset = a_reset()
    link = a_link(reset.id)
    with store.work() as work:
        add(work, reset)
        work.links.put(link)
        work.links.put(replace(link, tries=1))
        assert work.links.of(reset.id) == replace(link, tries=1)
        work.links.put(replace(link, ciphertext=None, opened_at=NOW))
        work.links.put(replace(link, tries=2))
        assert work.links.of(reset.id) == replace(link, ciphertext=None, tries=2)


def test_an_armed_link_gets_one_password_and_no_second(store: SqlStore) -> None:
    """Stored without, with and emptied; what was erased stays erased, and looks the same locked or not."""
    reset = a_reset()
    link = a_link(reset.id, ciphertext=None, public=dice(32))
    filled = replace(link, ciphertext=dice(90), key_id="0badf00d")
    with store.work() as work:
        add(work, reset)
        for stored, found in ((link, link), (filled, filled), (replace(link, opened_at=NOW), None), (filled, None)):
            work.links.put(stored)
            wanted = found or replace(stored, ciphertext=None)
            assert work.links.of(reset.id) == work.links.lock(link.locator) == work.links.look(link.locator) == wanted


def test_a_pass_is_kept_and_replaced(store: SqlStore) -> None:
    """The newest counts; another reset has none."""
    reset = a_reset()
    passed = Pass(reset_id=reset.id, tag="k$1", at=NOW, until=after(minutes=10))
    with store.work() as work:
        add(work, reset)
        assert work.links.passed(reset.id) is None
        work.links.let_in(passed)
        work.links.let_in(replace(passed, tag="k$2", until=after(minutes=11)))
    with store.look() as work:
        assert work.links.passed(reset.id) == replace(passed, tag="k$2", until=after(minutes=11))


def test_a_release_code_is_kept_replaced_and_dropped(store: SqlStore) -> None:
    """A reset has one code or none."""
    reset = a_reset()
    with store.work() as work:
        add(work, reset)
        assert work.links.code(reset.id) is None
        work.links.set_code(reset.id, "one")
        work.links.set_code(reset.id, "two")
        assert work.links.code(reset.id) == "two"
        work.links.drop_code(reset.id)
        work.links.drop_code(reset.id)
        assert work.links.code(reset.id) is None


def test_a_link_or_code_without_its_reset_is_refused(store: SqlStore) -> None:
    """The schema knows no orphans; the error names the promise and no value."""
    with pytest.raises(StoreFault, match="promise"), store.work() as work:
        work.links.put(a_link(ResetId("R000000000000")))
    with pytest.raises(StoreFault) as caught, store.work() as work:
        work.links.set_code(ResetId("R000000000000"), "keep-this-out")
    assert "keep-this-out" not in str(caught.value)


def test_tries_start_at_zero_and_are_kept(store: SqlStore) -> None:
    """A person's count is zero until set, and survives the transaction."""
    with store.look() as work:
        assert work.tries.lock(JO) == 0
    with store.work() as work:
        assert work.tries.lock(JO) == 0
        work.tries.set(JO, 4, NOW)
        work.tries.set(KIM, 1, NOW)
    with store.work() as work:
        assert (work.tries.lock(JO), work.tries.lock(KIM)) == (4, 1)


JO_FULL = PersonRecord(
    person=JO, name="Jo Müller", email="jo@example.com", phone="+44 1", language="de", manager="kim",
    groups=("payroll", "all"), accounts=(Account(PRODA, Userid("JO2")), Account(PRODA, Userid("JO1"))),
)  # fmt: skip


def test_a_person_comes_back_as_stored_by_name_and_by_account(store: SqlStore) -> None:
    """Every field survives, groups and accounts in their order."""
    with store.work() as work:
        work.people.put(JO_FULL)
        work.people.put(PersonRecord(person=KIM, name="Kim"))
    with store.look() as work:
        assert work.people.get(JO) == JO_FULL
        assert work.people.owner_of(Account(PRODA, Userid("JO1"))) == JO_FULL
        assert work.people.owner_of(PAYROLL7) is None
        assert work.people.get(Person("nobody")) is None
        assert work.people.all() == [JO_FULL, PersonRecord(person=KIM, name="Kim")]


def test_putting_a_person_again_replaces_all_of_them(store: SqlStore) -> None:
    """What the newer record does not have is gone, accounts included; a doubled account counts once."""
    slim = PersonRecord(person=JO, name="Jo", accounts=(PAYROLL7, PAYROLL7))
    with store.work() as work:
        work.people.put(JO_FULL)
        work.people.put(slim)
    with store.look() as work:
        assert work.people.get(JO) == replace(slim, accounts=(PAYROLL7,))
        assert work.people.owner_of(Account(PRODA, Userid("JO1"))) is None


def test_an_account_has_one_owner(store: SqlStore) -> None:
    """Giving somebody an account that another person has is bad input, and names both."""
    with store.work() as work:
        work.people.put(JO_FULL)
        with pytest.raises(BadInput, match="PRODA:JO1 already belongs to jo"):
            work.people.put(PersonRecord(person=KIM, name="Kim", accounts=(Account(PRODA, Userid("JO1")),)))
        assert work.people.get(KIM) is None


def test_a_person_has_one_open_question_of_a_kind(store: SqlStore) -> None:
    """A later one takes its place; another person's, and another kind's, stay."""
    asked = Question(
        person=JO,
        kind="radius",
        reset_id=ResetId("R000000000001"),
        at=NOW,
        until=after(seconds=30),
        state=None,
        asked=0,
        since=NOW,
    )
    later = replace(asked, reset_id=ResetId("R000000000002"), state=b"sealed", asked=1)
    with store.work() as work:
        assert work.questions.get(JO, "radius") is None
        for one in (asked, replace(asked, person=KIM), replace(asked, kind="other"), later):
            work.questions.put(one)
    with store.look() as work:
        assert work.questions.get(JO, "radius") == later
        assert work.questions.get(KIM, "radius") == replace(asked, person=KIM)
        assert work.questions.get(JO, "other") == replace(asked, kind="other")


def test_a_state_is_taken_once_and_its_ticket_used_once(store: SqlStore) -> None:
    """The first keeps it; what has run out goes with the next; a reset that goes takes its own along."""
    reset, other = a_reset(), a_reset("OTHER")
    first = SignedOn(state="s1", reset_id=reset.id, tag="k$1", right=True, until=after(minutes=10))
    with store.work() as work:
        add(work, reset, other)
        assert work.sign_ons.add(first, NOW)
        assert not work.sign_ons.add(replace(first, tag="k$2", right=False), NOW)
        assert work.sign_ons.add(replace(first, state="s2", reset_id=other.id, right=False), NOW)
        assert work.sign_ons.of(reset.id) == [first]
        assert work.sign_ons.use(first)
        assert not work.sign_ons.use(first)
        assert work.sign_ons.of(reset.id) == [replace(first, tag=None)]
        assert not work.sign_ons.add(first, NOW), "used, and still taken"
        assert work.sign_ons.add(replace(first, state="s3", until=after(minutes=30)), after(minutes=11))
        assert [signed.state for signed in work.sign_ons.of(reset.id)] == ["s3"]
        assert work.sign_ons.of(other.id) == []


def a_factor(name: str = "F1", person: Person = JO) -> Enrolled:
    """A factor with a sealed seed."""
    return Enrolled(
        id=name, person=person, kind="totp", label="phone", seed=b"\x00sealed", added_at=NOW, added_by="ops"
    )


def test_factors_are_listed_by_person_and_removed_once(store: SqlStore) -> None:
    """Of one person or of all; removing says whether there was one."""
    one, two = a_factor(), a_factor("F2", KIM)
    with store.work() as work:
        work.people.add_factor(one)
        work.people.add_factor(two)
    with store.work() as work:
        assert work.people.factors(JO) == [one]
        assert work.people.factors() == [one, two]
        assert work.people.remove_factor("F1", NOW)
        assert not work.people.remove_factor("F1", NOW)
        assert work.people.factors() == [two]


def test_i4_a_step_is_accepted_once_and_never_an_earlier_one(store: SqlStore) -> None:
    """The same TOTP step, or one before it, is refused; a later one taken; an unknown factor refused."""
    with store.work() as work:
        work.people.add_factor(a_factor())
        assert [work.people.use_step("F1", step) for step in (100, 100, 99, 101)] == [True, False, False, True]
        assert work.people.factors(JO)[0].last_step == 101
        assert not work.people.use_step("F9", 1)


def test_operators_and_tokens_come_back_as_stored(store: SqlStore) -> None:
    """Roles, the disabled flag and every time of a token survive."""
    ann = OperatorRecord(name=Operator("ann"), roles=frozenset({Role.AGENT, Role.AUDITOR}))
    bob = OperatorRecord(name=Operator("bob"), roles=frozenset(), disabled=True)
    one = TokenRecord(id="T1", operator=ann.name, digest=dice(32), created_at=NOW, expires_at=after(days=1))
    two = TokenRecord(id="T2", operator=bob.name, digest=dice(32), created_at=after(seconds=1), expires_at=None)
    with store.work() as work:
        for operator in (bob, ann):
            work.operators.put(operator)
        for token in (one, two):
            work.operators.add_token(token)
    with store.look() as work:
        assert work.operators.all() == [ann, bob]
        assert work.operators.get(ann.name) == ann
        assert work.operators.get(Operator("eve")) is None
        assert work.operators.token(one.digest) == one
        assert work.operators.token(bytes(32)) is None
        assert work.operators.tokens() == [one, two]
        assert work.operators.tokens(bob.name) == [two]


def test_disabling_an_operator_keeps_the_tokens_and_revoking_works_once(store: SqlStore) -> None:
    """An operator can be put again; a token is revoked once, at the first time given."""
    ann = OperatorRecord(name=Operator("ann"), roles=frozenset({Role.AGENT}))
    token = TokenRecord(id="T1", operator=ann.name, digest=dice(32), created_at=NOW, expires_at=None)
    with store.work() as work:
        work.operators.put(ann)
        work.operators.add_token(token)
        work.operators.put(replace(ann, disabled=True))
        assert work.operators.revoke_token("T1", after(hours=1))
        assert not work.operators.revoke_token("T1", after(hours=2))
        assert not work.operators.revoke_token("T9", after(hours=2))
        assert work.operators.token(token.digest) == replace(token, revoked_at=after(hours=1))


def test_the_outbox_gives_what_is_due_and_counts_what_is_put_off(store: SqlStore) -> None:
    """Oldest first, at most so many; put off until its time; gone when done."""
    notices = [
        Notice(
            id=f"N{n}", at=after(seconds=n), kind="revealed", to="jo@example.com", language="de", values={"when": "é"}
        )
        for n in range(3)
    ]
    with store.work() as work:
        for notice in reversed(notices):
            work.outbox.add(notice)
        assert work.outbox.due(NOW, 10) == notices
        assert work.outbox.due(NOW, 1) == notices[:1]
        work.outbox.hold(["N0", "N1"], after(minutes=1))
        assert work.outbox.due(NOW, 10) == notices[2:]
        assert [notice.tries for notice in work.outbox.due(after(minutes=1), 10)][:2] == [
            notice.tries for notice in notices[:2]
        ]
        work.outbox.later("N0", after(hours=1))
        work.outbox.done("N1")
        assert work.outbox.due(NOW, 10) == notices[2:]
        assert work.outbox.due(after(hours=1), 10) == [
            replace(notices[0], tries=1, not_before=after(hours=1)), notices[2]
        ]  # fmt: skip


def test_i1_a_notice_takes_no_secret(store: SqlStore) -> None:
    """A value that is no plain text is refused before anything is written."""
    bad = Notice(id="N1", at=NOW, kind="x", to="jo@example.com", language="en", values={"password": Secret("s")})  # type: ignore[dict-item]
    with store.work() as work, pytest.raises(TypeError):
        work.outbox.add(bad)


def test_an_idempotency_key_belongs_to_its_caller_and_is_used_once(store: SqlStore) -> None:
    """The same key of another caller is another key; a second use is Overtaken."""
    with store.work() as work:
        assert work.idempotency.get("ann", "k") is None
        work.idempotency.put("ann", "k", b"print", "R1", NOW)
        work.idempotency.put("bob", "k", b"other", "R2", NOW)
        assert work.idempotency.get("ann", "k") == (b"print", "R1")
        with pytest.raises(Overtaken):
            work.idempotency.put("ann", "k", b"else", "R3", NOW)
        assert work.idempotency.get("ann", "k") == (b"print", "R1")


def test_a_lease_has_one_holder_until_it_ends(store: SqlStore) -> None:
    """Nobody takes a live lease, not even its holder; at its end the next one does, with a higher fence."""
    with store.work() as work:
        mine = work.leases.take(PAYROLL7, "n1/a", at=NOW, until=after(minutes=3))
        assert mine is not None
        assert (mine.account, mine.owner, mine.until) == (PAYROLL7, "n1/a", after(minutes=3))
        assert work.leases.take(PAYROLL7, "n1/a", at=after(minutes=2), until=after(minutes=9)) is None
        assert work.leases.take(PAYROLL7, "n2/b", at=after(minutes=2), until=after(minutes=9)) is None
        theirs = work.leases.take(PAYROLL7, "n2/b", at=after(minutes=3), until=after(minutes=9))
        assert theirs is not None
        assert theirs.fence > mine.fence
        assert not work.leases.renew(mine, after(minutes=20))
        work.leases.give_back(mine)  # no longer ours: nothing happens
        assert work.leases.renew(theirs, after(minutes=20))


def test_a_lease_that_was_given_back_is_free_and_its_fence_goes_on(store: SqlStore) -> None:
    """It cannot be renewed, the next holder gets it at once, and the fence never starts anew."""
    with store.work() as work:
        first = work.leases.take(PAYROLL7, "n1/a", at=NOW, until=after(minutes=3))
        assert first is not None
        work.leases.give_back(first)
        assert not work.leases.renew(first, after(minutes=3))
        second = work.leases.take(PAYROLL7, "n1/a", at=NOW, until=after(minutes=3))
        assert second is not None
        assert second.fence == first.fence + 1


def test_only_a_nodes_own_earlier_runs_are_given_back(store: SqlStore) -> None:
    """Leases of this run and of nodes with similar names stay."""
    owners = {"A": "n_1/old", "B": "n_1/older", "C": "n_1/now", "D": "nx1/old", "E": "n_12/old"}
    with store.work() as work:
        for userid, owner in owners.items():
            work.leases.take(Account(PRODA, Userid(userid)), owner, at=NOW, until=after(minutes=3))
        assert work.leases.give_back_dead("n_1", "now") == 2
        assert work.leases.give_back_dead("n_1", "now") == 0
        free = [u for u in owners if work.leases.take(Account(PRODA, Userid(u)), "z/z", at=NOW, until=after(minutes=3))]
    assert free == ["A", "B"]
