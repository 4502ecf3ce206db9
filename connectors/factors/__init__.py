"""Second factors: each in a module of its own, named here."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from bridge.config.model import Config, RadiusServer
from bridge.domain.second import MAIL, PHONE
from bridge.domain.secret import Secret
from bridge.ports import Directory, Factor, Judge, Vault
from connectors.factors.passkey import Passkey
from connectors.factors.release_code import ReleaseCode
from connectors.factors.sent import SentCode
from connectors.factors.sign_on import SignedOnTicket
from connectors.factors.totp import Totp


def factors(vault: Vault, base_url: str) -> Mapping[str, Factor]:
    """Every factor there is, by the name that a policy calls it."""
    sent = (SentCode(vault, PHONE), SentCode(vault, MAIL))
    ours = (Totp(vault), ReleaseCode(vault), *sent, SignedOnTicket(vault), Passkey(vault, base_url))
    return {factor.kind: factor for factor in ours}


def judges(
    config: Config, directory: Directory, secret_of: Callable[[RadiusServer, int], Secret] | None = None
) -> Mapping[str, Judge]:
    """Every factor that another server judges, where the configuration names one.

    secret_of   what a server shares with us; left out by the role that asks nobody
    """
    if config.radius is None:
        return {}
    from connectors.factors.radius import Radius  # noqa: PLC0415 - pyrad, where a server is asked

    servers = config.radius.servers
    secrets = [secret_of(server, place) for place, server in enumerate(servers)] if secret_of else []
    asked = Radius(config.radius, directory, secrets)
    return {asked.kind: asked}
