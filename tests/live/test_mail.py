"""Mail over real sockets: TLS with a checked name, what each fault of a relay becomes, and what arrives."""

from __future__ import annotations

import pytest

from bridge.config.model import Site
from bridge.domain.errors import MailRefused
from bridge.domain.secret import Secret
from bridge.ports import Notice
from bridge.texts import letters
from connectors.simulated.mailbox import SimulatedMailbox, code_in, link_in
from tests.live.letters import AT, KEY, URL, link_mail, send, sent, smtp


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
        "dora@example.com\x00", "dora@exäm ple.com", "döra@example.com", "dora@ex\u2260mple.com", "a@b@exämple.com",
        "dora@exämple.com\r\n", "dora@\u202eexämple.com", "döra@exämple.com", "dora(x)@example.com", "dora@[127.0.0.1]",
        "d" * 65 + "@example.com", "dora@" + "e." * 150 + "com", "-@-.com", "dora@example.com\n", " dora@example.com",
        "<dora@example.com>", "dora%0a@example.com>", "dora..dee@example.com",
    ],
)  # fmt: skip
def test_only_one_plain_address_is_mailed_to(to: str, mailbox: SimulatedMailbox) -> None:
    """Anything else is MailRefused before the relay hears of it, and the address is not in the words. It is so before
    the host is touched: whatever could be known then costs nobody their password."""
    with pytest.raises(MailRefused):
        smtp(mailbox).wrapping(to)
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


@pytest.mark.parametrize(
    ("to", "carried"),
    [
        ("dora@exämple.com", "dora@xn--exmple-cua.com"),
        ("dora@post.Straße.example", "dora@post.xn--strae-oqa.example"),
        ("dora@例え.テスト", "dora@xn--r8jz45g.xn--zckzah"),
        ("dora@EXA\u0308MPLE.com", "dora@xn--exmple-cua.com"),
    ],
)
def test_a_domain_in_other_letters_is_mailed_to_in_the_form_that_mail_has(
    to: str, carried: str, mailbox: SimulatedMailbox
) -> None:
    """IDNA 2008: in the older one ß is another domain, and somebody else's. `check` asks for the same address."""
    send(smtp(mailbox), link_mail(to=to))
    (mail,) = mailbox.wait_for(carried)
    assert mail.to == (carried,)
    assert mail.message["To"].addresses[0].addr_spec == carried
    with smtp(mailbox).relay() as relay:
        relay.try_envelope(to)
    assert mailbox.commands.count("RCPT") == 2


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
