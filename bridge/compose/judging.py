"""What the doctor finds of the servers that judge second factors, and of policies that nobody goes by."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import partial
from urllib.parse import urlsplit

from bridge.compose.finding import Finding, doubt, ill, tried, well
from bridge.compose.shared import http_gateway, radius_secret, sign_on, takes_passkeys
from bridge.config.model import Config, GatewaySettings, OidcSettings, RadiusServer
from bridge.domain.errors import FactorUnreached
from bridge.domain.policy import Policy
from connectors.factors.outbound import refusal
from connectors.factors.passkey import installed
from connectors.factors.radius import alive
from connectors.machine import SystemClock


def judges_found(config: Config) -> Iterator[Finding]:
    """Asks each server whether it is there; nobody is logged on, and nobody's passcode used."""
    for place, server in enumerate(config.radius.servers if config.radius else ()):
        yield from tried("radius", partial(_radius_server, config, server, place))


def passkeys_found(config: Config) -> Iterator[Finding]:
    """What passkeys are bound to. Another address later makes every one of them worthless."""
    if not takes_passkeys(config):
        return
    host = urlsplit(config.site.base_url).hostname or ""
    if not installed():
        yield ill("passkeys", "what judges them is not installed: `pip install 'reset-bridge[passkeys]'`")
    elif re.fullmatch(r"[0-9.]+|.*:.*", host):
        yield ill("passkeys", f"{host}: browsers make none for an address; give site.base_url a name")
    else:
        yield well("passkeys", f"bound to {host}, over https: if site.base_url moves to another name, all are lost")


def gateway_found(config: Config) -> Iterator[Finding]:
    """Connects, over TLS where it is, and says nothing: no message is sent, and no money spent."""
    if config.gateway is not None:
        yield from tried("gateway", partial(_gateway, config, config.gateway))


def sign_on_found(config: Config) -> Iterator[Finding]:
    """Reads what the provider says of itself; nobody signs on."""
    if config.oidc is not None:
        yield from tried("oidc", partial(_sign_on, config, config.oidc))


def _sign_on(config: Config, settings: OidcSettings) -> Iterator[Finding]:
    provider, now = sign_on(config), SystemClock().now()
    if provider is None:
        return
    try:
        found = provider.metadata(now)
        keys = provider.keys(found, now)
    except FactorUnreached as error:
        where = "oidc.issuer, oidc.ca or oidc.proxy" if settings.proxy else "oidc.issuer or oidc.ca"
        yield ill("oidc", f"{settings.issuer}: {str(error).removeprefix('oidc: ')}; correct {where}")
        return
    if keys:
        yield well("oidc", f"{settings.issuer}: reached; it signs with {', '.join(found.algorithms)}, {len(keys)} keys")
    else:
        yield ill("oidc", f"{settings.issuer}: it has no key that we could check a signature with")
    if missing := [name for name in settings.scopes if found.scopes and name not in found.scopes]:
        yield doubt("oidc", f"the provider does not list the scopes {', '.join(missing)}; correct oidc.scopes")
    if missing := [name for name in settings.required_acr if found.acr and name not in found.acr]:
        yield doubt("oidc", f"the provider does not list {', '.join(missing)} among its acr values; correct "
                    "oidc.required_acr")  # fmt: skip
    if found.pkce and "S256" not in found.pkce:
        yield doubt("oidc", "the provider does not list S256 among its ways of PKCE; one that ignores it protects less")
    yield well("oidc", f"have {provider.redirect_uri} registered there, to the letter; claims and log-on show with the "
               "first sign-on alone")  # fmt: skip


def _gateway(config: Config, settings: GatewaySettings) -> Iterator[Finding]:
    gateway, host = http_gateway(config), urlsplit(settings.url).netloc
    if gateway is None:
        return
    line = gateway.connection()
    try:
        line.connect()
    except OSError as error:
        why = getattr(error, "verify_message", None) or error.strerror or type(error).__name__
        where = f"; or the proxy {gateway.proxy}, over which it is looked for" if gateway.proxy else ""
        words = refusal(error) or f"{why}; correct gateway.url or gateway.ca{where}"
        yield ill("gateway", f"{host}: cannot be reached: {words}")
    else:
        yield well("gateway", f"{host}: reached, nothing was sent")
    finally:
        line.close()


def _radius_server(config: Config, server: RadiusServer, place: int) -> Iterator[Finding]:
    about = f"{server.host} port {server.port}"
    answers, signed = alive(config.radius, server, radius_secret(server, place)) if config.radius else (False, False)
    if answers and signed:
        yield well("radius", f"{about}: reached, its answers can be believed")
    elif answers:
        yield doubt("radius", f"{about}: its answer to Status-Server has no Message-Authenticator. If those to a "
                     "passcode have none either, none is believed (CVE-2024-3596): let it send one")  # fmt: skip
    else:
        yield doubt("radius", f"{about}: no answer to Status-Server. Address, port and secret may be wrong, this "
                     "machine no client of its, or it does not know that request: try a passcode then")  # fmt: skip


def idle_policies(config: Config) -> Iterator[Finding]:
    """A policy whose name was mistyped says nothing: its systems have the one that is built in, with its defaults."""
    standard = Policy().name
    used = {system.policy for system in config.systems.values()}
    for name in sorted(set(config.policies) - used - {standard}) if config.systems else ():
        yield doubt("configuration", f"policies.{name}: no system has it, so nothing goes by it. A system's own key "
                     f"`policy` names one, {standard} where it is left out")  # fmt: skip
