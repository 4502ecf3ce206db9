"""“This was not me” of a read link with a code that is sent, by mail or telephone: apart from links that open."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from bridge.domain.errors import CodeUnsent, LinkEnded, NotDisowned, TooMany, WrongAnswer
from bridge.domain.policy import Policy
from bridge.domain.reset import Cleanup, State
from bridge.domain.second import MAIL, OF_A_READ_LINK, OF_A_READ_LINK_EVER, PHONE
from bridge.domain.secret import Secret
from bridge.flows.contacts import survey
from bridge.flows.disown import Disowned, disown, takes
from bridge.flows.send import send
from tests.fakes.kit import House, house
from tests.fakes.web import Browser
from tests.unit.flows.test_mail_code import HOME, WORK, Pocket, code_of, set_up

NUMBER = "+491711234512"


class Kept(Pocket):
    """A telephone that keeps what came last."""

    last = ""
    broken = False

    def send(self, phone: str, code: Secret, language: str) -> None:
        """Keep it, or fail."""
        if self.broken:
            raise CodeUnsent("gateway: 500")
        self.last = code.expose()


@pytest.fixture
def phone() -> Kept:
    return Kept()


@pytest.fixture
def read(tmp_path: Path, phone: Kept) -> Iterator[House]:
    """A link that somebody has read, by a code from the telephone."""
    policy = Policy(factors=(PHONE, MAIL))
    with house(tmp_path, policy=policy, enrolled=False, phone=NUMBER, gateway=phone) as made:
        set_up(made, email=WORK, other_email=HOME)
        made.ask()
        made.work()
        send(made.attempt(""), made.web)
        made.open(phone.last)
        made.clock.move(minutes=1)
        yield made


def read_another(made: House, phone: Kept) -> None:
    """Its person logs on and forgets it again; the next link is read as well."""
    made.host.user_logs_on("JSMITH")
    made.work()
    made.ask()
    made.work(3)
    send(made.attempt(""), made.web)
    made.open(phone.last)


def test_by_telephone(read: House, phone: Kept) -> None:
    """A new code: the one that opened the link is spent."""
    assert takes(read.attempt(""), read.web) == (PHONE, MAIL)
    with pytest.raises(NotDisowned):
        disown(read.attempt(phone.last), read.web)
    sent = send(read.attempt(""), read.web)
    assert sent.read_at is not None
    assert disown(read.attempt(phone.last), read.web) is Disowned.ENDED
    reset = read.reset(read.mail.links[-1].reset_id)
    assert (reset.state, reset.cleanup) == (State.REVOKED, Cleanup.DUE)


def test_by_mail(read: House) -> None:
    """To the other mailbox, by the worker."""
    send(read.attempt(""), read.web, MAIL)
    assert disown(read.attempt(code_of(read)), read.web) is Disowned.ENDED


def test_an_old_link_takes_nothing_from_a_new_one(read: House, phone: Kept) -> None:
    """Two messages an hour; neither the code of a link that opens nor their number is touched, and the other way."""
    old = read.attempt("")
    read.host.user_logs_on("JSMITH")
    read.work()
    read.ask()
    read.work(3)
    send(read.attempt(""), read.web)
    opens = phone.last
    for _ in range(OF_A_READ_LINK):
        send(old, read.web)
        read.clock.move(seconds=31)
    with pytest.raises(TooMany):
        send(old, read.web)
    with pytest.raises(NotDisowned):
        disown(replace(old, answer=Secret(opens)), read.web)
    with pytest.raises(WrongAnswer):
        read.open(phone.last)
    assert read.open(opens).password
    assert disown(replace(old, answer=Secret(phone.last)), read.web) is Disowned.LATE


def test_an_older_read_link_takes_nothing_from_a_newer_one(read: House, phone: Kept) -> None:
    """Whoever kept one would else keep its person from saying that the newer one was not read by them."""
    old = read.attempt("")
    read_another(read, phone)
    read.clock.move(seconds=31)
    send(read.attempt(""), read.web)
    mine = phone.last
    for _ in range(OF_A_READ_LINK):
        send(old, read.web)
        read.clock.move(seconds=31)
    send(read.attempt(""), read.web)
    with pytest.raises(NotDisowned):
        disown(read.attempt(mine), read.web)
    assert disown(read.attempt(phone.last), read.web) is Disowned.ENDED


def test_many_old_links_ring_no_oftener_than_one(read: House, phone: Kept) -> None:
    """Each has a count of its own; from a day after the reading on one with the others, too; a newer one has not."""
    old = [read.attempt("")]
    for _ in range(2):
        read_another(read, phone)
        old.append(read.attempt(""))
        read.clock.move(hours=25 if len(old) == 2 else 0, minutes=1)
    *old, newer = old
    for each in old:
        send(each, read.web)
    read.clock.move(seconds=31)
    for each in old:
        with pytest.raises(TooMany) as raised:
            send(each, read.web)
        assert 3500 < raised.value.retry_after < 3600
    send(newer, read.web)
    read.clock.move(minutes=61)
    send(old[0], read.web)


def test_a_read_link_rings_so_often_and_never_again(read: House, phone: Kept) -> None:
    """Links are kept for a year; by each way so many codes, the last of which is as good as the first."""
    for _ in range(OF_A_READ_LINK_EVER):
        read.clock.move(minutes=61)
        send(read.attempt(""), read.web)
    for _ in range(2):
        read.clock.move(minutes=1)
        with pytest.raises(TooMany):
            send(read.attempt(""), read.web)
    send(read.attempt(""), read.web, MAIL)
    assert disown(read.attempt(phone.last), read.web) is Disowned.ENDED


def test_whoever_used_up_the_tries_silences_nobody_without_an_alarm(read: House) -> None:
    """From elsewhere than where it was read: security is told, once."""
    reset_id = read.mail.links[-1].reset_id
    for _ in range(5):
        with pytest.raises(NotDisowned):
            disown(read.attempt("00000000"), read.web)
    assert "link.elsewhere" not in read.kinds(reset_id)
    for _ in range(2):
        with pytest.raises(NotDisowned):
            disown(replace(read.attempt("12345678"), source="203.0.113.5"), read.web)
    assert read.kinds(reset_id).count("link.elsewhere") == 1
    with read.store.look() as work:
        assert [one.kind for one in work.outbox.due(read.clock.now(), 50)].count("link_elsewhere") == 1


def test_after_five_wrong_codes_nothing_is_sent_or_offered(read: House) -> None:
    """As for every other factor: the help desk."""
    for _ in range(5):
        with pytest.raises(NotDisowned):
            disown(read.attempt("00000000"), read.web)
    assert takes(read.attempt(""), read.web) == ()
    with pytest.raises(LinkEnded):
        send(read.attempt(""), read.web)


def test_only_what_has_a_way_is_offered(read: House, phone: Kept) -> None:
    """No number, no address, a directory that is away: none of them."""
    set_up(read, phone=None)
    assert takes(read.attempt(""), read.web) == (MAIL,)
    with pytest.raises(LinkEnded):
        send(read.attempt(""), read.web)
    set_up(read, other_email=None)
    assert takes(read.attempt(""), read.web) == ()
    set_up(read, phone=NUMBER, other_email=HOME)
    read.directory.away = True
    assert takes(read.attempt(""), read.web) == ()


@pytest.mark.parametrize("missed", [True, False])
def test_what_no_look_has_seen_yet_keeps_nobody_from_the_page(tmp_path: Path, phone: Kept, missed: bool) -> None:
    """Where a policy asks for an address's age: a number that has just been changed, as whoever read the link may have
    done, is not offered, and somebody whom the last look at the directory missed is there again."""
    policy = Policy(factors=("totp", PHONE), contact_age=timedelta(days=3))
    with house(tmp_path, policy=policy, phone=NUMBER, gateway=phone) as made:
        survey(made.worker)
        made.clock.move(days=30)
        made.ask()
        made.work()
        made.open(made.totp())
        (person,) = people = made.directory.people[:]
        if missed:
            made.directory.people.clear()
            survey(made.worker)
            made.directory.people.extend(people)
        else:
            made.directory.people[0] = replace(person, phone="+491719999999")
        assert takes(made.attempt(""), made.web) == (("totp", PHONE) if missed else ("totp",))


def test_the_page_sends_and_takes_it(read: House, phone: Kept) -> None:
    """Without script: the page of a link that was read, the button, the code, the end. What goes wrong stays there."""
    browser = Browser(read, factors=(PHONE, MAIL))
    path, _ = browser.link()
    page = browser.reveal("00000000")
    assert page.status_code == 410
    assert [f'formaction="{path}/{way}"' in page.text for way in ("code", "mail-code")] == [True, True]
    phone.broken = True
    broken = browser.post(f"{path}/code", browser.held("key") | {"word": "STOP"})
    assert (broken.status_code, "could not be sent" in broken.text) == (503, True)
    assert "This was not me" in broken.text
    phone.broken = False
    sent = browser.post(f"{path}/code", browser.held("key") | {"word": "STOP"})
    assert (sent.status_code, "is on its way to +49" in sent.text) == (200, True)
    often = browser.post(f"{path}/code", browser.held("key") | {"word": "STOP"})
    assert (often.status_code, "too often" in often.text) == (429, True)
    assert "This was not me" in often.text
    done = browser.post(f"{path}/not-me", browser.held("key") | {"word": "STOP", "code": phone.last})
    assert done.status_code == 200
    assert read.reset(read.mail.links[-1].reset_id).state is State.REVOKED
