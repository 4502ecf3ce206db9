"""A person at the company's sign-on, and ID tokens that the provider or somebody else signed."""

from __future__ import annotations

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit

import requests
from joserfc import jwt
from joserfc.jwk import RSAKey

from bridge.domain.secret import Secret
from bridge.ports import Return, Start
from connectors.factors.oidc import OpenIdProvider
from tests.live.provider import ONES_OWN, SECRET, Provider

HERE = "https://reset.example.com"
NONCE, VERIFIER = "n" * 64, Secret("v" * 64)


def ours(company: Provider, **changes: Any) -> OpenIdProvider:
    return OpenIdProvider(company.settings(**changes), HERE, Secret(SECRET))


def log_on(sign_on: OpenIdProvider, who: str, company: Provider) -> Return:
    """Go there as a browser would, log on, and come back with a code."""
    began = datetime.now(UTC)
    address = sign_on.address(Start(state="S", nonce=NONCE, verifier=VERIFIER, language="en"), began)
    answer = requests.post(address, data={"sub": who}, verify=company.ca, allow_redirects=False, timeout=10)
    back = urlsplit(answer.headers["Location"])
    assert f"{back.scheme}://{back.netloc}{back.path}" == f"{HERE}/sign-on"
    query = parse_qs(back.query)
    assert query["state"] == ["S"]
    return Return(code=Secret(query["code"][0]), issuer="", nonce=NONCE, verifier=VERIFIER, began=began)


def named(company: Provider, who: str = ONES_OWN, **changes: Any) -> str:
    sign_on = ours(company, **changes)
    return sign_on.name(log_on(sign_on, who, company), datetime.now(UTC))


MINE = RSAKey.generate_key(2048, {"kid": "mine"})


def claims_of(token: str) -> dict[str, Any]:
    part = token.split(".")[1]
    return dict(json.loads(urlsafe_b64decode(part + "=" * (-len(part) % 4))))


def part(value: dict[str, Any]) -> str:
    return urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


def signed_by_me(**changes: Any) -> Callable[[dict[str, Any]], dict[str, Any]]:
    """The provider's own claims, changed, under a key that `also_mine` adds to its keys."""

    def bend(said: dict[str, Any]) -> dict[str, Any]:
        claims = claims_of(said["id_token"]) | changes
        claims = {name: value for name, value in claims.items() if value is not ...}
        return said | {"id_token": jwt.encode({"alg": "RS256", "kid": "mine"}, claims, MINE)}

    return bend


def also_mine(said: dict[str, Any]) -> dict[str, Any]:
    return {"keys": [{"kty": "nonsense"}, *said["keys"], MINE.as_dict(private=False)]}
