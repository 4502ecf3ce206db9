"""How we show the OpenID provider that we are its client: a secret that both know, or a key that is ours alone.

With a key nothing that could be used again travels: private_key_jwt, OpenID Connect Core 1.0, 9, and RFC 7523, 3.
"""

from __future__ import annotations

from base64 import b64encode, urlsafe_b64encode
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Final
from urllib.parse import quote

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, Key, RSAKey

from bridge.config.model import OidcSettings
from bridge.domain.errors import ConfigFault
from bridge.domain.secret import Secret
from bridge.ports import Return

GOOD_FOR: Final = timedelta(minutes=1)
TYPE: Final = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
SMALLEST: Final = 2048  # bits of an RSA key


class Client:
    """`oidc.client_secret`, or `oidc.client_key`. Raises ConfigFault for a key that does not sign as is configured."""

    def __init__(self, settings: OidcSettings, secret: Secret) -> None:
        self._settings = settings
        self._secret = None if settings.client_key else secret
        self._key = _read_key(settings, secret) if settings.client_key else None

    def shown(self, token_endpoint: str, basic: bool, back: Return, at: datetime) -> tuple[dict[str, str], str]:
        """What goes into the form, and into the Authorization header; `basic`: the secret goes there."""
        settings = self._settings
        if self._key is not None:
            assertion = self._assertion(self._key, token_endpoint, back, at)
            return {"client_id": settings.client_id, "client_assertion_type": TYPE, "client_assertion": assertion}, ""
        secret = self._secret.expose() if self._secret else ""
        if not basic:
            return {"client_id": settings.client_id, "client_secret": secret}, ""
        pair = f"{quote(settings.client_id, safe='')}:{quote(secret, safe='')}"  # RFC 6749, 2.3.1
        return {}, f"Basic {b64encode(pair.encode()).decode()}"

    def _assertion(self, key: Key, audience: str, back: Return, at: datetime) -> str:
        """Good for one exchange: its id comes of the code and the verifier, which are exchanged once."""
        settings, now = self._settings, int(at.timestamp())
        once = sha256(f"{back.code.expose()}\n{back.verifier.expose()}\n{at.isoformat()}".encode()).digest()
        header = {"alg": settings.client_key_algorithm, "typ": "JWT"}
        if settings.client_key_id:
            header["kid"] = settings.client_key_id
        claims = {
            "iss": settings.client_id,
            "sub": settings.client_id,
            "aud": audience,
            "jti": urlsafe_b64encode(once).decode().rstrip("="),
            "iat": now,
            "exp": now + int(GOOD_FOR.total_seconds()),
        }
        return jwt.encode(header, claims, key, algorithms=[settings.client_key_algorithm])


def _read_key(settings: OidcSettings, secret: Secret) -> Key:
    kind = ECKey if settings.client_key_algorithm == "ES256" else RSAKey
    try:
        key = kind.import_key(secret.expose())
        fits = key.is_private and (key.curve_name == "P-256" if isinstance(key, ECKey) else _bits(key) >= SMALLEST)
    except (JoseError, ValueError, TypeError):
        fits = False
    if not fits:
        wanted = "on P-256" if settings.client_key_algorithm == "ES256" else f"of RSA, {SMALLEST} bits or more,"
        words = f"oidc.client_key: a private key {wanted} is expected in PEM, without a passphrase"
        raise ConfigFault([words])
    return key


def _bits(key: RSAKey) -> int:
    return int(key.raw_value.key_size)
