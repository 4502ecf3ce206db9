"""A terminal as a person sees it: look, press a key, wait for what comes. What was seen is told to a log, masked."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from bridge.domain.secret import Line, Secret
from connectors.hosts.transports.actions import wait_for
from connectors.hosts.transports.base import Log
from connectors.hosts.transports.masking import Mask, without_quoted
from connectors.hosts.transports.s3270 import Answer, Emulator, SessionLost
from connectors.hosts.transports.screens import Screen, from_ascii, from_buffer
from connectors.machine import Deadline

FIELDS: Final = "ReadBuffer(Ascii)"
ROWS: Final = "Ascii()"
TYPED_WITHIN: Final = 3.0
FRESH: Final = timedelta(milliseconds=50)
"""What was seen of a wiped screen so shortly ago is still true; a host that writes meanwhile is read all the same."""
MOST_LINES: Final = 5
MOST_OF_A_LINE: Final = 60
"""Of a screen in the words of an error."""
STATE: Final = "Query(ConnectionState)"
BOUND: Final = frozenset({b"connected-3270", b"connected-tn3270e"})


class Desk:
    """One emulator and what is seen on it. Raises SessionLost once the process or the host is gone.

    Every key answers with the screen that followed; whether that is the whole answer, only its content tells.
    """

    def __init__(self, emulator: Emulator, system: str, mask: Mask, log: Log) -> None:
        self.emulator = emulator
        self._system, self._mask, self._log = system, mask, log
        self._wiped = Deadline(timedelta(0))

    def look(self) -> Screen:
        """The screen as it is, with its fields."""
        return self._fields(self.emulator.do(FIELDS, within=1.0))

    def rows(self) -> Screen:
        """The screen as it is, rows alone: a third of the cost."""
        return self._rows(self.emulator.do(ROWS, within=1.0))

    def wipe(self, within: float) -> None:
        """Begin to clear the screen. Nobody waits for the host here: empty() says how it went."""
        self.emulator.begin("Clear()", *_emptied(within), within=within)
        self._wiped = Deadline(timedelta(0))

    def empty(self, within: float) -> bool:
        """Wait for the keyboard, and say whether a cleared screen has stayed so. A quarter of what rows() costs.

        What the host writes moves the cursor; a session that it has ended is not connected as 3270 any more.
        """
        answer, wiped = self.emulator.finish(), self._wiped.waited
        if answer and not answer.ok and answer.status.connected and answer.status.cursor != (0, 0):
            self.emulator.do("Reset()", within=1.0)  # Clear() was refused; a host that is only slow is waited for
        if answer is None or wiped > FRESH:
            answer = self.emulator.do(*_emptied(within), within=within)
        status = answer.status
        if not answer.ok or not status.unlocked or not status.connected or status.formatted:
            return False
        state, *rows = answer.data
        return status.cursor == (0, 0) and state in BOUND and not any(row.strip() for row in rows)

    def await_output(self, within: float) -> tuple[Screen, bool]:
        """Wait until the host writes again after the last look; the screen with fields, and whether it wrote."""
        answer = self.emulator.do(wait_for("Output", within), FIELDS, within=within)
        return (self._fields(answer), True) if answer.ok else (self.look(), False)

    def await_rows(self, within: float) -> tuple[Screen, bool]:
        """The same without fields."""
        answer = self.emulator.do(wait_for("Output", within), ROWS, within=within)
        return (self._rows(answer), True) if answer.ok else (self.rows(), False)

    def press(self, *actions: str | Line, within: float) -> Screen:
        """Carry out keys and text, wait for the keyboard to be free again, and return the rows."""
        answer = self.emulator.do(*actions, wait_for("Unlock", within), ROWS, within=within)
        return self._rows(answer) if answer.ok else self.rows()

    def type(self, *actions: str | Line) -> bool:
        """Carry out what needs no answer of the host. False if it is not taken there; then nothing stays locked."""
        self._log.debug("host.keys", system=self._system, keys=tuple(spoken(each) for each in actions))
        answer = self.emulator.do(*actions, within=TYPED_WITHIN)
        if not answer.ok and answer.status.connected:
            self.emulator.do("Reset()", within=1.0)
        return answer.ok

    def hide(self, *secrets: Secret) -> None:
        """Mask these as well from now on."""
        self._mask = self._mask.with_these(secrets)

    def describe(self, screen: Screen) -> str:
        """A few masked lines for the words of an error: its top, which names it, and its end, where messages are."""
        said = [" ".join(line.split()) for line in self.masked(screen.lines) if line.strip()]
        few = said if len(said) <= MOST_LINES else [*said[:2], "…", *said[-2:]]
        return " / ".join(line[:MOST_OF_A_LINE] for line in few) or "an empty screen"

    def masked(self, lines: tuple[str, ...]) -> tuple[str, ...]:
        """The lines with this session's own secrets taken out, and what stands where others would."""
        return without_quoted(self._mask.rows(lines))

    def note(self, place: str, screen: Screen, **more: object) -> None:
        """Tell the log where the session is, and what the screen shows; of hidden fields only where they are."""
        self._log.debug(
            "host.screen",
            system=self._system,
            place=place,
            rows=self.masked(screen.lines),
            cursor=screen.status.cursor,
            size=screen.status.size,
            unlocked=screen.status.unlocked,
            fields=tuple((each.start, each.length, each.protected, each.hidden) for each in screen.fields),
            **more,
        )

    def _rows(self, answer: Answer) -> Screen:
        return from_ascii(answer.data, answer.status)

    def _fields(self, answer: Answer) -> Screen:
        return from_buffer(answer.data, answer.status)


def _emptied(within: float) -> tuple[str, str, str]:
    return wait_for("Unlock", within), STATE, "Ascii(0,0,2,80)"


def spoken(action: str | Line) -> tuple[str, str]:
    """A key or a text as a log may have it: secrets are masked."""
    return ("text", str(action)) if isinstance(action, Line) else ("key", action)


def still_connected(screen: Screen) -> Screen:
    """Return the screen. Raises SessionLost if the host has hung up."""
    if not screen.status.connected:
        raise SessionLost("the host closed the connection")
    return screen
