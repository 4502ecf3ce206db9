"""Looks at the whole directory: who is missing in one, and what is so while none has been through."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from bridge.domain.errors import DirectoryUnreached
from bridge.domain.names import Person
from bridge.domain.reset import State
from bridge.flows import contacts
from bridge.flows.people import remove_person
from bridge.ports import PersonRecord
from tests.fakes.kit import House, house
from tests.fakes.outside import dice
from tests.unit.flows.jane import NEW, WORK, reset_of, set_up, told


def test_who_has_left_is_forgotten_a_week_later_and_new_when_they_come_back(aged: House) -> None:
    """Nothing of theirs stays; only a look at everybody can know."""
    jane = aged.directory.people.pop()
    assert contacts.survey(aged.worker) == 0
    aged.clock.move(days=7, seconds=-1)
    contacts.survey(aged.worker)
    with aged.store.look() as work:
        assert work.contacts.people() == {jane.person}
    aged.clock.move(seconds=1)
    contacts.survey(aged.worker)
    with aged.store.look() as work:
        assert not work.contacts.people()
        assert not work.contacts.of(jane.person)
        assert work.contacts.begun()
    aged.directory.people.append(jane)
    assert reset_of(aged).state is State.AWAITING_APPROVAL


def test_who_was_not_named_for_a_moment_is_as_before(aged: House) -> None:
    """A table that was cut short makes nobody's address new, and the week begins anew with the next one."""
    for _ in range(2):
        away = aged.directory.people[:]
        aged.directory.people.clear()
        contacts.survey(aged.worker)
        aged.clock.move(days=6)
        aged.directory.people.extend(away)
        contacts.survey(aged.worker)
        with aged.store.look() as work:
            assert contacts.LEFT not in work.contacts.of(away[0].person)
    assert reset_of(aged).state is State.PUBLISHED


def test_who_is_taken_out_and_put_back_with_another_address_hears_of_it(aged: House) -> None:
    """At the old one; an entry that cannot be read for a while is no way around it either."""
    jane = aged.directory.people.pop()
    contacts.survey(aged.worker)
    aged.clock.move(minutes=10)
    aged.directory.people.append(replace(jane, email="thief@example.com"))
    assert reset_of(aged).state is State.AWAITING_APPROVAL
    assert told(aged, "address_changed") == [WORK]


def test_who_has_left_is_removed_with_what_was_seen_of_them_and_no_more(aged: House) -> None:
    """That they have left is no contact."""
    jane = aged.directory.people.pop()
    with aged.store.look() as work:
        seen = len(work.contacts.of(jane.person))
    contacts.survey(aged.worker)
    desk = SimpleNamespace(store=aged.store, clock=aged.clock, dice=dice, language="en")
    assert remove_person(jane.person, "operator:root", cast(Any, desk)).contacts == seen
    with aged.store.look() as work:
        assert not work.contacts.of(jane.person)


def test_a_huge_directory_holds_up_nobody(aged: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who is as before is only read; the rest is written few at a time, with pauses; a daemon that stops ends it."""
    jane = aged.directory.people[0]
    aged.directory.people += [replace(jane, person=Person(f"p{n}"), accounts=()) for n in range(2 * contacts.AT_ONCE)]
    written, slept, write = [], [], aged.store.work
    monkeypatch.setattr(aged.store, "work", lambda: written.append(1) or write())  # type: ignore[func-returns-value]
    monkeypatch.setattr(aged.clock, "sleep", slept.append)
    assert contacts.survey(aged.worker) == 2 * contacts.AT_ONCE + 1
    assert (len(written), len(slept)) == (3 + 1, 3)
    written.clear()
    assert contacts.survey(aged.worker) == 2 * contacts.AT_ONCE + 1
    assert len(written) == 1
    left = iter([False, True])
    del aged.directory.people[1]
    assert contacts.survey(aged.worker, lambda: next(left)) == contacts.AT_ONCE
    with aged.store.look() as work:
        assert len(work.contacts.people()) == 2 * contacts.AT_ONCE + 1
    contacts.survey(aged.worker)
    aged.clock.move(days=7)
    contacts.survey(aged.worker)
    with aged.store.look() as work:
        assert len(work.contacts.people()) == 2 * contacts.AT_ONCE


def test_a_look_that_was_cut_short_begins_no_counting(tmp_path: Path) -> None:
    """And no policy, no look."""
    with house(tmp_path, policy=NEW) as made:
        set_up(made)
        made.directory.away = True
        with pytest.raises(DirectoryUnreached):
            contacts.survey(made.worker)
        made.directory.away = False
        assert contacts.survey(made.worker) == len(made.directory.people)
        assert reset_of(made).state is State.PUBLISHED
    with house(tmp_path / "other") as made:
        assert contacts.survey(made.worker) == 0


def test_before_the_first_look_is_through_nothing_is_old_enough(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A directory that answers about one person and never about all: an address that is changed meanwhile would else
    count as old for ever. The reset waits, and goes on once everybody has been looked at, a minute later at most."""

    def too_many() -> list[PersonRecord]:
        raise DirectoryUnreached("ldap: searching: Administrative limit exceeded")

    with house(tmp_path, policy=NEW) as made:
        set_up(made)
        with monkeypatch.context() as patched:
            patched.setattr(made.directory, "everyone", too_many)
            for look in (contacts.survey, contacts.first_look):
                with pytest.raises(DirectoryUnreached):
                    look(made.worker)
            waiting = reset_of(made)
        assert waiting.state is State.QUEUED
        assert waiting.failure_text == contacts.UNCOUNTED
        assert not made.host.calls
        assert not made.mail.links

        assert contacts.first_look(made.worker) == len(made.directory.people)
        assert contacts.first_look(made.worker) == 0
        made.clock.move(minutes=5)
        made.work(4)
        assert made.reset(waiting.id).state is State.PUBLISHED
