"""The company's sign-on against a real OpenID provider, and against hostile ones."""

from __future__ import annotations

import json
from contextlib import ExitStack
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import monotonic
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from joserfc import jwt
from joserfc.jwk import RSAKey

from bridge.compose.judging import sign_on_found
from bridge.compose.shared import opened, upgrade_database
from bridge.compose.web import web_kit
from bridge.config.model import Config, OidcSettings, Site, Storage
from bridge.config.reader import read
from bridge.domain.errors import ConfigFault, FactorUnreached, NotSignedOn
from bridge.domain.secret import Secret
from bridge.observe import elsewhere
from bridge.ports import Start
from connectors.factors.oidc import AT_ONCE, KEPT, OpenIdProvider
from connectors.machine import dice
from connectors.vault import new_key_text
from tests.live.drips import dripping
from tests.live.provider import CLIENT, OLD, ONES_OWN, OTHER, SECRET, WEAK, Provider
from tests.live.sign_ons import HERE, NONCE, VERIFIER, also_mine, claims_of, log_on, named, ours, signed_by_me
from tests.ports import free_port

# --- honest -----------------------------------------------------------------------------------------


def test_the_name_is_the_claim(company: Provider) -> None:
    """preferred_username, or another one; an address with email_verified."""
    assert named(company) == "JS"
    assert named(company, OTHER) == "mallory"
    assert named(company, claim="sub") == ONES_OWN
    assert named(company, claim="email", scopes=("openid", "email")) == "js@example.com"
    assert named(company, required_amr=(), required_acr=("silver", "gold")) == "JS"


def test_what_is_asked_for_there(company: Provider) -> None:
    """Code flow, PKCE, nonce, a log-on of now, the level that is required."""
    address = ours(company, required_acr=("gold", "platinum")).address(
        Start(state="S", nonce=NONCE, verifier=VERIFIER, language="de"), datetime.now(UTC)
    )
    asked = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
    assert asked == {
        "response_type": "code", "client_id": CLIENT, "redirect_uri": f"{HERE}/sign-on", "scope": "openid profile",
        "state": "S", "nonce": NONCE, "code_challenge": "w1TpKUdYE9hUAcNSeeSRFioHDxfUxuHho_JHAfZ_vDM",
        "code_challenge_method": "S256", "max_age": "300", "prompt": "login", "acr_values": "gold platinum",
        "ui_locales": "de",
    }  # fmt: skip
    assert VERIFIER.expose() not in address


@pytest.mark.parametrize(
    ("who", "changes", "why"),
    [(WEAK, {}, "amr"), (ONES_OWN, {"required_amr": ("mfa", "hwk")}, "amr"),
     (ONES_OWN, {"required_acr": ("platinum",)}, "acr"), (OLD, {}, "auth_time"),
     (OLD, {"prompt_login": False}, "auth_time"), (ONES_OWN, {"claim": "oid"}, "oid")],
)  # fmt: skip
def test_a_log_on_that_proves_too_little_is_refused(
    company: Provider, who: str, changes: dict[str, Any], why: str
) -> None:
    """Without the second step, at too low a level, from yesterday, or of nobody that it names."""
    with pytest.raises(NotSignedOn, match=why):
        named(company, who, **changes)


def test_an_authentication_context_is_asked_for_and_required(company: Provider) -> None:
    """As Entra ID has them: in the parameter `claims`, and back in `acrs`."""
    start = Start(state="S", nonce=NONCE, verifier=VERIFIER, language="en")
    for contexts, wanted in ((("c1",), {"value": "c1"}), (("c1", "c2"), {"values": ["c1", "c2"]})):
        address = ours(company, required_acrs=contexts).address(start, datetime.now(UTC))
        (claims,) = parse_qs(urlsplit(address).query)["claims"]
        assert json.loads(claims) == {"id_token": {"acrs": {"essential": True} | wanted}}
    company.keys, company.bend = also_mine, signed_by_me(acrs=["c1", "c2"], amr=...)
    assert named(company, required_amr=(), required_acrs=("c1",)) == "JS"


def test_a_code_is_exchanged_once_and_with_its_verifier(company: Provider) -> None:
    """The provider does not know it the second time, nor with another verifier."""
    sign_on = ours(company)
    back = log_on(sign_on, ONES_OWN, company)
    assert sign_on.name(back, datetime.now(UTC)) == "JS"
    with pytest.raises(NotSignedOn, match="does not know the code"):
        sign_on.name(back, datetime.now(UTC))
    other = replace(log_on(sign_on, ONES_OWN, company), verifier=Secret("w" * 64))
    with pytest.raises(NotSignedOn, match="does not know the code"):
        sign_on.name(other, datetime.now(UTC))


def test_another_nonce_is_refused(company: Provider) -> None:
    """A code of another sign-on, even with its verifier."""
    sign_on = ours(company)
    with pytest.raises(NotSignedOn, match="nonce"):
        sign_on.name(replace(log_on(sign_on, ONES_OWN, company), nonce="m" * 64), datetime.now(UTC))


def test_another_provider_that_answers_is_refused_before_it_gets_the_code(company: Provider) -> None:
    """RFC 9207: `iss` in the answer; missing where the provider says that it sends it."""
    sign_on = ours(company)
    back = log_on(sign_on, ONES_OWN, company)
    asked = len(company.forms)
    with pytest.raises(NotSignedOn, match="another provider"):
        sign_on.name(replace(back, issuer="https://evil.example.com"), datetime.now(UTC))
    assert len(company.forms) == asked
    assert sign_on.name(replace(back, issuer=company.issuer), datetime.now(UTC)) == "JS"
    company.metadata = lambda said: said | {"authorization_response_iss_parameter_supported": True}
    strict = ours(company)
    with pytest.raises(NotSignedOn, match="another provider"):
        strict.name(log_on(strict, ONES_OWN, company), datetime.now(UTC))


def test_the_secret_goes_where_the_provider_wants_it(company: Provider) -> None:
    """Into a header, or into the form; never into an address, nor a log."""
    named(company)
    assert "client_secret" not in company.forms[-1]
    company.metadata = lambda said: said | {"token_endpoint_auth_methods_supported": ["client_secret_post"]}
    named(company)
    assert company.forms[-1]["client_secret"] == [SECRET]


# --- hostile ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "why"),
    [({"issuer": "https://evil.example.com"}, "another issuer"), ({"token_endpoint": "http://localhost/"}, "https"),
     ({"token_endpoint": "https://[::1"}, "endpoint"), ({"jwks_uri": "https://localhost:99999/"}, "endpoint"),
     ({"authorization_endpoint": "https://localhost:none/"}, "endpoint"),
     ({"jwks_uri": None}, "endpoint"), ({"authorization_endpoint": "javascript:alert(1)"}, "https"),
     ({"id_token_signing_alg_values_supported": ["none", "HS256"]}, "no way")],
)  # fmt: skip
def test_a_document_that_does_not_fit_is_not_used(company: Provider, changes: dict[str, Any], why: str) -> None:
    """Nobody is sent there, and nothing asked."""
    company.metadata = lambda said: said | changes
    with pytest.raises(FactorUnreached, match=why):
        named(company)


# --- away, and back ---------------------------------------------------------------------------------


def test_a_provider_that_is_away_is_no_answer_and_not_asked_by_everybody(company: Provider) -> None:
    """503, nobody at the port, another authority's certificate, no JSON; for ten seconds it is left alone."""
    company.away = True
    sign_on, start = ours(company), Start(state="S", nonce=NONCE, verifier=VERIFIER, language="en")
    now = datetime.now(UTC)
    with pytest.raises(FactorUnreached):
        sign_on.address(start, now)
    asked = len(company.asked)
    with pytest.raises(FactorUnreached, match="a moment ago"):
        sign_on.address(start, now + timedelta(seconds=9))
    assert len(company.asked) == asked
    company.away = False
    assert sign_on.address(start, now + timedelta(seconds=11))
    for settings in (
        company.settings(issuer=f"https://localhost:{free_port()}"),
        company.settings(ca=None),
        company.settings(issuer=f"{company.issuer}/jwks"),
    ):
        with pytest.raises(FactorUnreached):
            OpenIdProvider(settings, HERE, Secret(SECRET)).address(start, now)


def test_away_between_there_and_back_is_no_wrong_answer(company: Provider) -> None:
    """Neither yes nor no."""
    sign_on = ours(company)
    back = log_on(sign_on, ONES_OWN, company)
    company.away = True
    with pytest.raises(FactorUnreached):
        sign_on.name(back, datetime.now(UTC))


@pytest.mark.parametrize("named_", [{}, {"kid": "the key"}])
def test_a_key_that_changes_without_a_new_name_is_asked_for(company: Provider, named_: dict[str, str]) -> None:
    """A provider with one key need not name it (OpenID Connect Core 1.0, 10.1): nobody waits for hours."""
    keys = [RSAKey.generate_key(2048, dict(named_))]
    company.keys = lambda _: {"keys": [key.as_dict(private=False) for key in keys]}
    company.bend = lambda said: (
        said | {"id_token": jwt.encode({"alg": "RS256", **named_}, claims_of(said["id_token"]), keys[0])}
    )
    sign_on, now = ours(company), datetime.now(UTC)
    assert sign_on.name(log_on(sign_on, ONES_OWN, company), now) == "JS"
    keys[:] = [RSAKey.generate_key(2048, dict(named_))]
    assert sign_on.name(log_on(sign_on, ONES_OWN, company), now + timedelta(seconds=11)) == "JS"


def test_a_crowd_before_a_provider_that_is_silent_is_told_at_once(company: Provider) -> None:
    """Whoever knows no link can begin a sign-on, too: of any number a few wait, and nobody is asked for the rest."""
    sign_on, stranger = ours(company), ours(company)
    back = log_on(sign_on, ONES_OWN, company)
    now, begun = datetime.now(UTC), len(company.asked)
    with ExitStack() as crowd:
        for _ in range(elsewhere.AT_ONCE):
            assert crowd.enter_context(sign_on._room.entered())
            assert crowd.enter_context(stranger._room.entered())
        with pytest.raises(FactorUnreached, match="too many"):
            sign_on.name(back, now)
        with pytest.raises(FactorUnreached, match="asked about itself"):
            stranger.metadata(now)
    assert len(company.asked) == begun
    assert sign_on.name(back, now) == "JS"
    assert stranger.metadata(now)


def test_a_provider_that_never_ends_its_answer_is_not_heard_out(tmp_path: Path) -> None:
    """A byte now and then is no answer: head or body, the limit is for the whole."""
    for begun in (b"HTTP/1.1 200 OK\r\nX-Slow: ", b"HTTP/1.1 200 OK\r\nContent-Length: 4000\r\n\r\n"):
        with dripping(begun, tmp_path) as port:
            settings = Provider(port=port, ca=tmp_path / "ca.pem", people=[]).settings(
                answer_within=timedelta(milliseconds=400)
            )
            slow, began = OpenIdProvider(settings, HERE, Secret(SECRET)), monotonic()
            with pytest.raises(FactorUnreached):
                slow.metadata(datetime.now(UTC))
            assert monotonic() - began < 3


def test_document_and_keys_are_asked_for_once_an_hour(company: Provider) -> None:
    """And at once for a key that is not known: providers change theirs."""
    sign_on = ours(company)
    begun = len(company.asked)
    for _ in range(3):
        sign_on.name(log_on(sign_on, ONES_OWN, company), datetime.now(UTC))
    assert company.asked[begun:].count("/jwks") == 1
    assert company.asked[begun:].count("/.well-known/openid-configuration") == 1
    found = sign_on.metadata(datetime.now(UTC))
    company.keys = also_mine
    assert len(sign_on.keys(found, datetime.now(UTC), anew=True)) == 1, "asked for a moment ago"
    assert len(sign_on.keys(found, datetime.now(UTC) + timedelta(seconds=11), anew=True)) == 2
    sign_on.metadata(datetime.now(UTC) + KEPT)
    assert company.asked[begun:].count("/.well-known/openid-configuration") == 2


def test_a_provider_that_changed_its_key_signs_people_on_all_the_same(company: Provider) -> None:
    """A token under a key that was not there a moment ago: the keys are asked for again, and nobody is locked out."""
    sign_on = ours(company)
    sign_on.name(log_on(sign_on, ONES_OWN, company), datetime.now(UTC))
    company.keys, company.bend = also_mine, signed_by_me()
    assert sign_on.name(log_on(sign_on, ONES_OWN, company), datetime.now(UTC) + timedelta(seconds=11)) == "JS"


def test_any_number_of_codes_that_are_refused_leave_the_way_free(company: Provider) -> None:
    """Only so many exchanges at once; each gives its place back, also the one that comes to nothing."""
    sign_on = ours(company)
    back = log_on(sign_on, ONES_OWN, company)
    assert sign_on.name(back, datetime.now(UTC)) == "JS"
    for _ in range(AT_ONCE + 1):
        with pytest.raises(NotSignedOn):
            sign_on.name(back, datetime.now(UTC))


def test_no_log_has_code_secret_or_token(
    company: Provider, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    """Also where it goes wrong."""
    caplog.set_level("DEBUG")
    sign_on = ours(company)
    back, tokens = log_on(sign_on, WEAK, company), []
    company.bend = lambda said: tokens.append(said["id_token"]) or said  # type: ignore[func-returns-value]
    with pytest.raises(NotSignedOn):
        sign_on.name(back, datetime.now(UTC))
    company.away = True
    with pytest.raises(FactorUnreached):
        sign_on.name(back, datetime.now(UTC))
    said = caplog.text + "".join(capsys.readouterr())
    assert "oidc.not_signed_on" in said
    for secret in (back.code.expose(), SECRET, tokens[0], VERIFIER.expose()):
        assert secret not in said


# --- whose it is ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "ours_", "same"),
    [("JS", "js", True), ("js", "js", True), ("js2", "js", False), ("", "js", False), ("ſs", "ss", False),
     ("\u212as", "ks", False), ("js ", "js", False), ("jürgen", "jürgen", True), ("JÜRGEN", "jürgen", False)],
)  # fmt: skip
def test_names_that_only_look_alike_are_others(company: Provider, name: str, ours_: str, same: bool) -> None:
    """ASCII in either case, others to the letter; never by what Unicode folds together."""
    from bridge.domain.names import Person
    from bridge.ports import PersonRecord
    from tests.contract.samples import a_reset

    owner = PersonRecord(person=Person("x"), name="X", email=ours_)
    assert ours(company, name="email").same(name, a_reset(), owner) is same


def test_the_directory_without_an_address_knows_nobody(company: Provider) -> None:
    """Nothing is not the same as nothing."""
    from bridge.domain.names import Person
    from bridge.ports import PersonRecord
    from tests.contract.samples import a_reset

    reset = a_reset(person=Person("jo"))
    assert not ours(company, name="email").same("", reset, PersonRecord(person=Person("jo"), name="Jo"))
    assert ours(company).same("Jo", reset, PersonRecord(person=Person("jo"), name="Jo"))
    assert ours(company, name="userid").same(reset.userid.lower(), reset, PersonRecord(person=Person("jo"), name="Jo"))


# --- as the roles put it together -------------------------------------------------------------------


def test_check_says_what_it_found(company: Provider, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Reached, with what it signs; away; not trusted; without the secret."""
    monkeypatch.setenv("OIDC", SECRET)

    def levels(settings: OidcSettings) -> list[tuple[str, str]]:
        site = Config(path=tmp_path / "x", site=Site(name="x", base_url=HERE), storage=Storage(url="sqlite:///x"),
                      keys=(), oidc=settings)  # fmt: skip
        return [(each.level, each.words) for each in sign_on_found(site)]

    found = levels(company.settings())
    assert [level for level, _ in found] == ["ok", "ok"]
    assert "RS256" in found[0][1]
    assert f"{HERE}/sign-on" in found[1][1]
    assert [level for level, _ in levels(company.settings(scopes=("openid", "beyond")))] == ["ok", "warn", "ok"]
    company.metadata = lambda said: (
        said | {"acr_values_supported": ["1"], "code_challenge_methods_supported": ["plain"]}
    )
    assert [level for level, _ in levels(company.settings(required_acr=("2",)))] == ["ok", "warn", "warn", "ok"]
    company.keys = lambda said: {"keys": []}
    assert levels(company.settings())[0][0] == "fail"
    company.away = True
    assert [level for level, _ in levels(company.settings())] == ["fail"]
    assert "certificate" in levels(company.settings(ca=None))[0][1]
    assert [level for level, _ in levels(company.settings(ca=tmp_path / "none"))] == ["fail"]
    monkeypatch.delenv("OIDC")
    assert [level for level, _ in levels(company.settings())] == ["fail"]


def test_the_web_role_has_the_secret_and_the_worker_needs_none(company: Provider, tmp_path: Path) -> None:
    """From the file to a name."""
    for name, text in (("server.key", new_key_text(dice).expose()), ("oidc", SECRET)):
        (tmp_path / name).touch(mode=0o600)
        (tmp_path / name).write_text(text + "\n")
    file = tmp_path / "resetbridge.yaml"
    file.write_text(f"""
site: {{name: x, base_url: "https://reset.example.com"}}
storage: {{url: "sqlite:///bridge.db"}}
keys: [{{file: server.key}}]
mail: {{host: localhost, security: none, sender: a@example.com}}
oidc:
  issuer: {company.issuer}
  client_id: {CLIENT}
  client_secret: {{file: oidc}}
  required_amr: [mfa]
  ca: {company.ca}
policies: {{standard: {{factors: [oidc]}}}}
""")
    config = read(file)
    upgrade_database(config)
    with opened(config) as kept:
        sign_on = web_kit(kept).sign_on
        assert isinstance(sign_on, OpenIdProvider)
        assert sign_on.name(log_on(sign_on, ONES_OWN, company), datetime.now(UTC)) == "JS"
        (tmp_path / "oidc").unlink()
        from bridge.compose.worker import work_kit

        assert work_kit(kept, owner="here/W1").factors["oidc"]
        with pytest.raises(ConfigFault, match=r"oidc\.client_secret"):
            web_kit(kept)
