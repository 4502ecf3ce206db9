"""What the doctor finds of the servers that judge second factors."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from urllib.parse import urlsplit

from bridge.compose.finding import Finding, doubt, ill, tried, well
from bridge.compose.shared import http_gateway, radius_secret
from bridge.config.model import Config, GatewaySettings, RadiusServer
from connectors.factors.radius import alive


def judges_found(config: Config) -> Iterator[Finding]:
    """Asks each server whether it is there; nobody is logged on, and nobody's passcode used."""
    for place, server in enumerate(config.radius.servers if config.radius else ()):
        yield from tried("radius", partial(_radius_server, config, server, place))


def gateway_found(config: Config) -> Iterator[Finding]:
    """Connects, over TLS where it is, and says nothing: no message is sent, and no money spent."""
    if config.gateway is not None:
        yield from tried("gateway", partial(_gateway, config, config.gateway))


def _gateway(config: Config, settings: GatewaySettings) -> Iterator[Finding]:
    gateway, host = http_gateway(config), urlsplit(settings.url).netloc
    if gateway is None:
        return
    line = gateway.connection()
    try:
        line.connect()
    except OSError as error:
        why = getattr(error, "verify_message", None) or error.strerror or type(error).__name__
        yield ill("gateway", f"{host}: cannot be reached: {why}; correct gateway.url or gateway.ca")
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
