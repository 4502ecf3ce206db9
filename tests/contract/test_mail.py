"""The Mail port: the twin and SMTP keep the same promises."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bridge.config.model import MailSettings, Site
from bridge.domain.errors import MailRefused, MailUnreached, NoMailKey
from bridge.domain.names import ResetId
from bridge.domain.secret import Secret
from bridge.ports import LinkMail, Mail, Notice, Wrapping
from connectors.notify.mail import SmtpMail
from connectors.simulated.mailbox import SimulatedMailbox
from tests.fakes.outside import FakeClock, FakeMail

AT = datetime(2026, 11, 25, 12, 0, tzinfo=UTC)
LINK = LinkMail(
    reset_id=ResetId("R7K2M9QX4TB0C"),
    to="dora@example.com",
    name="Dora",
    language="en",
    url=Secret("https://reset.example.com/r/00000000000000000000000000#ABCDEFGHJKMNPQRSTVWXYZ0123456789"),
    code=Secret("ABCD EFGH JKMN PQRS TVWX YZ01 2345 6789"),
    expires_at=AT + timedelta(hours=24),
    factors=("totp",),
)
NOTICE = Notice(id="N1", at=AT, kind="revealed", to="dora@example.com", language="en")


@dataclass
class Setting:
    """A way to the relay, and what to do to the relay behind it. `arrived` counts mails.

    strict   the same way, by which no link leaves in clear; nobody has a key
    """

    mail: Mail
    strict: Mail
    arrived: Callable[[], int]
    away: Callable[[], None]
    later: Callable[[], None]
    never: Callable[[], None]


@pytest.fixture(params=["twin", "smtp"])
def setting(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Setting]:
    if request.param == "twin":
        fake, strict = FakeMail(), FakeMail()
        strict.no_key = "none is on file"
        yield Setting(
            fake,
            strict,
            lambda: len(fake.links) + len(fake.notices),
            lambda: fake.connecting.append(MailUnreached("away")),
            lambda: fake.sending.append(MailUnreached("later")),
            lambda: fake.sending.append(MailRefused("never")),
        )
        return
    with SimulatedMailbox() as mailbox:
        settings = MailSettings(
            host=mailbox.host, port=mailbox.port, security="none", sender="no-reply@example.com",
            answer_within=timedelta(seconds=5),
        )  # fmt: skip
        site = Site(name="Example", base_url="https://reset.example.com")
        yield Setting(
            SmtpMail(settings, None, site, FakeClock()),
            SmtpMail(replace(settings, keys=tmp_path, wrap="required"), None, site, FakeClock()),
            lambda: len(mailbox.mails),
            lambda: mailbox.answer("NOOP", "drop"),
            lambda: mailbox.answer("RCPT", "450 4.2.0 later"),
            lambda: mailbox.answer("RCPT", "550 5.1.1 nobody of that name"),
        )


def test_a_link_and_a_notice_go_through_one_connection(setting: Setting) -> None:
    """What send_… returns from without an error, the relay has taken."""
    with setting.mail.relay() as relay:
        relay.send_link(LINK)
        relay.send_notice(NOTICE)
    assert setting.arrived() == 2


def test_a_mailbox_starts_where_a_loop_is_running_already() -> None:
    """A browser in the same process keeps one on this thread."""

    async def begin() -> int:
        with SimulatedMailbox() as mailbox:
            return mailbox.port

    assert asyncio.run(begin()) > 0


def test_a_relay_that_is_away_is_noticed_before_anything_is_sent(setting: Setting) -> None:
    """relay() raises: the host is asked for nothing while mail cannot leave."""
    setting.away()
    with pytest.raises(MailUnreached), setting.mail.relay():
        pytest.fail("there is no relay")
    assert setting.arrived() == 0


def test_later_and_never_are_told_apart_and_the_connection_stays_good(setting: Setting) -> None:
    """4xx is MailUnreached, 5xx MailRefused; the next message goes through the same connection."""
    setting.later()
    with setting.mail.relay() as relay:
        with pytest.raises(MailUnreached):
            relay.send_link(LINK)
        setting.never()
        with pytest.raises(MailRefused):
            relay.send_link(LINK)
        relay.send_link(LINK)
    assert setting.arrived() == 1


def test_how_a_link_leaves_is_foreseen_and_told(setting: Setting) -> None:
    """In clear where that may be; where it may not, not at all, and notices all the same."""
    assert setting.mail.wrapping(LINK.to) == Wrapping()
    with setting.mail.relay() as relay:
        assert relay.send_link(LINK) == Wrapping()
    before = setting.arrived()
    with pytest.raises(NoMailKey):
        setting.strict.wrapping(LINK.to)
    with setting.strict.relay() as relay:
        with pytest.raises(NoMailKey):
            relay.send_link(LINK)
        assert setting.arrived() == before
        relay.send_notice(NOTICE)
