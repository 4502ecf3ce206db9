"""Tables of people that are imported, and people who have left: who hears of it, and what is on record."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from bridge.domain.names import Person
from bridge.flows.enrol import add_totp
from bridge.flows.people import BadTable, import_people, list_people, remove_person
from tests.fakes.kit import House, house

WORK, HOME = "jane@example.com", "jane@home.example"
HEADER = "person,email,other_email,phone,accounts\n"


@pytest.fixture
def bridge(tmp_path: Path) -> Iterator[House]:
    """Nobody is stored but Jane, with two mailboxes and a telephone."""
    with house(tmp_path, enrolled=False) as made:
        bring(made, f"js,{WORK},{HOME},+493012345678,PRODA:JSMITH\n")
        yield made


def bring(made: House, rows: str) -> None:
    import_people(HEADER + rows, "local:root", made.web)  # type: ignore[arg-type]


def told(made: House) -> list[tuple[str, str | None]]:
    with made.store.look() as work:
        return sorted((notice.kind, notice.to) for notice in work.outbox.due(made.clock.now(), 50))


def records(made: House) -> list[tuple[str, dict[str, object]]]:
    with made.store.look() as work:
        return [(one.event.kind, dict(one.event.detail)) for one in work.audit.records()]


def test_whoever_loses_a_mailbox_hears_of_it_there(bridge: House) -> None:
    """A thief who has both addresses changed, and the number with them, reads none of the mails that say so."""
    bring(bridge, "js,thief@example.com,thief@home.example,+493099999999,PRODA:JSMITH\n")
    assert told(bridge) == [
        ("address_changed", WORK), ("address_changed", HOME), ("number_changed", WORK), ("number_changed", HOME)
    ]  # fmt: skip


def test_who_was_brought_in_and_what_was_changed_of_whom_is_on_record(bridge: House) -> None:
    """Each person, by whom, and which of their columns; and how long the table was."""
    bring(bridge, f"js,{WORK},thief@home.example,+493012345678,PRODA:JSMITH\njo,jo@example.com,,,\n")
    assert records(bridge) == [
        ("person.added", {"person": "js", "changed": None}),
        ("people.imported", {"lines": 1, "changed": 1}),
        ("person.changed", {"person": "js", "changed": "other_email"}),
        ("person.added", {"person": "jo", "changed": None}),
        ("people.imported", {"lines": 2, "changed": 2}),
    ]


def test_an_account_of_somebody_else_s_comes_with_no_table(bridge: House) -> None:
    """Its owner stands in another one: the line is named, and nobody of this table is taken, nor told of."""
    before = list_people(bridge.web)  # type: ignore[arg-type]
    with pytest.raises(BadTable, match=r"line 3: .*PRODA:JSMITH already belongs to js"):
        bring(bridge, "jo,jo@example.com,,,PRODA:JO\neve,eve@example.com,,,PRODA:JSMITH\n")
    assert list_people(bridge.web) == before  # type: ignore[arg-type]
    assert len(records(bridge)) == 2


def test_whose_factors_go_with_them_hears_of_it_in_each_mailbox(bridge: House) -> None:
    """Once in one that is written in two ways: whoever has a living colleague removed does not do so unseen."""
    bring(bridge, "jo,jo@example.com,Jo+codes@example.com,,\n")
    bridge.directory.people = list_people(bridge.web)  # type: ignore[arg-type]
    for name in ("js", "jo"):
        add_totp(name, "Bank", "app", "local:root", bridge.web)  # type: ignore[arg-type]
        remove_person(name, "local:root", bridge.web)  # type: ignore[arg-type]
    gone = [to for kind, to in told(bridge) if kind == "factor_removed"]
    assert len(gone) == 3
    assert {WORK, HOME} < set(gone)
    with bridge.store.look() as work:
        assert work.people.factors(Person("js")) == []
