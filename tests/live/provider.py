"""An OpenID provider on this machine: oidc-provider-mock (Authlib), behind TLS, with what it leaves out added.

It has a log-on page, hands out codes and signs ID tokens; here it also checks PKCE and the redirect address, and can be
away, or hostile. Its claims are those of `users`.
"""

from __future__ import annotations

import io
import json
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

import trustme
from joserfc import jwt
from joserfc.errors import JoseError
from oidc_provider_mock import User, app

from bridge.config.model import OidcSettings, SecretRef
from tests.live.web import listening
from tests.ports import free_port

CLIENT, SECRET = "reset-bridge", "a secret of the client: %+&"
ONES_OWN, OTHER, WEAK, OLD = "js", "mallory", "js-password", "js-yesterday"

Bend = Callable[[dict[str, Any]], dict[str, Any]]


@dataclass
class Provider:
    """One that runs. `bend` changes what the token endpoint answers; `asked` are the paths that were asked for."""

    port: int
    ca: Path
    people: list[User]
    away: bool = False
    bend: Bend | None = None
    asked: list[str] = field(default_factory=list)
    forms: list[dict[str, list[str]]] = field(default_factory=list)
    challenges: dict[str, str] = field(default_factory=dict)
    keys: Bend | None = None
    metadata: Bend | None = None
    client_key: Any = None  # with it nothing but what it signed is taken for the client
    client_algorithm: str = "RS256"
    seen: set[str] = field(default_factory=set)
    assertions: list[tuple[dict[str, Any], dict[str, Any]]] = field(default_factory=list)

    def knows(self, form: dict[str, list[str]]) -> bool:
        """RFC 7523, 3: signed by that key, of the client, for this endpoint, of now, and not seen before."""
        try:
            token = jwt.decode(form["client_assertion"][0], self.client_key, algorithms=[self.client_algorithm])
        except (JoseError, KeyError, ValueError):
            return False
        said, now = token.claims, datetime.now(UTC).timestamp()
        self.assertions.append((dict(token.header), said))
        fresh = said["jti"] not in self.seen and now - 60 <= said["iat"] <= now + 1 and now < said["exp"] <= now + 61
        self.seen.add(said["jti"])
        return bool(
            fresh and said["iss"] == said["sub"] == CLIENT and said["aud"] == f"{self.issuer}/oauth2/token"
            and form["client_assertion_type"] == ["urn:ietf:params:oauth:client-assertion-type:jwt-bearer"]
        )  # fmt: skip

    def people_log_on(self) -> None:
        """Whoever logs on does so now, however long the provider has been there; one did so yesterday."""
        now = int(datetime.now(UTC).timestamp())
        for user in self.people:
            user.claims["auth_time"] = now - 86400 if user.sub == OLD else now

    @property
    def issuer(self) -> str:
        return f"https://localhost:{self.port}"

    def settings(self, **changes: Any) -> OidcSettings:
        values: dict[str, Any] = {
            "issuer": self.issuer, "client_id": CLIENT, "client_secret": SecretRef(env="OIDC"),
            "required_amr": ("mfa",), "ca": self.ca,
        }  # fmt: skip
        return OidcSettings(**(values | changes))


class Desk:
    """Between the socket and the provider."""

    def __init__(self, inner: WSGIApplication, provider: Provider) -> None:
        self._inner, self._provider = inner, provider

    def __call__(self, environ: WSGIEnvironment, answer: StartResponse) -> Iterable[bytes]:
        provider, path = self._provider, environ["PATH_INFO"]
        provider.asked.append(path)
        if provider.away:
            answer("503 Service Unavailable", [("Content-Length", "0")])
            return [b""]
        body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        environ["wsgi.input"] = io.BytesIO(body)
        if path == "/oauth2/token":
            form = parse_qs(body.decode())
            provider.forms.append(form)
            if provider.client_key is not None:
                if not provider.knows(form):
                    return said(answer, "401 Unauthorized", {"error": "invalid_client"})
                rest = {name: value for name, value in form.items() if not name.startswith("client_")}
                body = urlencode(rest, doseq=True).encode()
                environ["wsgi.input"], environ["CONTENT_LENGTH"] = io.BytesIO(body), str(len(body))
                environ["HTTP_AUTHORIZATION"] = f"Basic {b64encode(f'{CLIENT}:known'.encode()).decode()}"
            proof = urlsafe_b64encode(sha256(form.get("code_verifier", [""])[0].encode()).digest()).decode().rstrip("=")
            if provider.challenges.pop(form.get("code", [""])[0], None) != proof:
                return said(answer, "400 Bad Request", {"error": "invalid_grant"})
        status, headers, content = self._asked(environ)
        if path == "/oauth2/authorize" and environ["REQUEST_METHOD"] == "POST":
            provider.people_log_on()
            query = parse_qs(environ["QUERY_STRING"])
            where = parse_qs(urlsplit(dict(headers).get("Location", "")).query)
            if "code" in where:
                assert query["code_challenge_method"] == ["S256"]
                provider.challenges[where["code"][0]] = query["code_challenge"][0]
        for place, bend in (("/oauth2/token", provider.bend), ("/jwks", provider.keys),
                            ("/.well-known/openid-configuration", provider.metadata)):  # fmt: skip
            if path == place and bend and status.startswith("200"):
                return said(answer, status, bend(json.loads(content)))
        answer(status, headers)
        return [content]

    def _asked(self, environ: WSGIEnvironment) -> tuple[str, list[tuple[str, str]], bytes]:
        found: list[Any] = []
        parts = self._inner(environ, lambda status, headers, *_: found.append((status, headers)))
        content = b"".join(parts)
        return (*found[0], content)


def said(answer: StartResponse, status: str, body: dict[str, Any]) -> list[bytes]:
    raw = json.dumps(body).encode()
    answer(status, [("Content-Type", "application/json"), ("Content-Length", str(len(raw)))])
    return [raw]


def users() -> list[User]:
    """The person of the link, another one, and how they did not log on."""
    mine = {"preferred_username": "JS", "amr": ["pwd", "mfa"], "acr": "gold",
            "email": "js@example.com", "email_verified": True}  # fmt: skip
    return [
        User(sub=ONES_OWN, claims=dict(mine)),
        User(sub=OTHER, claims=mine | {"preferred_username": "mallory", "email": "mallory@example.com"}),
        User(sub=WEAK, claims=mine | {"amr": ["pwd"]}),
        User(sub=OLD, claims=dict(mine)),
    ]


@contextmanager
def provider(folder: Path) -> Iterator[Provider]:
    """Run one until the end of the block."""
    folder.mkdir(exist_ok=True)
    made = Provider(port=free_port(), ca=folder / "ca.pem", people=users())
    mock = app(require_nonce=True, user_claims=made.people)
    mock.debug = False
    with listening(Desk(mock.wsgi_app, made), folder, port=made.port) as running:
        authority: trustme.CA = running.__dict__["authority"]
        authority.cert_pem.write_to_path(made.ca)
        yield made
