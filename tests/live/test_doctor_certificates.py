"""The doctor at certificates that prove nothing: what it says is needed is done to the letter, and is enough."""

from __future__ import annotations

import re
import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import trustme
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from bridge.config.model import HostTls
from connectors.certificates import described
from tests.live.test_doctor import failures, host, said, served, system_at, trusting

NEEDED = re.compile(
    r"needed is in tls\.ca(?:, beside the certificate of [^,]+,[^,]+, that of| the certificate of) (.*)"
)


@pytest.fixture(scope="module")
def root() -> trustme.CA:
    return trustme.CA(organization_name="Root")


@pytest.fixture(scope="module")
def issuing(root: trustme.CA) -> trustme.CA:
    return root.create_child_ca()


def pem_of(*authorities: trustme.CA) -> bytes:
    return b"".join(each.cert_pem.bytes() for each in authorities)


def named(words: str, *authorities: trustme.CA) -> bytes:
    """The certificate that the doctor asks for."""
    found = NEEDED.search(words)
    assert found, words
    (wanted,) = [each for each in authorities if found[1].startswith(described(pem_of(each))[0].subject)]
    return pem_of(wanted)


def alone(certificate: trustme.LeafCert, folder: Path) -> ssl.SSLContext:
    """A host that sends its own certificate, and none of those above it."""
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    certificate.cert_chain_pems[0].write_to_path(str(folder / "own.pem"))
    certificate.private_key_pem.write_to_path(str(folder / "own.key"))
    made.load_cert_chain(folder / "own.pem", folder / "own.key")
    return made


def at(port: int, folder: Path, trusted: bytes) -> str:
    (folder / "ca.pem").write_bytes(trusted)
    return failures(said(system_at(port, folder, tls=HostTls(ca=folder / "ca.pem"))))


def test_the_root_is_asked_for_where_the_host_sends_the_rest(
    root: trustme.CA, issuing: trustme.CA, tmp_path: Path
) -> None:  # fmt: skip
    """The issuing CA's certificate in tls.ca would not do, and it has come already."""
    stranger = pem_of(trustme.CA())
    with host(tls=served(issuing.issue_cert("localhost"))) as zos:
        found = at(zos.port, tmp_path, stranger)
        assert at(zos.port, tmp_path, stranger + named(found, root, issuing)) == ""
        half = at(zos.port, tmp_path, pem_of(issuing))
        assert "the one above it is not" in half
        assert at(zos.port, tmp_path, pem_of(issuing) + named(half, root)) == ""


def test_a_host_that_keeps_the_issuing_certificate_to_itself(
    root: trustme.CA, issuing: trustme.CA, tmp_path: Path
) -> None:  # fmt: skip
    """That is the cause, and either side can mend it: here to the letter, one step after the other."""
    with host(tls=alone(issuing.issue_cert("localhost"), tmp_path)) as zos:
        found = at(zos.port, tmp_path, pem_of(root))
        assert "The host sends its own alone" in found
        assert "CONNECT them to the key ring" in found
        assert at(zos.port, tmp_path, pem_of(root) + named(found, issuing, root)) == ""
        half = at(zos.port, tmp_path, pem_of(issuing))
        assert at(zos.port, tmp_path, pem_of(issuing) + named(half, root)) == ""


def test_a_ca_of_the_same_name_and_another_key(tmp_path: Path) -> None:
    """Renewed on the host's side: its name is in tls.ca, and that is not what is missing."""
    old, new = (trustme.CA(organization_name="Same", organization_unit_name="Unit") for _ in "12")
    with host(tls=served(new.issue_cert("localhost"))) as zos:
        assert "the present certificate of" in at(zos.port, tmp_path, pem_of(old))
        assert at(zos.port, tmp_path, pem_of(new)) == ""


def test_a_certificate_of_tomorrow(root: trustme.CA, tmp_path: Path) -> None:
    """A clock is wrong, and both times are told; the CA has nothing to do with it."""
    day = datetime.now(UTC) + timedelta(days=1)
    with host(tls=served(root.issue_cert("localhost", not_before=day, not_after=day + timedelta(days=9)))) as zos:
        found = failures(said(system_at(zos.port, tmp_path, tls=trusting(root, tmp_path))))
    assert f"needed is the right time: it counts from {day:%Y-%m-%d %H:%M} UTC, and this machine says" in found


def weak(folder: Path) -> tuple[ssl.SSLContext, bytes]:
    """A host whose key is of 1024 bits, and who signed that."""
    strong, short = (rsa.generate_private_key(65537, bits) for bits in (2048, 1024))
    who = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    ca = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "Old CA")])

    def signed(subject: x509.Name, key: Any, *more: x509.ExtensionType) -> bytes:
        made = x509.CertificateBuilder(ca, subject, key, x509.random_serial_number(), datetime(2020, 1, 1, tzinfo=UTC),
                                       datetime(2050, 1, 1, tzinfo=UTC))  # fmt: skip
        for each in more:
            made = made.add_extension(each, critical=False)
        return made.sign(strong, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)

    names = x509.SubjectAlternativeName([x509.DNSName("localhost")])
    (folder / "weak.pem").write_bytes(signed(who, short.public_key(), names))
    plain = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    (folder / "weak.key").write_bytes(short.private_bytes(*plain))
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    made.set_ciphers("DEFAULT:@SECLEVEL=0")
    made.load_cert_chain(folder / "weak.pem", folder / "weak.key")
    return made, signed(ca, strong.public_key(), x509.BasicConstraints(ca=True, path_length=None))


def test_a_key_that_is_too_weak_is_not_mended_by_trust(tmp_path: Path) -> None:
    """Its CA is in tls.ca: a new certificate is needed."""
    tls, trusted = weak(tmp_path)
    with host(tls=tls) as zos:
        found = at(zos.port, tmp_path, trusted)
    assert "the certificate's key is too weak" in found
    assert "needed is a new certificate on the host, with a key of RSA 2048 or P-256 at least" in found
    assert "needed is in tls.ca" not in found


def test_an_address_of_the_name_that_nobody_answers_at(
    root: trustme.CA, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:  # fmt: skip
    """It is named beside the one that works, and what to write in its place goes through."""
    monkeypatch.setattr("bridge.compose.reaching.addresses", lambda *_: ["127.0.0.2", "127.0.0.1"])
    with host(tls=served(root.issue_cert("localhost"))) as zos:
        tls = trusting(root, tmp_path)
        found = said(system_at(zos.port, tmp_path, tls=tls))
        (words,) = [each for each in found if "an address that takes no connection" in each]
        assert words.startswith("warn localhost has")
        assert "write host: 127.0.0.1 with tls.name: localhost (127.0.0.2 port" in words
        monkeypatch.undo()
        found = said(system_at(zos.port, tmp_path, host="127.0.0.1", tls=HostTls(ca=tls.ca, name="localhost")))
        assert failures(found) == ""
