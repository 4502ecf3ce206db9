"""A code by mail: to another mailbox than the link's, sealed on its way to the worker, for a page that is open."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from bridge.domain.contact import for_code
from bridge.domain.demand import Demand
from bridge.domain.errors import LinkDead, NoOtherMail, NoPhone, TooMany, WrongAnswer
from bridge.domain.failure import Reason
from bridge.domain.policy import Caller, Policy, Role
from bridge.domain.reset import Delivery, State
from bridge.domain.second import MAIL, PHONE, masked
from bridge.domain.secret import Secret
from bridge.flows import contacts, decide, send
from bridge.flows.post import post
from bridge.ports import PersonRecord
from tests.fakes.kit import House, house
from tests.fakes.outside import unreached
from tests.fakes.web import Browser

WORK, HOME = "jane@example.com", "jane@home.example"
BY_MAIL = Policy(factors=(MAIL,), attempts=5)
CHIEF = Caller(name="carla", roles=frozenset({Role.APPROVER}))


class Pocket:
    """A telephone that takes every code."""

    lapse, most = timedelta(minutes=10), 5

    def send(self, phone: str, code: Secret, language: str) -> None:
        """Say nothing."""


def set_up(made: House, **changes: object) -> None:
    """What the directory says from now on."""
    made.directory.people[0] = replace(made.directory.people[0], **changes)  # type: ignore[arg-type]


def code_of(made: House) -> str:
    """Let the worker look at the outbox; the code that came last."""
    while post(made.worker):
        pass
    return made.mail.codes[-1].code.expose()


@pytest.fixture
def bridge(tmp_path: Path) -> Iterator[House]:
    """A published link, at Jane's mailbox at work."""
    with house(tmp_path, policy=BY_MAIL, enrolled=False) as made:
        set_up(made, email=WORK, other_email=HOME)
        made.ask()
        made.work()
        yield made


def test_a_code_goes_to_the_other_mailbox_and_opens_once(bridge: House) -> None:
    """The link went to the one at work."""
    sent = send.send(bridge.attempt(""), bridge.web, MAIL)
    assert (sent.to, sent.kind) == ("j•••@h•••.example", MAIL)
    code = code_of(bridge)
    assert [mail.to for mail in bridge.mail.codes] == [HOME]
    with pytest.raises(WrongAnswer):
        bridge.open("1" * 8 if code != "1" * 8 else "2" * 8)
    assert bridge.open(code).userid == "JSMITH"
    with bridge.store.look() as work:
        spent = work.questions.get("js", MAIL)  # type: ignore[arg-type]
    assert spent
    assert spent.state is None


def test_a_code_is_right_once(bridge: House) -> None:
    """Right a moment ago, it is wrong the second time; and the telephone's factor never knew it."""
    send.send(bridge.attempt(""), bridge.web, MAIL)
    code, now = Secret(code_of(bridge)), bridge.clock.now()
    by_mail, by_phone = bridge.web.factors[MAIL], bridge.web.factors[PHONE]
    with bridge.store.work() as work:
        reset = work.resets.find()[0][0]
        assert not by_phone.accepts(reset, BY_MAIL, code, now, work)
        assert by_mail.accepts(reset, BY_MAIL, code, now, work)
        assert not by_mail.accepts(reset, BY_MAIL, code, now, work)


def test_a_code_ends_with_its_time(bridge: House) -> None:
    """Ten minutes; then it is a wrong answer."""
    send.send(bridge.attempt(""), bridge.web, MAIL)
    code = code_of(bridge)
    bridge.clock.move(minutes=10)
    with pytest.raises(WrongAnswer):
        bridge.open(code)


def test_a_code_is_its_own_links(bridge: House) -> None:
    """Of the same person's other link it is wrong, is counted, and stays good for its own."""
    send.send(bridge.attempt(""), bridge.web, MAIL)
    code = code_of(bridge)
    bridge.ask("MJONES")
    bridge.work()
    with pytest.raises(WrongAnswer) as wrong:
        bridge.open(code)
    assert wrong.value.left == 4
    assert bridge.open(code, mail=0).userid == "JSMITH"


def test_a_newer_code_ends_the_older(bridge: House) -> None:
    """One at a time."""
    send.send(bridge.attempt(""), bridge.web, MAIL)
    older = code_of(bridge)
    bridge.clock.move(seconds=31)
    send.send(bridge.attempt(""), bridge.web, MAIL)
    with pytest.raises(WrongAnswer):
        bridge.open(older)
    assert bridge.open(code_of(bridge))


def test_where_the_link_went_no_code_goes_whatever_the_directory_says_by_then(bridge: House) -> None:
    """The address of the link is the other one now: whoever reads the mailbox that has the link gets no code."""
    set_up(bridge, email="new@example.com", other_email=WORK.upper())
    send.send(bridge.attempt(""), bridge.web, MAIL)
    code_of(bridge)
    assert [mail.to for mail in bridge.mail.codes] == ["new@example.com"]
    set_up(bridge, email=None)
    bridge.clock.move(minutes=1)
    with pytest.raises(NoOtherMail):
        send.send(bridge.attempt(""), bridge.web, MAIL)


def test_an_armed_link_remembers_where_it_went_as_well(tmp_path: Path) -> None:
    """No password is behind it yet; whoever has the mailbox of the link gets no code."""
    with house(tmp_path, policy=replace(BY_MAIL, delivery=Delivery.ARMED), enrolled=False, other_email=HOME) as made:
        made.ask()
        made.work()
        set_up(made, email=HOME, other_email="js@example.com")
        send.send(made.attempt(""), made.web, MAIL)
        code_of(made)
        assert [mail.to for mail in made.mail.codes] == [HOME]


def test_a_link_of_which_nobody_knows_where_it_went_sends_no_code(bridge: House, tmp_path: Path) -> None:
    """It left before this version: either address could be its own."""
    with closing(sqlite3.connect(tmp_path / "bridge.db")) as earlier, earlier:
        earlier.execute("UPDATE resets SET mailed_to = NULL")
    with pytest.raises(NoOtherMail):
        send.send(bridge.attempt(""), bridge.web, MAIL)


def test_a_policy_without_the_factor_sends_no_code(bridge: House) -> None:
    """The site may have it for another system."""
    bridge.web.systems["PRODA"] = Policy(factors=("totp",))  # type: ignore[index]
    with pytest.raises(NoOtherMail):
        send.send(bridge.attempt(""), bridge.web, MAIL)


def test_the_row_knows_the_address_by_a_keyed_hash_alone(bridge: House) -> None:
    """Whoever reads the resets learns no address."""
    with bridge.store.look() as work:
        reset = work.resets.find()[0][0]
    assert reset.mailed_to
    assert "jane" not in reset.mailed_to


def test_a_code_waits_sealed_and_for_its_address_alone(bridge: House, tmp_path: Path) -> None:
    """Who can write into the database and puts another address beside it gets nothing."""
    send.send(bridge.attempt(""), bridge.web, MAIL)
    with closing(sqlite3.connect(tmp_path / "bridge.db")) as thief, thief:
        thief.execute("UPDATE outbox SET recipient = 'thief@example.net' WHERE kind = 'code'")
    while post(bridge.worker):
        pass
    assert not bridge.mail.codes
    with bridge.store.look() as work:
        assert not work.outbox.due(bridge.clock.now(), 10)


def test_what_waits_holds_no_open_code(bridge: House, tmp_path: Path) -> None:
    """In no byte of the database."""
    send.send(bridge.attempt(""), bridge.web, MAIL)
    kept = b"".join(file.read_bytes() for file in tmp_path.glob("bridge.db*"))
    assert code_of(bridge).encode() not in kept


def test_a_relay_that_is_away_gets_the_code_later_but_not_too_late(bridge: House) -> None:
    """What has run out is not sent any more."""
    bridge.mail.connecting.append(unreached())
    send.send(bridge.attempt(""), bridge.web, MAIL)
    assert not post(bridge.worker)
    bridge.clock.move(minutes=1)
    assert code_of(bridge)
    send.send(bridge.attempt(""), bridge.web, MAIL)
    bridge.clock.move(minutes=10)
    assert not post(bridge.worker)
    assert len(bridge.mail.codes) == 1


def test_codes_are_for_the_holder_of_the_link_and_few(bridge: House) -> None:
    """Half a minute apart, five an hour."""
    with pytest.raises(LinkDead):
        send.send(bridge.attempt("", key="0" * 32), bridge.web, MAIL)
    for _ in range(5):
        send.send(bridge.attempt(""), bridge.web, MAIL)
        with pytest.raises(TooMany):
            send.send(bridge.attempt(""), bridge.web, MAIL)
        bridge.clock.move(seconds=31)
    with pytest.raises(TooMany) as often:
        send.send(bridge.attempt(""), bridge.web, MAIL)
    assert often.value.retry_after > 3000


@pytest.mark.parametrize("other", [None, WORK, WORK.upper(), "jane+codes@example.com"])
def test_who_has_no_other_mailbox_gets_no_link_that_they_could_not_open(tmp_path: Path, other: str | None) -> None:
    """The same mailbox, however written, is no other."""
    with house(tmp_path, policy=BY_MAIL, enrolled=False) as made:
        set_up(made, email=WORK, other_email=other)
        asked = made.ask()
        made.work()
        after = made.reset(asked.reset.id)
        assert (after.state, after.failure) == (State.FAILED, Reason.NO_FACTOR)
        assert not made.host.calls


@pytest.mark.parametrize("kind", [MAIL, PHONE])
def test_a_code_to_what_is_new_in_the_directory_waits_for_another_persons_word(tmp_path: Path, kind: str) -> None:
    """Whoever could write into the directory would else have the second factor, too; and once more after that."""
    policy = Policy(factors=(kind,), contact_age=timedelta(days=3))
    with house(tmp_path, policy=policy, enrolled=False, gateway=Pocket()) as made:
        set_up(made, email=WORK)
        contacts.survey(made.worker)
        made.clock.move(days=365)
        set_up(made, other_email=HOME, phone="+491711234512")
        contacts.survey(made.worker)
        asked = made.ask()
        made.work()
        waiting = made.reset(asked.reset.id)
        assert (waiting.state, waiting.touched) == (State.AWAITING_APPROVAL, False)
        assert f"codes by {'mail' if kind == MAIL else 'telephone'} since 2027-11-25 12:00" in (waiting.note or "")
        decide.approve(waiting.id, CHIEF, "called her", made.web)
        made.work()
        assert made.reset(waiting.id).state is State.PUBLISHED
        assert send.send(made.attempt(""), made.web, kind).kind == kind
        set_up(made, other_email="thief@example.net", phone="+491711234599")
        made.clock.move(minutes=1)
        with pytest.raises((NoOtherMail, NoPhone)):
            send.send(made.attempt(""), made.web, kind)


def test_what_is_too_new_is_said_to_be_and_until_when(tmp_path: Path) -> None:
    """On the page, without the address or the number; who has none hears that."""
    policy = Policy(factors=("totp", MAIL, PHONE), contact_age=timedelta(days=3))
    with house(tmp_path, policy=policy, gateway=Pocket()) as made:
        set_up(made, email=WORK)
        contacts.survey(made.worker)
        made.ask()
        made.work()
        browser = Browser(made, factors=("totp", MAIL, PHONE))
        path, _ = browser.link()
        browser.reveal("1234")
        for way, none in (("mail-code", "no other mail address of yours"), ("code", "no telephone number of yours")):
            page = browser.post(f"{path}/{way}", browser.held("key"))
            assert (page.status_code, none in page.text, "too new" in page.text) == (409, True, False)
        set_up(made, other_email=HOME, phone="+493012345678")
        contacts.survey(made.worker)
        since = made.clock.now()
        made.clock.move(hours=1)
        for way in ("mail-code", "code"):
            page = browser.post(f"{path}/{way}", browser.held("key"))
            until = (since + timedelta(days=3, seconds=59.9)).strftime("%Y-%m-%dT%H:%M")  # the minute it is over in
            assert (page.status_code, "is too new" in page.text, until in page.text) == (409, True, True)
            assert not any(one in page.text for one in (HOME, "home.example", "12345678", "4930"))


@pytest.mark.parametrize("kind", [MAIL, PHONE])
def test_a_code_to_what_has_been_known_for_long_waits_for_nobody(tmp_path: Path, kind: str) -> None:
    """Three days here; half a minute before, another person still has to vouch."""
    policy = Policy(factors=(kind,), contact_age=timedelta(days=3))
    with house(tmp_path, policy=policy, enrolled=False, gateway=Pocket()) as made:
        set_up(made, email=WORK)
        contacts.survey(made.worker)
        set_up(made, other_email=HOME, phone="+491711234512")
        contacts.survey(made.worker)
        made.clock.move(days=2, hours=23, minutes=59, seconds=30)
        early = made.ask("MJONES")
        made.work()
        assert made.reset(early.reset.id).state is State.AWAITING_APPROVAL
        made.clock.move(minutes=1)
        asked = made.ask()
        made.work()
        assert made.reset(asked.reset.id).state is State.PUBLISHED
        assert send.send(made.attempt(""), made.web, kind).kind == kind


def test_who_vouches_is_told_all_that_their_word_covers(tmp_path: Path) -> None:
    """The address is new, and the telephone a little less: one word, which names both."""
    policy = Policy(factors=("totp", PHONE), contact_age=timedelta(days=3))
    with house(tmp_path, policy=policy, gateway=Pocket()) as made:
        contacts.survey(made.worker)
        set_up(made, phone="+491711234512")
        contacts.survey(made.worker)
        made.clock.move(hours=1)
        set_up(made, email=WORK)
        asked = made.ask()
        made.work()
        waiting = made.reset(asked.reset.id)
        assert "(email since 2026-11-25 13:00 UTC, codes by telephone since 2026-11-25 12:00 UTC)" in (
            waiting.note or ""
        )
        decide.approve(waiting.id, CHIEF, "called her", made.web)
        made.work()
        assert send.send(made.attempt(""), made.web).kind == PHONE


def test_a_new_address_bars_no_code_to_the_one_that_was_known(tmp_path: Path) -> None:
    """The address of the link was replaced after it had left: its place is not asked whether the other may be used."""
    policy = Policy(factors=(MAIL,), contact_age=timedelta(days=3))
    with house(tmp_path, policy=policy, enrolled=False) as made:
        set_up(made, email=WORK, other_email=HOME)
        contacts.survey(made.worker)
        made.ask()
        made.work()
        set_up(made, email="thief@example.net")
        send.send(made.attempt(""), made.web, MAIL)
        code_of(made)
        assert [mail.to for mail in made.mail.codes] == [HOME]


def test_who_has_another_factor_waits_for_nobody(tmp_path: Path) -> None:
    """The new address is not used, and the link is opened with the app."""
    policy = Policy(factors=("totp", MAIL), contact_age=timedelta(days=3))
    with house(tmp_path, policy=policy) as made:
        set_up(made, email=WORK)
        contacts.survey(made.worker)
        made.clock.move(days=365)
        set_up(made, other_email=HOME)
        asked = made.ask()
        made.work()
        assert made.reset(asked.reset.id).state is State.PUBLISHED
        with pytest.raises(NoOtherMail):
            send.send(made.attempt(""), made.web, MAIL)
        assert made.open(made.totp()).userid == "JSMITH"


def test_a_code_by_mail_proves_nothing_by_itself() -> None:
    """What opens the other mailbox nobody here knows; a site that does says so."""
    assert not Demand(categories=("possession",)).met([MAIL])
    assert Demand(categories=("knowledge",), proves={MAIL: ("knowledge",)}).met([MAIL])


@pytest.mark.parametrize(
    ("link", "other"),
    [
        ("jane@x.de", "Jane+codes@X.de"),
        ("jane.doe@gmail.com", "janedoe@googlemail.com"),
        ("j\u00f6@x.de", "jo\u0308@x.de"),
        ("jane@x.de", "\uff4aane@x.de"),
    ],
)
def test_another_way_to_write_it_is_no_other_mailbox(link: str, other: str) -> None:
    """Who reads the link there would read the code, too."""
    jane = PersonRecord(person="jane", name="Jane", email=link, other_email=other)  # type: ignore[arg-type]
    assert for_code(jane, "email") is None
    assert for_code(replace(jane, other_email="jane.doe@x.de"), "email") == "other_email"


def test_which_address_a_code_can_go_to() -> None:
    """Another than the link's; shown as its owner knows it."""
    jane = PersonRecord(person="jane", name="Jane", email=WORK, other_email=HOME)  # type: ignore[arg-type]
    assert for_code(jane, "email") == "other_email"
    assert for_code(jane, "other_email") == "email"
    assert for_code(replace(jane, email=None), "other_email") is None
    assert masked("j@h") == "j•••@h•••.h"


@pytest.mark.parametrize("how", ["key", "proof"])
def test_the_page_sends_a_code_by_mail_and_takes_it(bridge: House, how: str) -> None:
    """The button, the masked address, the code; the address itself is nowhere."""
    browser = Browser(bridge, factors=(MAIL,))
    path, _ = browser.link()
    assert "Send a code to my other mail address" in browser.get(path).text
    page = browser.post(f"{path}/mail-code", browser.held(how))
    assert page.status_code == 200
    assert "on its way to j•••@h•••.example" in page.text
    assert HOME not in page.text
    assert browser.post(path, browser.held(how) | {"code": code_of(bridge)}).status_code == 200


def test_the_page_says_why_no_mail_was_sent(bridge: House) -> None:
    """No other address; and a site without the factor has no such button."""
    browser = Browser(bridge, factors=(MAIL,))
    path, _ = browser.link()
    set_up(bridge, other_email=None)
    page = browser.post(f"{path}/mail-code", browser.held("key"))
    assert page.status_code == 409
    assert "no other mail address of yours" in page.text
    assert "mail-code" not in Browser(bridge).get(path).text
