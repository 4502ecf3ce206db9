"""The way out, from wherever a session stands: a session that is only cut stays behind and blocks the service id."""

from __future__ import annotations

from typing import Final

from bridge.config.model import LogonSettings
from bridge.domain.secret import Line
from connectors.hosts.transports import tso
from connectors.hosts.transports.actions import wait_for
from connectors.hosts.transports.desk import Desk
from connectors.hosts.transports.s3270 import SessionLost
from connectors.hosts.transports.tso import Place
from connectors.machine import Deadline

MOST_STEPS: Final = 30
STEP_WITHIN: Final = 2.0
GONE: Final = frozenset({Place.CLOSED, Place.LOGO, Place.USERID})
"""Where no session of ours is any more."""
CLEARED: Final = ("Clear()", wait_for("Unlock", 2.0))
"""Ahead of a line: in a field that runs around the screen, what stands there would go along."""
ABANDON: Final = {Place.PANEL: "PF(3)", Place.PASSWORD: "PA(1)", Place.MORE: "Enter()"}


def log_off(desk: Desk, settings: LogonSettings, deadline: Deadline, *, at_ready: bool) -> bool:
    """Leave, and say whether the host confirmed it or had nothing to leave. Never raises.

    at_ready   the session is known to be at READY, though the screen may have been cleared
    """
    try:
        return _leave(desk, settings, deadline, at_ready=at_ready)
    except SessionLost:
        return False


def _leave(desk: Desk, settings: LogonSettings, deadline: Deadline, *, at_ready: bool) -> bool:
    screen = desk.look()
    asked = attention = False
    for _ in range(MOST_STEPS):
        place = tso.classify(screen, settings, begun=False, accepted=at_ready and not asked).place
        desk.note(f"leaving {place.name}", screen)
        if place in GONE or (asked and place is Place.CUSTOM) or (asked and tso.matching(screen.lines, tso.LOGGED_OFF)):
            return True
        if deadline.over:
            return False
        if place is Place.READY or (at_ready and screen.blank and screen.status.unlocked and not asked):
            if asked:
                return False
            empty = () if screen.blank else CLEARED
            asked = desk.type(*empty, Line("LOGOFF"), "Enter()")
        elif keys := _keys(place, settings):
            desk.type(*keys)
        elif screen.status.unlocked and not (asked or attention):
            attention = desk.type("PA(1)")
        screen, came = desk.await_output(min(STEP_WITHIN, deadline.left()))
        if not came:
            if asked or attention:
                return False
            attention = desk.type("Reset()", "PA(1)")
    return False


def _keys(place: Place, settings: LogonSettings) -> tuple[str | Line, ...]:
    match place:
        case Place.MENU:
            return Line(settings.leave), "Enter()"
        case Place.SUBCOMMAND:
            return Line("END"), "Enter()"
        case Place.LOG_DATA:
            return Line("2"), "Enter()"
        case _:
            return (ABANDON[place],) if place in ABANDON else ()
