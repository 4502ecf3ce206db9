"""A user of the simulated TSO who logs on for the first time after a reset, and is made to choose a password."""

import contextlib
import re
import ssl
from dataclasses import dataclass, field
from typing import Final

from connectors.simulated.datastream import Aid
from connectors.simulated.emulator import Emulator, Screen

MOST_STEPS: Final = 60
REFUSED: Final = re.compile(
    r"IKJ5642[01345]I|IKJ56424I|IKJ56416I|ICH70003I|ACF010(04|05|06|12|13)|ACF00118|NOT VERIFIED"
    r"|TSS71(01|20|4\d)E|New Password is Invalid"
)
NEW_WANTED: Final = re.compile(r"IKJ56415I|ACF01017|TSS7110E|ENTER NEW PASSWORD", re.IGNORECASE)
NEW_AGAIN: Final = re.compile(r"IKJ56447A|NEW PASSWORD AGAIN FOR|REENTER NEW PASSWORD", re.IGNORECASE)


@dataclass(slots=True)
class FirstLogon:
    """What happened: whether a new password was demanded, whether READY was reached, and every screen on the way."""

    forced_change: bool = False
    ready: bool = False
    screens: list[str] = field(default_factory=list)


def first_logon(
    host: str, port: int, userid: str, old: str, new: str, *, ssl_context: ssl.SSLContext | None = None
) -> FirstLogon:
    """Log on with the temporary password, choose another when told to, reach READY, log off.

    ssl_context   for a TLS port; the certificate must be good for `host`
    Raises Unfinished or ConnectionError where the host goes silent or away; a refusal is in the result.
    """
    happened = FirstLogon()
    with Emulator(host, port, ssl_context=ssl_context) as terminal:
        for _ in range(MOST_STEPS):
            text = terminal.wait(_recognised)
            happened.screens.append(text)
            if _is_ready(text):
                happened.ready = True
                _leave(terminal)
                break
            if REFUSED.search(text):
                break
            _answer(terminal.screen, text, userid, old, new, happened)
            terminal.press(Aid.ENTER)
    return happened


def _leave(terminal: Emulator) -> None:
    """Log off; the first screen of another logon, or the end of the line, says that it is done."""
    terminal.screen.type("LOGOFF")
    terminal.press(Aid.ENTER)
    with contextlib.suppress(ConnectionError):
        terminal.wait(lambda screen: _recognised(screen) and not _is_ready(screen.text()))


def _recognised(screen: Screen) -> bool:
    text = screen.text()
    return bool(text.strip()) and (
        _is_ready(text)
        or _last(text) == "***"
        or any(known in text for known in ("===>", "Disposition of Log"))
        or re.search(r"-\s*$", text) is not None
    )


def _is_ready(text: str) -> bool:
    return _last(text) == "READY"


def _last(text: str) -> str:
    return text.rstrip().rsplit("\n", 1)[-1].strip()


def _answer(screen: Screen, text: str, userid: str, old: str, new: str, happened: FirstLogon) -> None:
    """Type what this screen asks for; nothing at `***`. Passwords go into hidden fields only."""
    if _last(text) == "***":
        return
    if "Primary Option Menu" in text:
        screen.type("=X")
        return
    if "Disposition of Log" in text:
        screen.type("2")
        return
    if "TSO/E LOGON" in text or screen.hidden_at(screen.cursor):
        wanted = bool(NEW_WANTED.search(text) or NEW_AGAIN.search(text))
        happened.forced_change = happened.forced_change or wanted
        if not screen.hidden_at(screen.cursor):
            raise ValueError("a password is asked for where it would be shown")
        screen.type(new if wanted else old)
    elif "===>" in text:
        screen.type(f"LOGON APPLID(TSO) DATA({userid})")
    else:
        screen.type(userid)
