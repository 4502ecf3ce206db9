"""What each role gets to work with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Protocol

from bridge.domain.names import Account, Forms, SystemName
from bridge.domain.policy import Policy
from bridge.ports.factors import Apps, Factor, Gateway, Judge, Passkeys, ReadOut, SignOn
from bridge.ports.files import KeyFiles
from bridge.ports.machine import Clock, Dice
from bridge.ports.mail import Mail
from bridge.ports.people import Directory
from bridge.ports.store import Store
from bridge.ports.vault import Vault


@dataclass(frozen=True, kw_only=True)
class Kit:
    """What every flow may use. `systems` maps each configured system to its policy, `forms` to its form of userids;
    `own` are the service ids, which are reset by nobody here; `sharing` names the systems on the same database;
    `language` is the site's own, in which security is told.
    """

    store: Store
    clock: Clock
    dice: Dice
    directory: Directory
    systems: Mapping[SystemName, Policy]
    security_address: str | None = None
    forms: Forms = field(default_factory=dict)
    own: frozenset[Account] = frozenset()
    sharing: Mapping[SystemName, tuple[SystemName, ...]] = field(default_factory=dict)
    language: str = "en"


@dataclass(frozen=True, kw_only=True)
class WebKit(Kit):
    """The web role: opens what is sealed, holds no host credential (I9).

    network_limit   wrong answers from one network within an hour before it is held up; 0: any number
    factor_wait     how long a factor waits that its person adds after passing a weaker one
    """

    vault: Vault
    factors: Mapping[str, Factor]
    judges: Mapping[str, Judge] = field(default_factory=dict)
    gateway: Gateway | None = None
    sign_on: SignOn | None = None
    network_limit: int = 0
    passkeys: Passkeys | None = None
    apps: Apps | None = None
    read_out: ReadOut | None = None
    factor_wait: timedelta = timedelta(hours=24)


@dataclass(frozen=True, kw_only=True)
class WorkKit(Kit):
    """The worker role: changes hosts, seals and mails; listens to nobody (I9).

    files, gateway   for KeePass files, and for what opens them
    """

    vault: Vault
    mail: Mail
    factors: Mapping[str, Factor]
    base_url: str
    owner: str
    judges: Mapping[str, Judge] = field(default_factory=dict)
    lease_for: timedelta = timedelta(minutes=3)
    files: KeyFiles | None = None
    gateway: Gateway | None = None


class Desk(Protocol):
    """What the commands on the daemon's own machine use: they work on the database, with no daemon needed."""

    @property
    def store(self) -> Store: ...
    @property
    def vault(self) -> Vault: ...
    @property
    def clock(self) -> Clock: ...
    @property
    def dice(self) -> Dice: ...
    @property
    def directory(self) -> Directory: ...
    @property
    def forms(self) -> Forms: ...
    @property
    def security_address(self) -> str | None: ...
    @property
    def language(self) -> str: ...
