"""Mails to send, and what becomes of them in the mailbox."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from bridge.config.model import MailSettings, Site, Support
from bridge.domain.names import ResetId
from bridge.domain.secret import Secret
from bridge.ports import LinkMail, Notice
from connectors.notify.mail import SmtpMail
from connectors.simulated.mailbox import Mail, SimulatedMailbox
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
