"""What is sealed in these tests, and the documented rules by which anybody opens it."""

from __future__ import annotations

import hmac
import re
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from bridge.domain.link import Locator, new_locator, unbase32
from bridge.domain.names import Account, ResetId, SystemName, Userid
from bridge.domain.secret import Secret
from bridge.ports import Binding
from connectors.machine import dice

PAGE = Path(__file__).parents[2] / "docs" / "sealing.md"
PASSWORD = Secret("k7wq2mfx")


def a_binding(userid: str = "PAYROLL7", reset_id: str = "R7K2M9QX4TB0C") -> Binding:
    """What a password belongs to."""
    account = Account(SystemName("PRODA"), Userid(userid))
    return Binding(reset_id=ResetId(reset_id), account=account, locator=new_locator(dice))


def proof_for(key: Secret, locator: Locator) -> Secret:
    """What a browser would send."""
    return Secret(hkdf(unbase32(key.expose(), 20), locator.encode(), b"resetbridge/1 link verifier").hex())


def flipped(raw: bytes) -> list[bytes]:
    """Every way to change one bit of one byte, and to cut or add one at the end."""
    return [
        *(raw[:n] + bytes([raw[n] ^ 1 << n % 8]) + raw[n + 1 :] for n in range(len(raw))),
        raw[:-1],
        raw + b"\0",
        b"",
    ]


def example(number: int = 1) -> dict[str, str]:
    """The example in docs/sealing.md; 2 is what is different where the link is armed."""
    block = PAGE.read_text().split("```text\n")[number].split("```")[0]
    return dict(re.split(r"\s{2,}", line, maxsplit=1) for line in block.splitlines())


def hkdf(key: bytes, salt: bytes, info: bytes) -> bytes:
    """RFC 5869 with nothing but HMAC, for one block."""
    return hmac.digest(hmac.digest(salt or bytes(32), key, "sha256"), info + b"\x01", "sha256")


def by_rfc_9180(private: X25519PrivateKey, public: bytes, inner: bytes, info: bytes) -> bytes:
    """SetupBaseR and Open, with DHKEM(X25519, HKDF-SHA256), HKDF-SHA256 and AES-256-GCM: sections 4 and 5."""
    kem, suite = b"KEM" + b"\0\x20", b"HPKE" + b"\0\x20\0\x01\0\x02"

    def extract(about: bytes, salt: bytes, label: bytes, text: bytes) -> bytes:
        return hmac.digest(salt, b"HPKE-v1" + about + label + text, "sha256")

    def expand(about: bytes, key: bytes, label: bytes, text: bytes, size: int) -> bytes:
        return hmac.digest(key, size.to_bytes(2) + b"HPKE-v1" + about + label + text + b"\x01", "sha256")[:size]

    encapsulated, text = inner[:32], inner[32:]
    shared = private.exchange(X25519PublicKey.from_public_bytes(encapsulated))
    secret = expand(kem, extract(kem, b"", b"eae_prk", shared), b"shared_secret", encapsulated + public, 32)
    about = b"\0" + extract(suite, b"", b"psk_id_hash", b"") + extract(suite, b"", b"info_hash", info)
    made = extract(suite, secret, b"secret", b"")
    key, nonce = expand(suite, made, b"key", about, 32), expand(suite, made, b"base_nonce", about, 12)
    return AESGCM(key).decrypt(nonce, text, b"")
