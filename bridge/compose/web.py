"""The web role's root: keys to open what is sealed, no host credential, no relay password (I9)."""

from __future__ import annotations

import ssl
from datetime import datetime
from typing import Final

from bridge.compose.shared import Opened, base_kit, http_gateway, note_start, opened, passkeys, radius_secret, sign_on
from bridge.config.model import Config
from bridge.domain.second import RELEASE_CODE
from bridge.domain.secret import Secret
from bridge.ports import WebKit
from connectors.factors import factors, judges
from connectors.factors.release_code import ReleaseCode
from connectors.factors.totp import Totp
from connectors.machine import harden_process, read_secret
from web.app import create_app
from web.office import Limits
from web.server import serve, tls_context
from web.settings import SystemFacts, WebSettings

AT_ONCE_ELSEWHERE: Final = 2
"""Measured, eight people on a PostgreSQL beside it: two get as much done as four or eight, and the slowest answers come
in half the time; one gets less done. One that is further away makes no difference: web/turns.py passes the turn on."""


def run(config: Config) -> int:
    """Serve pages and API until told to stop. Raises ConfigFault or StoreFault before anything is accepted."""
    harden_process()
    with opened(config) as kept:
        note_start(base_kit(kept), config, ["web"])
        app = create_app(web_kit(kept), web_settings(kept))
        tls = config.web.tls
        serve(
            app,
            listen=config.web.listen,
            tls=(lambda: _context(config)) if tls else None,
            monitor=config.web.monitor,
            trusted_proxies=config.web.trusted_proxies,
            limits=limits(config),
        )
    return 0


def limits(config: Config) -> Limits:
    """A database elsewhere keeps each request waiting, so that several get more done than one."""
    return Limits() if config.storage.url.startswith("sqlite") else Limits(at_once=AT_ONCE_ELSEWHERE)


def web_kit(kept: Opened) -> WebKit:
    """What the web role's flows use."""
    return WebKit(
        **vars(base_kit(kept)),
        vault=kept.vault,
        factors=factors(kept.vault, kept.config.site.base_url),
        judges=judges(kept.config, kept.directory, radius_secret),
        gateway=http_gateway(kept.config),
        sign_on=sign_on(kept.config),
        network_limit=kept.config.web.network_limit,
        passkeys=passkeys(kept),
        apps=Totp(kept.vault),
        read_out=ReleaseCode(kept.vault),
        factor_wait=kept.config.enrolment.wait,
    )


def web_settings(kept: Opened) -> WebSettings:
    """What the pages say. The secret of the form tokens is derived, so that all nodes of one database have the same."""
    config = kept.config
    return WebSettings(
        site=config.site,
        secret=Secret(kept.vault.tag("form tokens", Secret("1"))),
        systems={
            name: SystemFacts(title=system.title, product=system.product, rules=system.password)
            for name, system in config.systems.items()
        },
        factors=tuple({kind: None for policy in kept.systems.values() for kind in policy.factors}),
        worded=any(
            policy.release_code == "words" and RELEASE_CODE in policy.factors for policy in kept.systems.values()
        ),
        armed=any(policy.delivery == "armed" for policy in kept.systems.values()),
        show_for=config.web.show_for,
        trusted_proxies=config.web.trusted_proxies,
        prefixes=(config.web.network_v4, config.web.network_v6),
        monitor=config.web.monitor is not None,
        console=config.web.console,
        certificate_ends=lambda: _certificate_ends(config),
    )


def _certificate_ends(config: Config) -> datetime | None:
    """When the certificate on disk ends; a proxy's is not ours to know."""
    if config.web.tls is None:
        return None
    from connectors.certificates import valid_until  # noqa: PLC0415 - 3 MB, where nobody reads the metrics

    return valid_until(config.web.tls.certificate.read_bytes())


def _context(config: Config) -> ssl.SSLContext:
    tls = config.web.tls
    if tls is None:
        raise AssertionError("asked for only where TLS is configured")
    return tls_context(tls.certificate, read_secret(tls.private_key, "web.tls.private_key"))
