"""Certificates for development and demonstration: a small authority of one's own, and what it issues."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import ip_address
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

VALID_FOR: Final = timedelta(days=397)
RSA_BITS: Final = 2048  # 112 bits of security, as NIST SP 800-57 counts them
EC_BITS: Final = 224


@dataclass(frozen=True, slots=True, kw_only=True)
class Issued:
    """PEM texts. `chain` is the certificate alone; `key` must be written with mode 0600."""

    authority: bytes
    chain: bytes
    key: bytes


def development(names: Sequence[str], *, at: datetime, title: str = "Reset Bridge development") -> Issued:
    """Make an authority and a server certificate for host names or addresses, valid from an hour ago for 397 days.

    The authority's key is thrown away: nothing else can be issued under it.
    """
    authority_key = ec.generate_private_key(ec.SECP256R1())
    key = ec.generate_private_key(ec.SECP256R1())
    authority_name = _name(f"{title} authority")
    authority = (
        _builder(authority_name, authority_name, authority_key.public_key(), at)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(sign_certificates=True), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(authority_key.public_key()), critical=False)
        .sign(authority_key, hashes.SHA256())
    )
    certificate = (
        _builder(_name(names[0]), authority_name, key.public_key(), at)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.SubjectAlternativeName([_subject(name) for name in names]), critical=False)
        .add_extension(_usage(sign_certificates=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(authority_key.public_key()), critical=False)
        .sign(authority_key, hashes.SHA256())
    )
    return Issued(
        authority=authority.public_bytes(serialization.Encoding.PEM),
        chain=certificate.public_bytes(serialization.Encoding.PEM),
        key=key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        ),
    )


def _builder(
    subject: x509.Name, issuer: x509.Name, public_key: ec.EllipticCurvePublicKey, at: datetime
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(public_key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(at - timedelta(hours=1))
        .not_valid_after(at + VALID_FOR)
    )


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text[:64])])


def _subject(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def _usage(*, sign_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=True,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=sign_certificates,
        crl_sign=sign_certificates,
        encipher_only=False,
        decipher_only=False,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Described:
    """What a certificate says of itself. `names`: DNS names and addresses it is for; `print`: SHA-256, in hex.

    own    it is signed by itself
    weak   its key is one that OpenSSL refuses at its level 2: fewer than 112 bits of security
    """

    names: tuple[str, ...]
    subject: str
    issuer: str
    until: datetime
    since: datetime
    own: bool
    weak: bool
    print: str


def describe(der: bytes) -> Described:
    """Read a certificate (DER). Raises ValueError where it is none."""
    seen = x509.load_der_x509_certificate(der)
    try:
        given = seen.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        names = [*given.get_values_for_type(x509.DNSName), *map(str, given.get_values_for_type(x509.IPAddress))]
    except x509.ExtensionNotFound:
        names = [str(each.value) for each in seen.subject.get_attributes_for_oid(NameOID.COMMON_NAME)]
    return Described(
        names=tuple(names),
        subject=seen.subject.rfc4514_string(),
        issuer=seen.issuer.rfc4514_string(),
        until=seen.not_valid_after_utc,
        since=seen.not_valid_before_utc,
        own=seen.issuer == seen.subject,
        weak=_weak(seen),
        print=seen.fingerprint(hashes.SHA256()).hex(),
    )


def _weak(seen: x509.Certificate) -> bool:
    match seen.public_key():
        case rsa.RSAPublicKey() as key:
            return key.key_size < RSA_BITS
        case ec.EllipticCurvePublicKey() as key:
            return key.key_size < EC_BITS
        case _:
            return False


def described(pem: bytes) -> tuple[Described, ...]:
    """Read all the certificates of a file. Raises ValueError where there is none."""
    return tuple(
        describe(each.public_bytes(serialization.Encoding.DER)) for each in x509.load_pem_x509_certificates(pem)
    )


def valid_until(pem: bytes) -> datetime:
    """When a certificate ends. Raises ValueError where it is none."""
    return x509.load_pem_x509_certificate(pem).not_valid_after_utc
