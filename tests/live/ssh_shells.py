"""Orders to a simulated host over SSH, and a wire to it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from bridge.config.model import Ssh
from bridge.domain.names import Userid
from bridge.domain.outcome import Order, Verb
from bridge.domain.secret import Secret
from connectors.hosts.dialogs.reader import shipped_orders
from connectors.hosts.transports.ssh import SshWire
from connectors.simulated.shell import SimulatedShell, new_key

PRIVATE, PUBLIC = new_key()
USER = Userid("JSMITH")
RACF = shipped_orders("racf").dialog
STATUS = RACF.order(Verb.STATUS, USER)
PING = Order(verb=Verb.PING)


def reset(new: str = "NEWPASS9", *, product: str = "racf", resume: bool = False) -> Order:
    return shipped_orders(product).dialog.order(Verb.RESET, USER, Secret(new), resume=resume)


def wire_to(shell: SimulatedShell, *, password: str | None = None, **more: Any) -> SshWire:
    times = {"connect_within": timedelta(seconds=10), "answer_within": timedelta(seconds=10)}
    settings = Ssh(**{"host": shell.host, "port": shell.port, "host_key": (shell.host_key,), **times, **more})
    if password is not None:
        return SshWire("PRODA", settings, "RSTBRDG", Secret(password))
    return SshWire("PRODA", settings, "RSTBRDG", key=Secret(PRIVATE))
