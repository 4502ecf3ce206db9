"""The company's OpenID provider: OpenID Connect Core 1.0 and Discovery 1.0, code flow with PKCE (RFC 7636, 9700).

Nothing that comes through the browser is believed: the code is exchanged at once for an ID token, over TLS that is
verified, and the token's signature and every claim of it are judged all the same. No redirect is followed, no proxy but
the configuration's asked; what the provider says is not repeated, for it may hold the code.
"""

from __future__ import annotations

import http.client
import json
import re
import ssl
from base64 import urlsafe_b64encode
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from threading import BoundedSemaphore, Lock
from typing import Any, Final
from urllib.parse import quote, urlencode, urlsplit

from joserfc import jws, jwt
from joserfc.errors import JoseError
from joserfc.jwk import Key, import_key

from bridge.config.model import OidcSettings
from bridge.domain.errors import ConfigFault, FactorUnreached, NotSignedOn
from bridge.domain.reset import Reset
from bridge.domain.secret import Secret
from bridge.observe import elsewhere, events
from bridge.ports import PersonRecord, Return, Start
from connectors.factors.oidc_client import Client
from connectors.factors.outbound import Proxy, answered_within, https, refusal

log = events.logger("oidc")

LAPSE: Final = timedelta(minutes=10)
ALGORITHMS: Final = (
    "RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "Ed25519", "EdDSA",
)  # fmt: skip
"""Signatures by a key that the provider alone holds: no `none`, and no HMAC, whose key the public one could be."""
MOST: Final = 256 * 1024  # bytes of an answer
KEPT: Final = timedelta(hours=1)  # how long what the provider says of itself is not asked for again
AGAIN: Final = timedelta(seconds=10)  # after a failure; and between two looks for a key that was not there
AT_ONCE: Final = 4  # exchanges: a provider that hangs does not take every thread of the web role with it
TURN: Final = 2.0  # seconds to wait for one's turn
SPARE: Final = timedelta(minutes=1)  # two machines' clocks
NAME: Final = 320  # characters: the longest e-mail address
CODE: Final = re.compile(r"[a-z_]{1,40}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Metadata:
    """What the discovery document says, as far as it is used.

    basic    the client's secret goes into a header; else into the form
    says     the provider names itself in its answer through the browser (RFC 9207)
    algorithms   what it signs with
    scopes, acr, pkce   what it lists, for `check` alone; empty where it lists none
    """

    authorize: str
    token: str
    keys: str
    basic: bool
    says: bool
    algorithms: tuple[str, ...]
    scopes: tuple[str, ...] = ()
    acr: tuple[str, ...] = ()
    pkce: tuple[str, ...] = ()


class OpenIdProvider:
    """`oidc:` of the configuration. Raises ConfigFault when `ca` is no file of certificates, or `client_key` no key.

    secret   what the client shows: its secret, or its private key in PEM
    login    what its proxy is shown
    """

    lapse = LAPSE

    def __init__(self, settings: OidcSettings, base_url: str, secret: Secret, login: Secret | None = None) -> None:
        self._proxy = Proxy.at(settings.proxy, login)
        self._settings, self._client = settings, Client(settings, secret)
        self.redirect_uri = f"{base_url}/sign-on"
        self._asking, self._exchanges, self._room = Lock(), BoundedSemaphore(AT_ONCE), elsewhere.Room(0)
        self._known: tuple[datetime, Metadata] | None = None
        self._keys: tuple[datetime, tuple[Key, ...]] | None = None
        self._failed: datetime | None = None
        try:
            self._context = ssl.create_default_context(cafile=settings.ca)
        except (OSError, ssl.SSLError):
            words = f"oidc.ca: a file of certificates in PEM is expected; {settings.ca} is none"
            raise ConfigFault([words]) from None

    # --- there ------------------------------------------------------------------------------------

    def address(self, start: Start, at: datetime) -> str:
        """Where the browser has to go: what it asks for there is asked again of the token that comes of it."""
        settings, found = self._settings, self.metadata(at)
        challenge = urlsafe_b64encode(sha256(start.verifier.expose().encode()).digest()).decode().rstrip("=")
        asked = {
            "response_type": "code",
            "client_id": settings.client_id,
            "redirect_uri": self.redirect_uri,
            "scope": " ".join(settings.scopes),
            "state": start.state,
            "nonce": start.nonce,
            "code_challenge": challenge,
            "code_challenge_method": "S256",
            "max_age": str(int(settings.max_age.total_seconds())),
            "ui_locales": start.language,
        }
        if settings.prompt_login:
            asked["prompt"] = "login"
        if settings.required_acr:
            asked["acr_values"] = " ".join(settings.required_acr)
        if contexts := settings.required_acrs:
            wanted = {"value": contexts[0]} if len(contexts) == 1 else {"values": list(contexts)}
            asked["claims"] = json.dumps({"id_token": {"acrs": {"essential": True} | wanted}}, separators=(",", ":"))
        return f"{found.authorize}{'&' if '?' in found.authorize else '?'}{urlencode(asked, quote_via=quote)}"

    # --- and back ---------------------------------------------------------------------------------

    def name(self, back: Return, at: datetime) -> str:
        """Exchange the code, judge the token, read the claim."""
        found = self.metadata(at)
        if back.issuer != self._settings.issuer and (back.issuer or found.says):
            raise _refused("the answer came from another provider")
        token = self._exchanged(found, back, at)
        claims = self._proven(found, token, at)
        if why := fault(claims, self._settings, back, at):
            raise _refused(why)
        return str(claims[self._settings.claim])

    def same(self, name: str, reset: Reset, owner: PersonRecord) -> bool:
        """Letters of ASCII in either case: directories disagree on it. Of others, none that only look alike."""
        ours = {"person": reset.person, "userid": reset.userid, "email": owner.email}[self._settings.name]
        if not ours:
            return False
        return name == ours or (name.isascii() and ours.isascii() and name.lower() == ours.lower())

    def _exchanged(self, found: Metadata, back: Return, at: datetime) -> str:
        form = {
            "grant_type": "authorization_code",
            "code": back.code.expose(),
            "redirect_uri": self.redirect_uri,
            "code_verifier": back.verifier.expose(),
        }
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        more, header = self._client.shown(found.token, found.basic, back, at)
        form |= more
        if header:
            headers["Authorization"] = header
        with self._room.entered() as inside:
            if not (inside and self._exchanges.acquire(timeout=TURN)):
                raise FactorUnreached("oidc: too many sign-ons are being asked about")
            try:
                status, said = self._call(found.token, urlencode(form), headers)
            finally:
                self._exchanges.release()
        error = said.get("error")
        if status == 400 and error == "invalid_grant":
            raise _refused("the provider does not know the code")
        token = said.get("id_token")
        if status != 200 or not isinstance(token, str):
            code = error if isinstance(error, str) and CODE.fullmatch(error) else ""
            log.warning("oidc.refused", status=status, error=code)
            raise FactorUnreached(f"oidc: the token endpoint answered {status} {code}")
        return token

    def _proven(self, found: Metadata, token: str, at: datetime) -> Mapping[str, Any]:
        """The claims of a token that one of the provider's keys has signed."""
        try:
            kid = jws.extract_compact(token.encode()).headers().get("kid")
        except (JoseError, ValueError):
            raise _refused("the ID token is none") from None
        for anew in (False, True):  # keys change: under another name, under the same one, or without any
            for key in self.keys(found, at, anew=anew):
                if kid is None or key.kid == kid:
                    try:
                        return jwt.decode(token, key, algorithms=found.algorithms).claims
                    except (JoseError, ValueError, TypeError):
                        continue
        raise _refused("the ID token's signature is none of the provider's")

    # --- what the provider says of itself -----------------------------------------------------------

    def metadata(self, at: datetime) -> Metadata:
        """The discovery document, an hour old at most."""
        known = self._known
        if known and timedelta() <= at - known[0] < KEPT:
            return known[1]
        with self._turn(at):
            if self._known is known or self._known is None:
                self._known = (at, self._discovered())
            return self._known[1]

    def keys(self, found: Metadata, at: datetime, *, anew: bool = False) -> tuple[Key, ...]:
        """What tokens are signed with; `anew`: one is asked for that was not there a moment ago."""
        kept = self._keys
        if kept and timedelta() <= at - kept[0] < (AGAIN if anew else KEPT):
            return kept[1]
        with self._turn(at):
            if self._keys is kept or self._keys is None:
                self._keys = (at, tuple(self._fetched_keys(found)))
            return self._keys[1]

    @contextmanager
    def _turn(self, at: datetime) -> Iterator[None]:
        """One asks, some others wait a little; after a failure nobody asks for a while. Who has no link can come in
        crowds: the rest is told at once."""
        with self._room.entered() as inside:
            if not (inside and self._asking.acquire(timeout=TURN)):
                raise FactorUnreached("oidc: the provider is being asked about itself")
            try:
                if self._failed and timedelta() <= at - self._failed < AGAIN:
                    raise FactorUnreached("oidc: the provider did not answer a moment ago")
                try:
                    yield
                    self._failed = None
                except FactorUnreached:
                    self._failed = at
                    raise
            finally:
                self._asking.release()

    def _discovered(self) -> Metadata:
        issuer = self._settings.issuer
        said = self._document(f"{issuer.rstrip('/')}/.well-known/openid-configuration")
        if said.get("issuer") != issuer:
            raise _unfit("its discovery document names another issuer")
        places = [said.get(name) for name in ("authorization_endpoint", "token_endpoint", "jwks_uri")]
        if not all(isinstance(place, str) and _safe(place) for place in places):
            raise _unfit("its discovery document lacks an endpoint, or has one without https")
        ways = said.get("token_endpoint_auth_methods_supported", ["client_secret_basic"])
        signs = said.get("id_token_signing_alg_values_supported", ["RS256"])
        algorithms = tuple(name for name in ALGORITHMS if isinstance(signs, list) and name in signs)
        if not algorithms:
            raise _unfit("it signs in no way that we take")
        return Metadata(
            authorize=str(places[0]),
            token=str(places[1]),
            keys=str(places[2]),
            basic=not isinstance(ways, list) or "client_secret_basic" in ways,
            says=said.get("authorization_response_iss_parameter_supported") is True,
            algorithms=algorithms,
            scopes=tuple(_words(said.get("scopes_supported"))),
            acr=tuple(_words(said.get("acr_values_supported"))),
            pkce=tuple(_words(said.get("code_challenge_methods_supported"))),
        )

    def _fetched_keys(self, found: Metadata) -> Iterator[Key]:
        """Those that we can use: a provider may have others as well."""
        said = self._document(found.keys).get("keys")
        for each in said if isinstance(said, list) else ():
            if isinstance(each, dict) and each.get("kty") in ("RSA", "EC", "OKP") and each.get("use", "sig") == "sig":
                try:
                    yield import_key(each)
                except (JoseError, ValueError, TypeError, KeyError):
                    continue

    def _document(self, url: str) -> Mapping[str, Any]:
        status, said = self._call(url)
        if status != 200:
            raise _unfit(f"it answered {status} for what it says of itself")
        return said

    def _call(self, url: str, body: str | None = None, headers: Mapping[str, str] | None = None) -> tuple[
        int, Mapping[str, Any]
    ]:  # fmt: skip
        """One request; (status, the JSON object that came). Raises FactorUnreached."""
        parts, within = urlsplit(url), self._settings.answer_within
        line = https(parts.hostname or "", parts.port, within=within, context=self._context, proxy=self._proxy)
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        mine = {"Accept": "application/json", "User-Agent": "resetbridge", "Connection": "close"}
        try:
            with answered_within(line, within):
                line.request("GET" if body is None else "POST", path, body, {**mine, **(headers or {})})
                answer = line.getresponse()
                raw = answer.read(MOST + 1)
        except (OSError, ValueError, http.client.HTTPException) as error:
            why = refusal(error) or getattr(error, "verify_message", None)
            why = why or type(error).__name__  # other words may hold what was sent
            log.warning("oidc.unreached", host=parts.hostname, why=why)
            raise FactorUnreached(f"oidc: {parts.hostname} could not be reached: {why}") from None
        finally:
            line.close()
        try:
            said = json.loads(raw) if len(raw) <= MOST else None
        except (ValueError, RecursionError):
            said = None
        return answer.status, said if isinstance(said, dict) else {}


# --- pure -------------------------------------------------------------------------------------------


def fault(claims: Mapping[str, Any], settings: OidcSettings, back: Return, at: datetime) -> str:
    """Why these claims do not do; empty if they do. Source: OpenID Connect Core 1.0, 2 and 3.1.3.7."""
    audience = claims.get("aud")
    for_whom = [audience] if isinstance(audience, str) else audience if isinstance(audience, list) else []
    party = claims.get("azp")
    ends, made = _moment(claims.get("exp")), _moment(claims.get("iat"))
    begins = _moment(claims.get("nbf", 0))  # RFC 7519, 4.1.5: Entra ID has it
    name = claims.get(settings.claim)
    checks: tuple[tuple[bool, str], ...] = (
        (claims.get("iss") == settings.issuer, "iss: another issuer"),
        (settings.client_id in for_whom, "aud: it is for somebody else"),
        (party == settings.client_id or (party is None and len(for_whom) == 1), "azp: it is for somebody else"),
        (ends is not None and at - SPARE < ends, "exp: it has run out, or the clocks differ"),
        (begins is not None and begins <= at + SPARE, "nbf: it does not count yet, or the clocks differ"),
        (made is not None and back.began - SPARE <= made <= at + SPARE, "iat: it is not of now, or the clocks differ"),
        (claims.get("nonce") == back.nonce, "nonce: it is of another sign-on"),
        (not settings.required_acr or claims.get("acr") in settings.required_acr, "acr: none of those required"),
        (not set(settings.required_amr) - set(_words(claims.get("amr"))), "amr: not all of those required"),
        (not set(settings.required_acrs) - set(_words(claims.get("acrs"))), "acrs: not all of those required"),
        (isinstance(name, str) and 0 < len(name) <= NAME and name.isprintable(), f"{settings.claim}: not in it"),
        (settings.claim != "email" or claims.get("email_verified") is True, "email_verified: it is not"),
    )
    return next((why for well, why in checks if not well), "") or _old(claims, settings, back, at)


def _old(claims: Mapping[str, Any], settings: OidcSettings, back: Return, at: datetime) -> str:
    """The person has to have logged on a moment ago: a browser that is left open is nobody's second factor."""
    logged_on = _moment(claims.get("auth_time"))
    if logged_on is None or logged_on > at + SPARE:
        return "auth_time: it is not in it, or the clocks differ"
    if at - logged_on > settings.max_age + SPARE or (settings.prompt_login and logged_on < back.began - SPARE):
        return "auth_time: the log-on is too old"
    return ""


def _moment(value: object) -> datetime | None:
    """Seconds since 1970, as JWT has times."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        return datetime.fromtimestamp(value, UTC)
    except (OverflowError, ValueError, OSError):
        return None


def _words(value: object) -> Sequence[str]:
    return [word for word in value if isinstance(word, str)] if isinstance(value, list) else []


def _safe(place: str) -> bool:
    try:
        parts = urlsplit(place)
        whole = bool(parts.hostname) and parts.port != 0
    except ValueError:  # a port that is none, or half a bracket
        return False
    return parts.scheme == "https" and whole and not parts.fragment and place.isascii()


def _refused(why: str) -> NotSignedOn:
    log.warning("oidc.not_signed_on", why=why)
    return NotSignedOn(why)


def _unfit(why: str) -> FactorUnreached:
    log.warning("oidc.unfit", why=why)
    return FactorUnreached(f"oidc: {why}")
