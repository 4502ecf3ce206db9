"""Encrypted mail over real SMTP, opened by the programs that people open it with."""

from __future__ import annotations

import subprocess
from datetime import datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from bridge.domain.errors import NoMailKey
from bridge.ports import LinkMail, Notice, Wrapping
from bridge.texts import letters, speech
from connectors.simulated.mailbox import Mail, SimulatedMailbox
from tests.live.test_mail import AT, KEY, URL, link_mail, smtp

DORA = "dora@example.com"
DAY = timedelta(days=1)
Key = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey


@pytest.fixture(scope="module")
def key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(65537, 2048)


@pytest.fixture
def keys(tmp_path: Path) -> Path:
    folder = tmp_path / "keys"
    folder.mkdir()
    return folder


def certificate(
    key: Key, *, since: datetime = AT - DAY, until: datetime = AT + DAY, usage: str = "key_encipherment",
    purpose: x509.ObjectIdentifier = ExtendedKeyUsageOID.EMAIL_PROTECTION, authority: bool = False,
) -> bytes:  # fmt: skip
    """A certificate of its own issue, in PEM."""
    uses = dict.fromkeys(
        ("digital_signature", "content_commitment", "key_encipherment", "data_encipherment", "key_agreement",
         "key_cert_sign", "crl_sign", "encipher_only", "decipher_only"), False)  # fmt: skip
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, DORA)])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(since)
        .not_valid_after(until)
        .add_extension(x509.BasicConstraints(ca=authority, path_length=None), critical=True)
        .add_extension(x509.KeyUsage(**{**uses, usage: True}), critical=True)
        .add_extension(x509.ExtendedKeyUsage([purpose]), critical=False)
        .sign(key, hashes.SHA256())
    )
    return made.public_bytes(Encoding.PEM)


def opened(mail: Mail, certificate: bytes, key: Key, folder: Path) -> EmailMessage:
    """What `openssl cms` makes of a mail as it arrived, for whoever holds the key."""
    files = {
        "mail.eml": mail.raw, "cert.pem": certificate,
        "key.pem": key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()),
    }  # fmt: skip
    for name, text in files.items():
        (folder / name).write_bytes(text)
    command = ["openssl", "cms", "-decrypt", "-in", "mail.eml", "-recip", "cert.pem", "-inkey", "key.pem"]
    done = subprocess.run(command, cwd=folder, capture_output=True, check=True, timeout=30)
    return message_from_bytes(done.stdout, policy=policy.default)


def delivered(mailbox: SimulatedMailbox, letter: LinkMail | Notice, **changes: Any) -> tuple[Wrapping | None, Mail]:
    how = None
    with smtp(mailbox, **changes).relay() as relay:
        if isinstance(letter, Notice):
            relay.send_notice(letter)
        else:
            how = relay.send_link(letter)
    return how, mailbox.wait_for(letter.to)[-1]


def text_of(message: EmailMessage, subtype: str = "plain") -> str:
    part = message.get_body((subtype,))
    assert part is not None
    return str(part.get_content()).replace("\r\n", "\n")


def secrets_in(raw: bytes) -> list[str]:
    """What of the link can be read in a mail by whoever carries it, base64 undone."""
    message = message_from_bytes(raw, policy=policy.default)
    seen = raw + b"".join(part.get_payload(decode=True) or b"" for part in message.walk() if not part.is_multipart())
    return [word for word in (KEY, KEY[:4] + " " + KEY[4:8], "/r/0000") if word.encode() in seen]


@pytest.mark.parametrize("language", ["en", "fr", "ja"])
def test_a_link_leaves_in_an_envelope_that_its_owner_opens(
    mailbox: SimulatedMailbox, keys: Path, key: rsa.RSAPrivateKey, tmp_path: Path, language: str
) -> None:
    """Nothing of link or code is to be read on the way; openssl gives both forms back, whatever the alphabet."""
    pem = certificate(key)
    (keys / f"{DORA}.pem").write_bytes(pem)
    how, mail = delivered(mailbox, link_mail(language=language, to="Dora@example.com"), keys=keys)
    assert how == Wrapping(how="smime")
    assert mail.message.get_content_type() == "application/pkcs7-mime"
    assert mail.message.get_param("smime-type") == "enveloped-data"
    assert mail.message["Auto-Submitted"] == "auto-generated"
    assert secrets_in(mail.raw) == []
    inside = opened(mail, pem, key, tmp_path)
    assert f"\n{URL}\n" in text_of(inside)
    assert speech(language).gettext(letters.LINK_CODE) in text_of(inside).splitlines()
    assert URL in text_of(inside, "html")
    assert inside["Content-Language"] == language
    asn1 = ["openssl", "cms", "-cmsout", "-print", "-in", "mail.eml"]
    shown = subprocess.run(asn1, cwd=tmp_path, capture_output=True, text=True, check=True, timeout=30).stdout
    assert "aes-256-cbc" in shown


def test_without_a_key_it_leaves_as_ever_and_both_are_told_apart(mailbox: SimulatedMailbox, keys: Path) -> None:
    """Where keys are on file for others alone; the check that nothing can be read does see what can."""
    how, mail = delivered(mailbox, link_mail(), keys=keys)
    assert how == Wrapping()
    assert len(secrets_in(mail.raw)) == 3


def test_the_old_certificate_and_the_new_one_both_open_it(
    mailbox: SimulatedMailbox, keys: Path, key: rsa.RSAPrivateKey, tmp_path: Path
) -> None:
    """Several in one file are several recipients; one that has ended, and an authority's, are none."""
    other = rsa.generate_private_key(65537, 2048)
    mine, its = certificate(key), certificate(other)
    ended, issuer = certificate(key, until=AT - timedelta(hours=1)), certificate(other, authority=True)
    (keys / f"{DORA}.pem").write_bytes(ended + mine + issuer + its)
    _, mail = delivered(mailbox, link_mail(), keys=keys)
    for pem, holder in ((mine, key), (its, other)):
        assert URL in text_of(opened(mail, pem, holder, tmp_path))
    for pem, holder in ((ended, key), (issuer, other)):
        with pytest.raises(subprocess.CalledProcessError):
            opened(mail, pem, holder, tmp_path)


def test_a_notice_is_wrapped_too_and_never_held_back(
    mailbox: SimulatedMailbox, keys: Path, key: rsa.RSAPrivateKey, tmp_path: Path
) -> None:
    """An alarm leaves in clear rather than not at all, also where links may not."""
    pem = certificate(key)
    (keys / f"{DORA}.pem").write_bytes(pem)
    notice = Notice(id="N1", at=AT, kind="revealed", to=DORA, language="en")
    _, mail = delivered(mailbox, notice, keys=keys, wrap="required")
    assert "Hello" in text_of(opened(mail, pem, key, tmp_path))
    (keys / f"{DORA}.pem").write_bytes(b"spoiled")
    _, mail = delivered(mailbox, notice, keys=keys, wrap="required")
    assert mail.text.startswith("Hello")


FAULTY: dict[str, tuple[dict[str, Any], str]] = {
    "ended": ({"until": AT - timedelta(hours=1)}, "the certificate ended on 2026-11-25"),
    "early": ({"since": AT + timedelta(hours=1)}, "begins on 2026-11-25"),
    "signing": ({"usage": "digital_signature"}, "for signing"),
    "server": ({"purpose": ExtendedKeyUsageOID.SERVER_AUTH}, "not for mail"),
    "authority": ({"authority": True}, "no certificate of a person is in it, at most an authority's: one with CA:TRUE"),
}


@pytest.mark.parametrize("what", FAULTY)
def test_a_key_that_cannot_be_used_is_never_passed_over_in_silence(
    mailbox: SimulatedMailbox, keys: Path, key: rsa.RSAPrivateKey, what: str
) -> None:
    """Where mail has to be wrapped, nothing leaves, and the reason is said; else it leaves in clear, and so is that."""
    changes, words = FAULTY[what]
    (keys / f"{DORA}.pem").write_bytes(certificate(key, **changes))
    refused_for(words, mailbox, keys)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (b"", "PEM are expected"),
        (b"-----BEGIN CERTIFICATE-----\nMAAA\n-----END CERTIFICATE-----\n", "PEM are expected"),
        (b"-----BEGIN PRIVATE KEY-----\n", "private key"),
        (b"x" * 1_000_001, "too large"),
    ],
)
def test_a_file_that_is_no_certificate_is_said_to_be_none(
    mailbox: SimulatedMailbox, keys: Path, text: bytes, words: str
) -> None:
    """A private key is refused most of all: it is not ours to have."""
    (keys / f"{DORA}.pem").write_bytes(text)
    refused_for(words, mailbox, keys)


def test_other_kinds_of_key_and_short_ones_are_named(mailbox: SimulatedMailbox, keys: Path) -> None:
    """The library encrypts to RSA alone; 1024 bits are not enough."""
    for key, words in (
        (ec.generate_private_key(ec.SECP256R1()), "not RSA"),
        (rsa.generate_private_key(65537, 1024), "1024 bits"),
    ):
        (keys / f"{DORA}.pem").write_bytes(certificate(key))
        refused_for(words, mailbox, keys)


def refused_for(words: str, mailbox: SimulatedMailbox, keys: Path) -> None:
    must = smtp(mailbox, keys=keys, wrap="required")
    with pytest.raises(NoMailKey, match=words):
        must.wrapping(DORA)
    mailbox.forget()
    with pytest.raises(NoMailKey, match=words), must.relay() as relay:
        relay.send_link(link_mail())
    assert mailbox.mails == []
    how, mail = delivered(mailbox, link_mail(), keys=keys)
    assert how is not None
    assert (how.how, words in how.why_not) == ("", True)
    assert URL in mail.text


def test_no_file_and_no_folder_are_reasons_too(mailbox: SimulatedMailbox, keys: Path) -> None:
    """Where keys are required: nobody's mail leaves in clear because a folder was not mounted."""
    for folder, words in ((keys, "no key on file"), (keys / "away", "no folder")):
        with pytest.raises(NoMailKey, match=words):
            smtp(mailbox, keys=folder, wrap="required").wrapping(DORA)
    assert "no folder" in smtp(mailbox, keys=keys / "away").wrapping(DORA).why_not


def test_an_address_cannot_lead_out_of_the_folder(
    mailbox: SimulatedMailbox, keys: Path, key: rsa.RSAPrivateKey
) -> None:
    """A slash may stand in an address; a file of that name is not looked for."""
    (keys.parent / "x@example.com.pem").write_bytes(certificate(key))
    assert smtp(mailbox, keys=keys)._wraps.foreseen(f"{keys.parent}/x@example.com") == Wrapping()
    assert smtp(mailbox, keys=keys / "sub")._wraps.foreseen("../x@example.com") == Wrapping()
