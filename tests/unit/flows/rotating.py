"""A host that keeps the service id's password, a worker that may die at any step, and what is stored of it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

from bridge.config.model import ServiceId, System, Tn3270
from bridge.domain.errors import HostRefused, HostUnreached, Refused, ServiceIdRejected
from bridge.domain.failure import Reason
from bridge.domain.names import Account, SystemName, Userid
from bridge.domain.outcome import Order, Reply
from bridge.domain.own import MOST_DRAWN, Own, Plan
from bridge.domain.password import Rules
from bridge.domain.secret import Secret
from bridge.flows.rotate import Keeper
from bridge.ports import Store, Work
from connectors.hosts.circuit import Circuit
from connectors.hosts.host import SystemHost
from connectors.hosts.products.acf2 import Acf2
from tests.fakes.kit import House

ACCOUNT = Account(SystemName("PRODA"), Userid("RSTBRDG"))
FILE = "OLDONE12"


class Killed(BaseException):
    """The process is gone."""


@dataclass
class Fate:
    """Kills at the n-th step of a life; None: never."""

    at: int | None = None
    step: int = 0

    def tick(self) -> None:
        self.step += 1
        if self.step == self.at:
            raise Killed


@dataclass
class Zos:
    """One service id on a host, and who typed what wrong."""

    password: str = FILE
    expired: bool = False
    in_use: bool = False
    refuses: int = 0
    wrong: list[str] = field(default_factory=list)


class Line:
    """A Wire that logs on as the TSO panel does: the password, a new one where it is wanted, the answer."""

    def __init__(self, zos: Zos, own: Keeper, password: Secret, fate: Fate) -> None:
        self.password: Secret | None = password
        self._zos, self._own, self._typed, self._fate = zos, own, password.expose(), fate

    def open(self) -> None:
        zos, own = self._zos, self._own
        own.spend()
        self._fate.tick()
        if self._typed != zos.password:
            zos.wrong.append(self._typed)
            self._fate.tick()
            raise ServiceIdRejected("PRODA", ["IKJ56421I"], what=Refused.WRONG)
        if zos.expired and not own.open_to_change:
            raise ServiceIdRejected("PRODA", ["IKJ56415I", own.advice], what=Refused.EXPIRED)
        if zos.expired or own.voluntary:
            self._choose()
        self._fate.tick()
        if zos.in_use:
            raise HostUnreached("PRODA", "in use", answered=True)

    def _choose(self) -> None:
        for _ in range(MOST_DRAWN):
            new = self._own.draw()
            assert new is not None
            self._fate.tick()
            if self._zos.refuses:
                self._zos.refuses -= 1
                self._own.withdraw("history")
                continue
            self._zos.password, self._zos.expired = new.expose(), False
            return
        raise HostRefused("PRODA", Reason.PASSWORD_REJECTED, ["history"])

    def run(self, order: Order) -> tuple[Reply, ...]:
        return (Reply(rows=(), prompt="READY"),)

    def alive(self) -> bool:
        return True

    def close(self) -> None: ...


class Mortal:
    """A store whose process may be killed before and after each commit."""

    def __init__(self, store: Store, fate: Fate) -> None:
        self._store, self._fate, self.look = store, fate, store.look

    @contextmanager
    def work(self) -> Iterator[Work]:
        self._fate.tick()
        with self._store.work() as work:
            yield work
        self._fate.tick()


def life(home: House, zos: Zos, fate: Fate, *, mode: Any = "on_expiry", file: str = FILE) -> tuple[SystemHost, Keeper]:
    """A process, as far as one service id goes."""
    kit: Any = replace(home.worker, store=Mortal(home.store, fate))  # type: ignore[arg-type]
    own = Keeper(ACCOUNT, lambda: Secret(file), Plan(mode=mode), Rules(), kit, by="worker:here/W1")
    made = System(name="PRODA", title="A", product="acf2", transport=Tn3270(host="zos"),
                  service_ids=(ServiceId(userid="RSTBRDG"),))  # fmt: skip

    def wire() -> Line:
        password = own.to_try()
        assert password is not None
        return Line(zos, own, password, fate)

    host = SystemHost(made, Acf2("PRODA"), wire, circuit=Circuit(), clock=home.clock, own=own, userid="RSTBRDG")
    return host, own


def live(home: House, zos: Zos, fate: Fate, **more: Any) -> bool:
    """Work once, or rotate if that is due; whether it got through."""
    host, own = life(home, zos, fate, **more)
    try:
        if own.due:
            host.rotate()
        with host.session():
            return True
    except (Killed, HostUnreached, ServiceIdRejected):
        return False


def stored(home: House) -> Own | None:
    with home.store.look() as work:
        return work.own.get(ACCOUNT)


def want(home: House) -> None:
    with home.store.work() as work:
        work.own.want(ACCOUNT, at=home.clock.now(), by="local:root")
