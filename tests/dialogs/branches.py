"""What there is to meet in the dialogs that are shipped, and what the recorded screens and answers meet of it.

A branch is a text by which a screen or a message is known, a number or wording by which an answer is, each screen that
may follow another, and each way in which a screen or a command may end. `python -m tests.dialogs` prints how many are
met, and fails below all.

The logon is walked by the very code that walks it on a host, at a desk that shows recorded screens.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Any, Final

import yaml

from bridge.config.model import LogonSettings
from bridge.domain.errors import HostUnreached, Refused, ServiceIdRejected
from bridge.domain.secret import Line, Secret
from connectors.hosts import tape
from connectors.hosts.dialogs.reader import shipped
from connectors.hosts.dialogs.shapes import Dialog, Rule, Said, outcome, plain
from connectors.hosts.replay import screen_of
from connectors.hosts.transports import renewal, tso
from connectors.hosts.transports.base import Silence
from connectors.hosts.transports.desk import Desk
from connectors.hosts.transports.logoff import log_off
from connectors.hosts.transports.logon import AlreadyLoggedOn, Logon
from connectors.hosts.transports.masking import Mask
from connectors.hosts.transports.renewal import Turn
from connectors.hosts.transports.screens import Field, Screen, Status
from connectors.machine import Deadline
from tests.dialogs.product_branches import TABLES, Branches, of_product

HERE: Final = Path(__file__).parent
STATUS: Final = Status.read(b"U F U C(192.0.2.1) I 2 24 80 0 0 0x0 0.000")
LONG: Final = timedelta(hours=1)
PASSWORD: Final = "x"
KEY: Final = re.compile(r"(Enter|Clear|Tab|PF|PA)\(")


def of_everything() -> dict[str, Branches]:
    """Dialog → its branches."""
    return {"tso-logon": of_logon(), **{name: of_product(name) for name in TABLES}}


@dataclass(frozen=True, slots=True)
class Sample:
    """A recorded screen, and when it came."""

    screen: Screen
    begun: bool
    accepted: bool


def of_logon(dialog: Dialog | None = None) -> Branches:
    """Each text of screens and messages, each way on, out and to an end."""
    dialog = dialog or shipped().dialog
    known = _recorded(dialog)
    met: Branches = {}
    for name, rule in dialog.screens.items():
        met |= {f"{name}: {text}": any(fit(each.screen) for each in known.get(name, ())) for text, fit in _texts(rule)}
        for text in rule.refused_by_pattern:
            met[f"{name}, refused: {text}"] = any(
                tso.panel_of(each.screen, dialog) is rule and bool(re.search(text, each.screen.said, re.IGNORECASE))
                for each in known.get("rejected", ())
            )
        sample = next((each.screen for each in known.get(name, ())), None)
        met[name] = sample is not None
        if sample is not None:
            met |= dict(_ends(dialog, name, rule, sample, known))
    for name, message in dialog.messages.items():
        for text, fit in _said(message):
            met[f"{name}: {text}"] = any(
                fit(each.screen) and _ended(dialog, known["userid"][0].screen, each.screen, message.end or "",
                                            other=message.other_session)
                for each in known.get(name, ())
            )  # fmt: skip
    every = [each for samples in known.values() for each in samples]
    for name, said in (("let_in", dialog.let_in), ("expires_soon", dialog.expires_soon)):
        event = {"let_in": "host.logged_on", "expires_soon": "host.service_password_expires"}[name]
        for text, fit in _said(said):
            met[f"{name}: {text}"] = any(fit(each.screen) and event in _told(dialog, known, each) for each in every)
    for name, said in dialog.renewal.items():
        for text, fit in _said(said):
            alone = replace(dialog, renewal=replace(dialog.renewal, **{name: Said(pattern=(text,))}))
            met[f"renewal.{name}: {text}"] = any(fit(each.screen) and _turns(alone, name, each) for each in every)
    for text, fit in _said(dialog.logged_off):
        met[f"logged_off: {text}"] = any(fit(each.screen) and _confirmed(dialog, known, each.screen) for each in every)
    return met


def _texts(rule: Rule) -> Iterator[tuple[str, Any]]:
    yield from _said(rule)
    for text in rule.last_line_says:
        yield text, lambda screen, text=text: bool(re.search(plain(text), screen.last, re.IGNORECASE))
    for text in rule.last_line_pattern:
        yield text, lambda screen, text=text: bool(re.search(text, screen.last, re.IGNORECASE))
    for text in rule.prompt:
        yield text, lambda screen, text=text: screen.last.strip() == text


def _said(said: Said) -> Iterator[tuple[str, Any]]:
    for text, expression in (*((text, plain(text)) for text in said.says), *((text, text) for text in said.pattern)):
        yield text, lambda screen, expression=expression: bool(re.search(expression, screen.said, re.IGNORECASE))


def _ends(
    dialog: Dialog, name: str, rule: Rule, sample: Screen, known: Mapping[str, Sequence[Sample]]
) -> Iterator[tuple[str, bool]]:
    here = replace(dialog, begin=(name,))
    if rule.done is None:
        for following in rule.next:
            if following != name and following in known:
                yield f"{name} → {following}", _acted(here, sample, known[following][0].screen)
        yield f"{name} → else", _outcome(_walk(here, [sample])[1]) == outcome(rule.else_ or "not_started").word
        times = [_varied(sample, number) for number in range((rule.at_most or 1) + 1)]
        again = "rejected" if rule.asks_as else "not_started"
        yield f"{name} → too often", _outcome(_walk(here, times)[1]) == again
        strange = [each for each in known if each in dialog.screens and each not in rule.next]
        stray = next((each for each in strange if not (rule.lets_in and dialog.screens[each].before_let_in)), None)
        if stray:
            yield f"{name} → not expected", not _acted(here, sample, known[stray][0].screen)
    if rule.leave is None:
        yield f"{name} → nothing to leave", _left(dialog, [sample]) == []
    for following in rule.leave.then if rule.leave else ():
        if following in known:
            ahead = [] if "ready" in {name, following} else [each.screen for each in known.get("ready", ())[:1]]
            way = [sample, known[following][0].screen, *ahead, known["logo"][0].screen]
            yield f"{name} → left by {following}", bool(_left(dialog, way))


def _acted(dialog: Dialog, first: Screen, then: Screen) -> bool:
    """Whether something is done about the second screen, too, or the way ends with it; asking twice is a refusal."""
    desk, ended = _walk(dialog, [first, then])
    return ended is None or isinstance(ended, ServiceIdRejected) or any(at == 1 for at, _ in desk.done)


def _outcome(ended: Exception | None) -> str:
    return {None: "done", ServiceIdRejected: "rejected"}.get(type(ended) if ended else None, "not_started")


def _walk(dialog: Dialog, screens: Sequence[Screen]) -> tuple[Shows, Exception | None]:
    desk = Shows(screens)
    logon = Logon(desk, "PRODA", dialog, LogonSettings(), "RSTBRDG", Secret(PASSWORD), Deadline(LONG), log=desk)
    try:
        logon.to_ready()
    except (HostUnreached, ServiceIdRejected, AlreadyLoggedOn) as ended:
        return desk, ended
    return desk, None


def _ended(dialog: Dialog, first: Screen, then: Screen, end: str, *, other: bool) -> bool:
    """Whether a message behind a screen ends the logon as it should."""
    ended = _walk(replace(dialog, begin=("userid",)), [first, then])[1]
    if other:
        return isinstance(ended, AlreadyLoggedOn)
    return ended is not None and _outcome(ended) == outcome(end).word


def _turns(dialog: Dialog, name: str, sample: Sample) -> bool:
    """Whether the screen means that of a password, by the one text of it that this dialog has."""
    seen = tso.sight(sample.screen, dialog, begun=True, accepted=sample.accepted)
    if name in {"expired", "wrong", "last_straw"}:
        means = {"expired": {Refused.EXPIRED}, "wrong": {Refused.WRONG, Refused.LAST_STRAW}}
        what = renewal.what_of_password(seen.said, dialog.renewal, known=True)
        return what in means.get(name, {Refused.LAST_STRAW})
    turned = renewal.turn(sample.screen, seen, dialog, typed=1)[0]
    return turned in {"refused": {Turn.REFUSED}, "again": {Turn.AGAIN}}.get(name, {Turn.REFUSED, Turn.AGAIN})


def _told(dialog: Dialog, known: Mapping[str, Sequence[Sample]], sample: Sample) -> list[str]:
    """What the log hears where the screen comes behind the question for the userid."""
    return _walk(replace(dialog, begin=("userid",)), [known["userid"][0].screen, sample.screen])[0].heard


def _confirmed(dialog: Dialog, known: Mapping[str, Sequence[Sample]], screen: Screen) -> bool:
    """Whether the screen says that LOGOFF was heard."""
    return bool(_left(dialog, [known["ready"][0].screen, screen]))


def _left(dialog: Dialog, screens: Sequence[Screen]) -> list[str] | None:
    """The keys that led out; None where nothing confirmed it."""
    desk = Shows(screens)
    left = log_off(desk, dialog, LogonSettings(), Deadline(LONG), at_ready=False)
    return [key for _, key in desk.done] if left else None


def _varied(screen: Screen, number: int) -> Screen:
    """The same screen with something else on it, where nobody looks."""
    rows = list(screen.rows)
    rows[0] = rows[0][:74].ljust(74) + f"{number:6}" if not rows[0][74:].strip() else rows[0]
    return replace(screen, rows=tuple(rows))


class Shows(Desk):
    """Shows one screen after the other; whatever is typed is taken, and a key brings the next."""

    def __init__(self, screens: Sequence[Screen]) -> None:
        self._screens, self._at = list(screens), 0
        self._typed: dict[int, str] = {}
        self._cursor: int | None = None
        self._system, self._mask, self._log = "PRODA", Mask(()), Silence()
        self.done: list[tuple[int, str]] = []
        self.heard: list[str] = []

    def debug(self, event: str, **facts: object) -> None:
        """Be its own log."""
        del facts
        self.heard.append(event)

    info = warning = debug

    def look(self) -> Screen:
        """With what was typed in its place."""
        screen = self._screens[self._at]
        fields = tuple(
            replace(each, text=self._typed[each.start], filled=max(1, len(self._typed[each.start])))
            if each.start in self._typed
            else each
            for each in screen.fields
        )
        lost = tuple(text for at, text in self._typed.items() if at not in {each.start for each in screen.fields})
        return replace(screen, fields=fields, rows=(*screen.rows, *lost) if lost else screen.rows)

    rows = look

    def await_output(self, within: float) -> tuple[Screen, bool]:
        """The next one, where a key has been pressed on this."""
        del within
        pressed = any(at == self._at for at, _ in self.done)
        if not pressed or self._at + 1 == len(self._screens):
            return self.look(), False
        self._at, self._typed, self._cursor = self._at + 1, {}, None
        return self.look(), True

    await_rows = await_output

    def type(self, *actions: str | Line) -> bool:
        """Take it."""
        screen = self._screens[self._at]
        for action in actions:
            if isinstance(action, Line):
                at = screen.cursor_cell if self._cursor is None else self._cursor
                field = next((each for each in screen.fields if each.holds(at)), None)
                self._typed[field.start if field else at] = action.expose()
            elif action.startswith("MoveCursor("):
                row, _, column = action[len("MoveCursor(") : -1].partition(",")
                self._cursor = int(row) * screen.status.size[1] + int(column)
            elif KEY.match(action) and action != "Tab()":
                self.done.append((self._at, action))
        return True


# --- what is recorded -----------------------------------------------------------------------------


@cache
def _documents() -> tuple[Sample, ...]:
    texts = yaml.safe_load_all((HERE / "tso" / "screens.yaml").read_text("utf-8"))
    drawn = [
        Sample(_drawn(each), each.get("begun", True), each.get("accepted", False))
        for each in texts if not each.get("locked") and not each.get("logon")
    ]  # fmt: skip
    taped = [
        Sample(screen_of(entry.shown), entry.shown.begun, entry.shown.accepted)
        for file in sorted((HERE / "tso" / "tapes").glob("tso-*.jsonl"))
        for entry in tape.read(file)
        if entry.shown and not entry.shown.answer and entry.shown.unlocked
    ]
    return (*taped, *drawn)


def _recorded(dialog: Dialog) -> dict[str, list[Sample]]:
    """Screen or message → the recorded screens that are taken for it."""
    found: dict[str, list[Sample]] = {}
    for each in _documents():
        seen = tso.sight(each.screen, dialog, begun=each.begun, accepted=each.accepted)
        found.setdefault(seen.name, []).append(each)
    return found


def _drawn(shown: Mapping[str, Any]) -> Screen:
    rows = tuple(row.ljust(80) for row in (*shown["rows"], *[""] * (24 - len(shown["rows"]))))
    row, column = shown.get("cursor", (len(shown["rows"]), 1))
    fields = ()
    if kind := shown.get("input"):
        start = row * 80 + column
        fields = (Field(start=start, length=8, protected=False, hidden=kind == "hidden", text=" " * 8, filled=0),)
    return Screen(rows, replace(STATUS, cursor=(row, column)), fields)
