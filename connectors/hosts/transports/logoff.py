"""The way out, from wherever a session stands: a session that is only cut stays behind and blocks the service id."""

from __future__ import annotations

from collections import Counter
from typing import Final

from bridge.config.model import LogonSettings
from bridge.domain.secret import Line
from connectors.hosts.dialogs.shapes import Dialog, Rule
from connectors.hosts.transports import tso
from connectors.hosts.transports.actions import KEYS, wait_for
from connectors.hosts.transports.desk import Desk
from connectors.hosts.transports.s3270 import SessionLost
from connectors.hosts.transports.screens import Screen
from connectors.hosts.transports.tso import Place, Sight
from connectors.hosts.transports.typist import field_of, move_to, words_of
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
        return _Leaving(desk, dialog, settings, at_ready=at_ready, inside=inside).go(deadline)
    except SessionLost:
        return False


class _Leaving:
    """What was tried so far, and what is left to try. A step is something that was typed; output alone is none."""

    def __init__(self, desk: Desk, dialog: Dialog, settings: LogonSettings, *, at_ready: bool, inside: bool) -> None:
        self._desk, self._dialog, self._settings = desk, dialog, settings
        self._at_ready, self._inside = at_ready, inside
        self._done = next(rule for rule in dialog.screens.values() if rule.done)
        self._steps = 0
        self._asked = self._attention = self._broken_off = self._again = False
        self._shown: Counter[tuple[str, ...]] = Counter()
        self._untried: list[tuple[str | Line, ...]] = []

    def go(self, deadline: Deadline) -> bool:
        further = not _ends(self._dialog, self._done)
        screen = self._desk.look()
        if self._inside:
            self._untried = [("PF(3)",), (*CLEARED, *keys(self._done, self._settings, screen))]
        first = tso.sight(screen, self._dialog, begun=False, inside=True).name
        doubted = (
            first if self._inside and first == self._dialog.unknown else None
        )  # a menu may have words of a logo: `Enter TSO commands`
        while self._steps < MOST_STEPS:
            accepted = self._at_ready and not self._asked
            sight = tso.sight(screen, self._dialog, begun=False, accepted=accepted, inside=True)
            self._desk.note(f"leaving {sight.title}", screen)
            if _gone(sight, asked=self._asked) and (self._asked or sight.name != doubted):
                return True
            if self._asked and not further and tso.matching(screen.lines, self._dialog.logged_off.expression):
                return True
            if deadline.over or not self._step(sight, screen):
                return False
            screen, came = self._desk.await_output(min(STEP_WITHIN, deadline.left()))
            if not came and not self._nudge():
                return False
        return False

    def _step(self, sight: Sight, screen: Screen) -> bool:
        """Do what leads on from here. False: READY again, though LOGOFF was typed.

        Once it is waited at: it may be the answer to the key ahead of LOGOFF, which was on its way already.
        """
        free = screen.status.unlocked
        if sight.rule is self._done or (self._at_ready and screen.blank and free and not self._asked):
            if self._asked and not self._broken_off:
                first, self._again = not self._again, True
                return first
            self._broken_off = False
            empty = () if screen.blank else CLEARED
            self._asked = self._type(*empty, *keys(self._done, self._settings, screen))
        elif sight.rule is not None and sight.rule.leave is not None:
            self._leave_by(sight.rule, screen)
        elif free and not (self._asked or self._attention):
            self._attention = self._type("PA(1)")
        elif free and not self._asked and self._untried:
            self._type(*self._untried.pop(0))
            self._asked = not self._untried
        return True

    def _leave_by(self, rule: Rule, screen: Screen) -> None:
        """By what is said of the screen; by attention where that leads round and round.

        So it does at `***` of a screen that TSO cannot write. READY comes back then, and LOGOFF may be typed once more.
        """
        self._shown[screen.lines] += 1
        if self._shown[screen.lines] <= SAME_SCREEN:
            self._type(*keys(rule, self._settings, screen))
            return
        self._shown.clear()
        self._broken_off = self._type("PA(1)")

    def _nudge(self) -> bool:
        """Nothing came. False: there is nothing left to try."""
        if self._asked or (self._attention and not self._untried):
            return False
        if not self._attention:
            self._attention = self._type("Reset()", "PA(1)")
        return True

    def _type(self, *actions: str | Line) -> bool:
        self._steps += 1
        return self._desk.type(*actions)


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
        if (entry.label or entry.at) and (field := field_of(entry, screen)) is not None and not field.protected:
            actions += (move_to(field, screen), "EraseEOF()") if field.filled else (move_to(field, screen),)
        actions.append(Line(text))
    return (*actions, KEYS[rule.leave.press.upper()])
