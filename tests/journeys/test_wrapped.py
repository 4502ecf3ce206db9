"""Mail that may leave encrypted alone: a daemon, two people with keys of two kinds, and one without."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from bridge.compose.audience import Visit
from bridge.domain.secret import Secret
from connectors.simulated.mailbox import LINK, Mail
from tests.journeys.bridge import Bridge, bridge
from tests.live.gnupg import GnuPG
from tests.live.test_mail_wrapped import certificate, opened, text_of

LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bridge]:
    """The folder is named as in a file: relative to it."""
    folder = tmp_path_factory.mktemp("wrapped")
    (folder / "mailkeys").mkdir()
    changes = {"\nmail:\n": "\nmail:\n  keys: mailkeys\n  wrap: required\n"}
    with bridge(folder, crowd=3, changes=changes) as running:
        yield running


def mailed(made: Bridge, number: int) -> tuple[Mail, Secret]:
    """The mail with a new reset's link, and the code that goes with it."""
    reset = made.ask("PRODA", f"U{number:03}")
    found = made.await_state(reset.id, "published", "failed")
    assert found["state"] == "published", found
    return made.stage.mailbox.wait_for(f"p{number:03}@demo.example")[-1], reset.release_code


def read(made: Bridge, inside: EmailMessage, number: int, code: Secret) -> None:
    """The link of the letter that was inside leads to what the host has."""
    link = LINK.search(text_of(inside))
    assert link is not None
    visit = Visit(made.audience._web, Secret(link[0]))
    assert visit.look() == 200
    page = visit.open(code)
    assert page.password is not None
    assert made.stage.hosts["PRODA"].accepts(f"U{number:03}", page.password.expose())


def test_whoever_has_a_certificate_reads_their_mail_and_the_password(made: Bridge, tmp_path: Path) -> None:
    """S/MIME, from the request to the password that the host takes; the link is in no mail's octets."""
    key = rsa.generate_private_key(65537, 2048)
    now = datetime.now(UTC)
    pem = certificate(key, since=now - timedelta(days=1), until=now + timedelta(days=2))
    (made.stage.folder / "mailkeys" / "p000@demo.example.pem").write_bytes(pem)
    mail, code = mailed(made, 0)
    assert b"https://" not in mail.raw  # three signs of it come by chance in what is encrypted
    read(made, opened(mail, pem, key, tmp_path), 0, code)


def test_whoever_has_an_openpgp_key_does_so_too(made: Bridge) -> None:
    """PGP/MIME; its key was put on file while the daemon ran."""
    with GnuPG() as gnupg:
        key = gnupg.key("p001@demo.example", at=LONG_AGO)
        gnupg.for_encryption(key, at=LONG_AGO)
        (made.stage.folder / "mailkeys" / "p001@demo.example.asc").write_bytes(gnupg.public(key))
        mail, code = mailed(made, 1)
        assert b"https://" not in mail.raw  # three signs of it come by chance in what is encrypted
        sealed = list(mail.message.iter_parts())[1].get_content()
        read(made, message_from_bytes(gnupg.opened(sealed), policy=policy.default), 1, code)


def test_without_a_key_nothing_is_mailed_and_the_host_is_left_alone(made: Bridge) -> None:
    """The reset says why, in words that an agent can act on."""
    before = len(made.stage.hosts["PRODA"].passwords_ever_set)
    reset = made.ask("PRODA", "U002")
    found = made.await_state(reset.id, "failed")
    assert found["failure"]["code"] == "no_mail_key"
    assert "no key on file" in found["failure"]["message"]
    assert made.stage.mailbox.to("p002@demo.example") == []
    assert len(made.stage.hosts["PRODA"].passwords_ever_set) == before
