"""One suite for every directory: what is stored, a file, and the twin in tests/fakes."""

from __future__ import annotations

import io
import os
from collections.abc import Callable, Iterator
from contextlib import redirect_stderr
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import cast

import pytest

from bridge.config.model import LDAP_FIELDS, DirectorySettings, LdapSettings
from bridge.domain.errors import DirectoryUnreached
from bridge.domain.mapping import Reading
from bridge.domain.names import Account, Person, SystemName, Userid
from bridge.domain.secret import Secret
from bridge.ports import Directory, PersonRecord, Store
from connectors.directory import directory
from connectors.directory.csv import CsvDirectory
from connectors.directory.ldap import LdapDirectory
from connectors.directory.stored import StoredDirectory
from connectors.store.engine import SqlStore
from tests.contract.conftest import Open
from tests.fakes.outside import FakeClock, FakeDirectory
from tests.live.slapd import BASE, PASSWORD, Slapd, group, person, slapd

HEADER = "person,name,email,phone,language,manager,groups,accounts\n"
TABLE = HEADER + (
    "maria,Maria Keller,maria@example.com,+49 69 1234,de,joe,ops;payroll,PRODA:PAYROLL7;PRODB: x\n"
    'joe,"Joe ""J"" Doe",,,,,,PRODA:JOE\n'
)
MARIA = PersonRecord(
    person=Person("maria"),
    name="Maria Keller",
    email="maria@example.com",
    phone="+49 69 1234",
    language="de",
    manager="joe",
    groups=("ops", "payroll"),
    accounts=(Account(SystemName("PRODA"), Userid("PAYROLL7")), Account(SystemName("PRODB"), Userid("X"))),
)
JOE = PersonRecord(person=Person("joe"), name='Joe "J" Doe', accounts=(Account(SystemName("PRODA"), Userid("JOE")),))


@pytest.fixture(scope="session")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Slapd]:
    """OpenLDAP with the same two."""
    people = [
        person("maria", cn="Maria Keller", mail="maria@example.com", mobile="+49 69 1234", preferredLanguage="de",
               manager=f"uid=joe,ou=people,{BASE}", racfid="PAYROLL7", unixid="x"),
        person("joe", cn='Joe "J" Doe', racfid="JOE"),
        *(group(name, f"uid=maria,ou=people,{BASE}") for name in ("ops", "payroll")),
    ]  # fmt: skip
    with slapd(tmp_path_factory.mktemp("slapd") / "s", *people) as made:
        yield made


@pytest.fixture(params=["stored", "csv", "fake", "ldap"])
def people(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Directory]:
    """A directory with Maria and Joe."""
    if request.param == "stored":
        opener: Open = request.getfixturevalue("open_at")
        store = opener(request.getfixturevalue("sqlite_url"))
        with store.work() as work:
            work.people.put(MARIA)
            work.people.put(JOE)
        yield StoredDirectory(store)
    elif request.param == "csv":
        (tmp_path / "people.csv").write_text(TABLE)
        yield CsvDirectory(tmp_path / "people.csv")
    elif request.param == "ldap":
        server: Slapd = request.getfixturevalue("served")
        reading = Reading(LDAP_FIELDS, {"PRODA": "racfid", "PRODB": "unixid"}, {})
        yield LdapDirectory(server.settings(), reading, lambda: Secret(PASSWORD), FakeClock())
    else:
        yield FakeDirectory(MARIA, JOE)


def test_an_account_leads_to_its_owner(people: Directory) -> None:
    """Every field of the person is there, on every system they have an account on."""
    assert people.owner_of(MARIA.accounts[0]) == MARIA
    assert people.owner_of(MARIA.accounts[1]) == MARIA
    assert people.owner_of(JOE.accounts[0]) == JOE


def test_an_unknown_account_is_nobodys(people: Directory) -> None:
    """The same userid on another system belongs to nobody."""
    assert people.owner_of(Account(SystemName("PRODB"), Userid("PAYROLL7"))) is None


def test_a_person_is_found_by_name(people: Directory) -> None:
    """Exactly by name; an unknown one is None."""
    assert people.person(Person("joe")) == JOE
    assert people.person(Person("JOE")) is None


@pytest.mark.parametrize("kind", ["csv", "report", "ldap"])
def test_who_has_no_language_of_their_own_is_spoken_to_in_the_site_s(
    request: pytest.FixtureRequest, tmp_path: Path, kind: str
) -> None:
    """As the configuration's directory is made: a table with our columns, one with its own, and LDAP."""
    settings, password = DirectorySettings(csv=tmp_path / "people.csv"), Secret(PASSWORD)
    (tmp_path / "people.csv").write_text("person,accounts\njoe,PRODA:JOE\n")
    if kind == "report":
        settings = replace(settings, fields={"person": "person", "language": "accounts"}, accounts={"PRODA": "person"})
    if kind == "ldap":
        ldap = request.getfixturevalue("served").settings()
        settings = DirectorySettings(ldap=ldap, accounts={"PRODA": "racfid"}, fields={"language": "description"})
    made = directory(settings, cast(Store, None), FakeClock(), {}, lambda: password, "de")
    joe = made.person(Person("joe"))
    assert joe and joe.language == "de"


# --- the file alone -------------------------------------------------------------------------------


@pytest.fixture
def file(tmp_path: Path) -> Callable[[str], Path]:
    """Write people.csv, each time as a newer file."""
    path, turns = tmp_path / "people.csv", [0]

    def write(text: str) -> Path:
        turns[0] += 1
        path.write_text(text, encoding="utf-8")
        os.utime(path, ns=(turns[0] * 10**9, turns[0] * 10**9))
        return path

    return write


def test_a_changed_file_is_read_again(file: Callable[[str], Path]) -> None:
    """What HR exports is in force at the next question."""
    people = CsvDirectory(file(TABLE))
    assert people.person(Person("joe")) == JOE
    file(TABLE.replace("joe,", "jim,", 1).replace("\njoe", "\njim"))

    assert people.person(Person("joe")) is None
    assert people.person(Person("jim")) is not None


@pytest.mark.parametrize("broken", [HEADER + "a b,X,,,,,,\n", "person,nam\n", "", TABLE + 'x,"'])
def test_a_broken_file_is_not_used(broken: str, file: Callable[[str], Path]) -> None:
    """The last good reading stays in force; a file that was never good fails every question, it is not "nobody"."""
    people = CsvDirectory(file(TABLE))
    assert people.person(Person("joe")) == JOE
    path = file(broken)

    with redirect_stderr(io.StringIO()):
        assert people.person(Person("joe")) == JOE
    with pytest.raises(DirectoryUnreached, match=r"people\.csv: line \d: "):
        CsvDirectory(path).person(Person("joe"))


def test_a_file_that_is_gone_fails_closed(tmp_path: Path) -> None:
    """No file, no answer."""
    with pytest.raises(DirectoryUnreached, match="cannot be read"):
        CsvDirectory(tmp_path / "people.csv").owner_of(JOE.accounts[0])


def test_a_file_that_nobody_writes_any_more_is_not_used(file: Callable[[str], Path]) -> None:
    """Older than it may be, also while a broken one stands in its place; a new one mends it."""
    clock = FakeClock()
    path = file(TABLE)
    os.utime(path, (clock.at.timestamp(), clock.at.timestamp()))
    people = CsvDirectory(path, most=timedelta(hours=36), clock=clock)
    clock.move(hours=36)
    assert people.person(Person("joe")) == JOE
    clock.move(seconds=1)
    for _ in range(2):
        with pytest.raises(DirectoryUnreached, match="longer ago than csv_age allows"):
            people.person(Person("joe"))
        path.write_text("broken")
    path.write_text(TABLE)
    os.utime(path, (clock.at.timestamp(), clock.at.timestamp()))
    assert people.person(Person("joe")) == JOE


def test_the_configuration_names_the_directory(tmp_path: Path, open_at: Open, sqlite_url: str) -> None:
    """csv: that file; nothing: what is stored."""
    store: SqlStore = open_at(sqlite_url)

    assert isinstance(directory(DirectorySettings(csv=tmp_path / "people.csv"), store, FakeClock()), CsvDirectory)
    assert isinstance(directory(DirectorySettings(), store, FakeClock()), StoredDirectory)
    served = DirectorySettings(ldap=LdapSettings(servers=("ldap.example.com",), base="dc=example"))
    assert isinstance(directory(served, store, FakeClock()), LdapDirectory)
