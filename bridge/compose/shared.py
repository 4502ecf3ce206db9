"""What every role opens: keys, database, directory. Whatever is opened here is closed here, in reverse."""

from __future__ import annotations

import hashlib
import socket
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

from bridge.config.model import Config, RadiusServer, SecretRef
from bridge.config.products import forms
from bridge.domain.errors import ConfigFault
from bridge.domain.names import Account, Forms, SystemName, Userid
from bridge.domain.policy import Policy
from bridge.domain.second import PASSKEY
from bridge.domain.secret import Secret
from bridge.flows.ledger import began
from bridge.ports import Clock, Dice, Directory, Kit
from connectors.directory import directory
from connectors.factors.gateway import HttpGateway
from connectors.factors.passkey import Passkey, installed
from connectors.machine import SystemClock, dice, read_secret
from connectors.store.engine import SqlStore, open_store
from connectors.store.upgrade import upgrade
from connectors.vault import KeyRing

if TYPE_CHECKING:
    from connectors.factors.oidc import OpenIdProvider


@dataclass(frozen=True, kw_only=True)
class Opened:
    """The configuration with its keys and its database."""

    config: Config
    store: SqlStore
    vault: KeyRing
    clock: Clock
    dice: Dice
    directory: Directory

    @property
    def systems(self) -> Mapping[SystemName, Policy]:
        """Each configured system's policy."""
        return {SystemName(name): self.config.policies[system.policy] for name, system in self.config.systems.items()}

    @property
    def forms(self) -> Forms:
        """Each configured system's form of userids."""
        return forms(self.config.systems)

    @property
    def security_address(self) -> str | None:
        """Who is told of what should not happen."""
        site = self.config.site
        return site.security or site.support.email

    @property
    def language(self) -> str:
        """What is spoken with people of whom nothing else is known."""
        return self.config.site.languages[0]

    @property
    def own(self) -> frozenset[Account]:
        """The service ids."""
        known = self.forms
        return frozenset(
            Account(SystemName(name), known.get(SystemName(name), Userid)(service_id.userid))
            for name, system in self.config.systems.items()
            for service_id in (*system.service_ids, system.privileged_service_id)
            if service_id is not None
        )


@contextmanager
def opened(config: Config) -> Iterator[Opened]:
    """Open keys and database. Raises ConfigFault, VaultLocked, StoreFault, each with what to do."""
    vault = key_ring(config)
    store, clock = open_store(config.storage.url, storage_password(config), vault), SystemClock()
    try:
        yield Opened(
            config=config,
            store=store,
            vault=vault,
            clock=clock,
            dice=dice,
            directory=directory(
                config.directory,
                store,
                clock,
                forms(config.systems),
                partial(_ldap_password, config),
                config.site.languages[0],
            ),
        )
    finally:
        store.close()


def base_kit(kept: Opened) -> Kit:
    """What flows use that need neither keys nor hosts."""
    return Kit(
        store=kept.store,
        clock=kept.clock,
        dice=kept.dice,
        directory=kept.directory,
        systems=kept.systems,
        forms=kept.forms,
        security_address=kept.security_address,
        own=kept.own,
        language=kept.language,
        sharing={SystemName(name): _sharing(kept.config, name) for name in kept.config.systems},
    )


def _sharing(config: Config, name: str) -> tuple[SystemName, ...]:
    """Who shares a system's database, whichever of the two says so."""
    systems = config.systems
    return tuple(
        SystemName(other)
        for other, its in systems.items()
        if other in systems[name].shares_database_with or name in its.shares_database_with
    )


def key_ring(config: Config) -> KeyRing:
    """The server's keys: the first encrypts, all decrypt."""
    return KeyRing([read_secret(ref, f"keys[{place}]") for place, ref in enumerate(config.keys)])


def storage_password(config: Config) -> Secret | None:
    """The database's password, if it has one."""
    ref = config.storage.password
    return read_secret(ref, "storage.password") if ref else None


def _ldap_password(config: Config) -> Secret | None:
    """What we bind with to the directory, if we bind."""
    ref = config.directory.ldap.password if config.directory.ldap else None
    return read_secret(ref, "directory.ldap.password") if ref else None


def http_gateway(config: Config) -> HttpGateway | None:
    """What sends codes to telephones, if there is one."""
    settings = config.gateway
    if settings is None:
        return None
    headers = {name: read_secret(ref, f"gateway.headers.{name}") for name, ref in settings.headers.items()}
    login = read_secret(settings.proxy_login, "gateway.proxy_login") if settings.proxy_login else None
    return HttpGateway(settings, config.site, headers, login)


def sign_on(config: Config) -> OpenIdProvider | None:
    """The company's OpenID provider, if there is one."""
    if config.oidc is None:
        return None
    from connectors.factors.oidc import OpenIdProvider  # noqa: PLC0415 - joserfc, where somebody signs on

    name = "client_key" if config.oidc.client_key else "client_secret"
    shown = config.oidc.client_key or config.oidc.client_secret or SecretRef()
    ours = config.oidc.proxy_login
    login = read_secret(ours, "oidc.proxy_login") if ours else None
    return OpenIdProvider(config.oidc, config.site.base_url, read_secret(shown, f"oidc.{name}"), login)


def passkeys(kept: Opened) -> Passkey | None:
    """What judges passkeys, where a policy takes them. Raises ConfigFault."""
    if not takes_passkeys(kept.config):
        return None
    if not installed():
        raise ConfigFault([f"{kept.config.path}: policies: passkey is named, and what judges it is not installed: "
                           "`pip install 'reset-bridge[passkeys]'`"])  # fmt: skip
    return Passkey(kept.vault, kept.config.site.base_url)


def takes_passkeys(config: Config) -> bool:
    """Whether any policy does."""
    return any(PASSKEY in policy.factors for policy in config.policies.values())


def radius_secret(server: RadiusServer, place: int) -> Secret:
    """What the RADIUS server shares with us."""
    return read_secret(server.secret, f"radius.servers[{place}].secret")


def upgrade_database(config: Config) -> tuple[str | None, str]:
    """Bring the database to this program's version; (before, after)."""
    return upgrade(config.storage.url, storage_password(config))


def note_start(kit: Kit, config: Config, roles: Sequence[str]) -> None:
    """Record that this node begins, with which program and which configuration: a change of either is seen there."""
    began(
        kit, node=node(config), roles=",".join(roles), version=version("reset-bridge"),
        configuration=hashlib.sha256(config.path.read_bytes()).hexdigest(),
    )  # fmt: skip


def node(config: Config) -> str:
    """What this machine is called among several."""
    return config.site.node or socket.gethostname()


def state_directory(config: Config) -> Path:
    """Where lock files go: beside the SQLite file, else beside the configuration."""
    url = config.storage.url
    if url.startswith("sqlite:///"):
        return Path(url.removeprefix("sqlite:///")).parent
    return config.path.parent


def other_than(config: Config, name: str) -> str:
    """What is wrong with a system's name that the configuration does not have."""
    if not config.systems:
        return f"{config.path} describes none yet; put {name[:40]} under `systems:` there"
    return f"one of {', '.join(config.systems)} is expected, not {name[:40]}"
