"""Mail encrypted to OpenPGP keys over real SMTP, opened by GnuPG."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from subprocess import CalledProcessError

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from bridge.compose.wrapping import mail_keys_found
from bridge.config.model import MailSettings
from bridge.ports import Wrapping
from bridge.texts import letters, speech
from connectors.notify import pgp
from connectors.notify.mailkey import KeyFault
from connectors.simulated.mailbox import Mail, SimulatedMailbox
from tests.live.gnupg import GnuPG
from tests.live.test_mail import AT, URL, link_mail
from tests.live.test_mail_wrapped import DAY, DORA, certificate, delivered, refused_for, secrets_in, text_of


@pytest.fixture(scope="module")
def dora() -> Iterator[GnuPG]:
    with GnuPG() as gnupg:
        yield gnupg


@pytest.fixture(scope="module")
def key(dora: GnuPG) -> bytes:
    made = dora.key(DORA, at=AT - DAY, lasts=timedelta(days=300))
    dora.for_encryption(made, at=AT - DAY, lasts=timedelta(days=90))
    return dora.public(made)


@pytest.fixture
def keys(tmp_path: Path) -> Path:
    folder = tmp_path / "keys"
    folder.mkdir()
    return folder


def parts(mail: Mail) -> list[EmailMessage]:
    return [part for part in mail.message.iter_parts() if isinstance(part, EmailMessage)]


@pytest.mark.parametrize("language", ["en", "fr", "ja"])
def test_a_link_leaves_in_an_envelope_that_its_owner_opens(
    mailbox: SimulatedMailbox, keys: Path, dora: GnuPG, key: bytes, language: str
) -> None:
    """RFC 3156: two parts, of which the second is the message; GnuPG gives both forms back, whatever the alphabet."""
    (keys / f"{DORA}.asc").write_bytes(key)
    how, mail = delivered(mailbox, link_mail(language=language), keys=keys)
    assert how == Wrapping(how="pgp")
    assert mail.message.get_content_type() == "multipart/encrypted"
    assert mail.message.get_param("protocol") == "application/pgp-encrypted"
    version, sealed = parts(mail)
    assert (version.get_content_type(), version.get_content()) == ("application/pgp-encrypted", b"Version: 1\r\n")
    assert sealed.get_content_type() == "application/octet-stream"
    assert sealed.get_content().startswith(b"-----BEGIN PGP MESSAGE-----")
    assert mail.raw.count(b"MIME-Version") == 1
    assert secrets_in(mail.raw) == []
    inside = message_from_bytes(dora.opened(sealed.get_content()), policy=policy.default)
    assert f"\n{URL}\n" in text_of(inside)
    assert speech(language).gettext(letters.LINK_CODE) in text_of(inside).splitlines()
    assert URL in text_of(inside, "html")
    assert inside["Content-Language"] == language


def test_what_was_changed_on_the_way_is_not_opened(
    mailbox: SimulatedMailbox, keys: Path, dora: GnuPG, key: bytes
) -> None:
    """Other than S/MIME, OpenPGP notices: the message carries a check of its own."""
    (keys / f"{DORA}.asc").write_bytes(key)
    _, mail = delivered(mailbox, link_mail(), keys=keys)
    lines = parts(mail)[1].get_content().splitlines()
    half = len(lines) // 2
    lines[half] = lines[half].swapcase()
    with pytest.raises(CalledProcessError):
        dora.opened(b"\n".join(lines))


def test_a_certificate_goes_ahead_of_a_key_and_a_good_one_ahead_of_a_broken_one(
    mailbox: SimulatedMailbox, keys: Path, key: bytes
) -> None:
    """Somebody may have both."""
    (keys / f"{DORA}.asc").write_bytes(key)
    (keys / f"{DORA}.pem").write_bytes(certificate(rsa.generate_private_key(65537, 2048)))
    assert delivered(mailbox, link_mail(), keys=keys)[0] == Wrapping(how="smime")
    (keys / f"{DORA}.pem").write_bytes(b"spoiled")
    assert delivered(mailbox, link_mail(), keys=keys)[0] == Wrapping(how="pgp")


def test_a_key_ends_when_it_or_its_part_for_encryption_does(dora: GnuPG, key: bytes) -> None:
    """Whichever is first, of the parts the one that lasts longest; None for one without an end."""
    assert pgp.read(key, AT).until == AT - DAY + timedelta(days=90)
    longer = dora.key("longer@example.com", at=AT - DAY, lasts=timedelta(days=10))
    dora.for_encryption(longer, at=AT - DAY, lasts=timedelta(days=5))
    dora.for_encryption(longer, at=AT - DAY)
    assert pgp.read(dora.public(longer), AT).until == AT - DAY + timedelta(days=10)
    ever = dora.key("ever@example.com", at=AT - DAY)
    dora.for_encryption(ever, at=AT - DAY)
    assert pgp.read(dora.public(ever), AT).until is None


@pytest.mark.parametrize(
    "what", ["ended", "part ended", "revoked", "signing", "short", "early", "private", "two", "none"]
)
def test_a_key_that_cannot_be_used_is_never_passed_over_in_silence(
    mailbox: SimulatedMailbox, keys: Path, dora: GnuPG, key: bytes, what: str
) -> None:
    """GnuPG would say no to each of them; we say which, and hold the link back or put it on record."""
    text, words = faulty(dora, key, what)
    (keys / f"{DORA}.asc").write_bytes(text)
    refused_for(words, mailbox, keys)


def faulty(dora: GnuPG, key: bytes, what: str) -> tuple[bytes, str]:
    """A key that is wrong in one way, and what is said of it."""
    ago, day = AT - timedelta(days=9), timedelta(days=1)
    match what:
        case "private":
            return dora.private(DORA), "private key"
        case "two":
            other = dora.key(f"{what}@example.com", at=ago)
            return key + dora.public(other), "one OpenPGP key"
        case "none":
            return (
                b"-----BEGIN PGP PUBLIC KEY BLOCK-----\n\nAAAA\n-----END PGP PUBLIC KEY BLOCK-----\n",
                "does not take",
            )
        case "early":
            made = dora.key(f"{what}@example.com", at=AT + day)
            dora.for_encryption(made, at=AT + day)
            return dora.public(made), "later day"
    made = dora.key(f"{what}@example.com", at=ago, lasts=day if what == "ended" else None)
    if what != "signing":
        kind = "rsa1024" if what == "short" else "cv25519"
        dora.for_encryption(made, at=ago, lasts=day if what == "part ended" else None, kind=kind)
    if what == "revoked":
        dora.revoke(made)
    words = {
        "ended": f"the key has ended on {ago + day:%Y-%m-%d}",
        "part ended": f"the part for encryption has ended on {ago + day:%Y-%m-%d}",
        "revoked": "was revoked", "signing": "no part for encryption", "short": "fewer bits",
    }  # fmt: skip
    return dora.public(made), words[what]


def test_check_counts_them_and_says_which_is_broken(keys: Path, dora: GnuPG) -> None:
    """By today's clock."""
    made = dora.key("ever@example.com", at=datetime(2020, 1, 1, tzinfo=UTC))
    (keys / "bare@example.com.asc").write_bytes(dora.public(made))
    dora.for_encryption(made, at=datetime(2020, 1, 2, tzinfo=UTC))
    (keys / "ever@example.com.asc").write_bytes(dora.public(made))
    found = list(mail_keys_found(MailSettings(host="smtp.example.com", sender="no-reply@example.com", keys=keys)))
    assert ["1 OpenPGP" in found[0].words, "no part for encryption" in found[1].words] == [True, True]


def test_without_gnupg_it_is_said_that_it_is_missing(key: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not that the key were bad."""
    monkeypatch.setattr(pgp, "GPG", None)
    with pytest.raises(KeyFault, match="gpg is not installed"):
        pgp.read(key, AT)
    monkeypatch.setattr(pgp, "GPG", "/usr/bin/false-gpg")
    with pytest.raises(KeyFault, match="did not run"):
        pgp.read(key, AT)


def test_nothing_is_left_behind(key: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No keyring, no home folder, no file in the temporary one (I1): what is encrypted to is in memory alone."""
    for name in ("HOME", "GNUPGHOME", "TMPDIR"):
        monkeypatch.setenv(name, str(tmp_path))
    monkeypatch.chdir(tmp_path)
    assert pgp.read(key, AT).encrypt(b"secret").startswith(b"-----BEGIN PGP MESSAGE-----")
    assert list(tmp_path.iterdir()) == []
    assert not Path("/nonexistent").exists()
