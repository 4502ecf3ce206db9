"""Screens that a scripted host paints on the way to READY."""

from __future__ import annotations

from collections.abc import Callable

from tests.live.tn3270_host import HIDDEN, PLAIN, Key, Terminal, cursor, text
from tests.live.tn3270_wires import SERVICE

PAINTING = 0.5  # seconds in which a host is busy drawing
LOGO = (
    text(5, 10, "EXAMPLE BANK") + text(22, 0, "===> ENTER LOGON APPLID(XXX)") + text(23, 0, "", PLAIN) + cursor(23, 1)
)


def panel(terminal: Terminal, *messages: str, length: int = 8, attribute: int = HIDDEN, extra: bytes = b"") -> Key:
    """A logon panel with the usual labels, not in the usual places; the next key."""
    data = text(0, 20, "TSO/E LOGON")
    data += b"".join(text(1 + row, 1, message) for row, message in enumerate(messages))
    data += text(3, 4, "Enter LOGON parameters below:") + text(5, 2, f"Userid ===> {SERVICE}")
    data += text(9, 2, "Password  ===>") + text(9, 22, "", attribute) + text(9, 23 + length, "")
    data += text(9, 45, "New Password ===>") + text(9, 64, "", HIDDEN) + text(9, 73, "")
    data += text(17, 2, "Command   ===>") + text(17, 18, "ISPF", PLAIN) + text(17, 70, "")
    data += (
        text(20, 2, "", PLAIN) + text(20, 4, "-Nomail") + text(20, 30, "", PLAIN) + text(20, 32, "-Reconnect") + extra
    )
    terminal.send(data + cursor(9, 23))
    return terminal.key()


def after_userid(then: Callable[[Terminal], None]) -> Callable[[Terminal], None]:
    def play(terminal: Terminal) -> None:
        terminal.lines("IKJ56700A ENTER USERID -")
        assert terminal.typed() == SERVICE
        then(terminal)

    return play
