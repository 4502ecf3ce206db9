"""Every setting of the configuration, read off the model, as the handbook names it."""

from __future__ import annotations

from dataclasses import MISSING, fields
from datetime import timedelta
from typing import Any, Final

from bridge.config import model
from bridge.config.shapes import GIVEN
from bridge.domain.demand import Demand
from bridge.domain.password import Rules
from bridge.domain.policy import Policy

SECTIONS: Final[dict[str, type[Any]]] = {
    "site": model.Site,
    "site.support": model.Support,
    "storage": model.Storage,
    "web": model.Web,
    "web.tls": model.WebTls,
    "mail": model.MailSettings,
    "radius": model.RadiusSettings,
    "radius.servers": model.RadiusServer,
    "oidc": model.OidcSettings,
    "gateway": model.GatewaySettings,
    "enrolment": model.EnrolmentSettings,
    "directory": model.DirectorySettings,
    "directory.ldap": model.LdapSettings,
    "directory.ldap.groups": model.LdapGroups,
    "systems.NAME": model.System,
    "systems.NAME.service_id": model.ServiceId,
    "systems.NAME.transport, type tn3270": model.Tn3270,
    "systems.NAME.transport.tls": model.HostTls,
    "systems.NAME.transport.logon": model.LogonSettings,
    "systems.NAME.transport, type ssh": model.Ssh,
    "systems.NAME.dialogs": model.Dialogs,
    "systems.NAME.unix": model.Unix,
    "systems.NAME.ibmi": model.IbmI,
    "systems.NAME.password": Rules,
    "policies.NAME": Policy,
    "policies.NAME.demand": Demand,
}
"""Heading in configuration.md → the class that holds its keys. SecretRef and Config are explained in words."""


def defaults(kind: type[Any]) -> dict[str, str]:
    """Key → its default as the handbook writes it: `required`, empty for nothing, or the value in code marks."""
    return {field.name: _shown(field) for field in fields(kind) if field.name not in GIVEN.get(kind, ())}


def _shown(field: Any) -> str:
    if field.default is MISSING:
        return "required" if field.default_factory is MISSING else ""
    match field.default:
        case None | ():
            return ""
        case bool(yes):
            return f"`{str(yes).lower()}`"
        case timedelta() as time:
            return f"`{duration(time)}`"
        case tuple(values):
            return f"`[{', '.join(values)}]`"
    return f"`{field.default}`"


def duration(value: timedelta) -> str:
    """As people write it: 15m, 24h; 7d only from two days up."""
    seconds = int(value.total_seconds())
    for size, unit in ((86400, "d"), (3600, "h"), (60, "m")):
        if seconds % size == 0 and (unit != "d" or seconds >= 2 * size) and (unit != "m" or seconds > 2 * size):
            return f"{seconds // size}{unit}"
    return f"{seconds}s"
