"""The client shows a key of its own at the provider's token endpoint: private_key_jwt."""

from __future__ import annotations

from base64 import b64decode
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import unquote_plus

import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from joserfc.jwk import ECKey, RSAKey

from bridge.compose.shared import sign_on as configured
from bridge.config.model import SecretRef
from bridge.config.reader import read
from bridge.domain.errors import ConfigFault, FactorUnreached, NotSignedOn
from bridge.domain.secret import Secret
from bridge.ports import Return
from connectors.factors.oidc import OpenIdProvider
from connectors.factors.oidc_client import Client
from tests.live.provider import CLIENT, ONES_OWN, Provider
from tests.live.sign_ons import HERE, log_on, ours

Keys = dict[str, RSAKey | ECKey]


@pytest.fixture(scope="module")
def keys() -> Keys:
    rsa = RSAKey.generate_key(2048)
    return {"RS256": rsa, "PS256": rsa, "ES256": ECKey.generate_key("P-256")}


def keyed(company: Provider, key: RSAKey | ECKey, algorithm: str) -> OpenIdProvider:
    settings = company.settings(
        client_secret=None, client_key=SecretRef(env="KEY"), client_key_id="2026", client_key_algorithm=algorithm
    )
    return OpenIdProvider(settings, HERE, Secret(key.as_pem(private=True).decode().rstrip("\n")))


@pytest.mark.parametrize("algorithm", ["RS256", "PS256", "ES256"])
def test_a_key_shows_that_we_are_the_client(company: Provider, keys: Keys, algorithm: str) -> None:
    """Each exchange with an assertion of its own, for a minute; no secret is in the form."""
    company.client_key, company.client_algorithm = keys[algorithm], algorithm
    company.assertions.clear()
    sign_on = keyed(company, keys[algorithm], algorithm)
    for _ in range(2):
        assert sign_on.name(log_on(sign_on, ONES_OWN, company), datetime.now(UTC)) == "JS"
    assert "client_secret" not in company.forms[-1]
    (first, one), (_, other) = company.assertions
    assert first == {"alg": algorithm, "typ": "JWT", "kid": "2026"}
    assert one["jti"] != other["jti"]
    assert one["exp"] - one["iat"] == 60


def test_a_secret_with_signs_in_it_is_still_one_pair(company: Provider) -> None:
    """RFC 6749, 2.3.1: name and secret are encoded each, or the first colon in one of them would part them."""
    settings, secret = replace(company.settings(), client_id="a:b"), "c:d e+f%20/ü"
    back = Return(code=Secret("x"), issuer="", nonce="", verifier=Secret("y"), began=datetime.now(UTC))
    form, header = Client(settings, Secret(secret)).shown("https://p.example/token", True, back, datetime.now(UTC))
    kind, _, pair = header.partition(" ")
    assert (form, kind) == ({}, "Basic")
    assert [unquote_plus(part) for part in b64decode(pair).decode().split(":")] == ["a:b", secret]


def test_the_same_code_again_is_another_assertion(company: Provider, keys: Keys) -> None:
    """What was seen once would be refused as such; this is refused for its code alone."""
    company.client_key, company.client_algorithm = keys["RS256"], "RS256"
    sign_on = keyed(company, keys["RS256"], "RS256")
    back = log_on(sign_on, ONES_OWN, company)
    assert sign_on.name(back, datetime.now(UTC)) == "JS"
    with pytest.raises(NotSignedOn, match="does not know the code"):
        sign_on.name(back, datetime.now(UTC))


def test_an_assertion_that_was_seen_or_is_old_is_refused_there(company: Provider, keys: Keys) -> None:
    """The provider that all this is tried against would notice."""
    company.client_key, company.client_algorithm = keys["RS256"], "RS256"
    sign_on = keyed(company, keys["RS256"], "RS256")
    sign_on.name(log_on(sign_on, ONES_OWN, company), datetime.now(UTC))
    used = dict(company.forms[-1])
    assert not company.knows(used)
    company.seen.clear()
    assert company.knows(used)
    assert not company.knows(used | {"client_assertion": [used["client_assertion"][0][:-4] + "AAAA"]})


def test_another_key_or_the_secret_is_refused(company: Provider, keys: Keys) -> None:
    """By the provider: nobody is signed on, and what is said names our error."""
    company.client_key, company.client_algorithm = keys["RS256"], "RS256"
    for sign_on in (keyed(company, RSAKey.generate_key(2048), "RS256"), ours(company)):
        with pytest.raises(FactorUnreached, match="401 invalid_client"):
            sign_on.name(log_on(sign_on, ONES_OWN, company), datetime.now(UTC))


@pytest.mark.filterwarnings("ignore::joserfc.errors.SecurityWarning")  # of the short one
def test_a_key_that_cannot_sign_so_is_refused_at_the_start(company: Provider, keys: Keys) -> None:
    """Of the wrong kind, too short, the public half, or none: named, and not repeated."""
    short = generate_private_key(65537, 1024)
    pem = short.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    for algorithm, text in (
        ("RS256", keys["ES256"].as_pem(private=True).decode()), ("ES256", keys["RS256"].as_pem(private=True).decode()),
        ("PS256", keys["PS256"].as_pem(private=False).decode()), ("RS256", pem), ("RS256", "sesame"),
    ):  # fmt: skip
        settings = company.settings(client_secret=None, client_key=SecretRef(env="KEY"), client_key_algorithm=algorithm)
        with pytest.raises(ConfigFault, match=r"oidc\.client_key: a private key") as fault:
            OpenIdProvider(settings, HERE, Secret(text))
        assert "sesame" not in str(fault.value)
        assert "PRIVATE" not in str(fault.value)


def test_it_is_read_from_its_file(company: Provider, keys: Keys, tmp_path: Path) -> None:
    """From the configuration to the provider; both at once, or neither, is a mistake in it."""
    for name, text in (("server.key", "x"), ("oidc.pem", keys["ES256"].as_pem(private=True).decode())):
        (tmp_path / name).touch(mode=0o600)
        (tmp_path / name).write_text(text)
    file = tmp_path / "resetbridge.yaml"

    def written(shown: str) -> Path:
        file.write_text(f"""
site: {{name: x, base_url: "{HERE}"}}
storage: {{url: "sqlite:///bridge.db"}}
keys: [{{file: server.key}}]
mail: {{host: localhost, security: none, sender: a@example.com}}
oidc: {{issuer: "{company.issuer}", client_id: {CLIENT}, required_amr: [mfa], ca: {company.ca}{shown}}}
policies: {{standard: {{factors: [oidc]}}}}
""")
        return file

    key = ", client_key: {file: oidc.pem}, client_key_id: '2026', client_key_algorithm: ES256"
    company.client_key, company.client_algorithm = keys["ES256"], "ES256"
    found = configured(read(written(key)))
    assert found is not None
    assert found.name(log_on(found, ONES_OWN, company), datetime.now(UTC)) == "JS"
    for wrong in ("", f"{key}, client_secret: {{env: A}}"):
        with pytest.raises(ConfigFault, match="client_secret or client_key is expected"):
            read(written(wrong))
