"""The way from the first screen to READY: look, say where that is, do the one thing that leads on.

What to do stands in a dialog; how it is typed, in the typist. Every loop is bounded, by count and by time; a screen
that is not expected where it comes is waited upon, and then ends the logon.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import replace
from datetime import timedelta
from math import ceil
from typing import Final, NoReturn

from bridge.config.model import LogonSettings
from bridge.domain.errors import HostRefused, HostUnreached, Refused, ServiceIdRejected
from bridge.domain.failure import Reason
from bridge.domain.own import MOST_DRAWN
from bridge.domain.secret import Secret
from bridge.ports import OwnPassword
from connectors.hosts.dialogs.shapes import ANY, TAKING_OVER, Dialog, Rule, outcome
from connectors.hosts.transports import nearness, renewal, tso
from connectors.hosts.transports.actions import KEYS
from connectors.hosts.transports.base import Log, Manager
from connectors.hosts.transports.desk import Desk
from connectors.hosts.transports.renewal import Turn
from connectors.hosts.transports.screens import Screen
from connectors.hosts.transports.tso import Place, Sight
from connectors.hosts.transports.typist import NOT_STARTED, Typist, field_of
from connectors.machine import Deadline

QUIET: Final = 2.0
"""Seconds without output after which a screen that says nothing is taken as complete."""
ANSWERED_WITHIN: Final = 15.0
"""Seconds that a host has for an answer where its screen does not say."""
PAINTED: Final = 0.1
"""Seconds without output after which a screen with fields to fill in is taken as painted."""
MOST_WAITS: Final = 60
"""How often one logon may wait on one and the same screen, known or not."""
SAME_SCREEN: Final = 3
SAME_PAGE: Final = 20
"""How often one and the same page may end with `***`: a few look alike, and an endless one is no news."""
MOST_TURNS: Final = 12
"""How often one logon may be about a new password: three of them, each typed twice, and some patience."""


class AlreadyLoggedOn(Exception):
    """The service id has another session, or that one cannot be taken over. `said`: the host's words, masked.

    by_panel   there is a panel with a field to ask for it
    proven     the password had been given: it is right
    """

    def __init__(self, said: tuple[str, ...], *, by_panel: bool = False, proven: bool = False) -> None:
        super().__init__("already logged on")
        self.said, self.by_panel, self.proven = said, by_panel, proven


class Logon(Typist):
    """One logon. to_ready() raises ServiceIdRejected, HostUnreached, AlreadyLoggedOn or SessionLost.

    own         told before the password leaves, and asked for another when the host demands one
    new         the one that was drawn in this logon, None while there is none
    take_over   ask for the session that the service id has lost; where that one stands nobody knows
    by_panel    and the panel has a field for that: what comes ahead of it takes the userid and nothing else
    """

    def __init__(
        self,
        desk: Desk,
        system: str,
        dialog: Dialog,
        settings: LogonSettings,
        userid: str,
        password: Secret,
        deadline: Deadline,
        *,
        log: Log,
        own: OwnPassword | None = None,
        take_over: bool = False,
        by_panel: bool = False,
        manager: Manager | None = None,
    ) -> None:
        super().__init__(
            desk, system, dialog, settings, userid, password, log=log, own=own, take_over=take_over, by_panel=by_panel,
            manager=manager,
        )  # fmt: skip
        self._deadline = deadline
        self._turns = 0
        self._stood: frozenset[str] = frozenset()
        self._answered: frozenset[str] = frozenset()
        self._accepted = False
        self._quiet = 0
        self._within = ANSWERED_WITHIN
        self._expected: frozenset[str] | None = frozenset(dialog.begin)
        self._been: Counter[str] = Counter()
        self._shown: Counter[tuple[str, tuple[str, ...]]] = Counter()

    @property
    def begun(self) -> bool:
        """Whether anything has been sent, so that there may be something to leave."""
        return self._begun

    @property
    def inside(self) -> bool:
        """Whether the host has let the service id in."""
        return self._accepted

    def to_ready(self) -> Screen:
        """Go on until the screen stands there that the dialog calls done, and return it."""
        screen = self._desk.look()
        while True:
            if not self._begun:  # a logo that comes back says again what was no answer the first time
                self._stood |= frozenset(line.strip() for line in screen.lines)
            elif tso.matching(screen.lines, self._dialog.let_in.expression):
                self._let_in(screen)
            turn, sight = self._place(screen)
            self._desk.note(sight.title, screen, begun=self._begun, accepted=self._accepted)
            if sight.rule is not None and sight.rule.done:
                return screen
            self._bound(sight, screen, turn)
            screen = self._step(sight, screen) if turn is None else self._take_turn(turn, sight, screen)

    def _place(self, screen: Screen) -> tuple[Turn | None, Sight]:
        """Where the session is; nowhere new while the screen is the one that was sent, whatever the keyboard says."""
        if screen.marks == self._sent_from and screen.status.connected:
            return None, Sight(Place.WAIT)
        if not screen.status.connected and self.pending and (last := tso.message_on(screen, self._dialog, self._stood)):
            return None, last  # the host said why, and hung up
        seen = tso.sight(
            screen, self._dialog, begun=self._begun, accepted=self._accepted,
            answered=self._stood | self._answered, inside=self._accepted or bool(self._given),
        )  # fmt: skip
        turn = None
        renews = seen.rule is not None and seen.rule.renews
        if self._given and not self._accepted and screen.status.connected and not renews:
            turn, seen = renewal.turn(screen, seen, self._dialog, typed=self._typed_new)
        stray = seen.rule is not None and (seen.rule.only_out or not self._expects(seen.name))
        return turn, (Sight(Place.UNKNOWN, stray=seen.title) if stray else seen)

    def _expects(self, name: str) -> bool:
        return self._expected is None or name in self._expected

    def _let_in(self, screen: Screen) -> None:
        self.pending = self._at_manager = False
        if not self._accepted:
            self._accepted = True
            self._log.info("host.logged_on", system=self._system, userid=self._userid)
        if said := tso.matching(screen.lines, self._dialog.expires_soon.expression):
            self._log.warning("host.service_password_expires", system=self._system, said=self._desk.masked(said))
            if days := re.search(r"\bIN\s+(\d{1,3})\s+DAY", " ".join(said), re.IGNORECASE):
                self._own.expires_in(int(days[1]))

    def _bound(self, sight: Sight, screen: Screen, turn: Turn | None) -> None:
        """Raise when a limit is reached."""
        name = sight.counted
        self._been[name] += 1
        self._shown[name, screen.lines] += 1
        waiting = sight.place in {Place.WAIT, Place.UNKNOWN}
        paging = sight.rule is not None and sight.rule.last_line is not None
        most = SAME_PAGE if paging else SAME_SCREEN
        round_and_round = not waiting and self._shown[name, screen.lines] > most
        if self._deadline.over:
            asked = "" if self._given or self._accepted else ", and no password was asked for"
            self._give_up(f"no READY within {self._deadline.waited.total_seconds():.0f} s{asked}", screen)
        if waiting:  # a host that writes line by line is not waited for in vain
            beyond = self._shown[name, screen.lines] > MOST_WAITS
        else:
            beyond = self._been[name] > ((sight.rule.at_most or 1) if sight.rule else MOST_WAITS)
        if round_and_round or beyond:
            self._near = self._near or nearness.nearly(screen, self._dialog, sight.name)
            if turn is Turn.EXPIRED:
                raise self._no_field(sight)
            self._give_up(f"the logon does not get past {sight.title}", screen)

    def _step(self, sight: Sight, screen: Screen) -> Screen:
        if sight.place is Place.CLOSED:
            raise self._unreached("the host closed the connection during logon", screen)
        if sight.rule is not None and sight.rule.ends:
            sight = replace(sight, said=tso.grounds(screen, sight.rule), message=sight.rule.verdict)
        if sight.message is not None:
            if sight.place is Place.IN_USE and (asked := self._ask_on_a_line(screen)):
                return asked
            self._near = nearness.nearly(screen, self._dialog, self._at)
            self._end(sight)
        if sight.rule is None:
            return self._wait(sight, screen)
        screen = self._painted(sight.rule, screen)
        if not tso.fits(screen, sight.rule):
            return screen
        return self._act(sight.name, sight.rule, screen)

    def _end(self, sight: Sight) -> NoReturn:
        """A message has ended it."""
        message = sight.message
        if message is not None and message.other_session:
            raise AlreadyLoggedOn(
                self._desk.masked(sight.said), by_panel=self._by_panel, proven=bool(self._given)
            )  # fmt: skip
        if message is not None and outcome(message.end or NOT_STARTED).word == "rejected":
            self._not_for_asking(sight.said)
            raise self._rejected(sight.said, known=True)
        said = " / ".join(self._desk.masked(sight.said))[:240]
        raise HostUnreached(self._system, f"no TSO session: {said}", answered=True)

    def _ask_on_a_line(self, screen: Screen) -> Screen | None:
        """Ask for the lost session where a line takes LOGON, if none has been asked so; None where that is not so.

        A host may take the userid alone at its first prompt, the password too, and then say that it is in use
        (IKJ56425I) and ask for LOGON or LOGOFF (IKJ56400A). There `LOGON userid RECONNECT` and the password, which it
        has just taken, have to follow.
        """
        if not self._take_over or self._by_panel or not self._given:
            return None
        limit, came = Deadline(timedelta(seconds=QUIET)), True
        while not limit.over and screen.status.connected and came:
            for name, rule in self._dialog.order:
                if name not in self._asked and _takes_reconnect(rule) and tso.fits(screen, rule):
                    self._answered = frozenset(line.strip() for line in screen.lines)
                    self._given.clear()
                    return self._act(name, rule, screen)
            screen, came = self._desk.await_output(limit.left())
        return None

    def _not_for_asking(self, said: tuple[str, ...]) -> None:
        """Where a session is asked for and no password has been given, what is refused is the asking.

        A moment ago the host knew the userid; TSO's parser may call `userid RECONNECT` an invalid one (IKJ56710I).
        """
        if self._take_over and not (self._given or self._at_manager):
            raise AlreadyLoggedOn(self._desk.masked(said), by_panel=self._by_panel)

    # --- one step ---------------------------------------------------------------------------------

    def _painted(self, rule: Rule, screen: Screen) -> Screen:
        """The screen once its fields are there: the write that frees the keyboard need not be the last one.

        A prompt, too, may be written ahead of its place for an answer, while nothing has locked the keyboard.
        """
        limit, came = Deadline(timedelta(seconds=QUIET)), True
        at_cursor = any(not (entry.label or entry.at or entry.first_field) for entry in rule.type)
        while at_cursor and screen.takes_no_input and screen.status.connected and not limit.over:
            screen, _ = self._desk.await_output(PAINTED)
        if not any(entry.label or entry.at is not None for entry in rule.type):
            return screen
        while not limit.over and screen.status.connected and (came or not self._has_fields(rule, screen)):
            screen, came = self._desk.await_output(PAINTED)
        return screen

    def _has_fields(self, rule: Rule, screen: Screen) -> bool:
        """Whether each field is there without which nothing is typed."""
        wanted = (entry for entry in rule.type if not entry.only and entry.if_missing == "stop")
        return all(field_of(entry, screen) is not None for entry in wanted)

    def _act(self, name: str, rule: Rule, screen: Screen) -> Screen:
        """Type what the screen wants, press its key, and say what may come."""
        self._at, self._else = name, rule.else_ or NOT_STARTED
        if (after := self._gone_on(name, rule, screen)) is not None:
            return after
        if rule.comes_back and self._been[name] > 1 and (moved := self._come_back(name, rule, screen)):
            return moved
        self._accepted = (self._accepted or rule.lets_in) and not rule.starts_over
        if rule.lets_in or rule.starts_over:
            self.pending = self._at_manager = False
        if rule.renews:
            self._demanded(name, rule, screen)
        self._type(rule, screen)
        self._expected = None if ANY in rule.next else frozenset(rule.next)
        self._before = frozenset(line.strip() for line in screen.lines)
        return self._send(KEYS[(rule.press or "ENTER").upper()], rule)

    def _gone_on(self, name: str, rule: Rule, screen: Screen) -> Screen | None:
        """What follows on an asker of the password that stands there again, None where it stays.

        Somebody's message may have had it painted anew while the host looks at what was typed. Nothing is typed there
        either way: one that stays has refused it, or has lost it, which looks the same.
        """
        asked = any(entry.secret for entry in rule.type) and not rule.renews
        if not asked or not self._has_been_given(rule.asks_as or name):
            return None
        limit, came, after = Deadline(timedelta(seconds=QUIET)), True, screen
        while came and not limit.over and after.status.connected and tso.fits(after, rule):
            after, came = self._desk.await_output(max(limit.left(), 0.01))
        if tso.fits(after, rule) or not after.status.connected:
            return None
        self._been[name] -= 1
        return after

    def _come_back(self, name: str, rule: Rule, screen: Screen) -> Screen | None:
        """Refused, once a password was given. Before that nothing was counted: it may be a key that was lost.

        Then nothing is typed before the screen has stood still: what comes next may ask for the password, and a userid
        typed there would be a wrong one. Returns what came instead, None where the same may be typed again.
        """
        said = self._answer_of(rule, screen)
        self._not_for_asking(said)
        if self._given or self._at_manager:
            if outcome(rule.comes_back or "").word == "rejected":
                raise self._rejected(said)
            self._give_up(f"{self._at.upper()} came back", screen)
        after, came = self._desk.await_output(QUIET)
        if not came:
            return None
        self._been[name] -= 1
        return after

    # --- a new password ---------------------------------------------------------------------------

    def _take_turn(self, turn: Turn, sight: Sight, screen: Screen) -> Screen:
        """Demanded, asked for again, or refused: type what is wanted. What hides it may still be on its way."""
        self._turns += 1
        if self._turns > MOST_TURNS or (turn is Turn.AGAIN and self._typed_new > 1):
            self._give_up("the host goes on asking for a new password", screen)
        self.pending = False  # what it demands a new one for was right
        if turn is Turn.EXPIRED and not self._own.open_to_change:
            self._near = nearness.nearly(screen, self._dialog, self._at)
            said = (*self._desk.masked(sight.said), self._own.advice)
            raise ServiceIdRejected(self._system, said, what=Refused.EXPIRED, advice=self._notice(sight.said))
        if turn is Turn.REFUSED:
            self._not_taken(self._desk.masked(sight.said))
        field = renewal.new_field(screen, self._dialog)
        if field is None:
            return self._wait(sight, screen)
        self._type_new(field, screen, again=turn is Turn.AGAIN)
        return self._send("Enter()")

    def _demanded(self, name: str, rule: Rule, screen: Screen) -> None:
        """On a screen of its own, as a session manager has it. The present one is right; coming back it refuses."""
        self.pending = False
        said = self._desk.masked(self._answer_of(rule, screen))
        if not self._own.open_to_change:
            raise ServiceIdRejected(self._system, (*said, self._own.advice), what=Refused.EXPIRED)
        if name in self._renewed:
            self._renewed.clear()
            self._not_taken(said)

    def _not_taken(self, said: tuple[str, ...]) -> None:
        """Refused for what it is: another one, at most twice."""
        self._own.withdraw(" / ".join(said))
        self._typed_new = 0
        if self._drawn < MOST_DRAWN:
            return
        if self._own.voluntary:
            raise HostRefused(self._system, Reason.PASSWORD_REJECTED, said)
        self._own.gave_up(" / ".join(said))
        raise ServiceIdRejected(self._system, (*said, self._own.advice), what=Refused.EXPIRED)

    # --- waiting ----------------------------------------------------------------------------------

    def _wait(self, sight: Sight, screen: Screen) -> Screen:
        """Nothing to go by yet. What stays so is a logo before anything was typed; once let in, it is nudged.

        After a password the host has all the time for it that the screen's `within` gives: a form that was written anew
        and stands still may be at work with the security product.
        """
        after, came = self._desk.await_output(min(QUIET, max(self._deadline.left(), 0.01)))
        self._quiet = 0 if came else self._quiet + 1
        patience = ceil(self._within / QUIET)
        if came or not screen.status.unlocked:
            if self._quiet > patience:
                self._give_up("the host does not go on", after)
            return after
        if sight.place is Place.UNKNOWN and not self._begun and self._dialog.unknown:
            return self._act(self._dialog.unknown, self._dialog.screens[self._dialog.unknown], after)
        if self._accepted and not sight.stray and screen.marks != self._sent_from:
            return self._send("PA(1)" if self._take_over else "Enter()")
        if self._quiet > (1 if sight.place is Place.UNKNOWN and not self.pending else patience):
            if (asked := self._asked_again(after)) is not None:
                raise self._rejected(self._answer_of(asked, after))
            self._lost(sight, after)
        return after

    def _asked_again(self, screen: Screen) -> Rule | None:
        """The screen that has just taken the password, where it stands there anew and `next` does not name it.

        It says no in words that the dialog does not know. Begun anew as not_started, each logon would count as a wrong
        password on the host, until the service id is revoked. A host that has written nothing since has said nothing.
        """
        if screen.marks == self._sent_from:
            return None
        rule = self._dialog.screens.get(self._at)
        if rule is None or not any(entry.secret for entry in rule.type):
            return None
        return rule if self._has_been_given(rule.asks_as or self._at) and tso.fits(screen, rule) else None

    def _send(self, key: str, rule: Rule | None = None) -> Screen:
        """Press a key and wait for what the host writes next; unbound screens do not lock the keyboard meanwhile."""
        self._begun = True
        self._quiet = 0
        self._desk.type(key)
        if self._typed_own:
            self._typed_own, self.pending, self._asked_from = False, True, self._sent_from
        self._within = rule.within.total_seconds() if rule and rule.within else ANSWERED_WITHIN
        return self._desk.await_output(min(self._within, max(self._deadline.left(), 0.01)))[0]


def _takes_reconnect(rule: Rule) -> bool:
    return not rule.bounds_messages and any(entry.only == TAKING_OVER for entry in rule.type)
