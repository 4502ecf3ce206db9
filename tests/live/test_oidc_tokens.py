"""ID tokens that are not what they should be, by claim or by signature, name nobody."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from joserfc import jwt
from joserfc.jwk import OctKey, RSAKey

from bridge.domain.errors import NotSignedOn
from tests.live.provider import CLIENT, Provider
from tests.live.sign_ons import MINE, also_mine, claims_of, named, part, signed_by_me

NOW = int(datetime.now(UTC).timestamp())


@pytest.mark.parametrize(
    ("changes", "why"),
    [({"iss": "https://evil.example.com"}, "iss"), ({"iss": ...}, "iss"), ({"aud": "another"}, "aud"),
     ({"aud": []}, "aud"), ({"aud": [CLIENT, "another"]}, "azp"), ({"azp": "another"}, "azp"),
     ({"exp": NOW - 120}, "exp"), ({"exp": ...}, "exp"), ({"exp": "soon"}, "exp"), ({"exp": True}, "exp"),
     ({"iat": NOW - 3600}, "iat"), ({"iat": NOW + 3600}, "iat"),
     ({"nbf": NOW + 3600}, "nbf"), ({"nbf": "soon"}, "nbf"),
     ({"nonce": "stale"}, "nonce"), ({"nonce": ...}, "nonce"),
     ({"amr": ...}, "amr"), ({"amr": "mfa"}, "amr"), ({"amr": [["mfa"], {}]}, "amr"),
     ({"acr": ...}, "acr:"), ({"acr": "silver"}, "acr:"), ({"acr": ["gold"]}, "acr:"),
     ({"acrs": ["c2"]}, "acrs"), ({"acrs": "c1"}, "acrs"),
     ({"auth_time": ...}, "auth_time"), ({"auth_time": NOW - 3600}, "auth_time"),
     ({"auth_time": NOW + 3600}, "auth_time"),
     ({"auth_time": 1e300}, "auth_time"),
     ({"preferred_username": ...}, "preferred_username"), ({"preferred_username": ""}, "preferred_username"),
     ({"preferred_username": ["js"]}, "preferred_username"), ({"preferred_username": "js\n"}, "preferred_username"),
     ({"preferred_username": "j" * 400}, "preferred_username")],
)  # fmt: skip
def test_a_token_with_a_wrong_claim_is_refused(company: Provider, changes: dict[str, Any], why: str) -> None:
    """Well signed, and still not what it should say."""
    company.keys, company.bend = also_mine, signed_by_me(**changes)
    with pytest.raises(NotSignedOn, match=why):
        named(company, required_acrs=("c1",) if why == "acrs" else (), required_acr=("gold",) if why == "acr:" else ())


def test_a_log_on_from_before_is_taken_only_where_nobody_is_asked_to_log_on(company: Provider) -> None:
    """Two minutes old, younger than max_age: a browser can leave `prompt=login` out of the address."""
    company.keys, company.bend = also_mine, signed_by_me(auth_time=int(datetime.now(UTC).timestamp()) - 120)
    assert named(company, prompt_login=False) == "JS"
    with pytest.raises(NotSignedOn, match="too old"):
        named(company)


def test_a_token_may_say_from_when_it_counts(company: Provider) -> None:
    """As those of Entra ID do: from now, by a clock that is a little ahead of ours."""
    company.keys, company.bend = also_mine, signed_by_me(nbf=int(datetime.now(UTC).timestamp()) + 20)
    assert named(company) == "JS"


def test_a_token_may_last_as_long_as_there_are_dates(company: Provider) -> None:
    """The last second that can be written down, with which some say that it has no end."""
    company.keys, company.bend = also_mine, signed_by_me(exp=253402300799)
    assert named(company) == "JS"


def test_several_audiences_with_us_as_the_party_do(company: Provider) -> None:
    """The judge of the test above is awake: what is right passes, under the same key."""
    company.keys, company.bend = also_mine, signed_by_me(aud=["another", CLIENT], azp=CLIENT)
    assert named(company) == "JS"


@pytest.mark.parametrize("verified", [False, ..., "true", 1])
def test_an_unverified_address_is_nobodys(company: Provider, verified: object) -> None:
    """Whoever can write any address into their profile would else be anybody."""
    company.keys, company.bend = also_mine, signed_by_me(email_verified=verified)
    with pytest.raises(NotSignedOn, match="email_verified"):
        named(company, claim="email", scopes=("openid", "email"))


def unsigned(said: dict[str, Any]) -> dict[str, Any]:
    return said | {"id_token": f"{part({'alg': 'none'})}.{said['id_token'].split('.')[1]}."}


def hmac_by_the_public_key(said: dict[str, Any]) -> dict[str, Any]:
    """The oldest trick: the public key as the secret of HS256."""
    secret = OctKey.import_key(json.dumps(MINE.as_dict(private=False)))
    return said | {"id_token": jwt.encode({"alg": "HS256", "kid": "mine"}, claims_of(said["id_token"]), secret)}


def own_key_in_the_header(said: dict[str, Any]) -> dict[str, Any]:
    own = RSAKey.generate_key(2048)
    header = {"alg": "RS256", "jwk": own.as_dict(private=False)}
    return said | {"id_token": jwt.encode(header, claims_of(said["id_token"]), own)}


def key_from_elsewhere(said: dict[str, Any]) -> dict[str, Any]:
    header = {"alg": "RS256", "kid": "other", "jku": "https://evil.example.com/jwks"}
    return said | {"id_token": jwt.encode(header, claims_of(said["id_token"]), MINE)}


def changed_after_signing(said: dict[str, Any]) -> dict[str, Any]:
    head, _, tail = said["id_token"].split(".")
    return said | {"id_token": ".".join((head, part(claims_of(said["id_token"]) | {"preferred_username": "x"}), tail))}


def another_algorithm(said: dict[str, Any]) -> dict[str, Any]:
    """One that we take, from a provider that says it signs with RS256 alone."""
    return said | {
        "id_token": jwt.encode({"alg": "PS256", "kid": "mine"}, claims_of(said["id_token"]), MINE, ["PS256"])
    }


@pytest.mark.parametrize(
    "bend",
    [unsigned, hmac_by_the_public_key, own_key_in_the_header, key_from_elsewhere, changed_after_signing,
     another_algorithm, lambda said: said | {"id_token": "x"}, lambda said: said | {"id_token": "a.b.c"},
     lambda said: said | {"id_token": "é.é.é"}],
)  # fmt: skip
def test_a_token_that_the_provider_did_not_sign_is_refused(
    company: Provider, bend: Callable[[dict[str, Any]], dict[str, Any]]
) -> None:
    """alg none, HS256 with the public key, a key of its own, one from elsewhere, a changed one, none at all."""
    company.keys, company.bend = also_mine, bend
    with pytest.raises(NotSignedOn, match="ID token"):
        named(company)


def test_a_provider_may_sign_in_another_way(company: Provider) -> None:
    """Where it says so itself."""
    company.keys, company.bend = also_mine, another_algorithm
    company.metadata = lambda said: said | {"id_token_signing_alg_values_supported": ["PS256", "none"]}
    assert named(company) == "JS"
