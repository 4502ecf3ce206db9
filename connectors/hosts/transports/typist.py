"""What is typed on one screen of a logon, and where: texts, and the service id's passwords into fields that hide them.

A password is typed once per logon and asker, after its field has been measured, and the key follows only when the field
holds it. Which screen that is and what may come then is the logon's.
"""

from __future__ import annotations

import re
from typing import Final, NoReturn

from bridge.config.model import LogonSettings
from bridge.domain.errors import HostUnreached, Refused, ServiceIdRejected
from bridge.domain.secret import Line, Secret
from bridge.ports import OwnPassword
from connectors.hosts.dialogs.shapes import MANAGER_USERID, TAKING_OVER, USERID, Dialog, Entry, Rule, outcome
from connectors.hosts.own import Untouched
from connectors.hosts.transports import nearness, renewal, tso
from connectors.hosts.transports.actions import as_typed
from connectors.hosts.transports.base import Log, Manager
from connectors.hosts.transports.desk import Desk
from connectors.hosts.transports.screens import Field, Screen

NOT_STARTED: Final = "not_started"
HELD_BY_FAULT: Final = "the service id is held, for its password was typed, and the logon did not come to its end"
HELD: Final = "the service id is held, for its password was typed and what came then may be a refusal"
MANAGER_SAYS_NO: Final = "the session manager refused the service id's logon"
NUMBERED: Final = re.compile(r"\s*[A-Z]{2,5}\d{3,}[A-Z]?\b")
"""A line that begins as hosts' messages do."""
COPIED: Final = re.compile(r"[A-Za-z0-9]{1,8}")
"""What may be copied from a screen: the number or the name of a line."""


class Typist:
    """Types what a rule says. Raises ServiceIdRejected or HostUnreached where that cannot be, nothing sent.

    manager   who the service id is to a session manager with passwords of its own
    new       the password that was drawn in this logon, None while there is none
    pending   the password has left, and the host has neither let the service id in nor said why not
    """

    def __init__(
        self,
        desk: Desk,
        system: str,
        dialog: Dialog,
        settings: LogonSettings,
        userid: str,
        password: Secret,
        *,
        log: Log,
        own: OwnPassword | None,
        take_over: bool,
        by_panel: bool,
        manager: Manager | None = None,
    ) -> None:
        self._own = own or Untouched(lambda: password)
        self.new: Secret | None = None
        self._typed_new = self._drawn = 0
        self._desk, self._system, self._dialog = desk, system, dialog
        self._words = {**words_of(settings), USERID: userid, MANAGER_USERID: manager.userid if manager else ""}
        self._manager, self._at_manager = manager, False
        self._userid, self._password = userid, password
        self._log, self._take_over, self._by_panel = log, take_over, by_panel
        self._asked: set[str] = set()
        self._given: set[str] = set()
        self._given_manager: set[str] = set()
        self._begun = False
        self._sent_from: tuple[object, ...] = ()
        self._at, self._else = "", NOT_STARTED
        self._before: frozenset[str] = frozenset()
        self._typed_own = self.pending = False
        self._asked_from: tuple[object, ...] = ()
        self._renewed: set[str] = set()
        self._near = ""

    def _type(self, rule: Rule, screen: Screen) -> None:
        """All entries in their order; what follows another one at the cursor goes with it."""
        self._sent_from = ()
        text = ""
        for entry in rule.type:
            if entry.only == TAKING_OVER and not self._asks_here(entry, rule, screen):
                continue
            if entry.secret or entry.renews:
                self._put(text, screen)
                text = ""
                give = self._give_new if entry.renews else self._give_password
                give(entry, rule, screen)
                continue
            to = self._reach(entry, screen)
            if to is None or (words := self._worded(entry, screen)) is None:
                continue
            if to:
                self._put(text, screen)
                text = ""
                self._desk.type(*to)
            text += words
        self._put(text, screen)
        if rule.type and not self._sent_from:
            self._sent_from = self._desk.look().marks

    def _asks_here(self, entry: Entry, rule: Rule, screen: Screen) -> bool:
        """Whether the lost session is asked for on this screen. Notes that a panel has a field for it."""
        on_panel = rule.bounds_messages
        if on_panel and field_of(entry, screen) is not None:
            self._by_panel = True
        asks = self._take_over and (on_panel or not self._by_panel)
        if asks:
            self._asked.add(self._at)
        return asks

    def _put(self, text: str, screen: Screen) -> None:
        """Type at the cursor."""
        if not text:
            return
        self._begun, self._sent_from = True, ()
        if not self._desk.type(Line(text)):
            self._give_up("the screen takes no input where the cursor is", screen)

    def _worded(self, entry: Entry, screen: Screen) -> str | None:
        """What to type, None where it is to be copied, is not there, and may be left out."""
        if entry.copy_pattern is not None:
            return self._copied(entry, entry.copy_pattern, screen)
        text = entry.text
        for word, means in self._words.items():
            text = text.replace(word, means)
        return text

    def _copied(self, entry: Entry, pattern: str, screen: Screen) -> str | None:
        """What the brackets of the expression hold, on the first line from the top that it fits."""
        found = (re.search(pattern, line, re.IGNORECASE) for line in screen.lines)
        text = next((each[1] for each in found if each), None)
        if text is not None and COPIED.fullmatch(text):
            return text
        if entry.if_missing == "stop":
            self._give_up(f"{self._at.upper()} shows nothing to copy by {pattern}", screen)
        return None

    def _reach(self, entry: Entry, screen: Screen) -> tuple[str, ...] | None:
        """What brings the cursor to where the entry goes, () for where it stands, None to leave the entry out."""
        if not entry.label and entry.at is None:
            return ("Tab()",) if entry.first_field and screen.takes_no_input else ()
        field = field_of(entry, screen)
        if field is None or field.protected or field.hidden is not entry.hidden:
            if entry.if_missing == "skip":
                return None
            if entry.if_missing == "stop":
                self._lacks(entry, screen, "field")
            return ()
        if entry.empty and not field.filled:
            return None
        return (move_to(field, screen), "EraseEOF()") if field.filled else (move_to(field, screen),)

    # --- the password -----------------------------------------------------------------------------

    def _give_password(self, entry: Entry, rule: Rule, screen: Screen) -> None:
        """Once to each asker: who asks again has refused it."""
        asker = rule.asks_as or self._at
        if self._has_been_given(asker) and not rule.renews:
            if entry.unless_typed:
                return
            raise self._rejected(self._answer_of(rule, screen))
        if entry.to_manager:
            self._give_manager(asker, self._hidden(entry, screen), screen)
            return
        self._at_manager = False
        self._type_password(self._hidden(entry, screen), screen)
        self._given.add(asker)
        if self._own.voluntary and not self._typed_new and tso.panel_of(screen, self._dialog) is rule:
            self._add_new(self._desk.look())

    def _give_manager(self, asker: str, field: Field, screen: Screen) -> None:
        """The session manager's own. Its counter is another one, and what it says is not about the host's password."""
        if self._manager is None:
            self._give_up("service_id.session_manager is not configured", screen)
        self._type_secret(field, screen, self._manager.password)
        self._given_manager.add(asker)
        self._typed_own = self._at_manager = True

    def _has_been_given(self, asker: str) -> bool:
        return asker in self._given or asker in self._given_manager

    def _hidden(self, entry: Entry, screen: Screen) -> Field:
        """Where a password goes, measured."""
        field = field_of(entry, screen)
        if field is None or not field.takes_secret or (entry.label and not screen.next_to(entry.label, field)):
            self._lacks(entry, screen, "hidden field")
        return field

    def _give_new(self, entry: Entry, rule: Rule, screen: Screen) -> None:
        """The one that was drawn, in each field and on each screen that asks for it, until one asks a second time."""
        del rule
        field = self._hidden(entry, screen)
        self._type_new(field, screen, again=bool(self._renewed))
        self._renewed.add(self._at)

    def _type_password(self, field: Field, screen: Screen) -> None:
        """Type it once, and say so before it leaves. Behind a manager that took a new one it is that one."""
        self._type_secret(field, screen, self.new if self.new is not None and self._renewed else self._password)
        self._own.spend()
        self._typed_own = True

    def _add_new(self, screen: Screen) -> None:
        """Beside the present one, on a panel that has a field for it."""
        if field := renewal.new_field(screen, self._dialog):
            self._type_new(field, screen, again=False)

    def _type_new(self, field: Field, screen: Screen, *, again: bool) -> None:
        """Draw one, unless the same is wanted again, and type it. A failure before the key takes it back."""
        if not again or self.new is None:
            self.new = self._own.draw()
            self._drawn += 1
            self._typed_new = 0
            if self.new is None:
                raise ServiceIdRejected(self._system, (self._own.advice,), what=Refused.EXPIRED)
            self._desk.hide(self._password, self.new)
        try:
            self._type_secret(field, screen, self.new)
        except BaseException:
            if not self._typed_new:
                self._own.withdraw()
            raise
        self._typed_new += 1

    def _type_secret(self, field: Field, screen: Screen, secret: Secret) -> None:
        """Type it into a field that hides and holds it, and see that it is there and nowhere else."""
        text = as_typed(Line(secret))
        which = "session manager's password" if self._manager and secret is self._manager.password else "password"
        if text != text.strip():
            raise self._rejected((f"it was not typed: the {which} begins or ends with a blank, which no field keeps",))
        if field.length < len(secret):
            raise self._rejected(
                (f"it was not typed: the host's field takes {field.length} characters, the {which} has more",)
            )
        line = Line(secret)
        typed = self._desk.type(move_to(field, screen), "EraseEOF()", line)
        after = self._desk.look()
        now = after.at(field.start)
        if not typed or now is None or not now.takes_secret or now.text.rstrip() != as_typed(line):
            self._desk.type("EraseInput()")
            self._give_up("the screen changed while the password was typed; it was not sent", after)
        self._sent_from = after.marks

    # --- what ends it -----------------------------------------------------------------------------

    def _lacks(self, entry: Entry, screen: Screen, what: str) -> NoReturn:
        """There is no such field: name those that there are."""
        there = nearness.fields_there(screen, entry, self._desk.masked)
        nothing = "; nothing was typed" if entry.secret or entry.renews else ""
        self._give_up(f"{self._at.upper()} has no {what} {entry.where} ({there}){nothing}", screen)

    def _lost(self, sight: tso.Sight, screen: Screen) -> NoReturn:
        """Nothing comes that is expected. Which screen it may be meant for is said besides."""
        self._near = nearness.nearly(screen, self._dialog, self._at, sight.stray.lower())
        if sight.stray:
            why = f"{sight.stray} is not expected {f'after {self._at.upper()}' if self._at else 'first'}"
        else:
            why = "the host shows a screen that is not known"
        self._give_up(why if screen.lines else "the host is silent", screen)

    def _give_up(self, why: str, screen: Screen) -> NoReturn:
        """End as the dialog says where nothing expected comes; held where that may have been a refusal."""
        if outcome(self._else).word == "rejected":
            raise self._rejected((why, *screen.lines[-3:]))
        raise self._unreached(why, screen)

    def _unreached(self, why: str, screen: Screen) -> HostUnreached | ServiceIdRejected:
        if self.pending and not self._typed_new and (new := self._since(screen)):
            return self._held(why, new)
        near = f"; {self._near}" if self._near else ""
        said = f"{why}{near}; the screen says: {self._desk.describe(screen)}"
        return HostUnreached(self._system, said, typed=self.pending)

    def _since(self, screen: Screen) -> tuple[str, ...]:
        """What has come since the password left: lines, or the same ones anew. Nothing where that was silence.

        Fields count while the line stands: a terminal without a host has none to speak of.
        """
        lines, _ = self._asked_from or ((), ())
        old = {line.strip() for line in lines} if isinstance(lines, tuple) else set()
        if new := tuple(line for line in screen.lines if line.strip() and line.strip() not in old):
            return new
        anew = screen.status.connected and not screen.blank and screen.marks != self._asked_from
        return screen.lines if anew else ()

    def _held(self, why: str, new: tuple[str, ...]) -> ServiceIdRejected:
        """Once the password has left, what nobody knows may be a refusal: another try might be counted as well."""
        said = (why, " / ".join(" ".join(line.split()) for line in self._desk.masked(new)))
        advice = (f"{self._near}; otherwise " if self._near else "") + (
            f"give these words to `messages` of the dialog {self._dialog.dialog}, or the screen to `screens` and to "
            f"`next` of {self._at}; {self._behind()}then: resetbridge service-id retry {self._system}"
        )
        what = Refused.MANAGER if self._at_manager else Refused.UNCLEAR
        return ServiceIdRejected(self._system, said, what=what, head=HELD, advice=advice)

    def after_fault(self, fault: Exception, *, inside: bool) -> ServiceIdRejected | HostUnreached:
        """A fault of our own. Once a password has left, each further logon could be a wrong one, and end like this."""
        why = f"a fault of this program, {type(fault).__name__} at {self._at or 'the first screen'}"
        if not self.pending and (inside or not (self._given or self._given_manager)):
            return HostUnreached(self._system, f"the logon was ended by {why}")
        what = Refused.MANAGER if self._at_manager else Refused.UNCLEAR
        advice = f"`resetbridge dialog lint`, and report it; then: resetbridge service-id retry {self._system}"
        return ServiceIdRejected(self._system, (why,), what=what, head=HELD_BY_FAULT, advice=advice)

    def _no_field(self, sight: tso.Sight) -> ServiceIdRejected:
        """A new one is demanded, and nowhere to be typed: each further logon would come to the same."""
        said = (*self._desk.masked(sight.said), "and no field for a new one comes")
        return ServiceIdRejected(self._system, said, what=Refused.EXPIRED, advice=self._near)

    def _behind(self) -> str:
        """What to say where a screen has been passed since: it may be one that only comes to who was let in."""
        rule = self._dialog.screens.get(self._at)
        if rule is None or any(entry.secret for entry in rule.type):
            return ""
        return f"where {self._at} only comes once the password was right, give it lets_in: true; "

    def _rejected(self, said: tuple[str, ...], *, known: bool = False) -> ServiceIdRejected:
        if self._at_manager:
            return ServiceIdRejected(
                self._system, self._desk.masked(said), what=Refused.MANAGER, head=MANAGER_SAYS_NO,
                advice=self._notice(said) if known else "",
            )  # fmt: skip
        what = renewal.what_of_password(said, self._dialog.renewal, known=known)
        advice = self._notice(said) if known else ""
        return ServiceIdRejected(self._system, self._desk.masked(said), what=what, advice=advice)

    def _notice(self, said: tuple[str, ...]) -> str:
        """What to say of words without a number, by which news of the day may end a logon before anybody knows them."""
        if any(NUMBERED.match(line) for line in said):
            return ""
        what = f"its screen is not known: {self._near}" if self._near else (
            f"give its screen to `screens` of {self._dialog.dialog}, with message_rows"
        )  # fmt: skip
        return f"if that is a notice and no refusal, {what}"

    def _answer_of(self, rule: Rule, screen: Screen) -> tuple[str, ...]:
        """What a screen says that has come back: in the rows that it names, or what did not stand there before."""
        if not rule.bounds_messages:
            new = tuple(line for line in screen.lines if line.strip() and line.strip() not in self._before)
            return (new or screen.lines)[-3:]
        return tso.messages(screen, rule) or (f"{self._at.upper()} came back without a word",)


def words_of(settings: LogonSettings) -> dict[str, str]:
    """What stands for the system's own words in a dialog."""
    return {"{command}": settings.command, "{leave}": settings.leave}


def field_of(entry: Entry, screen: Screen) -> Field | None:
    """Where an entry goes: at its place, beside its label, or where the cursor stands."""
    if entry.at is not None:
        return screen.at((entry.at.row - 1) * screen.status.size[1] + entry.at.column - 1)
    if entry.label:
        return screen.ahead_of(entry.label) if entry.is_ahead else screen.behind(entry.label)
    return screen.under_cursor()


def move_to(field: Field, screen: Screen) -> str:
    """The action that puts the cursor at the start of a field."""
    row, column = divmod(field.start, screen.status.size[1])
    return f"MoveCursor({row},{column})"
