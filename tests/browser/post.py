"""Every mail as it is read: the HTML form in a mail program, the text form, and what a relay sees of a wrapped one."""

from __future__ import annotations

from collections.abc import Callable
from email.headerregistry import Address
from email.policy import SMTP
from functools import partial
from html import escape
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from cryptography.hazmat.primitives.asymmetric import rsa

from bridge.config.model import MailSettings
from bridge.ports import Notice
from bridge.texts import letters, speech
from connectors.notify.compose import code_letter, link_letter, notice_letter
from connectors.notify.letter import Envelope, Letter, as_html, as_text
from connectors.notify.wrap import Wraps
from tests.fakes.outside import FakeClock
from tests.live.letters import AT, SITE, link_mail
from tests.live.test_mail_wrapped import certificate

FACTS: Final = {"start": "2026-11-26T12:00:00+00:00"}
ALARM: Final = {
    "system": "PRODA", "userid": "JSMITH", "person": "js", "reset": "R7K2M9QX4TB0C", "source": "198.51.100.9",
}  # fmt: skip
HEAD: Final = '<div style="font:15px/1.5 sans-serif;border-bottom:2px solid #79838c;padding:1em">{}</div>'
TEXT: Final = (
    '<pre style="font:13px/1.5 monospace;white-space:pre-wrap;overflow-wrap:anywhere;padding:1em;margin:0">{}</pre>'
)


def link(**changes: Any) -> Letter:
    mail = link_mail(**changes)
    return link_letter(mail, mail.url.expose(), mail.code.expose(), SITE)


def notice(kind: str, values: dict[str, str]) -> Letter:
    return notice_letter(
        Notice(id="N1", kind=kind, to="dora@example.com", language="en", at=AT, values=values), SITE
    )  # fmt: skip


def in_program(letter: Callable[[], Letter]) -> str:
    """As a mail program shows it: sender and subject on top."""
    made = letter()
    head = f"Mainframe access &lt;no-reply@example.com&gt;<br><b>{escape(made.subject)}</b>"
    html = as_html(made)
    return html.replace("<body", f"<body><header>{HEAD.format(head)}</header><div", 1).replace(
        "</body>", "</div></body>"
    )


def as_plain() -> str:
    return TEXT.format(escape(as_text(link().blocks)))


def as_wrapped() -> str:
    """The whole of what a relay sees."""
    with TemporaryDirectory() as folder:
        key = rsa.generate_private_key(65537, 2048)
        (Path(folder) / "dora@example.com.pem").write_bytes(certificate(key))
        settings = MailSettings(host="", sender="", keys=Path(folder))
        sender = Address("Mainframe access", addr_spec="no-reply@example.com")
        envelope = Envelope(sender=sender, to="dora@example.com", at=AT, name="a1b2c3")
        message, _ = Wraps(settings, FakeClock(AT)).written(link(), envelope, link=True, eight_bit=False)
    lines = message.as_bytes(policy=SMTP).decode("ascii").splitlines()
    return TEXT.format(escape("\n".join([*lines[:22], "…"])))


def as_message() -> str:
    say = speech("en").gettext
    return TEXT.format(escape(say(letters.CODE_MESSAGE).format(site=SITE.name, code="4821 7390")))


def as_master() -> str:
    say = speech("en").gettext
    return TEXT.format(escape(say(letters.MASTER_MESSAGE).format(site=SITE.name, code="48217-39056-20764-91835-66402")))


LETTERS: Final[dict[str, Callable[[], str]]] = {
    "mail-link": partial(in_program, link),
    "mail-link-armed": partial(in_program, partial(link, armed=True)),
    "mail-link-several": partial(in_program, partial(link, several=True)),
    "mail-link-filed": partial(in_program, partial(link, filed=True)),
    "mail-link-he": partial(in_program, partial(link, language="he")),
    "mail-link-ja": partial(in_program, partial(link, language="ja")),
    "mail-link-text": as_plain,
    "mail-link-wrapped": as_wrapped,
    "mail-code": as_message,
    "mail-master": as_master,
    "mail-code-letter": partial(in_program, partial(code_letter, "en", "48217390", SITE)),
    **{f"mail-{kind.replace('_', '-')}": partial(in_program, partial(notice, kind, FACTS)) for kind in letters.NOTICES},
    "mail-alarm-disowned": partial(in_program, partial(notice, "disowned", ALARM)),
}
"""Name → the page that shows it."""
