"""Whoever logs on to TSO from the command line holds the service id's seat meanwhile, as workers do.

Two that log on with one userid would take each other's session away.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from typing import Final

from bridge.compose.shared import Opened, node
from bridge.config.model import ServiceId, Ssh, System
from bridge.config.products import USERIDS
from bridge.domain.errors import BridgeError, TryLater
from bridge.domain.names import Account, SystemName

HOLDS: Final = timedelta(minutes=3)
"""A command that dies holds it for so long, and for what a logon may take: a daemon that starts frees what its own
earlier runs held (NODE/RUN), and cannot know of a command whether it lives."""
TAKEN: Final = (
    "not logged on: a worker is logged on with it now, or another check, and there is one session for it, which this "
    "would take away. Stop the daemons, or wait until that session has been idle for {minutes:.0f} min "
    "(transport.idle_for), then again"
)


class Held(TryLater):
    """The service id's session is the daemon's."""


@contextmanager
def seated(system: System, service: ServiceId, desk: Opened | None, what: str) -> Iterator[bool]:
    """Hold the seat; False where a worker has it. Over SSH there is none, and without a database nobody knows of it."""
    if desk is None or isinstance(system.transport, Ssh):
        yield True
        return
    seat = Account(SystemName(system.name), USERIDS[system.product](service.userid))
    now = desk.clock.now()
    until = now + HOLDS + 2 * system.transport.logon_within + system.transport.reconnect_wait
    try:
        with desk.store.work() as work:
            lease = work.leases.take(seat, f"{node(desk.config)}~{what}", at=now, until=until)
    except BridgeError:  # it is said elsewhere what ails the database
        yield True
        return
    try:
        yield lease is not None
    finally:
        if lease is not None:
            with suppress(BridgeError), desk.store.work() as work:  # it runs out by itself
                work.leases.give_back(lease)


@contextmanager
def alone(system: System, service: ServiceId, desk: Opened, what: str) -> Iterator[None]:
    """The same for whoever can do nothing else. Raises Held where it is not free."""
    with seated(system, service, desk, what) as free:
        if not free:
            raise Held(f"{system.name} {service.userid}: {taken(system)}")
        yield


def taken(system: System) -> str:
    """What to say where it is not free."""
    return TAKEN.format(minutes=system.transport.idle_for.total_seconds() / 60)
