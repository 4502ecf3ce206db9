"""The way out, from wherever a session stands: a session that is only cut stays behind and blocks the service id."""

from __future__ import annotations

from collections import Counter
from typing import Final

from bridge.config.model import LogonSettings
from bridge.domain.secret import Line
from connectors.hosts.dialogs.shapes import Dialog, Rule
from connectors.hosts.transports import tso
from connectors.hosts.transports.actions import wait_for
from connectors.hosts.transports.desk import Desk
from connectors.hosts.transports.logon import KEYS
from connectors.hosts.transports.s3270 import SessionLost
from connectors.hosts.transports.screens import Screen
from connectors.hosts.transports.tso import Place, Sight
from connectors.hosts.transports.typist import move_to, words_of
from connectors.machine import Deadline

MOST_STEPS: Final = 30
STEP_WITHIN: Final = 2.0
SAME_SCREEN: Final = 3
"""So often a screen is left by what is said of it; then by attention."""
CLEARED: Final = ("Clear()", wait_for("Unlock", 2.0))
"""Ahead of a line: in a field that runs around the screen, what stands there would go along."""


def log_off(
    desk: Desk, dialog: Dialog, settings: LogonSettings, deadline: Deadline, *, at_ready: bool, inside: bool = False
) -> bool:  # fmt: skip
    """Leave, and say whether the host confirmed it or had nothing to leave. Never raises.

    at_ready   the session is known to be at READY, though the screen may have been cleared
    inside     the host has let the service id in: on a screen that is on no list PF3 is tried, and then LOGOFF, for a
               session that is only cut stands in the way of the next logon, and shows somebody's menu there again
    """
    try:
        return _leave(desk, dialog, settings, deadline, at_ready=at_ready, inside=inside)
    except SessionLost:
        return False


def _leave(
    desk: Desk, dialog: Dialog, settings: LogonSettings, deadline: Deadline, *, at_ready: bool, inside: bool
) -> bool:  # fmt: skip
    done = next(rule for rule in dialog.screens.values() if rule.done)
    further = not _ends(dialog, done)
    screen = desk.look()
    asked = attention = broken_off = False
    shown: Counter[tuple[str, ...]] = Counter()
    untried = [("PF(3)",), (*CLEARED, *keys(done, settings, screen))] if inside else []
    first = tso.sight(screen, dialog, begun=False, inside=True).name
    doubted = (
        first if inside and first == dialog.unknown else None
    )  # a menu may have words of a logo: `Enter TSO commands`
    for _ in range(MOST_STEPS):
        sight = tso.sight(screen, dialog, begun=False, accepted=at_ready and not asked, inside=True)
        desk.note(f"leaving {sight.title}", screen)
        if _gone(sight, asked=asked) and (asked or sight.name != doubted):
            return True
        if asked and not further and tso.matching(screen.lines, dialog.logged_off.expression):
            return True
        if deadline.over:
            return False
        if sight.rule is done or (at_ready and screen.blank and screen.status.unlocked and not asked):
            if asked and not broken_off:
                return False
            broken_off = False
            empty = () if screen.blank else CLEARED
            asked = desk.type(*empty, *keys(done, settings, screen))
        elif sight.rule is not None and sight.rule.leave is not None:
            shown[screen.lines] += 1
            if shown[screen.lines] > SAME_SCREEN:  # round and round, as `***` of a screen that TSO cannot write
                shown.clear()
                broken_off = desk.type("PA(1)")
            else:
                desk.type(*keys(sight.rule, settings, screen))
        elif screen.status.unlocked and not (asked or attention):
            attention = desk.type("PA(1)")
        elif screen.status.unlocked and not asked and untried:
            desk.type(*untried.pop(0))
            asked = not untried
        screen, came = desk.await_output(min(STEP_WITHIN, deadline.left()))
        if not came:
            if asked or (attention and not untried):
                return False
            if attention:
                continue
            attention = desk.type("Reset()", "PA(1)")
    return False


def _gone(sight: Sight, *, asked: bool) -> bool:
    """Whether no session of ours is there any more. A screen of the site's own says so once LOGOFF has been typed."""
    if sight.place is Place.CLOSED or (sight.rule is not None and sight.rule.nothing_to_leave):
        return True
    return asked and sight.rule is not None and sight.rule.leave is None


def _ends(dialog: Dialog, done: Rule) -> bool:
    """Whether nothing has to be left any more once the host has confirmed LOGOFF."""
    return all(dialog.screens[name].nothing_to_leave for name in (done.leave.then if done.leave else ()))


def keys(rule: Rule, settings: LogonSettings, screen: Screen) -> tuple[str | Line, ...]:
    """What to type and to press to leave a screen."""
    if rule.leave is None:
        return ()
    actions: list[str | Line] = []
    for entry in rule.leave.type:
        text = entry.text
        for word, means in words_of(settings).items():
            text = text.replace(word, means)
        if entry.label and (field := (screen.ahead_of if entry.is_ahead else screen.behind)(entry.label)):
            actions.append(move_to(field, screen))
        actions.append(Line(text))
    return (*actions, KEYS[rule.leave.press.upper()])
