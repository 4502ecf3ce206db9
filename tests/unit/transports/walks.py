"""Screens, dialogs with one rule changed, and the walk through them."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from bridge.config.model import LogonSettings
from bridge.domain.secret import Secret
from connectors.hosts.dialogs.reader import shipped
from connectors.hosts.dialogs.shapes import Dialog, Rule
from connectors.hosts.own import Untouched
from connectors.hosts.transports.logon import Logon
from connectors.hosts.transports.screens import Field, Screen, Status
from connectors.machine import Deadline
from tests.dialogs.branches import Shows

STATUS = Status.read(b"U F U C(192.0.2.1) I 2 24 80 0 0 0x0 0.000")
LONG = timedelta(hours=1)
READY = " READY"


def screen(*lines: str, cursor: tuple[int, int] | None = None, fields: tuple[Field, ...] = ()) -> Screen:
    rows = tuple(line.ljust(80) for line in (*lines, *[""] * (24 - len(lines))))
    return Screen(rows, replace(STATUS, cursor=cursor or (len(lines), 1)), fields)


def field(row: int, column: int, *, hidden: bool = False, length: int = 8) -> Field:
    return Field(start=row * 80 + column, length=length, protected=False, hidden=hidden, text="", filled=0)


def panel(*messages: str, new: bool = True) -> Screen:
    """The logon panel, its password at row 8 and the new one beside it."""
    lines = ["---- TSO/E LOGON ----", *messages, *[""] * (2 - len(messages)), "   Enter LOGON parameters below:", "",
             "   Userid    ===> RSTBRDG", "", "   Password  ===>              New Password ===>"]  # fmt: skip
    hidden = [field(7, 19, hidden=True), *([field(7, 50, hidden=True)] if new else [])]
    return screen(*lines, cursor=(7, 19), fields=tuple(hidden))


def asked(*lines: str) -> Screen:
    """A question on the last line with a hidden field below it."""
    return screen(*lines, cursor=(len(lines), 1), fields=(field(len(lines), 1, hidden=True),))


USERID = screen(" IKJ56700A ENTER USERID -")
EXPIRED = " IKJ56415I YOUR PASSWORD HAS EXPIRED"


class Own(Untouched):
    """May be changed; offers so many new ones."""

    open_to_change = True

    def __init__(self, drawn: int = 3, *, voluntary: bool = False) -> None:
        super().__init__(lambda: None)
        self.left, self.voluntary = drawn, voluntary
        self.withdrawn: list[str] = []

    def draw(self) -> Secret | None:
        self.left -= 1
        return Secret("N") if self.left >= 0 else None

    def withdraw(self, said: str = "") -> None:
        self.withdrawn.append(said)


def walk(desk: Shows, dialog: Dialog, own: Untouched | None = None) -> Logon:
    logon = Logon(
        desk, "PRODA", dialog, LogonSettings(), "RSTBRDG", Secret("x"), Deadline(LONG), log=desk, own=own
    )  # fmt: skip
    logon.to_ready()
    return logon


def beginning(*names: str, **screens: Rule) -> Dialog:
    """What is shipped, begun at these screens, and some of them changed."""
    dialog = shipped().dialog
    return replace(dialog, begin=names, screens={**dialog.screens, **screens})


def changed(name: str, **keys: object) -> Rule:
    return replace(shipped().dialog.screens[name], **keys)
