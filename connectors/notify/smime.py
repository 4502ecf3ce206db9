"""S/MIME (RFC 8551): a letter that only the holder of a certificate's key can read.

The content is encrypted by AES-256 in CBC mode, and that key by RSA with PKCS #1 v1.5: what every mail program opens,
and all that the library makes. CBC is not authenticated, so a stranger can spoil such a mail or have a careless mail
program load something; what the link asks for besides the mail stays needed. Nothing is signed. Who issued a
certificate is not looked at, nor whether it was revoked: whoever may write into the folder vouches for what is in it.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import partial
from typing import Final

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.ciphers.algorithms import AES256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.hazmat.primitives.serialization.pkcs7 import PKCS7EnvelopeBuilder, PKCS7Options
from cryptography.x509.oid import ExtendedKeyUsageOID

from connectors.notify.mailkey import KeyFault, MailKey

FEWEST_BITS: Final = 2048
NOBODYS: Final = (
    "no certificate of a person is in it, at most an authority's: one with CA:TRUE, as `openssl req -x509` makes them "
    "unless it is given basicConstraints=CA:FALSE"
)
FOR_MAIL: Final = {ExtendedKeyUsageOID.EMAIL_PROTECTION, ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE}


def read(text: bytes, at: datetime) -> MailKey:
    """The certificates in a PEM file that mail can be encrypted to now; an authority's are passed over.

    Several are several recipients: a person's old certificate and the new one, or one for each device. Raises
    KeyFault, for the first one's reason, where none can be used.
    """
    if b"PRIVATE KEY-----" in text:
        raise KeyFault("it holds a private key, which belongs to the person alone; take it out, and have it replaced")
    try:
        given = [one for one in x509.load_pem_x509_certificates(text) if not _authority(one)]
    except ValueError:
        raise KeyFault("certificates in PEM are expected") from None
    faults = [_fault(one, at) for one in given]
    usable = [one for one, fault in zip(given, faults, strict=True) if not fault]
    if not usable:
        raise KeyFault(next(filter(None, faults), NOBODYS))
    return MailKey(
        kind="smime", until=max(one.not_valid_after_utc for one in usable), encrypt=partial(_enveloped, usable)
    )


def _enveloped(to: Sequence[x509.Certificate], entity: bytes) -> bytes:
    """EnvelopedData in DER. The entity has CRLF at its lines' ends already."""
    builder = PKCS7EnvelopeBuilder().set_data(entity).set_content_encryption_algorithm(AES256)
    for certificate in to:
        builder = builder.add_recipient(certificate)
    return builder.encrypt(Encoding.DER, [PKCS7Options.Binary])


def _authority(certificate: x509.Certificate) -> bool:
    try:
        return certificate.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    except (x509.ExtensionNotFound, ValueError):
        return False


def _fault(certificate: x509.Certificate, at: datetime) -> str:
    """Why mail cannot be encrypted to it; empty where it can."""
    if at >= certificate.not_valid_after_utc:
        return f"the certificate ended on {certificate.not_valid_after_utc:%Y-%m-%d}"
    if at < certificate.not_valid_before_utc:
        return f"the certificate begins on {certificate.not_valid_before_utc:%Y-%m-%d}"
    try:
        return _unfit_key(certificate) or next(filter(None, map(_unfit_use, certificate.extensions)), "")
    except (ValueError, UnsupportedAlgorithm):
        return "the certificate cannot be read"


def _unfit_key(certificate: x509.Certificate) -> str:
    key = certificate.public_key()
    if not isinstance(key, rsa.RSAPublicKey):
        return "the certificate's key is not RSA, and no other kind can be encrypted to here"
    if key.key_size < FEWEST_BITS:
        return f"the certificate's key has {key.key_size} bits; {FEWEST_BITS} are the least"
    return ""


def _unfit_use(extension: x509.Extension[x509.ExtensionType]) -> str:
    match extension.value:
        case x509.KeyUsage() as usage if not usage.key_encipherment:
            return "the certificate is for signing, not for encryption (its key usage)"
        case x509.ExtendedKeyUsage() as uses if not FOR_MAIL & set(uses):
            return "the certificate is not for mail (its extended key usage)"
    return ""
