"""What the tests of a service id's own password share: a simulated host, a database, and hosts that log on."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Any, Literal

import pytest

from bridge.compose.worker import keeper, make_host
from bridge.config.model import Dialogs, ServiceId, System, Tn3270
from bridge.domain.names import Account, SystemName, Userid
from bridge.domain.own import Own
from bridge.domain.secret import Secret
from connectors.hosts.circuit import Circuit
from connectors.hosts.host import SystemHost
from connectors.simulated.entry import Outcome
from connectors.simulated.line import LineLost
from connectors.simulated.options import LogonStyle
from connectors.simulated.zos import SimulatedZos
from tests.fakes.kit import House, house
from tests.live.tn3270_wires import PASSWORD, SERVICE, USER, system

ACCOUNT = Account(SystemName("PRODA"), Userid(SERVICE))
STYLES = [LogonStyle.PANEL, LogonStyle.LINE]
Product = Literal["racf", "acf2", "topsecret"]
DOORS: list[tuple[Product, LogonStyle]] = [
    ("racf", LogonStyle.PANEL), ("racf", LogonStyle.LINE), ("acf2", LogonStyle.PANEL), ("acf2", LogonStyle.ACF2),
    ("topsecret", LogonStyle.PANEL), ("topsecret", LogonStyle.LINE),
]  # fmt: skip
"""The ways in as the simulated hosts have them: ACF2 with prompts of its own, Top Secret behind those of TSO."""
REFUSED_NEW = {"racf": "IKJ56416I", "acf2": "ACF00118", "topsecret": "New Password is Invalid"}
doors = pytest.mark.parametrize(("product", "style"), DOORS)
lines = pytest.mark.parametrize(("product", "style"), [door for door in DOORS if door[1] is not LogonStyle.PANEL])


@dataclass
class Site:
    """A simulated z/OS, a database, and hosts that log on to one under the marks of the other."""

    zos: SimulatedZos
    home: House
    rotate: Literal["never", "on_expiry", "by_age"] = "on_expiry"
    file: str = PASSWORD
    hosts: list[SystemHost] = field(default_factory=list)
    dialogs: Dialogs = field(default_factory=Dialogs)
    log: Any = None

    def host(self, *, owner: str = "here/W1", file: Callable[[], Secret] | None = None) -> SystemHost:
        """A host as a worker's slot has it; each is another process, as far as memory goes."""
        settings = Tn3270(
            host=self.zos.host, port=self.zos.port, tls=None, insecure=True, connect_within=timedelta(seconds=10),
            logon_within=timedelta(seconds=20), answer_within=timedelta(seconds=10),
            reconnect_wait=timedelta(seconds=2),
        )  # fmt: skip
        service = ServiceId(userid=SERVICE, rotate=self.rotate)
        product: Any = self.zos.users.settings.product
        made = System(
            name="PRODA", title="A", product=product, transport=settings, service_ids=(service,), dialogs=self.dialogs
        )  # fmt: skip
        read = file or (lambda: Secret(self.file))
        own = keeper(made, service, read, replace(self.home.worker, owner=owner), by=f"worker:{owner}")
        self.hosts.append(make_host(made, service, read, Circuit(), own=own, log=self.log))
        return self.hosts[-1]

    @property
    def own(self) -> Own:
        with self.home.store.look() as work:
            found = work.own.get(ACCOUNT)
        assert found is not None
        return found

    def want(self) -> None:
        with self.home.store.work() as work:
            work.own.want(ACCOUNT, at=self.home.clock.now(), by="local:root")

    def kinds(self) -> list[str]:
        with self.home.store.look() as work:
            return [record.event.kind for record in work.audit.records() if record.event.kind.startswith("service.")]

    def told(self) -> list[str]:
        """What waits in the outbox for security."""
        with self.home.store.look() as work:
            due = work.outbox.due(self.home.clock.now(), 50)
        return [each.kind for each in due if each.to == self.home.worker.security_address]

    @property
    def violations(self) -> int:
        return self.zos.users.user(SERVICE).violations

    @property
    def wrong_tries(self) -> int:
        assert self.zos.witness is not None
        return sum(attempt.outcome is Outcome.WRONG for attempt in self.zos.witness.logons)

    @property
    def outcomes(self) -> list[Outcome | None]:
        assert self.zos.witness is not None
        return [attempt.outcome for attempt in self.zos.witness.logons]

    def works(self) -> bool:
        """Whether a fresh process can work now."""
        with closing(self.host()) as host, host.session() as session:
            return session.profile(Userid(USER)).userid == USER


@contextmanager
def site(folder: Path, product: Product = "racf", **options: Any) -> Iterator[Site]:
    with house(folder) as home, system(product, **options) as zos:
        made = Site(zos, home)
        try:
            yield made
        finally:
            for host in made.hosts:
                host.close()


def expire(zos: SimulatedZos) -> None:
    zos.users.user(SERVICE).password.expired = True


def drops_behind_the_new_one(here: Site, fault: str) -> None:
    """The line is cut right before, or right after, the host has set the new password."""
    users = here.zos.users
    before = users.set_password

    def cut(user: Any, text: str, now: Any, *, expired: bool) -> None:
        users.set_password = before  # type: ignore[method-assign]
        if fault == "after":
            before(user, text, now, expired=expired)
        raise LineLost("the line is cut on purpose")

    users.set_password = cut  # type: ignore[method-assign]
