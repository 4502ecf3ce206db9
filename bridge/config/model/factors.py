"""`radius:`, `gateway:`, `oidc:`, `enrolment:`: whom second factors need."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Literal

from bridge.config.model.secret import SecretRef


@dataclass(frozen=True, slots=True, kw_only=True)
class RadiusServer:
    """`radius.servers:`. secret: shared between it and us, at least 16 characters."""

    host: str
    secret: SecretRef
    port: int = 1812


@dataclass(frozen=True, slots=True, kw_only=True)
class RadiusSettings:
    """`radius:`. Whom to ask for the factor of that name.

    name             what the server knows the person by: person, userid (of the system that is reset), email
    nas              what we call ourselves (NAS-Identifier)
    passcode         a regular expression on the whole of what is typed: nothing else is a try, nor asked about
    answer_within    after so long the request is sent again, or the next server asked
    tries            how often each server is sent a request
    question_within  how long a question of the server's may be answered
    per_person       how many questions of it one person may bring about within an hour
    """

    servers: tuple[RadiusServer, ...]
    name: Literal["person", "userid", "email"] = "person"
    nas: str = "resetbridge"
    passcode: str = "[!-~]{0,16}[0-9]{6,8}"
    answer_within: timedelta = timedelta(seconds=3)
    tries: int = 3
    question_within: timedelta = timedelta(minutes=2)
    per_person: int = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class GatewaySettings:
    """`gateway:`. What sends codes to telephones, for the factor phone.

    url          https; {phone} in it is filled in
    body         with {phone}, {code}, {spoken} (the digits, blanks in between), {text}, {language}
    format       what the body is: json, or form
    headers      name → where its value is
    accepted     a regular expression, in what it answers, whatever its case: a 2xx without it is a no as well
    code_within  how long a code is good for
    per_person   how many codes one person may be sent within an hour
    proxy        http://HOST:PORT of one on the way (CONNECT), and what it is shown, USER:PASSWORD
    """

    url: str
    body: str
    format: Literal["json", "form"] = "json"
    headers: Mapping[str, SecretRef] = field(default_factory=dict)
    ca: Path | None = None
    proxy: str | None = None
    proxy_login: SecretRef | None = None
    answer_within: timedelta = timedelta(seconds=10)
    accepted: str | None = None
    code_within: timedelta = timedelta(minutes=10)
    per_person: int = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class OidcSettings:
    """`oidc:`. The company's OpenID provider, for the factor of that name.

    issuer         as its discovery document names itself, to the letter
    client_key     a private key in PEM, in the secret's place (private_key_jwt); `client_key_id` is its `kid` there
    required_acr   one of these has to be in the ID token's `acr`; they are asked for as well (acr_values)
    required_amr   each of these has to be in its `amr`
    required_acrs  each of these has to be in its `acrs`, and is asked for: Entra ID's authentication contexts
    proves         one of the values that are required → the categories that it stands for
    claim          what names the person, in the ID token
    name           what in our directory that has to be the same as: person, email, userid (of the system that is reset)
    max_age        so old may the log-on at the provider be (auth_time)
    prompt_login   have the person log on there in any case; one from before the sign-on began is not taken
    ca             PEM that replaces the system's trust
    proxy          as the gateway's
    """

    issuer: str
    client_id: str
    client_secret: SecretRef | None = None
    client_key: SecretRef | None = None
    client_key_id: str | None = None
    client_key_algorithm: Literal["RS256", "PS256", "ES256"] = "RS256"
    scopes: tuple[str, ...] = ("openid", "profile")
    required_acr: tuple[str, ...] = ()
    required_amr: tuple[str, ...] = ()
    required_acrs: tuple[str, ...] = ()
    proves: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    claim: str = "preferred_username"
    name: Literal["person", "email", "userid"] = "person"
    max_age: timedelta = timedelta(minutes=5)
    prompt_login: bool = True
    ca: Path | None = None
    proxy: str | None = None
    proxy_login: SecretRef | None = None
    answer_within: timedelta = timedelta(seconds=10)


@dataclass(frozen=True, slots=True, kw_only=True)
class EnrolmentSettings:
    """`enrolment:`. How people get second factors.

    wait      how long one that is not the person's first waits before it counts, where an operator vouches for them
    link_ttl  how long an invitation to enrol one is open
    """

    wait: timedelta = timedelta(hours=24)
    link_ttl: timedelta = timedelta(hours=72)
