"""What the web role is told at its start; it never reads the configuration itself."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from bridge.config.model import Site
from bridge.domain.password import Rules
from bridge.domain.secret import Secret


@dataclass(frozen=True, slots=True, kw_only=True)
class SystemFacts:
    """What a page may say of a system once the factor is passed.

    product   racf, acf2, …: names the paragraph on the first logon
    rules     what the host takes as the user's own new password
    notes     the site's own sentences, shown below the built-in ones
    """

    title: str
    product: str = "racf"
    rules: Rules = field(default_factory=Rules)
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class WebSettings:
    """Everything about the web role that is no port.

    secret            seals form tokens; the same on every node, at least 32 characters
    factors           what any policy takes: the page says so, whatever the link
    worded            whether the help desk reads out words under any policy, and not digits
    armed             whether any policy's delivery is: the script tries out what it needs for that, whatever the link
    show_for          how long the page shows the password
    trusted_proxies   networks whose X-Forwarded-For is believed
    prefixes          bits of an IPv4 and of an IPv6 address that name the network wrong answers are counted for
    monitor           health and metrics have a listener of their own
    console           whether there are pages for operators
    certificate_ends  until when the certificate holds, asked for at each look at the metrics
    """

    site: Site
    secret: Secret
    systems: Mapping[str, SystemFacts] = field(default_factory=dict)
    factors: tuple[str, ...] = ("totp", "release_code")
    worded: bool = False
    armed: bool = False
    show_for: timedelta = timedelta(seconds=120)
    trusted_proxies: tuple[str, ...] = ()
    prefixes: tuple[int, int] = (24, 56)
    monitor: bool = False
    console: bool = True
    certificate_ends: Callable[[], datetime | None] | None = None
