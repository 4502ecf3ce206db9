"""What the tests of the TN3270 transport share: a wire with short limits, a simulated system, a log that keeps."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from pathlib import Path
from typing import Any, Literal

from bridge.config.model import LogonSettings, Tn3270
from bridge.domain.outcome import Order, Reply, Typed, Verb
from bridge.domain.secret import Line, Secret
from connectors.hosts.dialogs.shapes import Dialog
from connectors.hosts.transports.base import Manager
from connectors.hosts.transports.tn3270 import Tn3270Wire
from connectors.simulated.options import HostOptions
from connectors.simulated.users import UserDatabase
from connectors.simulated.witness import Witness
from connectors.simulated.zos import SimulatedZos

SERVICE, PASSWORD = "SVCRST1", "SERVICE1"
USER = "PAYROLL7"
NEW = "Q7ZK2MWX"


class KeepingLog:
    """Keeps every fact, as the log of a daemon that is told to keep everything."""

    def __init__(self) -> None:
        self.facts: list[tuple[str, dict[str, object]]] = []

    def debug(self, event: str, **facts: object) -> None:
        self.facts.append((event, facts))

    info = warning = debug

    def places(self) -> list[object]:
        return [facts["place"] for event, facts in self.facts if event == "host.screen"]


def wire_to(
    port: int,
    *,
    log: KeepingLog | None = None,
    logon: dict[str, Any] | None = None,
    password: str = PASSWORD,
    dialog: Dialog | None = None,
    unread: list[Secret] | None = None,
    manager: Manager | None = None,
    **more: Any,
) -> Tn3270Wire:
    """A wire in clear text on loopback, with limits that a test can wait for."""
    seconds = {"connect_within": 10, "logon_within": 20, "answer_within": 10, "reconnect_wait": 0}
    limits = {name: timedelta(seconds=value) for name, value in seconds.items()}
    settings: dict[str, Any] = {"host": "127.0.0.1", "port": port, "tls": None, "insecure": True, **limits, **more}
    settings["logon"] = LogonSettings(**(logon or {}))
    return Tn3270Wire(
        "PRODA", Tn3270(**settings), SERVICE, Secret(password), log=log, sleep=lambda _: None, dialog=dialog,
        unread=unread, manager=manager,
    )  # fmt: skip


@contextmanager
def opened(wire: Tn3270Wire) -> Iterator[Tn3270Wire]:
    """The wire, open, and closed at the end whatever happens."""
    try:
        wire.open()
        yield wire
    finally:
        wire.close()


@contextmanager
def system(product: Literal["racf", "acf2", "topsecret"] = "racf", **options: Any) -> Iterator[SimulatedZos]:
    """A simulated z/OS with a service id that may reset, and a user. Classic TN3270 unless `extended` says otherwise.

    Only there: with TN3270E responses, every key waits for the host's delayed acknowledgement (Nagle), 40 ms.
    """
    users = UserDatabase()
    if product == "acf2":
        users.define(SERVICE, password=PASSWORD, privileges={"ACCOUNT"})
    elif product == "topsecret":
        users.define(SERVICE, password=PASSWORD, authorities={"MISC8(PWMAINT)", "DATA(BASIC)", "DATA(PASSWORD)"})
    else:
        users.define(SERVICE, password=PASSWORD)
        users.permit("IRR.PASSWORD.RESET", SERVICE)
        users.permit("IRR.LISTUSER", SERVICE)
    users.define(USER, name="PAT ROLL", password="OLDPASS1")
    set_up = HostOptions(**{"extended": False, **options})
    with SimulatedZos(product, users=users, options=set_up, witness=Witness()) as zos:
        yield zos


def order(
    *lines: str | Line | tuple[str | Line, tuple[str, ...]], leave: tuple[str, ...] = (), verb: Verb = Verb.RESET
) -> Order:
    """An order of these lines; a line may come with the prompts that end it."""
    typed = [line if isinstance(line, tuple) else (line, ("READY",)) for line in lines]
    return Order(
        verb=verb,
        typed=tuple(Typed(line=Line(text) if isinstance(text, str) else text, ends=ends) for text, ends in typed),
        leave=tuple(Typed(line=Line(text)) for text in leave),
    )


LIST = order(f"LISTUSER {USER}", verb=Verb.STATUS)


def reset(new: str = NEW) -> Order:
    return order(Line(f"ALTUSER {USER} PASSWORD(", Secret(new), ") EXPIRED RESUME"))


def said(replies: tuple[Reply, ...]) -> list[str]:
    return [row.strip() for reply in replies for row in reply.said]


def children() -> set[int]:
    """The processes that this one has started and not yet waited for, zombies included."""
    found = set()
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            if int(stat.read_text().rpartition(")")[2].split()[1]) == os.getpid():
                found.add(int(stat.parent.name))
    return found
