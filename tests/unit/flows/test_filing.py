"""A password in a KeePass file: who is told what opens it, and what becomes of a reset where nobody can be."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from datetime import timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from pykeepass import PyKeePass

from bridge.domain.errors import (
    BridgeError,
    CodeUnsent,
    GatewayUnreached,
    LinkEnded,
    MailRefused,
    MailUnreached,
    NoMailKey,
)
from bridge.domain.failure import Reason
from bridge.domain.link import KEY_BYTES, Closed, Locator, unbase32
from bridge.domain.names import Userid
from bridge.domain.policy import Policy
from bridge.domain.reset import Cleanup, State, View
from bridge.domain.secret import Secret
from bridge.flows import contacts
from bridge.flows.collect import collect
from bridge.flows.handover import Shown
from bridge.flows.reveal import reveal
from bridge.ports import Binding, Wrapping
from connectors.vault import opened
from tests.fakes.kit import House, house, proof_of
from tests.fakes.outside import FakeGateway, FakeMail

PHONE = "+491711234512"
FILES = Policy(view="keepass")
ARMED = Policy(view="keepass", delivery="armed")
Make = Callable[..., House]


@pytest.fixture
def make(tmp_path: Path) -> Iterator[Make]:
    with ExitStack() as stack:

        def made(policy: Policy = FILES, **more: Any) -> House:
            return stack.enter_context(house(tmp_path, policy=policy, **{"gateway": FakeGateway()} | more))

        yield made


def gateway(bridge: House) -> FakeGateway:
    assert isinstance(bridge.worker.gateway, FakeGateway)
    return bridge.worker.gateway


def password_in(shown: Shown, master: Secret) -> str:
    assert isinstance(shown.password, Secret)
    file = base64.b64decode(shown.password.expose())
    (entry,) = PyKeePass(BytesIO(file), password=master.expose()).entries
    assert entry.username == "JSMITH"
    return str(entry.password)


def on_host(bridge: House) -> str:
    return bridge.host.accounts[Userid("JSMITH")].password


def test_i3_the_file_holds_what_the_host_has_and_the_telephone_what_opens_it(make: Make, tmp_path: Path) -> None:
    """One message, to the number that the directory has; the mail says that there is a file; neither has the other."""
    bridge = make(phone="+49 171 123-4512")
    asked = bridge.ask()
    assert bridge.work()[0].state is State.PUBLISHED
    [(to, master)] = gateway(bridge).masters
    assert (to, bridge.mail.links[0].filed, bridge.mail.codes) == (PHONE, True, [])
    shown = bridge.open(asked.release_code or "")
    assert (shown.view, shown.file) == (View.KEEPASS, "PRODA-JSMITH.kdbx")
    assert password_in(shown, master) == on_host(bridge)
    assert bridge.kinds(asked.reset.id)[3:6] == ["host.change", "reset.master_sent", "reset.published"]
    kept = b"".join(file.read_bytes() for file in tmp_path.glob("bridge.db*"))
    for digits in (master.expose(), master.expose().replace("-", "")):
        assert digits.encode() not in kept


def test_i2_a_browser_that_keeps_the_key_gets_the_file_closed(make: Make) -> None:
    """Only the link's key opens what it is given, and only what went to the telephone the file in it."""
    bridge = make(phone=PHONE)
    asked = bridge.ask()
    bridge.work()
    attempt = bridge.attempt(bridge.totp())
    shown = reveal(replace(attempt, proof=proof_of(attempt)), bridge.web)
    assert isinstance(shown, Shown)
    assert isinstance(shown.password, Closed)
    bound = Binding(reset_id=asked.reset.id, account=asked.reset.account, locator=Locator(attempt.locator))
    text = opened(shown.password.inner, unbase32(attempt.key.expose(), KEY_BYTES), bound, armed=False)
    whole = replace(shown, password=Secret(text.decode()))
    assert password_in(whole, gateway(bridge).masters[0][1]) == on_host(bridge)


def test_without_a_telephone_it_goes_to_the_other_mailbox(make: Make) -> None:
    """Over the relay that is open already; the link goes to the first one."""
    bridge = make(other_email="john@home.example")
    asked = bridge.ask()
    assert bridge.work()[0].state is State.PUBLISHED
    [mail] = bridge.mail.codes
    assert (mail.to, mail.master, bridge.mail.links[0].to) == ("john@home.example", True, "js@example.com")
    assert password_in(bridge.open(asked.release_code or ""), mail.code) == on_host(bridge)


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({}, "no whole telephone number is on file; no second e-mail address"),
        ({"phone": "0171 1234512"}, "no whole telephone number"),
        ({"phone": PHONE, "gateway": None}, "no gateway is configured"),
        ({"other_email": "JS+private@example.com"}, "no second e-mail address"),
    ],
)
@pytest.mark.parametrize("policy", [FILES, ARMED])
def test_who_can_be_told_no_other_way_is_not_reset(make: Make, more: Any, said: str, policy: Policy) -> None:
    """Refused with what is missing, before the host is even asked: another address of the same mailbox is none."""
    bridge = make(policy, **more)
    bridge.ask()
    (after,) = bridge.work()
    assert (after.state, after.failure, after.cleanup) == (State.FAILED, Reason.NO_OTHER_CONTACT, Cleanup.NONE)
    assert said in (after.failure_text or "")
    assert not bridge.host.calls
    assert not bridge.mail.links


def test_a_gateway_that_is_away_leaves_the_host_as_it_was(make: Make) -> None:
    """The reset waits in the queue, and goes on when it is back."""
    bridge = make(phone=PHONE)
    gateway(bridge).away = GatewayUnreached("away")
    bridge.ask()
    (after,) = bridge.work()
    assert (after.state, after.touched) == (State.QUEUED, False)
    assert not bridge.host.passwords_ever_set
    gateway(bridge).away = None
    bridge.clock.move(minutes=1)
    assert bridge.work()[0].state is State.PUBLISHED


def test_i11_what_opens_it_cannot_be_sent_so_nothing_is_published(make: Make) -> None:
    """Three times no: failed, no link has left, and what was set is made worthless."""
    bridge = make(phone=PHONE)
    gateway(bridge).faults = [CodeUnsent("no")] * 3
    bridge.ask()
    (after,) = bridge.work()
    assert (after.state, after.failure, after.cleanup) == (State.FAILED, Reason.MASTER_UNSENT, Cleanup.DUE)
    assert not bridge.mail.links
    set_then = on_host(bridge)
    assert bridge.work()[0].cleanup is Cleanup.DONE
    assert on_host(bridge) != set_then


def test_a_gateway_that_did_not_answer_is_told_the_same_again(make: Make) -> None:
    """It may have sent it all the same: twice the same opens the same file."""
    bridge = make(phone=PHONE)
    gateway(bridge).faults = [CodeUnsent("no"), CodeUnsent("no"), None]
    asked = bridge.ask()
    assert bridge.work()[0].state is State.PUBLISHED
    assert password_in(bridge.open(asked.release_code or ""), gateway(bridge).masters[0][1]) == on_host(bridge)


def test_an_address_that_no_mail_can_be_sent_to_leaves_the_host_as_it_was(
    make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What can be known before it is changed is."""
    bridge, wrapping = make(other_email="john@home..example"), FakeMail.wrapping

    def refuses(mail: FakeMail, to: str) -> Wrapping:
        if ".." in to:
            raise MailRefused("not one that mail can be sent to")
        return wrapping(mail, to)

    monkeypatch.setattr(FakeMail, "wrapping", refuses)
    bridge.ask()
    (after,) = bridge.work()
    assert (after.state, after.failure, after.touched) == (State.FAILED, Reason.MASTER_UNSENT, False)
    assert not bridge.host.passwords_ever_set


def test_what_opens_it_needs_no_key_of_its_reader_s(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    """A link may: that the other mailbox has none keeps nobody from being reset."""
    bridge, wrapping = make(other_email="john@home.example"), FakeMail.wrapping

    def asks(mail: FakeMail, to: str) -> Wrapping:
        if "home" in to:
            raise NoMailKey("none on file")
        return wrapping(mail, to)

    monkeypatch.setattr(FakeMail, "wrapping", asks)
    bridge.ask()
    assert bridge.work()[0].state is State.PUBLISHED


@pytest.mark.parametrize(
    ("faults", "state", "reason"),
    [
        ([MailRefused("no such mailbox")], State.FAILED, Reason.MASTER_UNSENT),
        ([MailUnreached("later")] * 4, State.QUEUED, None),
        ([MailUnreached("hung up")] * 3, State.PUBLISHED, None),
    ],
)
def test_a_relay_that_does_not_take_it_publishes_nothing(
    make: Make, faults: list[BridgeError | None], state: State, reason: Reason | None
) -> None:
    """No for good is the end; a relay that is away is tried four times, as with links, then with a new password."""
    bridge = make(other_email="john@home.example")
    bridge.mail.sending = faults
    bridge.ask()
    (after,) = bridge.work()
    assert (after.state, after.failure, after.touched) == (state, reason, True)
    assert bool(bridge.mail.links) == (state is State.PUBLISHED)


def test_a_new_number_waits_for_another_persons_word(make: Make) -> None:
    """As an address does; where an older way is known, that one is taken instead."""
    bridge = make(replace(FILES, contact_age=timedelta(days=7)), phone=PHONE)
    contacts.survey(bridge.worker)
    bridge.clock.move(days=10)
    people = bridge.directory.people
    people[0] = replace(people[0], phone="+491711234513")
    bridge.ask()
    (after,) = bridge.work()
    assert (after.state, after.touched) == (State.AWAITING_APPROVAL, False)
    assert "telephone since 2026-12-05" in (after.note or "")
    assert not gateway(bridge).masters


def test_of_two_ways_the_older_one_is_taken(make: Make) -> None:
    """A thief who puts a number in has the file's digits sent to a mailbox that is not theirs."""
    bridge = make(replace(FILES, contact_age=timedelta(days=7)), phone=PHONE, other_email="john@home.example")
    contacts.survey(bridge.worker)
    bridge.clock.move(days=10)
    people = bridge.directory.people
    people[0] = replace(people[0], phone="+491711234513")
    bridge.ask()
    assert bridge.work()[0].state is State.PUBLISHED
    assert ([mail.to for mail in bridge.mail.codes], gateway(bridge).masters) == (["john@home.example"], [])


def test_armed_the_file_is_made_and_its_digits_sent_when_the_factor_is_passed(make: Make) -> None:
    """Nothing goes to the telephone before; then both, and the file holds what the host has."""
    bridge = make(ARMED, phone=PHONE)
    bridge.ask()
    assert bridge.work()[0].state is State.PUBLISHED
    assert not gateway(bridge).masters
    ticket = bridge.let_in(bridge.totp()).ticket
    assert bridge.work()[0].state is State.PUBLISHED
    [(_, master)] = gateway(bridge).masters
    shown = collect(bridge.attempt(""), ticket, bridge.web)
    assert isinstance(shown, Shown)
    assert password_in(shown, master) == on_host(bridge)


def test_armed_a_gateway_that_refuses_ends_the_link(make: Make) -> None:
    """The host was changed for who waits, and nothing opens the file: failed, cleaned, the person told."""
    bridge = make(ARMED, phone=PHONE)
    bridge.ask()
    bridge.work()
    bridge.let_in(bridge.totp())
    gateway(bridge).faults = [CodeUnsent("no")] * 3
    (after,) = bridge.work()
    assert (after.state, after.failure, after.cleanup) == (State.FAILED, Reason.MASTER_UNSENT, Cleanup.DUE)
    with pytest.raises(LinkEnded):
        reveal(bridge.attempt(bridge.totp(1)), bridge.web)


def test_armed_a_gateway_that_is_away_leaves_link_and_host(make: Make) -> None:
    """As a host that is away does."""
    bridge = make(ARMED, phone=PHONE)
    bridge.ask()
    bridge.work()
    bridge.let_in(bridge.totp())
    gateway(bridge).away = GatewayUnreached("away")
    assert bridge.work()[0].state is State.QUEUED
    bridge.clock.move(seconds=25)
    (after,) = bridge.work()
    assert (after.state, after.touched) == (State.PUBLISHED, False)


def test_armed_a_relay_that_is_away_is_found_out_before_the_host_is_touched(make: Make) -> None:
    """Where the digits go by mail: link and host stay as they were."""
    bridge = make(ARMED, other_email="john@home.example")
    bridge.ask()
    bridge.work()
    bridge.let_in(bridge.totp())
    bridge.mail.connecting = [MailUnreached("away")]
    (after,) = bridge.work()
    assert (after.state, after.touched) == (State.QUEUED, False)
    bridge.clock.move(seconds=10)
    assert bridge.work()[0].state is State.PUBLISHED
    assert len(bridge.mail.codes) == 1


def test_armed_it_never_goes_where_the_link_went(make: Make) -> None:
    """Whatever the directory calls that address by now."""
    bridge = make(ARMED, other_email="john@home.example")
    bridge.ask()
    bridge.work()
    people = bridge.directory.people
    people[0] = replace(people[0], email="new@example.com", other_email="js@example.com")
    bridge.let_in(bridge.totp())
    bridge.work()
    assert [mail.to for mail in bridge.mail.codes] == ["new@example.com"]


def test_a_page_is_a_page(make: Make) -> None:
    """Without the setting nothing of it happens."""
    bridge = make(Policy(), phone=PHONE)
    asked = bridge.ask()
    bridge.work()
    shown = bridge.open(asked.release_code or "")
    assert isinstance(shown.password, Secret)
    assert (shown.password.expose(), shown.file, gateway(bridge).masters) == (on_host(bridge), "", [])
