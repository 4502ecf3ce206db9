"""LDAP against OpenLDAP: what is found, what is nobody's, and what is no answer at all."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from threading import Thread

import pytest
from structlog.testing import capture_logs

from bridge.config.model import LdapGroups
from bridge.domain.errors import DirectoryUnreached
from bridge.domain.names import Account, LoginName, Person, SystemName, Userid
from bridge.domain.secret import Secret
from bridge.observe import elsewhere
from connectors.directory.ldap_line import ANYTHING, BELOW, LdapLine
from tests.live.slapd import (
    BASE,
    LIMIT,
    MARIA,
    PASSWORD,
    PEOPLE,
    Slapd,
    entry,
    group,
    person,
    slapd,
)

SECOND = timedelta(seconds=1)
MORE = [
    person("twin1", racfid="TWIN", mail="one@example.com"),
    person("twin2", racfid="twin", mail="two@example.com"),
    person("many", racfid="MANY", mail=["a@example.com", "b@example.com"]),
    person("odd", racfid="ODD", mail="no address"),
    person("Jo", unixid="Jo", mail="jo@example.com"),
    person("star", cn="(*)", racfid="ST#R", mail="star@example.com", employeeNumber="4*2"),
    person("far", racfid="FAR", mail="far@example.com", manager="cn=Boss,ou=Users,dc=child,dc=elsewhere,dc=com"),
    person("bare", racfid="BARE", mail="bare@example.com", manager="cn=Gone,ou=people,dc=example,dc=com"),
    entry(f"ou=branch,{BASE}", "organizationalUnit", ou="branch"),
    entry(
        f"uid=far,ou=branch,{BASE}",
        "inetOrgPerson",
        "hostUser",
        uid="far",
        cn="Far",
        sn="Far",
        racfid="FAR2",
        mail="else@example.com",
    ),
    entry(f"cn=printer,ou=people,{BASE}", "device", "hostUser", cn="printer", racfid="PRINTER"),
    *(person(f"crowd{n}", racfid=f"CROWD{n}", mail=f"crowd{n}@example.com") for n in range(3 * LIMIT)),
    group("all", f"cn=ops,ou=groups,{BASE}", f"cn=everything,ou=groups,{BASE}"),
    group("everything", f"cn=all,ou=groups,{BASE}"),
]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Slapd]:
    """With Maria, Joe and many others."""
    with slapd(tmp_path_factory.mktemp("slapd") / "s", *PEOPLE, *MORE) as made:
        yield made


def prod(userid: str, system: str = "PRODA") -> Account:
    return Account(SystemName(system), Userid(userid))


def unchecked(text: str) -> Account:
    """A userid that no border has looked at."""
    return Account(SystemName("PRODA"), str.__new__(Userid, text))


@pytest.mark.parametrize("security", ["tls", "starttls"])
def test_a_person_is_found_by_account_and_by_name(server: Slapd, security: str) -> None:
    """Each field under the name that the directory gives it; accounts by attribute, and by template."""
    people = server.directory(security=security)
    assert [people.owner_of(account) for account in MARIA.accounts] == [MARIA, MARIA]
    assert people.person(Person("maria")) == MARIA
    assert people.owner_of(prod("NOBODY")) is None
    assert people.owner_of(prod("PAYROLL7", "PRODB")) is None
    assert people.owner_of(prod("PAYROLL7", "ELSEWHERE")) is None
    assert people.person(Person("joe")).email is None  # type: ignore[union-attr]


def test_what_matches_without_its_case_is_somebody_elses(server: Slapd) -> None:
    """The directory takes jo for Jo; on UNIX they are two people."""
    people = server.directory()
    assert people.owner_of(Account(SystemName("UNIX"), LoginName("jo"))) is None
    assert people.person(Person("MARIA")) is None


def test_two_owners_are_no_answer(server: Slapd) -> None:
    """Which of the two mailboxes gets the link nobody may guess."""
    with pytest.raises(DirectoryUnreached, match="several entries"):
        server.directory().owner_of(prod("TWIN"))


@pytest.mark.parametrize(("userid", "words"), [("MANY", "email: one value is expected, 2"), ("ODD", "e-mail address")])
def test_an_entry_that_cannot_be_read_is_no_answer(server: Slapd, userid: str, words: str) -> None:
    """Several addresses, or one that is none: named, and nobody's guess."""
    with pytest.raises(DirectoryUnreached, match=words):
        server.directory().owner_of(prod(userid))


def test_the_filter_says_who_is_a_person(server: Slapd) -> None:
    """A printer has an attribute, too."""
    assert server.directory().owner_of(prod("PRINTER")) is None
    with pytest.raises(DirectoryUnreached, match="person: "):
        server.directory(filter="(objectClass=device)").owner_of(prod("PRINTER"))


@pytest.mark.parametrize(
    "text", ["*", "PAY*", "PAYROLL7)(uid=*", "*)(objectClass=*", "\\", "\\2a", "PAYROLL7\x00", "(", ")", "é" * 200]
)
def test_what_is_typed_is_a_value_and_no_filter(server: Slapd, text: str) -> None:
    """Through a userid, and through a person's name."""
    people = server.directory()
    assert people.owner_of(unchecked(text)) is None
    assert people.person(str.__new__(Person, text)) is None


def test_all_are_read_page_by_page(server: Slapd) -> None:
    """The server gives four at once; who cannot be read is left out, the rest is there."""
    found = {str(each.person) for each in server.directory(page=LIMIT).everyone()}
    assert {f"crowd{n}" for n in range(3 * LIMIT)} | {"maria", "joe", "star"} <= found
    assert not {"many", "odd", "printer"} & found
    with pytest.raises(DirectoryUnreached, match=r"[Ss]ize limit"):
        LdapLine("127.0.0.1", server.settings(), Secret(PASSWORD)).search(BASE, BELOW, ANYTHING, ["cn"])


def test_reading_all_asks_for_nobodys_manager_or_groups(server: Slapd, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every ten minutes: a search or more for each of thousands would weigh on the directory, and nobody wants them."""
    searched: list[str] = []
    monkeypatch.setattr(LdapLine, "search", lambda _, base, *__, **___: searched.append(base))
    people = server.directory(page=LIMIT, groups=LdapGroups(base=BASE, nested=True))
    found = {str(each.person): each for each in people.everyone()}
    assert not searched
    assert found["maria"] == replace(MARIA, manager=None, groups=())


def test_a_page_that_is_larger_than_the_server_allows_says_which_setting_it_is(server: Slapd) -> None:
    """Its own words name no key of ours."""
    with pytest.raises(DirectoryUnreached, match="500 entries at once as `page` says: Administrative limit"):
        list(server.directory().everyone())


def test_of_two_entries_with_one_name_one_is_read(server: Slapd) -> None:
    """At every look an address of the one would else be new, and in the next moment that of the other."""
    with capture_logs() as said:
        found = [each for each in server.directory(page=LIMIT).everyone() if each.person == "far"]
    assert len(found) == 1
    assert any("another entry has far as well" in each["text"] for each in said)
    with pytest.raises(DirectoryUnreached, match="several entries"):
        server.directory().person(Person("far"))


@pytest.mark.parametrize(("userid", "person"), [("FAR", "far"), ("BARE", "bare")])
def test_a_manager_whom_the_server_cannot_show_is_nobody(server: Slapd, userid: str, person: str) -> None:
    """In another domain, for which it names another server, or gone: the person is read all the same."""
    found = server.directory().owner_of(prod(userid))
    assert found is not None
    assert (found.person, found.manager) == (person, None)


def test_groups_in_groups_are_followed_and_a_circle_ends(server: Slapd) -> None:
    """Where it is asked for."""
    for nested, names in ((False, ("ops", "payroll")), (True, ("all", "everything", "ops", "payroll"))):
        people = server.directory(groups=LdapGroups(base=BASE, nested=nested))
        assert people.person(Person("maria")).groups == names  # type: ignore[union-attr]


def test_an_answer_is_kept_for_a_while_and_no_longer(server: Slapd) -> None:
    """Also that somebody is unknown; a server that is gone is found out when it is over."""
    people = server.directory(cache=timedelta(minutes=5))
    assert people.owner_of(MARIA.accounts[0]) == MARIA
    assert people.owner_of(prod("NOBODY")) is None
    with server.stopped():
        server.clock.move(minutes=4)
        assert people.owner_of(MARIA.accounts[0]) == MARIA
        assert people.owner_of(prod("NOBODY")) is None
        server.clock.move(minutes=1)
        for account in (MARIA.accounts[0], prod("NOBODY")):
            with pytest.raises(DirectoryUnreached):
                people.owner_of(account)
    with pytest.raises(DirectoryUnreached):  # said again, not tried again
        people.owner_of(MARIA.accounts[0])
    server.clock.move(seconds=3)
    assert people.owner_of(MARIA.accounts[0]) == MARIA


def test_a_connection_that_was_cut_is_made_anew(server: Slapd) -> None:
    """A server that was started anew costs nobody a reset."""
    people = server.directory()
    assert people.person(Person("maria")) == MARIA
    with server.stopped():
        pass
    assert people.person(Person("joe")) is not None


def test_no_more_is_kept_than_is_allowed(server: Slapd) -> None:
    """What was asked for longest ago goes first."""
    people = server.directory(cached=1)
    assert people.person(Person("maria")) and people.person(Person("joe"))
    with server.stopped():
        assert people.person(Person("joe"))
        with pytest.raises(DirectoryUnreached):
            people.person(Person("maria"))


# --- who is spoken to ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"servers": ("127.0.0.2",)}, "connecting|securing|binding"),
        ({"ca": Path("other.pem")}, "connecting|securing|binding"),
        ({"ca": Path("other.pem"), "security": "starttls"}, "securing"),
        ({"ca": Path("missing.pem")}, "connecting"),
    ],
)
def test_who_cannot_prove_to_be_the_server_hears_no_password(
    server: Slapd, changes: dict[str, object], words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A certificate of another name, or of an authority that is not trusted; whatever the environment says of it."""
    monkeypatch.setenv("LDAPTLS_REQCERT", "never")
    if "ca" in changes:
        changes = {**changes, "ca": server.folder / str(changes["ca"])}
    with pytest.raises(DirectoryUnreached, match=words):
        server.directory(**changes).person(Person("maria"))


def test_a_wrong_password_is_tried_once_a_minute(server: Slapd) -> None:
    """More would lock the account that everybody's resets hang on."""
    people = server.directory(password="wrong")
    for _ in range(3):
        with pytest.raises(DirectoryUnreached, match=r"[Ii]nvalid credentials"):
            people.person(Person("maria"))
    server.clock.move(seconds=59)
    people._password = lambda: None  # type: ignore[assignment]
    with pytest.raises(DirectoryUnreached, match=r"[Ii]nvalid credentials"):
        people.person(Person("maria"))
    server.clock.move(seconds=1)
    with pytest.raises(DirectoryUnreached, match="no password"):
        people.person(Person("maria"))


def test_without_a_bind_nothing_is_seen_and_that_is_said(server: Slapd) -> None:
    """slapd calls what may not be read absent; a base that is absent is an error, not nobody."""
    with pytest.raises(DirectoryUnreached, match="No such object"):
        server.directory(user=None).person(Person("maria"))
    with pytest.raises(DirectoryUnreached, match="No such object"):
        server.directory(base="ou=else,dc=example,dc=com").person(Person("maria"))
    with pytest.raises(DirectoryUnreached, match="filter"):
        server.directory(filter="(cn=x))(").person(Person("maria"))


# --- who does not answer -----------------------------------------------------------------------------


@pytest.fixture
def deaf() -> Iterator[int]:
    """A port that takes connections and says nothing."""
    with socket.create_server(("127.0.0.1", 0), backlog=50) as listening:
        yield listening.getsockname()[1]


@pytest.mark.parametrize("security", ["tls", "starttls", "none"])
def test_a_server_that_says_nothing_is_not_waited_for(server: Slapd, deaf: int, security: str) -> None:
    """In the handshake, in StartTLS, in the bind: after its time the next is asked, or nobody."""
    began = time.monotonic()
    with pytest.raises(DirectoryUnreached):
        server.directory(security=security, port=deaf, answer_within=SECOND).person(Person("maria"))
    assert time.monotonic() - began < 10


@pytest.mark.parametrize("answer", ["300c02010178070a010004000400", "30840000000c02010178070a010004000400", "30", ""])
def test_a_server_that_agrees_to_starttls_and_says_no_more_is_not_waited_for(server: Slapd, answer: str) -> None:
    """libldap would wait for its handshake for ever, and with it the worker, and every page that asks. Nor for one that
    breaks its answer off."""

    def half_deaf(listening: socket.socket, lines: list[socket.socket]) -> None:
        with suppress(OSError):
            while True:
                line, _ = listening.accept()
                lines.append(line)
                line.recv(100)
                line.sendall(bytes.fromhex(answer))

    def ask() -> None:
        try:
            server.directory(security="starttls", port=port, answer_within=SECOND).person(Person("maria"))
        except DirectoryUnreached as unreached:
            said.append(str(unreached))

    lines: list[socket.socket] = []
    said: list[str] = []
    with socket.create_server(("127.0.0.1", 0), backlog=50) as listening:
        port = listening.getsockname()[1]
        Thread(target=half_deaf, args=(listening, lines), daemon=True).start()
        asking = Thread(target=ask, daemon=True)
        asking.start()
        asking.join(10)
        for line in lines:
            line.close()
    assert [f"127.0.0.1:{port}: securing the connection: no answer" in each for each in said] == [True]


def test_a_server_that_falls_silent_in_between_is_not_waited_for(server: Slapd) -> None:
    """A connection that was good, and a search without an answer."""
    people = server.directory(answer_within=SECOND)
    assert people.person(Person("maria"))
    began = time.monotonic()
    with server.frozen(), pytest.raises(DirectoryUnreached):
        people.person(Person("joe"))
    assert time.monotonic() - began < 15


def test_a_server_with_too_many_before_it_is_not_asked(server: Slapd, monkeypatch: pytest.MonkeyPatch) -> None:
    """One that is silent would take every thread there is, of pages that ask it nothing as well. What is known is said
    all the same."""
    monkeypatch.setattr(elsewhere, "TURN", 0.01)
    people = server.directory()
    assert people.person(Person("maria"))
    with ExitStack() as crowd:
        for _ in range(elsewhere.AT_ONCE):
            assert crowd.enter_context(people._room.entered())
        with pytest.raises(DirectoryUnreached, match="too many"):
            people.person(Person("joe"))
        assert people.person(Person("maria"))
    assert people.person(Person("joe"))


def test_the_next_server_is_asked_where_one_is_away(server: Slapd) -> None:
    """127.0.0.3 takes no connection."""
    assert server.directory(servers=("127.0.0.3", "127.0.0.1")).person(Person("maria")) == MARIA


def test_a_group_of_dns_of_the_persons_own_attribute(server: Slapd) -> None:
    """Without `groups:` the attribute's values count, a DN by its first part."""
    people = server.directory(groups=None, fields={"groups": "manager"})
    assert people.person(Person("maria")).groups == ("joe",)  # type: ignore[union-attr]
