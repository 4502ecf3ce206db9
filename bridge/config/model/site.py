"""`site:`, `storage:`, `web:`, `mail:`: what the daemon itself stands on."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Literal

from bridge.config.model.secret import SecretRef


@dataclass(frozen=True, slots=True, kw_only=True)
class Support:
    """Whom a user in trouble turns to; shown on pages and in mails."""

    email: str | None = None
    phone: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """`site:`. base_url begins every link; it is never taken from a request."""

    name: str
    base_url: str
    languages: tuple[str, ...] = ("en",)
    support: Support = field(default_factory=Support)
    security: str | None = None  # address told of destroyed links and the like
    node: str | None = None  # names this machine among several; default: its host name
    silent_after: timedelta = timedelta(hours=24)  # a node not heard from for so long is named as such


@dataclass(frozen=True, slots=True, kw_only=True)
class Storage:
    """`storage:`. sqlite:///PATH (relative to the file) or postgresql+psycopg://…; its password by reference."""

    url: str
    password: SecretRef | None = None
    keep: timedelta = timedelta(days=400)  # ended resets older than this are purged; the audit stays
    audit_keep: timedelta = timedelta(days=3650)  # audit records older than this are deleted; the rest still verifies


@dataclass(frozen=True, slots=True, kw_only=True)
class WebTls:
    """`web.tls:`."""

    certificate: Path
    private_key: SecretRef


@dataclass(frozen=True, slots=True, kw_only=True)
class Web:
    """`web:`. listen is HOST:PORT; tls may be null only behind trusted_proxies, or on loopback."""

    listen: str = "127.0.0.1:8443"
    tls: WebTls | None = None
    trusted_proxies: tuple[str, ...] = ()
    monitor: str | None = None  # HOST:PORT of a listener of its own for healthz, readyz, metrics
    show_for: timedelta = timedelta(seconds=120)  # how long the page shows the password
    network_limit: int = 100  # wrong answers from one network within an hour before it is held up; 0: any number
    network_v4: int = 24  # bits of an IPv4 address that name its network
    network_v6: int = 56  # bits of an IPv6 address that name its network
    console: bool = True  # the operators' pages under /console


@dataclass(frozen=True, slots=True, kw_only=True)
class MailSettings:
    """`mail:`. security: starttls | tls | none (none only towards loopback).

    keys   a folder with ADDRESS.pem or ADDRESS.asc: mail to whoever has a key there is encrypted
    wrap   required: a link leaves encrypted or not at all
    """

    host: str
    sender: str
    port: int = 587
    security: Literal["starttls", "tls", "none"] = "starttls"
    username: str | None = None
    password: SecretRef | None = None
    ca: Path | None = None
    envelope_sender: str | None = None
    keys: Path | None = None
    wrap: Literal["when_possible", "required"] = "when_possible"
    answer_within: timedelta = timedelta(seconds=30)
