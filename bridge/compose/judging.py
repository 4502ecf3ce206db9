"""What the doctor finds of the servers that judge second factors."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from bridge.compose.finding import Finding, doubt, tried, well
from bridge.compose.shared import radius_secret
from bridge.config.model import Config, RadiusServer
from connectors.factors.radius import alive


def judges_found(config: Config) -> Iterator[Finding]:
    """Asks each server whether it is there; nobody is logged on, and nobody's passcode used."""
    for place, server in enumerate(config.radius.servers if config.radius else ()):
        yield from tried("radius", partial(_radius_server, config, server, place))


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
