"""The configuration as frozen values: every setting, its unit and its default, in one place.

reader.py turns YAML into these; nobody else reads YAML. A secret is never a literal but a reference that the
composition root of the role that needs it resolves: the web role never resolves a host's or the relay's.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from bridge.config.model.directory import LDAP_FIELDS, DirectorySettings, LdapGroups, LdapSettings
from bridge.config.model.factors import EnrolmentSettings, GatewaySettings, OidcSettings, RadiusServer, RadiusSettings
from bridge.config.model.secret import SecretRef
from bridge.config.model.site import MailSettings, Site, Storage, Support, Web, WebTls
from bridge.config.model.systems import (
    HELPER,
    Acf2,
    Dialogs,
    HostTls,
    IbmI,
    LogonSettings,
    ServiceId,
    SessionManager,
    Ssh,
    System,
    Tn3270,
    Transport,
    Unix,
)
from bridge.domain.policy import Policy

__all__ = [
    "HELPER",
    "LDAP_FIELDS",
    "Acf2",
    "Config",
    "Dialogs",
    "DirectorySettings",
    "EnrolmentSettings",
    "GatewaySettings",
    "HostTls",
    "IbmI",
    "LdapGroups",
    "LdapSettings",
    "LogonSettings",
    "MailSettings",
    "OidcSettings",
    "RadiusServer",
    "RadiusSettings",
    "SecretRef",
    "ServiceId",
    "SessionManager",
    "Site",
    "Ssh",
    "Storage",
    "Support",
    "System",
    "Tn3270",
    "Transport",
    "Unix",
    "Web",
    "WebTls",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """The whole file. `path` is where it was read from; `notes` what was read but bent, for `check` to say."""

    path: Path
    notes: tuple[str, ...] = ()
    site: Site
    storage: Storage
    keys: tuple[SecretRef, ...]
    web: Web = field(default_factory=Web)
    mail: MailSettings | None = None
    radius: RadiusSettings | None = None
    gateway: GatewaySettings | None = None
    oidc: OidcSettings | None = None
    enrolment: EnrolmentSettings = field(default_factory=EnrolmentSettings)
    directory: DirectorySettings = field(default_factory=DirectorySettings)
    systems: Mapping[str, System] = field(default_factory=dict)
    policies: Mapping[str, Policy] = field(default_factory=lambda: {"standard": Policy()})
