"""A tape run against a dialog, without any host: would it do what was done, and does no half of a screen mislead it?

The way in and the way out are walked by the very code that walks them on a host, on a desk that shows what the tape has
and compares each key with the one that was pressed. Then each screen is shown one character more at a time.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Final

from bridge.config.model import LogonSettings
from bridge.domain.errors import BridgeError, HostUnreached, ServiceIdRejected, UnexpectedAnswer
from bridge.domain.names import Userid
from bridge.domain.outcome import Reply
from bridge.domain.secret import MASK, Line, Secret
from connectors.hosts.dialogs.lint import following
from connectors.hosts.dialogs.shapes import MANAGER_USERID, PASSWORD, USERID, Dialog
from connectors.hosts.own import Untouched
from connectors.hosts.products.base import Product
from connectors.hosts.redaction import renamed
from connectors.hosts.tape import Entry, Keys
from connectors.hosts.transcript import Shown
from connectors.hosts.transports import tso
from connectors.hosts.transports.base import Manager, Silence
from connectors.hosts.transports.desk import Desk, spoken
from connectors.hosts.transports.logoff import log_off
from connectors.hosts.transports.logon import AlreadyLoggedOn, Logon
from connectors.hosts.transports.masking import Mask
from connectors.hosts.transports.screens import Field, Screen, Status
from connectors.hosts.transports.tso import Place
from connectors.machine import Deadline

LONG: Final = timedelta(hours=1)
STANDS_FOR: Final = "x"
"""A password of one character: what is typed on a tape is never more than {password}."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """`fault` is "" where the dialog does what the tape shows; `line` is where it differs.

    ends   a logon that failed on the tape and fails here: in which words; "" where it came to its end
    """

    fault: str = ""
    line: int = 0
    screens: int = 0
    cuts: int = 0
    ends: str = ""


class _Differs(Exception):
    """The dialog does something else than what was done."""

    def __init__(self, line: int, words: str) -> None:
        super().__init__(words)
        self.line = line


def replay(entries: Sequence[Entry], dialog: Dialog, settings: LogonSettings | None = None) -> Verdict:
    """Walk the whole tape. The first difference ends it."""
    screens = sum(entry.shown is not None and not entry.shown.answer for entry in entries)
    try:
        ends = _walk(list(entries), dialog, settings or LogonSettings())
        cuts = sum(_cut(entry, dialog, expected) for entry, expected in _expecting(entries, dialog))
    except _Differs as found:
        return Verdict(str(found), found.line, screens)
    return Verdict(ends=ends, screens=screens, cuts=cuts)


def replay_answers(
    entries: Sequence[Entry], product: Product, userid: Userid, names: Mapping[str, str] | None = None
) -> Verdict:
    """Read the answers of a tape that was recorded over SSH: all of them, and then each with its end missing.

    A shell's answers come one to a line; a helper gives one to the whole order. `names`: what is called by another name
    on the tape, wherever it stands.
    """
    answers = [each for each in entries if each.shown is not None and each.shown.answer]
    order = product.status(userid)
    typed = [renamed(each.in_words, names or {}) for each in order.typed]
    if order.asked is not None:
        typed = [renamed(str(order.asked), names or {})]
    cuts = 0
    try:
        for group in _orders(answers, typed):
            cuts += _read(group, product, userid)
    except _Differs as found:
        return Verdict(str(found), found.line, len(answers))
    if not answers:
        return Verdict("no answers stand here", 1)
    return Verdict(screens=len(answers), cuts=cuts)


def _orders(answers: Sequence[Entry], typed: Sequence[str]) -> Iterator[list[Entry]]:
    """The answers of each order; a line that the dialog would not type ends it."""
    group: list[Entry] = []
    for entry in answers:
        place = entry.shown.place if entry.shown else ""
        if group and (len(group) == len(typed) or place == typed[0]):
            yield group
            group = []
        if place != typed[len(group)]:
            raise _Differs(entry.line, f"the dialog would type: {typed[len(group)]}; the session typed: {place}")
        group.append(entry)
    if group:
        yield group


def _read(group: Sequence[Entry], product: Product, userid: Userid) -> int:
    """Read one listing; how often a part of it was shown."""
    replies = [Reply(rows=e.shown.rows, prompt="READY", code=e.shown.code) for e in group if e.shown]
    try:
        product.read_status(replies, userid)
    except UnexpectedAnswer as odd:
        raise _Differs(group[-1].line, f"the dialog cannot read this: {odd}") from None
    except BridgeError:
        pass  # a refusal is an answer, too
    count = 0
    for number, reply in enumerate(replies):
        for end in range(len(reply.text)):
            count += 1
            half = Reply(rows=tuple(reply.text[:end].split("\n")))
            try:
                seen = product.read_status([*replies[:number], half], userid)
            except BridgeError:
                continue
            raise _Differs(
                group[number].line, f"after {end} characters this is taken for a whole answer: {seen.standing}"
            )
    return count


# --- the way, as the tape has it ------------------------------------------------------------------


def _walk(entries: list[Entry], dialog: Dialog, settings: LogonSettings) -> str:
    """Walk in and out; the words in which the logon ends, "" where it comes to READY."""
    first = next((n for n, each in enumerate(entries) if each.shown and _leaves(each.shown)), len(entries))
    desk = _Desk(entries[:first])
    logon = Logon(
        desk,
        "tape",
        dialog,
        settings,
        USERID,
        Secret(STANDS_FOR),
        Deadline(LONG),
        log=Silence(),
        own=_AsTaped(desk, dialog),
        manager=Manager(MANAGER_USERID, Secret(STANDS_FOR)),
    )
    ends = ""
    try:
        logon.to_ready()
    except (HostUnreached, ServiceIdRejected) as ended:
        ends = str(ended).removeprefix("tape: ").removesuffix("; then: resetbridge service-id retry tape")
        if desk.left or desk.goes_on:
            raise _Differs(desk.line, f"the dialog ends here: {ends}") from None
    except AlreadyLoggedOn:
        return "the service id is logged on elsewhere"
    if desk.left:
        raise _Differs(desk.line, f"the dialog takes this for done, and the session went on: {desk.left}")
    if first < len(entries):
        out = _Desk(entries[first:])
        gone = log_off(out, dialog, settings, Deadline(LONG), at_ready=not ends)
        if not gone and _confirmed(entries[-1].shown, dialog):
            raise _Differs(out.line, "the dialog does not see that the session was logged off here")
    return ends


def _leaves(shown: Shown) -> bool:
    return shown.place.startswith("leaving ")


def _confirmed(shown: Shown | None, dialog: Dialog) -> bool:
    """Whether the tape ends where no session is left."""
    if shown is None:
        return False
    found = tso.sight(screen_of(shown), dialog, begun=False)
    return found.rule is not None and found.rule.nothing_to_leave


class _AsTaped(Untouched):
    """A new password is drawn where the tape goes on behind the demand for one, on a screen that the dialog has."""

    def __init__(self, desk: _Desk, dialog: Dialog) -> None:
        super().__init__(lambda: None)
        self._desk, self._renews = desk, any(rule.renews for rule in dialog.screens.values())

    @property
    def open_to_change(self) -> bool:  # type: ignore[override]
        return self._renews and bool(self._desk.left)

    def draw(self) -> Secret | None:
        return Secret(STANDS_FOR)


class _Desk(Desk):
    """Shows what the tape has, in its order."""

    def __init__(self, entries: Sequence[Entry]) -> None:
        self._entries = list(entries)
        self._at = -1
        self._typed: dict[int, str] = {}
        self._cursor: int | None = None
        self._system, self._mask, self._log = "tape", Mask(()), Silence()
        self._advance()

    @property
    def line(self) -> int:
        """The line of the file that is shown."""
        at = min(max(self._at, 0), len(self._entries) - 1)
        return self._entries[at].line if self._entries else 0

    @property
    def left(self) -> str:
        """What was typed after this, "" for nothing."""
        rest = (each for each in self._entries[self._at + 1 :] if each.keys)
        return next((worded(each.keys) for each in rest), "")

    @property
    def goes_on(self) -> bool:
        """Whether anything was shown after this, an answer at READY included."""
        return any(each.shown for each in self._entries[self._at + 1 :])

    def hide(self, *secrets: Secret) -> None:
        """One character stands for each of them: nothing is masked by it."""

    def look(self) -> Screen:
        return self._filled(self._now())

    rows = look

    def await_output(self, within: float) -> tuple[Screen, bool]:
        del within
        before = self._now()
        if not self._advance():
            return self.look(), False
        return self.look(), self._now() != before

    await_rows = await_output

    def type(self, *actions: str | Line) -> bool:
        keys: Keys = tuple((kind, text.replace(MASK, PASSWORD)) for kind, text in map(spoken, actions))
        following = self._entries[self._at + 1] if self._at + 1 < len(self._entries) else None
        if following is None:
            raise _Differs(self.line, f"the dialog would do more here: {worded(keys)}; the tape ends")
        if not following.keys:
            raise _Differs(self.line, f"the dialog would type here: {worded(keys)}; the session waited")
        if _plain(following.keys) != _plain(keys):
            words = f"the dialog would type: {worded(keys)}; the session typed: {worded(following.keys)}"
            raise _Differs(following.line, words)
        self._at += 1
        self._put(actions)
        return True

    def _advance(self) -> bool:
        """To the next screen; answers to lines of the proof are passed by, keys are not."""
        for number in range(self._at + 1, len(self._entries)):
            entry = self._entries[number]
            if entry.keys:
                return False
            if entry.shown and not entry.shown.answer:
                self._at, self._typed, self._cursor = number, {}, None
                return True
        return False

    def _now(self) -> Screen:
        shown = next((each.shown for each in reversed(self._entries[: self._at + 1]) if each.shown), None)
        return screen_of(shown) if shown else screen_of(Shown(system="", place="", rows=()))

    def _put(self, actions: Sequence[str | Line]) -> None:
        """Remember what stands in which field; not shown where it hides."""
        screen = self._now()
        width = screen.status.size[1]
        for action in actions:
            if isinstance(action, str) and action.startswith("MoveCursor("):
                row, _, column = action[len("MoveCursor(") : -1].partition(",")
                self._cursor = int(row) * width + int(column)
            elif isinstance(action, Line):
                at = screen.cursor_cell if self._cursor is None else self._cursor
                field = next((each for each in screen.fields if each.holds(at)), None)
                self._typed[field.start if field else at] = STANDS_FOR if action.secrets else str(action)

    def _filled(self, screen: Screen) -> Screen:
        fields = tuple(
            replace(each, text=self._typed[each.start], filled=max(1, len(self._typed[each.start])))
            if each.start in self._typed
            else each
            for each in screen.fields
        )
        lost = tuple(text for at, text in self._typed.items() if at not in {each.start for each in screen.fields})
        rows = (*screen.rows, *lost) if lost else screen.rows  # an unformatted screen: marks have to tell it apart
        return replace(screen, fields=fields, rows=rows)


def _plain(keys: Keys) -> list[tuple[str, str]]:
    """Keys without what only tidies up. Whom a session manager knows may have the same name as the service id."""
    kept = (each for each in keys if each[0] == "text" or not each[1].startswith(("Wait(", "Reset(")))
    return [(kind, text.replace(MANAGER_USERID, USERID)) for kind, text in kept]


def worded(keys: Keys) -> str:
    """Keys as people say them."""
    return " ".join(f"“{text}”" if kind == "text" else text.removesuffix("()") for kind, text in keys) or "nothing"


# --- halves of screens ----------------------------------------------------------------------------


def _expecting(entries: Sequence[Entry], dialog: Dialog) -> Iterator[tuple[Entry, Collection[str] | None]]:
    """Each screen, and those that may come where it came; None: any. What is not among them is never acted upon."""
    expected: Collection[str] | None = {*dialog.begin, *([dialog.unknown] if dialog.unknown else ())}
    at: Shown | None = None
    for entry in entries:
        if entry.shown is not None and not entry.shown.answer:
            at = entry.shown
            yield entry, expected
        elif entry.keys and at is not None:
            rule = tso.sight(screen_of(at), dialog, begun=at.begun, accepted=at.accepted).rule
            ahead = rule.next if rule is not None and not _leaves(at) else ()
            expected = following(dialog, ahead) or None


def _cut(entry: Entry, dialog: Dialog, expected: Collection[str] | None) -> int:
    """Show the screen one character more at a time; how often that was done.

    While the keyboard is locked nothing but a message may be acted upon, and only what the whole screen says as well.
    Unformatted text comes without a lock: each part has to be what the whole is, or not be known or expected yet.
    """
    shown = entry.shown
    assert shown is not None
    begun, accepted = shown.begun, shown.accepted
    whole = screen_of(shown)
    end = tso.sight(whole, dialog, begun=begun, accepted=accepted)
    count = 0
    for part in parts(whole):
        count += 1
        seen = tso.sight(part, dialog, begun=begun, accepted=accepted)
        if seen.message is not None and (end.message is None or end.message.end != seen.message.end):
            raise _Differs(entry.line, f"after {count} characters this is taken for the message {seen.name}; the whole "
                           f"screen is {end.title}")  # fmt: skip
        if whole.fields:
            continue
        free = replace(part, status=replace(part.status, unlocked=True))
        seen = tso.sight(free, dialog, begun=begun, accepted=accepted)
        strays = expected is not None and seen.name not in expected
        strays |= _leaves(shown) and all(each.rule and each.rule.nothing_to_leave for each in (seen, end))
        if seen.place not in {Place.WAIT, Place.UNKNOWN} and seen.name != end.name and not strays:
            raise _Differs(entry.line, f"after {count} characters this is taken for {seen.title}; the whole screen is "
                           f"{end.title}")  # fmt: skip
    return count


def parts(screen: Screen) -> Iterator[Screen]:
    """The screen as it is written, one character more each time, the keyboard still locked."""
    blank = " " * screen.status.size[1]
    rows = list(screen.rows)
    shown: list[str] = []
    for number, row in enumerate(rows):
        for column, character in enumerate(row):
            if character.isspace():
                continue
            written = (*shown, row[: column + 1].ljust(len(row)), *[blank] * (len(rows) - number - 1))
            status = replace(screen.status, unlocked=False, cursor=(number, min(column + 1, len(blank) - 1)))
            yield replace(screen, rows=written, status=status)
        shown.append(row)


def screen_of(shown: Shown) -> Screen:
    """What was kept, as a screen. Hidden fields are empty: what stood there was never kept."""
    height, width = shown.size
    rows = tuple(row.ljust(width) for row in (*shown.rows, *[""] * (height - len(shown.rows))))
    text = "".join(rows)
    status = Status(
        unlocked=shown.unlocked, formatted=bool(shown.fields), protected=False, connected=shown.place != "CLOSED",
        mode="I", size=shown.size, cursor=shown.cursor,
    )  # fmt: skip
    fields = tuple(
        Field(
            start=start, length=length, protected=protected, hidden=hidden,
            text=text[start : start + length], filled=0 if hidden else len(text[start : start + length].split()),
        )
        for start, length, protected, hidden in shown.fields
    )  # fmt: skip
    return Screen(rows, status, fields)
