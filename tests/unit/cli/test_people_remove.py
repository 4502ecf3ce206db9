"""`people remove`: nothing stays of who has left but what resets and the audit say."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from bridge.compose.shared import Opened, opened
from bridge.config.reader import read
from bridge.domain.names import Person
from bridge.domain.reset import State
from bridge.flows.contacts import meet
from tests.contract.samples import a_reset
from tests.unit.cli.conftest import Run
from tests.unit.cli.test_desk import TABLE

MARIA = Person("maria")


@pytest.fixture
def people(desk: Run, tmp_path: Path) -> Run:
    """A bridge that knows Maria and Joe."""
    (tmp_path / "people.csv").write_text(TABLE)
    assert desk("people", "import", "people.csv").code == 0
    return desk


@pytest.fixture
def kept(people: Run, tmp_path: Path) -> Iterator[Opened]:
    """What is stored: of both people contacts that were seen, a factor, an invitation; of Maria a wrong answer, too."""
    for name in ("maria", "joe"):
        assert people("factor", "add", name, "totp", "--no-qr").code == 0
        assert people("factor", "invite", name).code == 0
    with opened(read(tmp_path / "bridge/resetbridge.yaml")) as made:
        with made.store.work() as work:
            work.contacts.begin(made.clock.now())
            for record in work.people.all():
                meet(record, work, made)
            work.tries.set(MARIA, 2, made.clock.now())
        yield made


def records(kept: Opened) -> list[tuple[str, dict[str, object]]]:
    with kept.store.look() as work:
        return [(one.event.kind, dict(one.event.detail)) for one in work.audit.records()]


def test_a_person_is_removed_with_all_that_is_stored_of_them(people: Run, kept: Opened) -> None:
    """Row, accounts, contacts, invitations, factors with their seeds, wrong answers: on record, and nobody else's."""
    ended = people("people", "remove", "maria")

    assert (ended.code, ended.err) == (0, "")
    assert ended.out == "maria is removed; accounts: 2, contacts seen: 3, invitations: 1, second factors: 1\n"
    assert people("people", "show", "maria").code == 1
    with kept.store.look() as work:
        assert [one.person for one in work.people.factors()] == ["joe"]
        assert work.contacts.people() == {"joe"}
        assert work.tries.lock(MARIA) == 0
        assert [notice.to for notice in work.outbox.due(kept.clock.now(), 9) if notice.kind == "factor_removed"] == [
            "maria@example.com"
        ]
    with kept.store.work() as work:
        assert work.invitations.drop(MARIA) == 0
        assert work.invitations.drop(Person("joe")) == 1
    said = dict(records(kept))
    assert said["person.removed"] == {"person": "maria", "accounts": 2, "contacts": 3, "invitations": 1, "factors": 1}
    assert said["factor.removed"]["person"] == "maria"
    assert people("audit", "verify").code == 0


def test_a_factor_of_the_same_person_later_waits_all_the_same(people: Run, kept: Opened) -> None:
    """Removed and imported again, a person still had a factor: whoever persuades an operator gains no time by it."""
    people("people", "remove", "maria")
    people("people", "import", "people.csv")
    assert people("factor", "add", "maria", "totp", "--json").json["usable_from"]
    assert kept.config.enrolment.wait


def test_who_is_not_stored_is_said(people: Run) -> None:
    """Status 1 and words; and a second time as well."""
    ended = people("people", "remove", "nobody")
    assert (ended.code, ended.out) == (1, "")
    assert "nothing is stored of nobody; `resetbridge people list` names those that are" in ended.err
    assert people("people", "remove", "maria").code == 0
    assert people("people", "remove", "maria").code == 1


def test_who_has_a_link_that_can_be_opened_stays(people: Run, kept: Opened) -> None:
    """It would go on opening; the command that ends it is named."""
    reset = a_reset(state=State.PUBLISHED, person=MARIA)
    with kept.store.work() as work:
        work.resets.add(reset)
    ended = people("people", "remove", "maria")
    assert ended.code == 1
    assert f"`resetbridge revoke {reset.id}` first" in ended.err
    assert people("people", "show", "maria", "--json").json["factors"]


def test_who_comes_from_another_directory_has_to_go_there_as_well(people: Run, kept: Opened, tmp_path: Path) -> None:
    """What is stored here goes all the same, also of somebody who was never imported, and that is said."""
    (tmp_path / "bridge/staff.csv").write_text(TABLE)
    config = tmp_path / "bridge/resetbridge.yaml"
    config.write_text(config.read_text() + "\ndirectory: {csv: staff.csv}\n")
    with kept.store.work() as work:
        work.people.remove(MARIA)

    ended = people("people", "remove", "maria", "--json")

    assert ended.code == 0
    assert ended.json == {
        "person": "maria", "stored": False, "accounts": 0, "contacts": 3, "invitations": 1, "factors": 1
    }  # fmt: skip
    assert "people come from staff.csv here; only what is stored in this database is gone" in ended.err
    assert people("people", "show", "maria", "--json").json["factors"] == []
