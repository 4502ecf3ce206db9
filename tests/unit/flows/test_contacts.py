"""Which address a link goes to, where its notices go, and what becomes of an address that is new."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import cast

import pytest

from bridge.domain.errors import NotAllowed
from bridge.domain.failure import Reason
from bridge.domain.names import Person, SystemName
from bridge.domain.policy import Caller, Policy, Role
from bridge.domain.reset import State
from bridge.domain.second import PHONE
from bridge.flows import contacts, decide
from bridge.flows.people import import_people
from bridge.ports import Met
from connectors.store.contacts import BASELINE
from tests.fakes.kit import AGENT, House, house
from tests.unit.flows.jane import HOME, NEW, WORK, reset_of, set_up, told

CHIEF = Caller(name="carla", roles=frozenset({Role.APPROVER}))
BOTH = Caller(name=AGENT.name, roles=frozenset({Role.AGENT, Role.APPROVER}))


# --- which address ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("link_to", "other", "link", "notice"),
    [
        (("email",), None, WORK, WORK),
        (("email",), HOME, WORK, HOME),
        (("other_email", "email"), HOME, HOME, WORK),
        (("other_email", "email"), None, WORK, WORK),
        (("other_email",), HOME, HOME, WORK),
    ],
)
def test_the_notice_goes_to_another_address_than_the_link(
    tmp_path: Path, link_to: tuple[str, ...], other: str | None, link: str, notice: str
) -> None:
    """Where there is another; a policy that bars the mailbox at work sends no link there."""
    with house(tmp_path, policy=Policy(link_to=link_to)) as made:
        set_up(made, other_email=other)
        assert reset_of(made).state is State.PUBLISHED
        assert [mail.to for mail in made.mail.links] == [link]
        made.open(made.totp())
        assert told(made, "revealed") == [notice]


@pytest.mark.parametrize("other", [None, WORK, "Jane+private@EXAMPLE.com"])
def test_who_has_no_address_of_a_kind_that_is_allowed_gets_no_link(tmp_path: Path, other: str | None) -> None:
    """Locked out of the mailbox at work, and no other on file, or the same one again: failed, before the host is asked
    anything."""
    with house(tmp_path, policy=Policy(link_to=("other_email",))) as made:
        set_up(made, other_email=other)
        after = reset_of(made)
        assert (after.state, after.failure) == (State.FAILED, Reason.NO_CONTACT_POINT)
        assert "links go to other_email alone here" in (after.failure_text or "")  # the one at work is on file
        assert not made.host.calls
        assert told(made, "reset_failed") == [WORK]


# --- where nobody asks ------------------------------------------------------------------------------


def test_what_no_policy_asks_for_any_more_is_forgotten(aged: House) -> None:
    """Addresses and telephone numbers, a week after contact_age was taken away: that was no mistake then."""
    aged.worker.systems[SystemName("PRODA")] = replace(NEW, contact_age=timedelta(0))  # type: ignore[index]
    contacts.survey(aged.worker)
    aged.clock.move(days=6)
    contacts.survey(aged.worker)
    with aged.store.look() as work:
        assert work.contacts.people()
    aged.clock.move(days=1)
    contacts.survey(aged.worker)
    contacts.survey(aged.worker)
    with aged.store.look() as work:
        assert not work.contacts.people()
        assert not work.contacts.begun()
        records = [one.event for one in work.audit.records() if one.event.kind == "contact.forgotten"]
    assert [one.detail for one in records] == [{"people": 1}]


def test_a_contact_age_that_was_gone_for_a_day_counts_as_before(aged: House) -> None:
    """Taken away and put back, again and again: what is known stays, and a new address is new."""
    for _ in range(9):
        for policy in (replace(NEW, contact_age=timedelta(0)), NEW):
            aged.worker.systems[SystemName("PRODA")] = policy  # type: ignore[index]
            contacts.survey(aged.worker)
            aged.clock.move(days=1)
    with aged.store.look() as work:
        assert "contact.forgotten" not in {one.event.kind for one in work.audit.records()}
    set_up(aged, other_email=HOME)
    assert reset_of(aged).state is State.AWAITING_APPROVAL


# --- how old it is ---------------------------------------------------------------------------------


def test_an_address_that_has_been_there_needs_nobodys_word(aged: House) -> None:
    """The first look at everybody is where counting begins."""
    assert reset_of(aged).state is State.PUBLISHED


def test_a_new_address_waits_for_another_person_and_the_old_one_is_told(aged: House) -> None:
    """Changed in the directory an hour ago: nothing is asked of the host, and whoever asked cannot vouch for it."""
    set_up(aged, other_email=HOME)
    contacts.survey(aged.worker)
    aged.clock.move(hours=1)
    waiting = reset_of(aged)
    assert waiting.state is State.AWAITING_APPROVAL
    assert "new in the directory" in (waiting.note or "")
    assert not aged.host.calls
    with pytest.raises(NotAllowed):
        decide.approve(waiting.id, BOTH, "mine", aged.web)
    decide.approve(waiting.id, CHIEF, "called her on the number we knew", aged.web)
    assert aged.work()[-1].state is State.PUBLISHED
    assert [mail.to for mail in aged.mail.links] == [HOME]


def test_a_replaced_address_hears_of_it_once(aged: House) -> None:
    """At the survey, or at the reset that comes first."""
    set_up(aged, other_email=HOME)
    contacts.survey(aged.worker)
    assert told(aged, "address_changed") == []
    aged.clock.move(hours=2)
    set_up(aged, other_email="thief@home.example")
    assert reset_of(aged).state is State.AWAITING_APPROVAL
    contacts.survey(aged.worker)
    assert told(aged, "address_changed") == [HOME]
    with aged.store.look() as work:
        new = [one.event.detail for one in work.audit.records() if one.event.kind == "contact.new"]
    assert [(one["person"], one["contact"]) for one in new] == [("js", "other_email")] * 2


def test_a_replaced_number_is_told_to_the_mailboxes_as_they_were(aged: House) -> None:
    """Also where they were changed with it; the number is in no mail. None for one that is new."""
    set_up(aged, phone="+493012345678", other_email=HOME)
    contacts.survey(aged.worker)
    assert told(aged, "number_changed") == []
    aged.clock.move(hours=2)
    set_up(aged, phone="+493099999999", other_email="thief@home.example")
    contacts.survey(aged.worker)
    contacts.survey(aged.worker)
    assert sorted(told(aged, "number_changed")) == [WORK, HOME]
    assert told(aged, "address_changed") == [HOME]
    assert "99999999" not in str([notice.values for notice in aged.mail.notices])
    aged.clock.move(hours=2)
    set_up(aged, phone=None, other_email="thief@home.example")
    contacts.survey(aged.worker)
    assert len(told(aged, "number_changed")) == 2


def test_a_number_that_is_taken_away_is_told_as_well(aged: House) -> None:
    """Another one could be put in its place later, which would be new and told to nobody."""
    set_up(aged, phone="+493012345678", other_email=HOME)
    contacts.survey(aged.worker)
    aged.clock.move(hours=2)
    set_up(aged, phone=None, other_email="thief@home.example")
    contacts.survey(aged.worker)
    contacts.survey(aged.worker)
    assert sorted(told(aged, "number_removed")) == [WORK, HOME]
    assert told(aged, "number_changed") == []


def test_whoever_changes_to_and_fro_fills_no_mailbox(aged: House) -> None:
    """What was there for less than an hour is told nothing."""
    set_up(aged, phone="+493012345678", other_email=HOME)
    contacts.survey(aged.worker)
    aged.clock.move(hours=2)
    for turn in range(6):
        set_up(aged, phone=f"+49301234567{turn}", other_email=f"thief{turn}@home.example")
        contacts.survey(aged.worker)
        aged.clock.move(minutes=10)
    assert sorted(told(aged, "number_changed")) == [WORK, HOME]
    assert told(aged, "address_changed") == [HOME]


def test_a_number_that_is_new_holds_nobody_up_where_no_code_goes_there(aged: House) -> None:
    """The policy sends none: whose telephone it is, matters to nobody here."""
    set_up(aged, phone="+493012345678")
    assert reset_of(aged).state is State.PUBLISHED


def test_one_mailbox_that_is_written_in_two_ways_hears_of_a_number_once(aged: House) -> None:
    """Two mails that say the same make people think of an attack."""
    set_up(aged, phone="+493012345678", other_email=WORK.replace("@", "+home@").upper())
    contacts.survey(aged.worker)
    aged.clock.move(hours=2)
    set_up(aged, phone="+493099999999", other_email=WORK.replace("@", "+home@").upper())
    contacts.survey(aged.worker)
    assert len(told(aged, "number_changed")) == 1


def test_an_import_tells_of_a_number_as_well(aged: House) -> None:
    """Once, whether addresses are looked at or not."""
    table = "person,email,phone,accounts\njs,{},{},PRODA:JSMITH\n"
    for number in ("+493012345678", "+493012345678", "+493099999999", ""):
        import_people(table.format(WORK, number), "test", aged.worker)
    assert told(aged, "number_changed") == [WORK]
    assert told(aged, "number_removed") == [WORK]


def test_what_was_vouched_for_is_that_address_and_no_later_one(aged: House) -> None:
    """Changed once more between the approval and the mail: it waits anew."""
    set_up(aged, other_email=HOME)
    waiting = reset_of(aged)
    decide.approve(waiting.id, CHIEF, "called her", aged.web)
    aged.clock.move(seconds=1)
    set_up(aged, other_email="thief@home.example")
    again = aged.work()[-1]
    assert again.state is State.AWAITING_APPROVAL
    assert again.contact_since != waiting.contact_since
    assert not aged.mail.links


def test_an_account_that_came_to_somebody_lately_waits_too(aged: House) -> None:
    """An old address of somebody else's is no better than a new one."""
    jane = aged.directory.people[0]
    eve = replace(jane, person=Person("eve"), email="eve@example.com", accounts=())
    aged.directory.people.append(eve)
    contacts.survey(aged.worker)
    aged.clock.move(days=365)
    aged.directory.people[:] = [replace(jane, accounts=()), replace(eve, accounts=jane.accounts)]
    assert reset_of(aged).state is State.AWAITING_APPROVAL


def test_what_is_imported_counts_from_then_on_and_is_told_once(aged: House) -> None:
    """The import tells the old address itself."""
    import_people(f"person,email,accounts\njs,{HOME},PRODA:JSMITH\n", "test", aged.worker)
    aged.clock.move(days=2)
    aged.directory.people[0] = replace(aged.directory.people[0], email=HOME)
    assert reset_of(aged).state is State.AWAITING_APPROVAL
    aged.clock.move(days=1)
    assert reset_of(aged).state is State.PUBLISHED
    assert len(told(aged, "address_changed")) == 1


def test_days_later_it_is_as_good_as_any(aged: House) -> None:
    """An address that came and went begins anew."""
    set_up(aged, other_email=HOME)
    contacts.survey(aged.worker)
    aged.clock.move(days=3)
    assert reset_of(aged).state is State.PUBLISHED
    set_up(aged, other_email=None)
    contacts.survey(aged.worker)
    set_up(aged, other_email=HOME)
    assert reset_of(aged).state is State.AWAITING_APPROVAL


def before_numbers(made: House) -> None:
    """What a version left that looked at no telephone numbers."""
    with made.store.work() as work:
        work.contacts.drop(made.directory.people[0].person, [PHONE])
        work.contacts.drop(cast("Person", BASELINE), [PHONE])


def is_new(made: House) -> bool:
    """Whether Jane's telephone number has not been there for ever."""
    with made.store.look() as work:
        return work.contacts.of(made.directory.people[0].person)[PHONE].since != contacts.ALWAYS


def test_a_number_that_an_earlier_version_did_not_look_at_is_no_new_one(aged: House) -> None:
    """Once: the next number is as new as any."""
    set_up(aged, phone="+493012345678")
    before_numbers(aged)
    contacts.survey(aged.worker)
    assert not is_new(aged)
    set_up(aged, phone="+493012345679")
    contacts.survey(aged.worker)
    assert is_new(aged)


def test_a_number_that_comes_after_the_first_look_at_numbers_is_new(aged: House) -> None:
    """Of somebody who had none then."""
    before_numbers(aged)
    contacts.survey(aged.worker)
    set_up(aged, phone="+493012345678")
    contacts.survey(aged.worker)
    assert is_new(aged)


@pytest.mark.parametrize(
    "met", ["a new address", "a number that was replaced", "an import", "a new person", "and no more"]
)
def test_after_an_upgrade_what_shows_that_it_was_changed_is_new(aged: House, met: str) -> None:
    """The one look that takes numbers as they are takes none beside something else that is new."""
    before_numbers(aged)
    set_up(aged, phone="+493012345678")
    jane = aged.directory.people[0]
    if met == "a new address":
        set_up(aged, phone="+493012345678", other_email="thief@home.example")
    elif met == "a number that was replaced":
        with aged.store.work() as work:
            work.contacts.put(jane.person, PHONE, Met("+493099999999", contacts.ALWAYS))
    elif met == "an import":
        with aged.store.work() as work:
            contacts.meet(aged.directory.people[0], work, aged.worker, tells=False)
    else:
        with aged.store.work() as work:
            work.contacts.drop(jane.person, work.contacts.of(jane.person))
        if met == "and no more":  # than a number: no address, no account
            aged.directory.people[0] = replace(jane, email=None, other_email=None, accounts=())
    contacts.survey(aged.worker)
    assert is_new(aged)
