"""Mail over real sockets: TLS with a checked name, what each fault of a relay becomes, and what arrives."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
import trustme

from bridge.config.model import MailSettings, Site, Support
from bridge.domain.errors import BridgeError, ConfigFault, MailRefused, MailUnreached
from bridge.domain.names import ResetId
from bridge.domain.secret import Secret
from bridge.ports import LinkMail, Notice
from bridge.texts import letters
from connectors.notify.mail import SmtpMail
from connectors.simulated.mailbox import DROP, HANG, Mail, SimulatedMailbox, Step, code_in, link_in
from tests.fakes.outside import FakeClock

AT = datetime(2026, 11, 25, 12, 0, tzinfo=UTC)
KEY = "ABCDEFGHJKMNPQRSTVWXYZ0123456789"
URL = f"https://reset.example.com/r/00000000000000000000000000#{KEY}"
SITE = Site(
    name="Example Bank mainframe access",
    base_url="https://reset.example.com",
    support=Support(email="help@example.com", phone="+44 20 7946 0000"),
)
SOON = timedelta(seconds=0.3)


def link_mail(**changes: Any) -> LinkMail:
    values: dict[str, Any] = {
        "reset_id": ResetId("R7K2M9QX4TB0C"),
        "to": "dora@example.com",
        "name": "Dora Dee",
        "language": "en",
        "url": Secret(URL),
        "code": Secret(" ".join(KEY[at : at + 4] for at in range(0, 32, 4))),
        "expires_at": AT + timedelta(hours=24),
        "factors": ("totp", "release_code"),
    }
    return LinkMail(**{**values, **changes})


def smtp(mailbox: SimulatedMailbox, password: Secret | None = None, site: Site = SITE, **changes: Any) -> SmtpMail:
    values: dict[str, Any] = {
        "host": mailbox.host,
        "port": mailbox.port,
        "security": "none",
        "sender": "Mainframe access <no-reply@example.com>",
        "answer_within": timedelta(seconds=5),
    }
    return SmtpMail(MailSettings(**{**values, **changes}), password, site, FakeClock(AT))


def send(mail: SmtpMail, letter: LinkMail | Notice) -> None:
    with mail.relay() as relay:
        if isinstance(letter, Notice):
            relay.send_notice(letter)
        else:
            relay.send_link(letter)


def sent(mailbox: SimulatedMailbox, letter: LinkMail | Notice, **changes: Any) -> Mail:
    send(smtp(mailbox, **changes), letter)
    return mailbox.wait_for(letter.to)[-1]


@pytest.fixture
def mailbox() -> Iterator[SimulatedMailbox]:
    with SimulatedMailbox() as box:
        yield box


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture(scope="module")
def trusted(authority: trustme.CA, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("ca") / "ca.pem"
    authority.cert_pem.write_to_path(str(path))
    return path


def server_tls(authority: trustme.CA, name: str = "127.0.0.1") -> ssl.SSLContext:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert(name).configure_cert(context)
    return context


# --- what arrives ---------------------------------------------------------------------------------


def test_the_link_mail_carries_what_a_user_needs_and_nothing_to_log_on_with(mailbox: SimulatedMailbox) -> None:
    """Link on its own line, code in fours, end in UTC, whom to call; one recipient, our bounce address."""
    mail = sent(mailbox, link_mail(), envelope_sender="bounces@example.com")
    assert (mail.sender, mail.to) == ("bounces@example.com", ("dora@example.com",))
    assert link_in(mail) == URL
    assert code_in(mail).replace(" ", "") == KEY
    for words in (
        "Hello Dora Dee,",
        "26 November 2026, 12:00 UTC",
        "six digits",
        "telephone",
        "help@example.com",
        "+44 20",
    ):
        assert words in mail.text.replace("\n", " ")
        assert words in mail.html.replace("\n", " ")
    assert f'href="{URL}"' in mail.html
    assert code_in(mail) in mail.html
    assert mail.message["Auto-Submitted"] == "auto-generated"
    assert mail.message["Date"].datetime == AT
    assert mail.message["Reply-To"] is None
    assert f"\r\n{URL}\r\n".encode() in mail.raw
    assert letters.LINK_CODE in mail.text.splitlines()  # not wrapped by us
    assert b"quoted-printable" not in mail.raw
    assert "PRODA" not in mail.raw.decode()


def test_an_armed_links_mail_says_that_nothing_is_changed_yet(mailbox: SimulatedMailbox) -> None:
    """No word of a password that had been set; what the link does, and that the old one is good until then."""
    mail = sent(mailbox, link_mail(armed=True))
    assert "nothing is changed: your password is as it was" in " ".join(mail.text.split())
    assert "has been set" not in mail.text
    assert "is waiting for you" not in str(mail.message["Subject"])


def test_nothing_in_the_html_is_loaded_or_counted(mailbox: SimulatedMailbox) -> None:
    """No image, script, style sheet or form; the link is the only address in it."""
    html = sent(mailbox, link_mail()).html
    assert html.count("http") == 2  # the link, as a button and in full
    for tag in ("<img", "<script", "<link", "<form", "<iframe", "url(", "@import", "src="):
        assert tag not in html


@pytest.mark.parametrize("language", ["en", "de", "fr"])
@pytest.mark.parametrize("hide", [(), ("8BITMIME",)])
def test_the_link_line_survives_every_language_and_relay(language: str, hide: tuple[str, ...]) -> None:
    """Never quoted-printable; in clear on one line where 8 bits pass, in base64 where they do not (I10)."""
    long = f"https://{'reset.' * 20}example.com/r/00000000000000000000000000#{KEY}"
    with SimulatedMailbox(hide=hide) as mailbox:
        mail = sent(mailbox, link_mail(language=language, url=Secret(long), name="Zoë Ærlig"))
    assert link_in(mail) == long
    assert b"quoted-printable" not in mail.raw
    assert f"\r\n{long}\r\n".encode() in mail.raw
    assert mail.message.get_body(("plain",))["Content-Transfer-Encoding"] == ("base64" if hide else "8bit")  # type: ignore[index]
    assert max(map(len, mail.raw.split(b"\r\n"))) <= 998
    assert "Zoë Ærlig" in mail.text
    assert "Zo&#235; &#198;rlig" in mail.message.get_body(("html",)).get_payload()  # type: ignore[union-attr]


def test_a_mail_sent_twice_has_one_message_id_that_tells_nothing(mailbox: SimulatedMailbox) -> None:
    """The same link, the same Message-ID; another link, another; neither locator nor key in it."""
    first, again = sent(mailbox, link_mail()), sent(mailbox, link_mail(name="Other"))
    other = sent(mailbox, link_mail(url=Secret(URL[:-1] + "Z")))
    ids = [str(mail.message["Message-ID"]) for mail in (first, again, other)]
    assert ids[0] == ids[1] != ids[2]
    assert ids[0].endswith("@example.com>")
    assert "000000000000" not in ids[0]
    assert KEY[:6].lower() not in ids[0].lower()


HOSTILE = [
    "Dora\r\nBcc: eve@example.org",
    "Dora\n.\nMAIL FROM:<eve@example.org>",
    "Dora\r.\r",
    "<img src=//evil.example/x>",
    "{reset} {url} %s",
    "\u202eaorD\u2028",
    "x" * 1000,
    ".",
    "",
]


@pytest.mark.parametrize("name", HOSTILE)
def test_no_name_carries_a_header_a_command_or_markup(name: str, mailbox: SimulatedMailbox) -> None:
    """One RCPT TO, one whole message, the link unharmed, nothing of the name alive in HTML."""
    mail = sent(mailbox, link_mail(name=name), site=Site(name=name or "x", base_url="https://reset.example.com"))
    assert mailbox.commands.count("RCPT") == 1
    assert len(mailbox.mails) == 1
    assert mail.message["Bcc"] is None
    assert link_in(mail) == URL
    assert "<img" not in mail.html
    assert mail.text.rstrip().endswith("Nobody reads answers to it.")


@pytest.mark.parametrize(
    "to",
    [
        "", "dora", "dora@", "@example.com", "dora@example.com, eve@example.org", "dora@example.com;eve@example.org",
        "Dora <dora@example.com>", '"d o"@example.com', "dora@example.com\r\nRCPT TO:<eve@example.org>",
        "dora@example.com\x00", "dora@exämple.com", "döra@example.com", "dora(x)@example.com", "dora@[127.0.0.1]",
        "d" * 65 + "@example.com", "dora@" + "e." * 150 + "com", "-@-.com", "dora@example.com\n", " dora@example.com",
        "<dora@example.com>", "dora%0a@example.com>", "dora..dee@example.com",
    ],
)  # fmt: skip
def test_only_one_plain_address_is_mailed_to(to: str, mailbox: SimulatedMailbox) -> None:
    """Anything else is MailRefused before the relay hears of it, and the address is not in the words."""
    with pytest.raises(MailRefused) as trouble:
        send(smtp(mailbox), link_mail(to=to))
    assert not to or to not in str(trouble.value)
    assert "MAIL" not in mailbox.commands


@pytest.mark.parametrize("to", ["d'o_ra+tag@example.com", "d%0a@example.com", "dora@xn--exmple-cua.com", "d@localhost"])
def test_unusual_but_plain_addresses_are_mailed_to_as_they_are(to: str, mailbox: SimulatedMailbox) -> None:
    """The envelope and the header have exactly that address."""
    mail = sent(mailbox, link_mail(to=to))
    assert mail.to == (to,)
    assert mail.message["To"].addresses[0].addr_spec == to


def test_a_line_that_begins_with_a_dot_arrives_as_it_was(mailbox: SimulatedMailbox) -> None:
    """Dot-stuffing: the body is neither cut off nor changed."""
    values = {"start": "\N{GRINNING FACE}" * 150 + " .dotted.. " + "\N{GRINNING FACE}" * 100}
    notice = Notice(id="N1", at=AT, kind="factor_added", to="dora@example.com", language="en", values=values)
    mail = sent(mailbox, notice)
    assert f"\n{values['start'].partition(' ')[2]}" in mail.text
    assert b"\r\n..dotted" in mail.raw or b"\r\n.dotted" in mail.raw


def test_an_alarm_names_system_and_userid_and_a_users_notice_does_not(mailbox: SimulatedMailbox) -> None:
    """Security has to act; a mailbox that others read must teach nothing."""
    facts = {"system": "PRODA", "userid": "PAYROLL7", "reset": "R7K2M9QX4TB0C", "source": "192.0.2.7"}
    alarm = Notice(id="N1", at=AT, kind="link_destroyed", to="sec@example.com", language="en", values=facts)
    plain = Notice(id="N2", at=AT, kind="link_destroyed", to="dora@example.com", language="de")
    alarmed, told = sent(mailbox, alarm), sent(mailbox, plain)
    for fact in facts.values():
        assert fact in alarmed.text
        assert fact in alarmed.html
    assert "PAYROLL7" not in told.raw.decode()
    assert told.message["Content-Language"] == "de"
    assert "help@example.com" in told.text


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
