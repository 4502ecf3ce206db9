"""The way from the first screen to READY: look, say where that is, do the one thing that leads on.

The service id's password is typed once per logon, into a field that hides it, after the field has been measured, and
Enter follows only when the field holds it. Every loop is bounded, by count and by time.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Final, NoReturn

from bridge.config.model import LogonSettings
from bridge.domain.errors import HostUnreached, ServiceIdRejected
from bridge.domain.secret import Line, Secret
from connectors.hosts.transports import tso
from connectors.hosts.transports.actions import as_typed
from connectors.hosts.transports.desk import Desk, Log
from connectors.hosts.transports.screens import Field, Screen
from connectors.hosts.transports.tso import Place, Sight
from connectors.machine import Deadline

QUIET: Final = 2.0
"""Seconds without output after which a screen that says nothing is taken as complete."""
ANSWER_WITHIN: Final = 15.0
"""Seconds for the host to write anything after a key."""
STEP_LIMIT: Final = 8
"""How often in a row QUIET may pass: 16 s."""
LIMITS: Final = {
    Place.MORE: 200, Place.LOGO: 2, Place.USERID: 2, Place.CUSTOM: 12, Place.PANEL: 3, Place.PASSWORD: 2,
    Place.MENU: 5, Place.SUBCOMMAND: 4, Place.LOG_DATA: 2, Place.ERASED: 1, Place.UNKNOWN: 60, Place.WAIT: 60,
}  # fmt: skip
"""How often one logon may come past a place."""
SAME_SCREEN: Final = 3
PASSWORD: Final = "{password}"  # noqa: S105 - in the site's own screens
KEYS: Final = {
    "ENTER": "Enter()", "CLEAR": "Clear()", "TAB": "Tab()",
    **{f"PF{number}": f"PF({number})" for number in range(1, 25)},
    **{f"PA{number}": f"PA({number})" for number in range(1, 4)},
}  # fmt: skip


class AlreadyLoggedOn(Exception):
    """The service id has another session, or that one cannot be taken over. `said`: the host's words, masked."""

    def __init__(self, said: tuple[str, ...]) -> None:
        super().__init__("already logged on")
        self.said = said


class Logon:
    """One logon. to_ready() raises ServiceIdRejected, HostUnreached, AlreadyLoggedOn or SessionLost.

    take_over   ask for the session that the service id has lost; where that one stands nobody knows
    """

    def __init__(
        self,
        desk: Desk,
        system: str,
        settings: LogonSettings,
        userid: str,
        password: Secret,
        deadline: Deadline,
        *,
        log: Log,
        take_over: bool = False,
    ) -> None:
        self._desk, self._system, self._settings = desk, system, settings
        self._userid, self._password = userid, password
        self._deadline, self._log, self._take_over = deadline, log, take_over
        self._begun = self._accepted = self._managed = False
        self._password_at: Place | None = None
        self._quiet = 0
        self._sent_from: tuple[object, ...] = ()
        self._been: Counter[Place] = Counter()
        self._shown: Counter[tuple[Place, tuple[str, ...]]] = Counter()

    @property
    def begun(self) -> bool:
        """Whether anything has been sent, so that there may be something to leave."""
        return self._begun

    def to_ready(self) -> None:
        """Go on until READY stands on the screen."""
        screen = self._desk.look()
        while True:
            if self._begun and tso.matching(screen.lines, tso.ACCEPTED):
                self._let_in(screen)
            sight = self._place(screen)
            self._desk.note(sight.place.name, screen, begun=self._begun, accepted=self._accepted)
            if sight.place is Place.READY:
                return
            self._bound(sight.place, screen)
            screen = STEPS[sight.place](self, sight, screen)

    def _place(self, screen: Screen) -> Sight:
        """Where the session is; nowhere new while the screen is the one that was sent, whatever the keyboard says."""
        if screen.marks == self._sent_from and screen.status.connected:
            return Sight(Place.WAIT)
        return tso.classify(screen, self._settings, begun=self._begun, accepted=self._accepted)

    def _let_in(self, screen: Screen) -> None:
        if not self._accepted:
            self._accepted = True
            self._log.info("host.logged_on", system=self._system, userid=self._userid)
        if said := tso.matching(screen.lines, tso.EXPIRES_SOON):
            self._log.warning("host.service_password_expires", system=self._system, said=self._desk.masked(said))

    def _bound(self, place: Place, screen: Screen) -> None:
        """Raise HostUnreached when a limit is reached."""
        self._been[place] += 1
        self._shown[place, screen.lines] += 1
        waiting = place in {Place.WAIT, Place.UNKNOWN}
        round_and_round = not waiting and place is not Place.MORE and self._shown[place, screen.lines] > SAME_SCREEN
        if self._deadline.over:
            self._give_up(f"no READY within {self._deadline.waited.total_seconds():.0f} s", screen)
        if round_and_round or self._been[place] > LIMITS.get(place, 1):
            self._give_up(f"the logon does not get past {place.name}", screen)

    def _give_up(self, why: str, screen: Screen) -> NoReturn:
        raise HostUnreached(self._system, f"{why}; the screen says: {self._desk.describe(screen)}")

    def _rejected(self, said: tuple[str, ...]) -> ServiceIdRejected:
        return ServiceIdRejected(self._system, self._desk.masked(said))

    # --- one step per place -----------------------------------------------------------------------

    def _closed(self, sight: Sight, screen: Screen) -> Screen:
        del sight
        raise HostUnreached(self._system, f"the host closed the connection during logon{self._after(screen)}")

    def _after(self, screen: Screen) -> str:
        return "" if screen.blank else f"; the screen says: {self._desk.describe(screen)}"

    def _refused(self, sight: Sight, screen: Screen) -> Screen:
        del screen
        raise self._rejected(sight.said)

    def _unavailable(self, sight: Sight, screen: Screen) -> Screen:
        del screen
        said = " / ".join(self._desk.masked(sight.said))[:240]
        raise HostUnreached(self._system, f"no TSO session: {said}")

    def _in_use(self, sight: Sight, screen: Screen) -> Screen:
        del screen
        raise AlreadyLoggedOn(self._desk.masked(sight.said))

    def _enter(self, sight: Sight, screen: Screen) -> Screen:
        del sight, screen
        self._sent_from = ()
        return self._send("Enter()")

    def _logo(self, sight: Sight, screen: Screen) -> Screen:
        del sight
        under = screen.under_cursor()
        if under is not None and under.protected:
            self._desk.type("Tab()")
        return self._answer(self._settings.command.replace("{userid}", self._userid), screen)

    def _custom(self, sight: Sight, screen: Screen) -> Screen:
        own = sight.custom or {}
        field: Field | None = None
        if label := own.get("field"):
            field = screen.behind(label)
            if field is None:
                self._give_up(f"no field behind {label!r}", screen)
            self._desk.type(move_to(field, screen))
        key = KEYS.get(own.get("key", "ENTER").upper(), "Enter()")
        send = own.get("send", "")
        if send == PASSWORD:
            return self._password_to_manager(field, screen, key)
        return self._answer(send.replace("{userid}", self._userid), screen, key=key)

    def _password_to_manager(self, field: Field | None, screen: Screen, key: str) -> Screen:
        """A session manager asks for the password itself: once. TSO behind it may ask on its own, once as well."""
        if self._managed:
            raise self._rejected(screen.lines[-3:])
        if field is None or not field.takes_secret:
            self._give_up("the field for the password does not hide it; nothing was typed", screen)
        self._type_password(field, screen)
        self._managed = True
        return self._send(key)

    def _ask_userid(self, sight: Sight, screen: Screen) -> Screen:
        del sight
        if self._been[Place.USERID] > 1 and not self._desk_asks_for_logon(screen):
            raise self._rejected(screen.lines[-3:])
        command = "LOGON " if self._desk_asks_for_logon(screen) else ""
        return self._answer(command + self._userid + (" RECONNECT" if self._take_over else ""), screen)

    @staticmethod
    def _desk_asks_for_logon(screen: Screen) -> bool:
        return bool(tso.LOGON_LINE.search(screen.last))

    def _ask_password(self, sight: Sight, screen: Screen) -> Screen:
        del sight
        if self._password_at is not None:
            raise self._rejected(screen.lines[-3:])
        field = screen.under_cursor()
        assert field is not None  # tso.classify() saw it
        self._type_password(field, screen)
        self._password_at = Place.PASSWORD
        return self._send("Enter()")

    def _panel(self, sight: Sight, screen: Screen) -> Screen:
        del sight
        if self._password_at is Place.PANEL:
            raise self._rejected(tso.panel_messages(screen) or ("the logon panel came back without a word",))
        if self._take_over and (select := screen.ahead_of(tso.RECONNECT_LABEL)) and not select.hidden:
            self._desk.type(move_to(select, screen), Line("S"))
        if (command := screen.behind(tso.COMMAND_LABEL)) and command.filled:
            self._desk.type(move_to(command, screen), "EraseEOF()")
        if self._password_at is None:
            self._type_password(self._password_field(screen), screen)
        self._password_at = Place.PANEL
        return self._send("Enter()")

    def _password_field(self, screen: Screen) -> Field:
        field, new = screen.behind(tso.PASSWORD_LABEL), screen.behind(tso.NEW_PASSWORD_LABEL)
        if field is None or not field.takes_secret or field == new:
            raise HostUnreached(self._system, "the logon panel has no hidden field behind Password; nothing was typed")
        return field

    def _type_password(self, field: Field, screen: Screen) -> None:
        """Type it into a field that hides and holds it, and see that it is there and nowhere else."""
        if field.length < len(self._password):
            raise self._rejected((f"the host's field takes {field.length} characters, the password has more",))
        line = Line(self._password)
        typed = self._desk.type(move_to(field, screen), "EraseEOF()", line)
        after = self._desk.look()
        now = after.at(field.start)
        if not typed or now is None or not now.takes_secret or now.text.rstrip() != as_typed(line):
            self._desk.type("EraseInput()")
            self._give_up("the screen changed while the password was typed; it was not sent", after)
        self._sent_from = after.marks

    def _menu(self, sight: Sight, screen: Screen) -> Screen:
        del sight
        self._accepted = True
        return self._answer(self._settings.leave, screen)

    def _subcommand(self, sight: Sight, screen: Screen) -> Screen:
        """A session that was taken over stands inside a command: leave it, and never go on with what was begun."""
        del sight
        self._accepted = True
        return self._answer("END", screen)

    def _log_data(self, sight: Sight, screen: Screen) -> Screen:
        """Delete data set without printing: ALTUSER must not stay in a log. END would lead back to the menu."""
        del sight
        if field := screen.behind(r"PROCESS OPTION[ .:=>]*"):
            self._desk.type(move_to(field, screen))
        return self._answer("2", screen)

    def _wait(self, sight: Sight, screen: Screen) -> Screen:
        """Nothing to go by yet. What stays so is a logo before anything was typed; once let in, it is nudged."""
        after, came = self._desk.await_output(min(QUIET, max(self._deadline.left(), 0.01)))
        self._quiet = 0 if came else self._quiet + 1
        if came or not screen.status.unlocked:
            if self._quiet > STEP_LIMIT:
                self._give_up("the host does not go on", after)
            return after
        if sight.place is Place.UNKNOWN and not self._begun:
            return self._logo(sight, after)
        if self._accepted and screen.marks != self._sent_from:
            return self._send("PA(1)" if self._take_over else "Enter()")
        if self._quiet > STEP_LIMIT or (sight.place is Place.UNKNOWN and self._quiet > 1):
            self._give_up("the host shows a screen that is not known" if after.lines else "the host is silent", after)
        return after

    # --- typing -----------------------------------------------------------------------------------

    def _answer(self, text: str, screen: Screen, *, key: str = "Enter()") -> Screen:
        self._begun = True
        if text and not self._desk.type(Line(text)):
            self._give_up("the screen takes no input where the cursor is", screen)
        self._sent_from = self._desk.look().marks if text else ()
        return self._send(key)

    def _send(self, key: str) -> Screen:
        """Press a key and wait for what the host writes next; unbound screens do not lock the keyboard meanwhile."""
        self._begun = True
        self._quiet = 0
        self._desk.type(key)
        return self._desk.await_output(min(ANSWER_WITHIN, max(self._deadline.left(), 0.01)))[0]


Step = Callable[[Logon, Sight, Screen], Screen]

STEPS: Final[dict[Place, Step]] = {
    Place.CLOSED: Logon._closed,
    Place.MORE: Logon._enter,
    Place.REJECTED: Logon._refused,
    Place.UNAVAILABLE: Logon._unavailable,
    Place.IN_USE: Logon._in_use,
    Place.NO_RECONNECT: Logon._in_use,
    Place.ERASED: Logon._enter,
    Place.CUSTOM: Logon._custom,
    Place.PANEL: Logon._panel,
    Place.PASSWORD: Logon._ask_password,
    Place.USERID: Logon._ask_userid,
    Place.LOG_DATA: Logon._log_data,
    Place.MENU: Logon._menu,
    Place.SUBCOMMAND: Logon._subcommand,
    Place.LOGO: Logon._logo,
    Place.WAIT: Logon._wait,
    Place.UNKNOWN: Logon._wait,
}


def move_to(field: Field, screen: Screen) -> str:
    """The action that puts the cursor at the start of a field."""
    row, column = divmod(field.start, screen.status.size[1])
    return f"MoveCursor({row},{column})"
