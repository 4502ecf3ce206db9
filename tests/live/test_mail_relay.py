"""What relays answer, or fail to, and which TLS and log-in they are spoken to with."""

from __future__ import annotations

import socket
import ssl
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
import trustme

from bridge.config.model import MailSettings
from bridge.domain.errors import BridgeError, ConfigFault, MailRefused, MailUnreached
from bridge.domain.secret import Secret
from connectors.notify.mail import SmtpMail
from connectors.simulated.mailbox import DROP, HANG, SimulatedMailbox, Step, link_in
from tests.fakes.outside import FakeClock
from tests.live.letters import KEY, SITE, SOON, URL, link_mail, send, smtp


def server_tls(authority: trustme.CA, name: str = "127.0.0.1") -> ssl.SSLContext:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert(name).configure_cert(context)
    return context


# --- what goes wrong ------------------------------------------------------------------------------


LATER, NEVER = MailUnreached, MailRefused
ANSWERS: list[tuple[Step, str, type[BridgeError]]] = [
    ("NOOP", "421 4.3.2 closing", LATER),
    ("NOOP", DROP, LATER),
    ("MAIL", "451 4.3.0 later", LATER),
    ("MAIL", "550 5.7.1 not from you", NEVER),
    ("MAIL", "530 5.7.0 log in first", LATER),
    ("MAIL", DROP, LATER),
    ("RCPT", "450 4.2.1 greylisted", LATER),
    ("RCPT", "452 4.2.2 mailbox full", LATER),
    ("RCPT", "550 5.1.1 unknown", NEVER),
    ("RCPT", DROP, LATER),
    ("DATA", "451 4.3.0 later", LATER),
    ("DATA", "554 5.7.1 looks like phishing", NEVER),
    ("DATA", DROP, LATER),
]


@pytest.mark.parametrize(("step", "answer", "error"), ANSWERS)
def test_each_answer_becomes_its_own_error(
    step: Step, answer: str, error: type[BridgeError], mailbox: SimulatedMailbox
) -> None:
    """4xx and a dropped line: later. 5xx about this message: never. No link in the words either way."""
    mailbox.answer(step, answer)
    with pytest.raises(error) as trouble:
        send(smtp(mailbox), link_mail())
    assert type(trouble.value) is error
    assert KEY not in str(trouble.value)
    send(smtp(mailbox), link_mail())


@pytest.mark.parametrize("step", ["EHLO", "NOOP", "MAIL", "RCPT", "DATA"])
def test_silence_ends_in_time(step: Step, mailbox: SimulatedMailbox) -> None:
    """A relay that stops answering is left after `answer_within`; after the message, after four times as much."""
    mailbox.answer(step, HANG, times=2)  # smtplib says HELO where EHLO is not answered
    with pytest.raises(MailUnreached):
        send(smtp(mailbox, answer_within=SOON), link_mail())


@pytest.mark.parametrize("fault", [DROP, HANG])
def test_a_line_lost_after_the_message_says_that_it_may_have_gone(fault: str, mailbox: SimulatedMailbox) -> None:
    """The relay may have it: the words say so, and the second copy has the same Message-ID and the same link."""
    mailbox.answer("DATA", fault)
    mail = smtp(mailbox, answer_within=SOON)
    with pytest.raises(MailUnreached, match="may have gone"):
        send(mail, link_mail())
    send(mail, link_mail())
    first, second = mailbox.wait_for("dora@example.com", 2)
    assert first.message["Message-ID"] == second.message["Message-ID"]
    assert link_in(first) == link_in(second)


def test_what_a_relay_says_of_a_message_is_not_repeated(mailbox: SimulatedMailbox) -> None:
    """Filters quote the link that they object to (I1)."""
    mailbox.answer("DATA", f"554 5.7.1 blocked: {URL}")
    with pytest.raises(MailRefused) as trouble:
        send(smtp(mailbox), link_mail())
    assert str(trouble.value) == "mail relay: it refuses the message (554 5.7.1)"


def test_a_port_where_nobody_listens_is_said_at_once() -> None:
    """Refused connections are MailUnreached with the address in the words."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    settings = MailSettings(host="127.0.0.1", port=port, security="none", sender="no-reply@example.com")
    with pytest.raises(MailUnreached, match=rf"127\.0\.0\.1:{port}: connecting: .*nothing was sent"):
        send(SmtpMail(settings, None, SITE, FakeClock()), link_mail())


# --- TLS and log-in (security row 49) -------------------------------------------------------------


@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_tls_with_a_checked_name_and_a_log_in(security: str, authority: trustme.CA, trusted: Path) -> None:
    """Under both kinds of TLS the message and the password go encrypted."""
    login = ("bridge", "s3cret word")
    with SimulatedMailbox(tls=server_tls(authority), implicit=security == "tls", login=login) as mailbox:
        with smtp(mailbox, Secret(login[1]), security=security, ca=trusted, username="bridge").relay() as relay:
            relay.send_link(link_mail())
            assert login[1] not in repr(vars(vars(relay)["_line"]))  # smtplib would keep it there
        mail = mailbox.wait_for("dora@example.com")[0]
    assert (mail.tls, mail.user) == (True, "bridge")


@pytest.mark.parametrize("security", ["starttls", "tls"])
@pytest.mark.parametrize("fault", ["wrong name", "unknown authority"])
def test_a_certificate_that_does_not_hold_sends_nothing(
    security: str, fault: str, authority: trustme.CA, trusted: Path
) -> None:
    """The relay is not logged on to, and hears of no message."""
    name = "other.example.com" if fault == "wrong name" else "127.0.0.1"
    ca = trusted if fault == "wrong name" else None
    with SimulatedMailbox(tls=server_tls(authority, name), implicit=security == "tls") as mailbox:
        with pytest.raises(MailUnreached, match="certificate is not accepted"):
            send(smtp(mailbox, security=security, ca=ca), link_mail())
        assert not set(mailbox.commands) - {"EHLO"}


def test_a_relay_without_starttls_sends_nothing(mailbox: SimulatedMailbox, trusted: Path) -> None:
    """Whether it has none or somebody took it out of the answer: nothing goes in clear."""
    with pytest.raises(MailUnreached, match="does not offer STARTTLS"):
        send(smtp(mailbox, Secret("s3cret"), security="starttls", ca=trusted, username="bridge"), link_mail())
    assert mailbox.commands == ["EHLO"]


def test_a_plain_port_where_tls_is_expected_is_told(mailbox: SimulatedMailbox, trusted: Path) -> None:
    """`tls` towards a port that speaks first in clear."""
    with pytest.raises(MailUnreached, match="no TLS"):
        send(smtp(mailbox, security="tls", ca=trusted), link_mail())


def test_a_refused_log_in_is_the_operators_to_mend(authority: trustme.CA, trusted: Path) -> None:
    """MailUnreached, so that resets wait; the password is in no word of it and not kept on the connection."""
    with SimulatedMailbox(tls=server_tls(authority), login=("bridge", "right")) as mailbox:
        mail = smtp(mailbox, Secret("wrong-one"), security="starttls", ca=trusted, username="bridge")
        with pytest.raises(MailUnreached, match=r"refused the log-in \(535\)") as trouble:
            send(mail, link_mail())
        umlaut = smtp(mailbox, Secret("wröng-one"), security="starttls", ca=trusted, username="bridge")
        with pytest.raises(MailUnreached, match="ASCII"):
            send(umlaut, link_mail())
    assert "wrong-one" not in repr(trouble.value)


def test_a_relay_that_knows_no_log_in_is_told(mailbox: SimulatedMailbox) -> None:
    """A user name is configured and the relay has no AUTH."""
    with pytest.raises(MailUnreached):
        send(smtp(mailbox, Secret("s3cret"), username="bridge"), link_mail())
    assert "MAIL" not in mailbox.commands


def test_security_none_is_for_loopback_only(mailbox: SimulatedMailbox, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever a name resolves to, a peer elsewhere gets nothing in clear."""
    monkeypatch.setattr("connectors.notify.mail._stays_here", lambda line: False)
    with pytest.raises(MailUnreached, match="loopback only"):
        send(smtp(mailbox), link_mail())


def test_settings_that_cannot_work_are_refused_at_the_start(mailbox: SimulatedMailbox, tmp_path: Path) -> None:
    """A sender that is no address, a CA file that is none: ConfigFault names the key."""
    (tmp_path / "ca.pem").write_text("nothing")
    wrong: dict[str, dict[str, Any]] = {
        "mail.sender": {"sender": "nobody"},
        "mail.envelope_sender": {"envelope_sender": "a@b, c@d"},
        "mail.ca": {"security": "tls", "ca": tmp_path / "ca.pem"},
    }
    for key, changes in wrong.items():
        with pytest.raises(ConfigFault, match=key):
            smtp(mailbox, **changes)


# --- a relay that misbehaves by hand --------------------------------------------------------------


@pytest.mark.parametrize("greeting", [b"", b"554 5.3.2 go away\r\n", b"\xff\xfe garbage\r\n", b"220 " + b"x" * 20000])
def test_a_greeting_that_is_none_is_told(greeting: bytes) -> None:
    """Silence, refusal, garbage and endless lines end in MailUnreached, in time."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def greet() -> None:
            peer, _ = server.accept()
            with peer:
                peer.sendall(greeting)
                peer.settimeout(2)
                try:
                    peer.recv(100)
                except OSError:
                    return

        thread = Thread(target=greet)
        thread.start()
        port = server.getsockname()[1]
        settings = MailSettings(
            host="127.0.0.1", port=port, security="none", sender="a@example.com", answer_within=SOON
        )
        with pytest.raises(MailUnreached, match="nothing was sent"):
            send(SmtpMail(settings, None, SITE, FakeClock()), link_mail())
        thread.join(5)
